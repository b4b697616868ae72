// SPDX-License-Identifier: Apache-2.0

// Package gateway is the one public address of Tandem. It finds out who is
// asking and whether they may, and hands the request to the part that answers
// it.
//
// It knows no part by name: parts are routes, and each route says what right
// it needs. A route that says nothing keeps the program from starting.
package gateway

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/bus"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

// requestTime is the longest that the answer to a request may take, unless its
// route is a stream.
const requestTime = 30 * time.Second

// Options is what a gateway uses.
type Options struct {
	Modules []module.Module
	Bus     *bus.Bus
	Tenants *tenant.Directory

	// Dev opens the wire-compatible routes and /metrics to whoever reaches this
	// machine's own address. DevTenant says who such a caller is.
	Dev       bool
	DevTenant func(context.Context) (identity.Principal, error)

	Console fs.FS                       // the built console; nil when it was not built
	OpenAPI func() ([]byte, error)      // the description of all typed routes
	Metrics *prometheus.Registry        // what /metrics shows; the gateway adds its own
	Ready   func(context.Context) error // nil when the product can work; see readyz

	PublicURL   string         // the address people use, when it is not the one of the request
	Proxies     []netip.Prefix // whose X-Forwarded-For is believed
	FullNumbers bool           // phone numbers are written out in the access log
	Logger      *slog.Logger
	Now         func() time.Time // nil for the machine's clock
}

// gateway serves everything; see [New].
type gateway struct {
	Options

	table   table
	console *console
	known   *known
	origins *http.CrossOriginProtection
	ids     *ids
	seconds *prometheus.HistogramVec // by method, route and class of status
}

// New returns the handler of the public address. Routes that are in each
// other's way, or that name no right, are an error.
func New(o Options) (http.Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	g := &gateway{Options: o, origins: http.NewCrossOriginProtection(), ids: newIDs(), seconds: newSeconds()}
	if err := o.Metrics.Register(g.seconds); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	if o.PublicURL != "" {
		address, err := url.Parse(o.PublicURL)
		if err != nil {
			return nil, fmt.Errorf("read public URL: %w", err)
		}
		if err := g.origins.AddTrustedOrigin(address.Scheme + "://" + address.Host); err != nil {
			return nil, fmt.Errorf("trust public URL: %w", err)
		}
	}
	var err error
	if g.console, err = newConsole(o.Console); err != nil {
		return nil, err
	}
	if g.known, err = newKnown(o.Bus, o.Now); err != nil {
		return nil, err
	}
	own := module.Module{Name: "gateway", Routes: g.routes()}
	if g.table, err = g.tableOf(append([]module.Module{own}, o.Modules...)); err != nil {
		return nil, err
	}
	return g, nil
}

// Headers that are the same on every answer. Who changes one of them replaces
// the list.
var (
	noSniff = []string{"nosniff"}
	noStore = []string{"no-store"}
)

// ServeHTTP gives the request its id, its line in the access log, and its
// answer, whatever becomes of it.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w, started: g.Now()}
	id := g.ids.of(r)
	if len(g.Proxies) > 0 {
		r.RemoteAddr = g.clientOf(r)
	}
	named, header := []string{id}, a.Header()
	r.Header[headerRequestID], header[headerRequestID] = named, named
	header["X-Content-Type-Options"] = noSniff
	defer g.finish(a, r, id)
	if g.table.serve(a, r) || g.console.serve(a, r) {
		return
	}
	notFound(a, r)
}
