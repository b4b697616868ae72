// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

const (
	pruneEvery = time.Hour
	pruneBatch = 1000 // entries removed in one transaction
	pageTenant = 100  // tenants looked at together
)

// Options is what the trail uses.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Tenants  *tenant.Directory
	Logger   *slog.Logger
	Now      func() time.Time // nil for the machine's clock
}

// Trail shows what was recorded, and forgets what a call centre does not want
// to keep.
type Trail struct {
	Options

	store store
}

// New returns the trail.
func New(o Options) *Trail {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Trail{Options: o, store: store{o.Database}}
}

// Module returns the trail as a part of the product.
func (t *Trail) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "audit", Tables: Tables, Routes: t.routes(api), Run: t.run}
}

// Erased is what stands in the place of what was overwritten.
const Erased = "erased"

// Erase overwrites, within tx, what the trail says of an object: what it was
// before and after. Of an agent it overwrites as well who they were when they
// did something, and from where. That something was done, what and when stays.
func Erase(ctx context.Context, tx *eventlog.Tx, tenant int64, object string) error {
	if err := eraseObject(ctx, tx, tenant, object); err != nil {
		return fmt.Errorf("erase %s from the audit trail: %w", object, err)
	}
	return nil
}

// run removes entries that are older than their call centre wants, until ctx
// ends.
func (t *Trail) run(ctx context.Context) error {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		if err := t.prune(ctx); err != nil && ctx.Err() == nil {
			t.Logger.WarnContext(ctx, "old audit entries not removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (t *Trail) prune(ctx context.Context) error {
	var faults []error
	after := int64(0)
	for {
		accounts, err := t.Tenants.Accounts(ctx, after, pageTenant)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			after = a.ID
			if days := a.Retention.Audit; days > 0 {
				faults = append(faults, t.pruneOne(ctx, a.ID, t.Now().AddDate(0, 0, -days).UnixMilli()))
			}
		}
		if len(accounts) < pageTenant {
			return errors.Join(faults...)
		}
	}
}

func (t *Trail) pruneOne(ctx context.Context, tenant, before int64) error {
	for {
		var removed int64
		err := t.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			removed, err = deleteBefore(ctx, tx, tenant, before, pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove old audit entries of tenant %d: %w", tenant, err)
		}
		if removed < pruneBatch {
			return nil
		}
	}
}

// reader returns whose trail ctx may see: that of its call centre, or for an
// operator who names none, that of the installation.
func reader(ctx context.Context) int64 {
	p, _ := identity.From(ctx)
	return p.Tenant.ID
}
