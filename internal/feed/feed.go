// SPDX-License-Identifier: Apache-2.0

// Package feed is the live view: it tells browsers and other programs what
// changes, while it changes, over WebSocket and server-sent events.
//
// It keeps nothing. One reader follows the log and notes which calls are
// touched; each call centre has a room, which turns what was touched into one
// frame every 50 ms at most and writes it to all its clients. A client that
// comes back says where it was and gets what it missed. One that is too slow
// gets a snapshot instead of what it could not take, or is closed; it never
// keeps the others waiting.
package feed

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

// Options is what the live view needs. All but the last five must be set.
type Options struct {
	Log     *eventlog.Log
	Live    *live.Live
	Tenants *tenant.Directory
	Bus     *bus.Bus
	Logger  *slog.Logger

	Coalesce   time.Duration // the least time between two frames of changes; 0 for 50 ms
	MaxClients int           // in this process; 0 for 10,000
	Slowest    time.Duration // how long a frame may wait for its client until that is closed; 0 for 10 s
	// Behind is how many events of the log are looked back at when the
	// process starts, for clients that come back after a restart; 0 for 5,000.
	Behind int
	// Recheck reports whether the credential of a request is still good. It is
	// called now and then for every connected client. nil checks nothing.
	Recheck func(ctx context.Context, r *http.Request) bool
}

const (
	coalesceDefault   = 50 * time.Millisecond
	maxClientsDefault = 10_000
	behindDefault     = 5_000
)

// Feed is the live view of one process.
type Feed struct {
	log        *eventlog.Log
	live       *live.Live
	tenants    *tenant.Directory
	bus        *bus.Bus
	logger     *slog.Logger
	namer      *liveview.Namer
	recheck    func(context.Context, *http.Request) bool
	coalesce   time.Duration
	slowest    time.Duration
	maxClients int
	behind     int
	metrics    metrics
	upgrader   upgrader
	lists      chan struct{} // one slot for each long list that is made at the same time

	work     sync.WaitGroup // every goroutine but Run's own
	position atomic.Int64   // of the last record that was read
	numbers  atomic.Int64   // of connections
	nudges   chan struct{}  // somebody waits for what is in the log already

	mu      sync.Mutex
	open    bool // Run runs
	since   int64
	rooms   map[int64]*room
	begin   func(*room) // starts a room's goroutine
	clients map[*client]struct{}
	moved   chan struct{} // closed when the position has moved

	admitted int // connections, those that are about to be clients among them
}

// New returns a live view. It does nothing before its module runs.
func New(o Options) *Feed {
	f := &Feed{
		log: o.Log, live: o.Live, tenants: o.Tenants, bus: o.Bus, logger: o.Logger,
		namer: liveview.NewNamer(o.Bus), recheck: o.Recheck,
		coalesce: o.Coalesce, slowest: o.Slowest, maxClients: o.MaxClients, behind: o.Behind,
		lists: make(chan struct{}, listsAtOnce), nudges: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	if f.coalesce == 0 {
		f.coalesce = coalesceDefault
	}
	if f.slowest == 0 {
		f.slowest = slowMax
	}
	if f.maxClients == 0 {
		f.maxClients = maxClientsDefault
	}
	if f.behind == 0 {
		f.behind = behindDefault
	}
	f.metrics = newMetrics(func() float64 { return float64(f.count()) })
	f.upgrader = newUpgrader()
	return f
}

// Module returns the part as the program sees it.
func (f *Feed) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "feed", Routes: f.routes(api), Run: f.Run}
}

// Metrics returns what the live view measures of itself.
func (f *Feed) Metrics() []prometheus.Collector { return f.metrics.all() }

func (f *Feed) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.admitted
}
