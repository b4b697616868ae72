// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/rekey"
	"tandem/internal/tenant"
)

// Rotated is what a rotation of the secret key did.
type Rotated struct {
	Key    string         // id of the key that seals now
	Older  []string       // ids of those that nothing needs any more
	Sealed map[string]int // how many values were sealed anew, by table.column
}

// RotateSecrets puts a new key in the place of the one that secrets are sealed
// with, unless whoever gives the keys has given a new one already, and seals
// all of them anew.
func (t *Tools) RotateSecrets(ctx context.Context, given bool) (Rotated, error) {
	if !given {
		if _, err := t.Box.Rotate(); err != nil {
			return Rotated{}, err
		}
	}
	r := rekey.Rekeyer{Log: t.Log, Database: t.DB, Box: t.Box, Secret: t.secrets()}
	done := Rotated{Key: t.Box.KeyID(), Older: t.Box.Older()}
	var err error
	if done.Sealed, err = r.Run(ctx); err != nil {
		return done, err
	}
	// A process that was about to write what it had sealed before has written it.
	left, err := r.Left(ctx)
	if err == nil && len(left) > 0 {
		err = problem.New(problem.Conflict, "secret.still_sealing", "Credentials were written meanwhile (%s); run this again.", fmt.Sprint(left))
	}
	if err != nil {
		return done, err
	}
	return done, t.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Action: "secrets.rotated", Object: "secrets", After: rotation{done.Key, done.Sealed}})
	})
}

// rotation is what the audit trail says of one; ids of keys open nothing.
type rotation struct {
	Key    string         `json:"key"`
	Sealed map[string]int `json:"sealed"`
}

// secrets returns the columns that hold secrets, of all parts.
func (p *Parts) secrets() []module.Column {
	all := slices.Clone(tenant.Secret)
	for _, m := range p.modules(httpapi.New("", slog.New(slog.DiscardHandler))) {
		all = append(all, m.Secret...)
	}
	return all
}
