// SPDX-License-Identifier: Apache-2.0

// Package clicktocall gives a web site a button: a visitor leaves a number and
// is called. Each call centre has one; a script that any page may load shows
// it, and what a visitor asks for becomes a fact in the log, from which routing
// has the call made.
//
// The page is somebody else's and its visitor is nobody we know, so a request
// needs an origin that the call centre has named, a token that works once, and
// a number that the call centre is willing to pay for; and none gets far by
// asking often.
package clicktocall

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what a ClickToCall needs.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Tenants  *tenant.Directory
	Now      func() time.Time // nil for time.Now
}

// ClickToCall is the service behind the buttons.
type ClickToCall struct {
	log     *eventlog.Log
	tenants *tenant.Directory
	now     func() time.Time
	store   *store
}

// New returns the service.
func New(o Options) *ClickToCall {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &ClickToCall{log: o.Log, tenants: o.Tenants, now: o.Now, store: &store{db: o.Database}}
}

// Module returns the service as a part of the product.
func (c *ClickToCall) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "clicktocall", Tables: Tables, Routes: c.routes(api), Run: c.run}
}

// run prunes until ctx ends.
func (c *ClickToCall) run(ctx context.Context) error {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if err := c.prune(ctx); err != nil {
			if ctx.Err() != nil {
				return nil // ending was asked for
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// newID returns an id whose order is the order of creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}
