// SPDX-License-Identifier: Apache-2.0

// Package ingest turns foreign facts into events. A phone system is connected
// as a connector: a name, a credential, and a dialect. What it posts is checked,
// written to the log in one durable step, and only then answered with 2xx; what
// cannot be understood is kept, as it came, in the inbox, where a person can
// see it and have it read again.
//
// It also closes the calls whose end never came.
package ingest

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

//go:embed migrations/*.sql
var tables embed.FS

const (
	lookEvery      = 30 * time.Second // for calls without an end, and for what the inbox need not keep
	bodyMaxDefault = 1 << 20
)

// Options are what ingest works with.
type Options struct {
	Log       *eventlog.Log
	Database  *db.DB
	Bus       *bus.Bus
	Live      *live.Live
	Tenants   *tenant.Directory
	Box       *secret.Box
	Inbox     Bounds
	BodyMax   int64  // bytes of a webhook's body; 0 for 1 MiB
	PublicURL string // under which phone systems reach Tandem; "" for the address of the request
	Logger    *slog.Logger
	Now       func() time.Time // nil for the wall's clock
}

// Bounds are how much the inbox keeps. A zero means no bound.
type Bounds struct {
	Rows  int64
	Bytes int64 // of the kept bodies
	Age   time.Duration
}

// Ingest receives what phone systems send.
type Ingest struct {
	Options

	store   *store
	roster  *rosterKeeper
	client  *http.Client
	metrics metrics
}

// New returns the ingest part. It touches nothing before its routes are called
// or its loop runs.
func New(options Options) *Ingest {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.BodyMax == 0 {
		options.BodyMax = bodyMaxDefault
	}
	i := &Ingest{Options: options, store: &store{db: options.Database}, client: newClient(), metrics: newMetrics()}
	i.roster = &rosterKeeper{load: i.loadRoster, now: options.Now, loading: make(chan struct{}, 1)}
	return i
}

// Module returns the part as the product runs it.
func (i *Ingest) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "ingest", Tables: tables, Secret: secrets, Routes: i.routes(api), Run: i.run}
}

// Metrics returns what ingest measures of itself.
func (i *Ingest) Metrics() []prometheus.Collector { return i.metrics.all() }

// routes is the table of contents of what ingest answers over HTTP.
func (i *Ingest) routes(api *httpapi.API) []module.Route {
	routes := i.webhookRoutes(api)
	routes = append(routes, i.connectorRoutes(api)...)
	return append(routes, i.inboxRoutes(api)...)
}

// run answers other parts, closes calls whose end never came and keeps the
// inbox within its age, until ctx ends.
func (i *Ingest) run(ctx context.Context) error {
	if err := bus.Answer(ctx, i.Bus, ask.FindConnector, i.answerFind); err != nil {
		return err
	}
	if err := bus.Answer(ctx, i.Bus, ask.ListConnectors, i.answerList); err != nil {
		return err
	}
	rings, stop, err := i.Bus.Listen(ask.BellConnectors)
	if err != nil {
		return err
	}
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-rings:
				i.roster.drop()
			}
		}
	})
	group.Go(func() error { return i.sweep(ctx) })
	return group.Wait()
}

// sweep does, now and again, what no request asks for.
func (i *Ingest) sweep(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		err := i.closeStale(ctx)
		if err == nil {
			err = i.dropOld(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
