// SPDX-License-Identifier: Apache-2.0

// Package routing decides where a waiting call goes, keeps the reasons, and
// tells the phone system in time.
//
// A reader of the log sees calls that wait. It asks who their callers are,
// lets the tenant's rules decide, and writes decision, command and its own
// checkpoint in one transaction; a sender carries the commands out. A crash
// anywhere neither drops a command nor decides a call twice. A crash between
// sending and writing that down may send a command again, which a phone system
// takes as the same.
package routing

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what Routing needs.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Tenants  *tenant.Directory
	Logger   *slog.Logger

	Now            func() time.Time // nil for time.Now
	Deadline       time.Duration    // how long a phone system waits for a decision; 0 for 10 s
	AttemptTimeout time.Duration    // of one request to it; 0 for 2 s
	Workers        int              // requests to one connector at a time; 0 for 32
}

// Routing decides about calls and carries its decisions out.
type Routing struct {
	log        *eventlog.Log
	db         *db.DB
	bus        *bus.Bus
	live       *live.Live
	tenants    *tenant.Directory
	logger     *slog.Logger
	now        func() time.Time
	deadline   time.Duration
	store      *store
	connectors *connectors
	sender     *sender
	metrics    metrics
	round      *round // prepared last; the reader's own

	mu   sync.Mutex
	sets map[int64]*RuleSet // by tenant; the version that was last asked for
}

// New returns the part. It touches nothing before its module runs.
func New(o Options) *Routing {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Deadline == 0 {
		o.Deadline = 10 * time.Second
	}
	if o.AttemptTimeout == 0 {
		o.AttemptTimeout = 2 * time.Second
	}
	if o.Workers == 0 {
		o.Workers = 32
	}
	r := &Routing{
		log: o.Log, db: o.Database, bus: o.Bus, live: o.Live, tenants: o.Tenants,
		logger: o.Logger.With("module", "routing"), now: o.Now, deadline: o.Deadline,
		store: &store{db: o.Database}, connectors: newConnectors(o.Bus), metrics: newMetrics(),
		sets: map[int64]*RuleSet{},
	}
	r.sender = newSender(r, o.AttemptTimeout, o.Workers)
	return r
}

// Module returns routing as a part of the product.
func (r *Routing) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "routing", Tables: Tables, Routes: r.routes(api), Run: r.run}
}

// Metrics returns what routing measures of itself.
func (r *Routing) Metrics() []prometheus.Collector { return r.metrics.all() }

// run decides and sends until ctx ends. It returns an error when it cannot go
// on; running it again takes up where it stopped.
func (r *Routing) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	if err := bus.Answer(ctx, r.bus, ask.FindWishes, r.findWishes); err != nil {
		return err
	}
	if err := bus.Answer(ctx, r.bus, ask.ListQueues, r.queueNames); err != nil {
		return err
	}
	group.Go(func() error { return r.connectors.follow(ctx) })
	group.Go(func() error { return r.sender.run(ctx) })
	group.Go(func() error {
		return projection.Follow(ctx, r.log, r.db, r.bus, projection.Reader{
			Name: "routing", Batch: readBatch, Rest: readRest, Prepare: r.prepare, Committed: r.committed,
		})
	})
	return group.Wait()
}

// EnsureDefaults gives a tenant that has no rules yet those of the preset
// "known 900, new 901" and their queues. It is safe to call it again.
func (r *Routing) EnsureDefaults(ctx context.Context, tenant int64) error {
	var changed bool
	err := r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		var err error
		changed, err = r.ensureDefaults(ctx, tx, tenant)
		return err
	})
	if err == nil && changed {
		r.bus.Ring(ask.BellRules)
	}
	return err
}

func (r *Routing) ensureDefaults(ctx context.Context, tx *eventlog.Tx, tenant int64) (changed bool, err error) {
	version, err := r.store.currentVersion(ctx, tx, tenant)
	if err != nil || version.Number > 0 {
		return false, err
	}
	for _, queue := range defaultQueues {
		if queue.ID, err = newID(); err != nil {
			return false, err
		}
		if err := r.store.insertQueue(ctx, tx, tenant, queue); err != nil && problem.Of(err).Kind != problem.Conflict {
			return false, err
		}
	}
	rules, err := presetRules(PresetKnown900)
	if err != nil {
		return false, err
	}
	return true, r.writeRules(ctx, tx, tenant, Version{Number: 1, Preset: PresetKnown900}, rules)
}

// current returns a tenant's rules of now, made ready once per version.
func (r *Routing) current(ctx context.Context, t tenant.Tenant) (*RuleSet, error) {
	version, err := r.store.currentVersion(ctx, r.db, t.ID)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	set := r.sets[t.ID]
	r.mu.Unlock()
	if set != nil && set.Version == version.Number {
		return set, nil
	}
	rules, err := r.store.rules(ctx, r.db, t.ID, version.Number)
	if err != nil {
		return nil, err
	}
	set = load(version.Number, version.Preset, rules, zoneOf(t.TimeZone))
	for i := range set.rules {
		if broken := set.rules[i].broken; broken != "" {
			r.logger.Warn("rule cannot be used", "tenant", t.ID, "version", set.Version, "rule", set.rules[i].Name, "reason", broken)
		}
	}
	r.mu.Lock()
	r.sets[t.ID] = set
	r.mu.Unlock()
	return set, nil
}

// zoneOf returns a tenant's time zone. The name was checked when the tenant was
// created; a machine without its data falls back to UTC.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// newID returns an id whose order is the order of creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}
