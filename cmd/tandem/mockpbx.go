// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"time"

	"tandem/internal/mockpbx"
)

type mockpbxCommand struct {
	Listen string    `default:"127.0.0.1:3030" placeholder:"ADDRESS" help:"Address for its HTTP API."`
	Vendor string    `default:"http://127.0.0.1:8080/webhook" placeholder:"URL" help:"Where flat events go; may hold user:password@ or a key in its path. Empty: none."`
	Pabx   string    `default:"http://127.0.0.1:8080/api/client/webhook" placeholder:"URL" help:"Where enveloped events go. Empty: none."`
	Cdr    string    `placeholder:"URL" help:"Where call records of triggered calls go. Default: nowhere."`
	Calls  string    `enum:"gentle,off" default:"gentle" help:"Whether it makes calls by itself: gentle or off."`
	Seed   uint64    `default:"1" help:"The same seed and start give the same calls, to the byte."`
	Start  time.Time `placeholder:"TIME" help:"When its clock begins, RFC 3339. Default: now."`
	Speed  float64   `default:"1" help:"How fast its clock runs: 60 plays an hour in a minute."`
}

func (c mockpbxCommand) Run(ctx context.Context, t terminal) error {
	if c.Start.IsZero() {
		c.Start = time.Now().UTC().Truncate(time.Millisecond)
	}
	options := mockpbx.Options{
		Seed: c.Seed, Start: c.Start, Speed: c.Speed, Calls: c.Calls,
		VendorURL: c.Vendor, PabxURL: c.Pabx, CDRWebhook: c.Cdr, Listen: c.Listen,
	}
	logger := slog.New(slog.NewTextHandler(t.err, nil))
	return mockpbx.Serve(ctx, options, logger, func(address string) {
		t.printf("mock PBX on http://%s  seed %d  start %s\n", address, c.Seed, c.Start.Format(time.RFC3339Nano))
		t.printf("Again, to the byte: tandem mockpbx --seed %d --start %s\n", c.Seed, c.Start.Format(time.RFC3339Nano))
	})
}
