// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/ingest"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/module"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// office is ingest behind a real HTTP server, with everything below it.
type office struct {
	*testing.T

	ingest   *ingest.Ingest
	module   module.Module
	log      *eventlog.Log
	live     *live.Live
	bus      *bus.Bus
	tenants  *tenant.Directory
	database *db.DB
	server   *httptest.Server
	clock    atomic.Int64 // ms added to the wall's clock

	vendor, pabx, foreign ingest.Connector // of demo, demo and other
}

const (
	vendorKey  = "11111111111111111111111111111111"
	pabxKey    = "22222222222222222222222222222222"
	foreignKey = "33333333333333333333333333333333"
)

func open(t *testing.T, database *db.DB, configure ...func(*ingest.Options)) *office {
	t.Helper()
	o := &office{T: t, database: database}
	o.log, o.live, o.tenants, o.bus = livetest.Start(t, database)
	o.start(configure...)
	return o
}

func (o *office) start(configure ...func(*ingest.Options)) {
	o.Helper()
	options := ingest.Options{
		Log: o.log, Database: o.database, Bus: o.bus, Live: o.live, Tenants: o.tenants, Box: tenanttest.Box(o.T),
		Logger: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return time.Now().Add(time.Duration(o.clock.Load()) * time.Millisecond) },
	}
	for _, f := range configure {
		f(&options)
	}
	o.ingest = ingest.New(options)
	o.module = o.ingest.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
	if err := o.database.Migrate(o.Context(), o.module.Name, o.module.Tables); err != nil {
		o.Fatal(err)
	}
	o.vendor = o.connect(1, "vendor", ingest.Delegate, vendorKey)
	o.pabx = o.connect(1, "pabx", ingest.CallWaiting, pabxKey)
	o.foreign = o.connect(2, "vendor", ingest.Delegate, foreignKey)
	mux := http.NewServeMux()
	for _, route := range o.module.Routes {
		mux.Handle(strings.TrimSpace(route.Method+" "+route.Pattern), route.Handler)
	}
	o.server = httptest.NewServer(gateway(o.tenants, mux))
	o.Cleanup(o.server.Close)
}

// gateway does what the product's does: it puts who is asking on the request.
func gateway(tenants *tenant.Directory, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slug := r.Header.Get("X-Signed-In"); slug != "" {
			owner, err := tenants.FindBySlug(r.Context(), slug)
			if err != nil {
				panic(err)
			}
			role := "admin"
			if r.Header.Get("X-Role") != "" {
				role = r.Header.Get("X-Role")
			}
			p := identity.Principal{Tenant: owner.Tenant, ID: "u1", Role: role, Rights: identity.RightsOf(role)}
			r = r.WithContext(identity.With(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}

func (o *office) connect(tenant int64, name, dialect, key string) ingest.Connector {
	o.Helper()
	c, err := o.ingest.EnsureConnector(o.Context(), tenant, ingest.NewConnector{Name: name, Dialect: dialect, Key: key})
	if err != nil {
		o.Fatal(err)
	}
	return c
}

// run runs the module's loop until the returned function is called.
func (o *office) run() (stop func()) {
	ctx, cancel := context.WithCancel(o.Context())
	gone := make(chan error, 1)
	go func() { gone <- o.module.Run(ctx) }()
	return func() {
		cancel()
		if err := <-gone; err != nil {
			o.Errorf("run: %v", err)
		}
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request. Headers are "Name: value".
func (o *office) ask(method, path, body string, headers ...string) answer {
	o.Helper()
	r, err := http.NewRequestWithContext(o.Context(), method, o.server.URL+path, strings.NewReader(body))
	if err != nil {
		o.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		o.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		o.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// api asks as the administrator of demo and decodes the answer into out.
func (o *office) api(method, path, body string, status int, out any) {
	o.Helper()
	got := o.ask(method, path, body, "X-Signed-In: demo")
	if got.status != status {
		o.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(got.body), out); err != nil {
		o.Fatalf("%s %s: %v: %s", method, path, err, got.body)
	}
}

// events returns everything phone systems have said so far.
func (o *office) events() []eventlog.Record {
	o.Helper()
	records, err := o.log.ReadAfter(o.Context(), 0, 10_000)
	if err != nil {
		o.Fatal(err)
	}
	var list []eventlog.Record
	for _, r := range records {
		if r.Type != "connector.changed" {
			list = append(list, r)
		}
	}
	return list
}

// inbox returns all refused requests of demo.
func (o *office) inbox() []ingest.InboxItem {
	o.Helper()
	items, err := o.ingest.ListInbox(o.Context(), 1, "", 1000)
	if err != nil {
		o.Fatal(err)
	}
	return items
}

// stored is the original's answer to an event.
type stored struct {
	Success bool `json:"success"`
	Code    int  `json:"code"`
	Data    *struct {
		ID          int64          `json:"id"`
		AggregateID string         `json:"aggregate_id"`
		UUID        string         `json:"uuid"`
		Event       map[string]any `json:"event"`
	} `json:"data"`
	Errors  []string `json:"errors"`
	Message *string  `json:"message"`
}

func (a answer) stored(t testing.TB) stored {
	t.Helper()
	var s stored
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatalf("answer %q: %v", a.body, err)
	}
	return s
}

// Every route says who may use it: webhooks check their own credential, the
// rest needs a right. The description knows them all.
func TestRoutes(t *testing.T) {
	t.Parallel()
	api := httpapi.New("test", slog.New(slog.DiscardHandler))
	m := ingest.New(ingest.Options{}).Module(api)
	text, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal(text, &described); err != nil {
		t.Fatal(err)
	}
	if len(m.Routes) != 18 {
		t.Errorf("%d routes", len(m.Routes))
	}
	for _, route := range m.Routes {
		isWebhook := strings.Contains(route.Pattern, "webhook")
		if isWebhook != (route.Right == module.Public) || isWebhook != route.Wire || route.Right == "" {
			t.Errorf("%s %s: right %q, wire %v", route.Method, route.Pattern, route.Right, route.Wire)
		}
		if described.Paths[route.Pattern][strings.ToLower(route.Method)] == nil && route.Method != http.MethodOptions {
			t.Errorf("%s %s is not described", route.Method, route.Pattern)
		}
	}
}
