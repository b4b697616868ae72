// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"tandem/internal/mockpbx"
)

type mockpbxCommand struct {
	Listen     string       `default:"127.0.0.1:3030" placeholder:"ADDRESS" help:"Address for its HTTP API."`
	Vendor     string       `default:"http://127.0.0.1:8080/webhook" placeholder:"URL" help:"Where flat events go; may hold user:password@ or a key in its path. Empty: none."`
	Pabx       string       `default:"http://127.0.0.1:8080/api/client/webhook" placeholder:"URL" help:"Where enveloped events go. Empty: none."`
	Cdr        string       `placeholder:"URL" help:"Where call records of triggered calls go. Default: nowhere."`
	Scenario   scenarioFlag `aliases:"calls" default:"gentle" placeholder:"NAME|FILE" help:"What it plays: off, gentle, quiet-office, busy-monday, black-friday, or the path of a file. docs/mockpbx.md describes them."`
	Seed       uint64       `default:"1" help:"The same seed, start and scenario give the same calls, to the byte."`
	Start      time.Time    `placeholder:"TIME" help:"When its clock begins, RFC 3339. Default: now."`
	Speed      float64      `default:"1" help:"How fast its clock runs: 60 plays an hour in a minute."`
	PublicURL  string       `name:"public-url" placeholder:"URL" help:"Under which others reach its API; the addresses of recordings begin with it. Default: the address it listens at."`
	Recordings credential   `default:"pbx:pbx" placeholder:"USER:PASSWORD" help:"Credential for recordings."`
}

func (c mockpbxCommand) Run(ctx context.Context, t terminal) error {
	if c.Start.IsZero() {
		c.Start = time.Now().UTC().Truncate(time.Millisecond)
	}
	options := mockpbx.Options{
		Seed: c.Seed, Start: c.Start, Speed: c.Speed, Scenario: c.Scenario.Scenario,
		VendorURL: c.Vendor, PabxURL: c.Pabx, CDRWebhook: c.Cdr, Listen: c.Listen, PublicURL: c.PublicURL,
		RecordingUser: c.Recordings.user, RecordingPassword: c.Recordings.password,
	}
	logger := slog.New(slog.NewTextHandler(t.err, nil))
	return mockpbx.Serve(ctx, options, logger, func(address string) {
		t.printf("mock PBX on http://%s  scenario %s  seed %d  start %s\n", address, c.Scenario.Name, c.Seed, c.Start.Format(time.RFC3339Nano))
		t.printf("Again, to the byte: tandem mockpbx --scenario %s --seed %d --start %s\n", c.Scenario.given, c.Seed, c.Start.Format(time.RFC3339Nano))
	})
}

// scenarioFlag is read while the flags are, so that a wrong file is wrong use.
type scenarioFlag struct {
	mockpbx.Scenario

	given string
}

func (s *scenarioFlag) UnmarshalText(text []byte) (err error) {
	s.given = string(text)
	s.Scenario, err = mockpbx.LoadScenario(s.given)
	return err
}

// credential is a user and a password. The error does not repeat them.
type credential struct{ user, password string }

func (c *credential) UnmarshalText(text []byte) error {
	var found bool
	if c.user, c.password, found = strings.Cut(string(text), ":"); !found || c.user == "" {
		return errors.New("write a user and a password with a colon between, for example pbx:pbx")
	}
	return nil
}
