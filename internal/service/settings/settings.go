// SPDX-License-Identifier: Apache-2.0

// Package settings is what the operator decides of call centres, and their
// administrators of their own: that there is one, whether it works, how much
// it may do, in which zone its day begins, for how long things are kept, and
// that it is copied out or erased.
//
// A tenant's row belongs to package tenant, which stands below the parts because
// all of them need it. What is here of the calls that are not kept any longer is
// whose turn it is to erase them, and how far that has come.
package settings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/estate"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// Options is what the service uses.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Tenants  *tenant.Directory
	Estate   *estate.Estate
	Forget   Forget
	Logger   *slog.Logger
	Now      func() time.Time // nil for the machine's clock

	// CreateTenant adds a call centre and its administrator, or neither.
	CreateTenant func(ctx context.Context, n tenant.New, login, password string) (identity.Tenant, error)

	// Uses count how much of a limit a call centre uses, by the limit's name.
	Uses map[string]func(ctx context.Context, tenant int64) (int64, error)
}

// Settings is the service. It is safe for concurrent use.
type Settings struct {
	Options

	owner   string // tells processes apart, nothing more
	metrics metrics
}

// New returns the service.
func New(o Options) *Settings {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Settings{Options: o, owner: fmt.Sprintf("%016x", rand.Uint64()), metrics: newMetrics()}
}

// Module returns the service as a part of the product.
func (s *Settings) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "settings", Tables: Tables, Routes: s.routes(api), Run: s.run}
}

const (
	finishEvery = time.Minute
	lookAfter   = 24 * time.Hour // for which it is looked whether an erased call centre comes back
)

// run erases old calls, and finishes erasures that were cut short, until ctx ends.
func (s *Settings) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.retain(ctx) })
	group.Go(func() error { return s.finishErasures(ctx) })
	return group.Wait()
}

// finishErasures finishes those that were cut short, until ctx ends.
func (s *Settings) finishErasures(ctx context.Context) error {
	ticker := time.NewTicker(finishEvery)
	defer ticker.Stop()
	for {
		if err := s.finishAll(ctx); err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "call centre not erased yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// finishAll finishes the erasures that were begun, and looks once more at those
// that have ended lately.
func (s *Settings) finishAll(ctx context.Context) error {
	list, err := s.Tenants.Erasing(ctx)
	for _, a := range list {
		err = errors.Join(err, s.finish(ctx, a))
	}
	ended, failed := s.Tenants.ErasedSince(ctx, time.Now().Add(-lookAfter).UnixMilli())
	err = errors.Join(err, failed)
	for _, id := range ended {
		again, failed := s.Estate.EraseAgain(ctx, id)
		err = errors.Join(err, failed)
		if again {
			s.Logger.InfoContext(ctx, "erased what came late of an erased call centre", "tenant", id)
		}
	}
	return err
}

// New call centres that say nothing else read numbers as the oldest one does,
// and where there is none, as the demo.
const (
	firstRegion = "VN"
	firstZone   = "Asia/Ho_Chi_Minh"
)

// zones are where most of a country's call centres are.
var zones = map[string]string{"VN": "Asia/Ho_Chi_Minh", "BR": "America/Sao_Paulo"}

// Create adds a call centre and its administrator.
func (s *Settings) Create(ctx context.Context, n tenant.New, login, password string) (tenant.Account, error) {
	if n.Region == "" {
		oldest, err := s.Tenants.Accounts(ctx, 0, 1)
		if err != nil {
			return tenant.Account{}, err
		}
		n.Region = firstRegion
		if len(oldest) > 0 {
			n.Region = oldest[0].Region
			if n.TimeZone == "" {
				n.TimeZone = oldest[0].TimeZone
			}
		}
	}
	if n.TimeZone == "" {
		n.TimeZone = zones[n.Region]
	}
	created, err := s.CreateTenant(ctx, n, login, password)
	if err != nil {
		return tenant.Account{}, err
	}
	if err := s.Tenants.Changed(ctx, s.Bus); err != nil {
		return tenant.Account{}, err
	}
	return s.Tenants.Account(ctx, created.UUID)
}

// Change is what shall become of a call centre; nil leaves a part as it is.
type Change struct {
	Settings *tenant.Settings
	Limits   *tenant.Limits
}

// Update changes a call centre and returns what it is then.
func (s *Settings) Update(ctx context.Context, uuid string, c Change) (tenant.Account, error) {
	return s.change(ctx, uuid, "tenant.changed", func(ctx context.Context, tx *eventlog.Tx, a tenant.Account) error {
		if c.Settings != nil {
			if err := s.Tenants.Update(ctx, tx.Tx, a.ID, *c.Settings); err != nil {
				return err
			}
		}
		if c.Limits != nil {
			return s.Tenants.SetLimits(ctx, tx.Tx, a.ID, *c.Limits)
		}
		return nil
	})
}

// Suspend refuses every credential of a call centre, its phone systems'
// included, and ends its live connections. Nothing is deleted.
func (s *Settings) Suspend(ctx context.Context, uuid string) (tenant.Account, error) {
	return s.change(ctx, uuid, "tenant.suspended", func(ctx context.Context, tx *eventlog.Tx, a tenant.Account) error {
		return s.Tenants.Suspend(ctx, tx.Tx, a.ID)
	})
}

// Resume ends a suspension.
func (s *Settings) Resume(ctx context.Context, uuid string) (tenant.Account, error) {
	return s.change(ctx, uuid, "tenant.resumed", func(ctx context.Context, tx *eventlog.Tx, a tenant.Account) error {
		return s.Tenants.Resume(ctx, tx.Tx, a)
	})
}

// change does work to a call centre, writes down what it was and is, and tells
// everyone.
func (s *Settings) change(
	ctx context.Context, uuid, action string, work func(context.Context, *eventlog.Tx, tenant.Account) error,
) (after tenant.Account, err error) {
	err = s.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := s.Tenants.FindAccount(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if err := work(ctx, tx, before); err != nil {
			return err
		}
		if after, err = s.Tenants.FindAccount(ctx, tx, uuid); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: before.ID, Action: action, Object: "tenant/" + before.UUID, Before: outputOf(&before), After: outputOf(&after),
		})
	})
	if err != nil {
		return tenant.Account{}, err
	}
	return after, s.Tenants.Changed(ctx, s.Bus)
}

// Export writes everything of a call centre as one archive; see
// [estate.Estate.Export].
func (s *Settings) Export(ctx context.Context, a tenant.Account, out io.Writer) (estate.Manifest, error) {
	err := s.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Tenant: a.ID, Action: "tenant.exported", Object: "tenant/" + a.UUID})
	})
	if err != nil {
		return estate.Manifest{}, err
	}
	return s.Estate.Export(ctx, a, out)
}

// Erase removes a call centre and everything of it, for good. Confirm is its
// slug: an erasure is not to happen to the wrong one.
func (s *Settings) Erase(ctx context.Context, uuid, confirm string) error {
	a, err := s.Tenants.Account(ctx, uuid)
	if err != nil {
		return err
	}
	if !strings.EqualFold(confirm, a.Slug) {
		return problem.NewFields("tenant.not_confirmed", "Erasing a call centre cannot be undone. Name its slug to confirm.",
			problem.Field{Name: "confirm", Detail: "must be the call centre's slug"})
	}
	if err := s.Estate.Begin(ctx, a); err != nil {
		return err
	}
	if err := s.told(ctx); err != nil {
		return err
	}
	return s.finish(ctx, a)
}

func (s *Settings) finish(ctx context.Context, a tenant.Account) error {
	err := s.Estate.Erase(ctx, a)
	if err != nil && problem.Of(err).Kind != problem.NotFound { // somebody else has finished it
		return fmt.Errorf("erase tenant %s: %w", a.UUID, err)
	}
	return s.told(ctx)
}

// told tells everyone who remembers anything of a call centre to forget it.
func (s *Settings) told(ctx context.Context) error {
	err := s.Tenants.Changed(ctx, s.Bus)
	for _, bell := range []string{ask.BellRules, ask.BellContacts} {
		s.Bus.Ring(bell)
	}
	return err
}
