// SPDX-License-Identifier: Apache-2.0

// Package customer knows the people who call: contacts, the groups they are
// in, and which numbers are theirs.
//
// A number belongs to at most one contact by its claim, a row whose key is the
// number. Whoever inserts it first has brought the number: exactly one of many
// simultaneous first calls is new, in however many processes they are asked
// about. People may give a number to several contacts all the same; then the
// claim says whose its calls are. Contacts, claims and their events are written
// in one transaction of the log.
package customer

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what a Customer needs.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Tenants  *tenant.Directory
	Moves    []Move                 // of the others who keep rows that name a contact
	Erasers  func() []module.Eraser // of all who keep something about people; nil for none
	Logger   *slog.Logger           // nil for none
	Now      func() time.Time       // nil for time.Now
}

// Customer is the customer service.
type Customer struct {
	log     *eventlog.Log
	bus     *bus.Bus
	live    *live.Live
	tenants *tenant.Directory
	moves   []Move
	erasers func() []module.Eraser
	logger  *slog.Logger
	imports *importer
	now     func() time.Time
	store   *store
}

// New returns the service. It touches nothing before its module runs.
func New(o Options) *Customer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Erasers == nil {
		o.Erasers = func() []module.Eraser { return nil }
	}
	return &Customer{
		log: o.Log, bus: o.Bus, live: o.Live, tenants: o.Tenants, moves: o.Moves, erasers: o.Erasers,
		logger: orDiscard(o.Logger), imports: newImporter(o.Logger), now: o.Now, store: &store{db: o.Database},
	}
}

// Module returns the service as a part of the product.
func (c *Customer) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "customer", Tables: Tables, Routes: c.routes(api), Run: c.run}
}

// run answers the questions of other modules, imports files, and finishes what
// was begun, until ctx ends.
func (c *Customer) run(ctx context.Context) error {
	if err := bus.Answer(ctx, c.bus, ask.MatchCallers, c.Match); err != nil {
		return err
	}
	if err := bus.Answer(ctx, c.bus, ask.NameCallers, c.Name); err != nil {
		return err
	}
	if err := c.rekey(ctx); err != nil {
		if ctx.Err() == nil {
			return err
		}
		return nil // ending was asked for
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.runImports(ctx) })
	group.Go(func() error { return c.finishErasures(ctx) })
	group.Go(func() error { return projection.Follow(ctx, c.log, c.store.db, c.bus, c.reader()) })
	return group.Wait()
}

// isID reports whether text may be an id of ours; nothing else is looked for.
func isID(text string) bool { return uuid.Validate(text) == nil }

// newID returns an id whose order is the order of creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}
