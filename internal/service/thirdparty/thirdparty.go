// SPDX-License-Identifier: Apache-2.0

// Package thirdparty connects call centres to the systems they already have:
// it tells those systems what happens, and asks them who is calling.
//
// A template says what is told and in which form, an endpoint is one address
// that is told, an integrator is the system behind it with its credentials. One
// process at a time reads the log and writes what is to be delivered in the
// transaction that moves its checkpoint; what it then sends it sends until it
// is taken, in order for each call, and each endpoint on its own, so that a
// dead one delays nobody. Nothing on the way of a call waits for any of this.
package thirdparty

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
	"tandem/internal/secret"
	"tandem/internal/service/thirdparty/reach"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what a ThirdParty needs.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Tenants  *tenant.Directory
	Box      *secret.Box
	Logger   *slog.Logger

	AllowPrivate bool             // also reach this machine and private networks
	Now          func() time.Time // nil for time.Now
	Timeout      time.Duration    // of one request; 0 for 15 s
	Schedule     []time.Duration  // before each retry; nil for that of Standard Webhooks
	LookupTime   time.Duration    // the longest that a CRM is waited for; 0 for 1 s
}

// ThirdParty is the service.
type ThirdParty struct {
	log     *eventlog.Log
	db      *db.DB
	bus     *bus.Bus
	live    *live.Live
	tenants *tenant.Directory
	box     *secret.Box
	logger  *slog.Logger
	now     func() time.Time
	owner   string // tells processes apart
	store   *store
	namer   *liveview.Namer
	client  *reach.Client
	sender  *sender
	reader  *reader
	lookup  *lookup
	facts   factCache
	metrics metrics
}

// New returns the service. It touches nothing before its module runs.
func New(o Options) *ThirdParty {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Schedule == nil {
		o.Schedule = standardSchedule
	}
	if o.LookupTime == 0 {
		o.LookupTime = time.Second
	}
	t := &ThirdParty{
		log: o.Log, db: o.Database, bus: o.Bus, live: o.Live, tenants: o.Tenants, box: o.Box, logger: o.Logger, now: o.Now,
		owner: newOwner(),
		store: &store{db: o.Database}, namer: liveview.NewNamer(o.Bus), client: reach.New(o.AllowPrivate, o.Timeout), metrics: newMetrics(),
	}
	t.lookup = newLookup(t, reach.New(o.AllowPrivate, o.LookupTime), o.LookupTime)
	t.sender = newSender(t, o.Schedule)
	t.reader = newReader(t)
	return t
}

// Module returns the service as a part of the product.
func (t *ThirdParty) Module(api *httpapi.API) module.Module {
	sealed := func(table, column, purpose string) module.Column {
		return module.Column{Table: table, Column: column, Keys: []string{"tenant", "id"}, Purpose: purpose + "/{tenant}/{id}"}
	}
	return module.Module{
		Name: "thirdparty", Tables: Tables, Routes: t.routes(api), Run: t.run,
		Secret: []module.Column{
			sealed("thirdparty_endpoints", "secret", "thirdparty.endpoint"),
			sealed("thirdparty_endpoints", "old_secret", "thirdparty.endpoint"),
			sealed("thirdparty_integrators", "secret", "thirdparty.integrator"),
		},
	}
}

// Metrics returns what the service measures of itself.
func (t *ThirdParty) Metrics() []prometheus.Collector { return t.metrics.all() }

// run answers the questions of other modules and, while it is this process's
// turn, reads the log and sends, until ctx ends.
func (t *ThirdParty) run(ctx context.Context) error {
	if err := bus.Answer(ctx, t.bus, ask.FindOutside, t.lookup.answer); err != nil {
		return err
	}
	return t.lead(ctx, t.work)
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
