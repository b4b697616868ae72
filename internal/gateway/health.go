// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

const readyTime = 2 * time.Second // longest that a check may take

// routes are the gateway's own: what machines ask of the whole product.
func (g *gateway) routes() []module.Route {
	metrics := identity.MetricsRead
	if g.Dev {
		metrics = module.Public // the listener is this machine's alone
	}
	get := func(pattern, right string, handler http.Handler) module.Route {
		return module.Route{Method: http.MethodGet, Pattern: pattern, Right: right, Handler: handler}
	}
	return []module.Route{
		get("/healthz", module.Public, http.HandlerFunc(healthz)),
		get("/readyz", module.Public, http.HandlerFunc(g.readyz)),
		get("/metrics", metrics, promhttp.HandlerFor(g.Metrics, promhttp.HandlerOpts{})),
		get("/api/openapi.json", module.Public, g.openAPI()),
		get("/api/docs", module.Public, http.HandlerFunc(g.console.docs)),
	}
}

// OwnRoutes returns the gateway's own routes, for whoever looks at all there
// are. Their handlers are not to be called.
func OwnRoutes() []module.Route {
	return (&gateway{Options: Options{Metrics: prometheus.NewRegistry()}, console: &console{}}).routes()
}

// newSeconds measures what is answered.
func newSeconds() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tandem_http_request_seconds", Help: "Time to answer requests, streams apart.",
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
	}, []string{"method", "route", "status"})
}

// observe counts a request. How long a stream was open says nothing of how
// fast it was answered.
func (s *gate) observe(status int, took time.Duration) {
	if s.route.Stream {
		return
	}
	class := min(max(status/100, 0), len(s.classes)-1)
	observer := s.classes[class].Load()
	if observer == nil {
		// The route's method, not the request's: anybody can make those up.
		found := s.gateway.seconds.WithLabelValues(cmp.Or(s.route.Method, "any"), s.route.Pattern, strconv.Itoa(class)+"xx")
		observer = &found
		s.classes[class].Store(observer)
	}
	(*observer).Observe(took.Seconds())
}

// healthz says that the process answers.
func healthz(w http.ResponseWriter, _ *http.Request) {
	httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether the product can do its work now. A problem that Ready
// returns is shown; any other error is ours alone, and logged.
func (g *gateway) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	err := g.Ready(ctx)
	if err == nil {
		httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
		return
	}
	if problem.Of(err).Kind == problem.Internal {
		g.Logger.WarnContext(r.Context(), "not ready", "error", err)
		err = problem.New(problem.Unavailable, "gateway.not_ready", "Tandem cannot work now.")
	}
	httpapi.WriteProblem(w, err)
}

// openAPI serves the description, which is complete once all modules are made
// and does not change after that.
func (g *gateway) openAPI() http.Handler {
	describe := sync.OnceValues(g.OpenAPI)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := describe()
		if err != nil {
			g.Logger.ErrorContext(r.Context(), "no description", "error", err)
			httpapi.WriteProblem(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(text) // the client may have gone
	})
}
