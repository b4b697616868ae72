// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/problem"
	"tandem/internal/service/thirdparty"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// fixture is a process with the service in it, for two call centres.
type fixture struct {
	*testing.T

	database    *db.DB
	log         *eventlog.Log
	live        *live.Live
	bus         *bus.Bus
	directory   *tenant.Directory
	demo, other identity.Tenant
	handler     http.Handler
	options     thirdparty.Options
	service     *thirdparty.ThirdParty
	end         func() // of the service, as a process that is told to
	serial      atomic.Int64
}

// waitMax is how long a test waits for something to happen.
const waitMax = 20 * time.Second

func start(t *testing.T, database *db.DB, change ...func(*thirdparty.Options)) *fixture {
	t.Helper()
	f := &fixture{T: t, database: database}
	f.log, f.live, f.directory, f.bus = livetest.Start(t, database)
	fatal(t, database.Migrate(t.Context(), "audit", audit.Tables))
	fatal(t, database.Migrate(t.Context(), "thirdparty", thirdparty.Tables))
	for slug, to := range map[string]*identity.Tenant{"demo": &f.demo, "other": &f.other} {
		found, err := f.directory.FindBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		*to = found.Tenant
	}
	people := map[string]ask.Agent{"ana@demo.example": {ID: anaID, Login: "ana", Name: "Ana", Extension: "200"}}
	fatal(t, bus.Answer(t.Context(), f.bus, ask.NameAgents, func(_ context.Context, q ask.NamesQuestion) (map[string]ask.Agent, error) {
		return people, nil
	}))
	fatal(t, bus.Answer(t.Context(), f.bus, ask.FindAgent, func(_ context.Context, q ask.AgentQuestion) (ask.Agent, error) {
		if q.ID != anaID || q.Tenant != f.demo.ID {
			return ask.Agent{}, problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
		}
		return people["ana@demo.example"], nil
	}))
	f.options = thirdparty.Options{
		Log: f.log, Database: database, Bus: f.bus, Live: f.live, Tenants: f.directory, Box: tenanttest.Box(t),
		Logger: slog.New(slog.DiscardHandler), AllowPrivate: true,
	}
	for _, c := range change {
		c(&f.options)
	}
	f.run()
	return f
}

const anaID = "0198c0de-0000-7000-8000-0000000000aa"

// run starts the service, as a new process would.
func (f *fixture) run() {
	f.Helper()
	f.service = thirdparty.New(f.options)
	m := f.service.Module(httpapi.New("test", f.options.Logger))
	mux := http.NewServeMux()
	for _, route := range m.Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	f.handler = mux
	ctx, cancel := context.WithCancel(f.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if err := m.Run(ctx); err != nil && ctx.Err() == nil {
			f.Errorf("the service stopped: %v", err)
		}
	}()
	f.end = sync.OnceFunc(func() { cancel(); <-gone })
	f.Cleanup(f.end)
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask makes a request of an administrator.
func (f *fixture) ask(who identity.Tenant, method, path, body string) (int, map[string]any) {
	f.Helper()
	r := httptest.NewRequestWithContext(f.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r = r.WithContext(identity.With(r.Context(), identity.Principal{Tenant: who, ID: "admin", Login: "admin", Role: "admin", Rights: identity.RightsOf("admin")}))
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	answer := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			f.Fatalf("%s %s: %s", method, path, w.Body)
		}
	}
	return w.Code, answer
}

// must is ask for what has to succeed.
func (f *fixture) must(method, path, body string) map[string]any {
	f.Helper()
	status, answer := f.ask(f.demo, method, path, body)
	if status >= 300 {
		f.Fatalf("%s %s %s: %d %v", method, path, body, status, answer)
	}
	return answer
}

// endpoint makes an endpoint and returns its path and its answer.
func (f *fixture) endpoint(body string) (path string, answer map[string]any) {
	f.Helper()
	answer = f.must(http.MethodPost, "/api/v1/integration-endpoints", body)
	return fmt.Sprint("/api/v1/integration-endpoints/", answer["_id"]), answer
}

// event appends an event of a call of the demo's first phone system.
func (f *fixture) event(typ, callID, more string) int64 {
	f.Helper()
	return f.eventOf(f.demo, typ, callID, more)
}

func (f *fixture) eventOf(owner identity.Tenant, typ, callID, more string) int64 {
	f.Helper()
	data := fmt.Sprintf(`{"type":%q,"call_id":%q,"direction":"inbound","their_number":"0912345678","our_number":"900100"%s}`, typ, callID, more)
	return f.append(owner, typ, callID, data)
}

func (f *fixture) append(owner identity.Tenant, typ, callID, data string) int64 {
	f.Helper()
	now := time.Now().UnixMilli()
	outcomes, err := f.log.Append(f.Context(), eventlog.Event{
		Tenant: owner.ID, Connector: 1, Stream: live.Stream(1, callID), Key: fmt.Sprint(typ, "/", f.serial.Add(1)), Type: typ, At: now, Received: now, Timed: true, Data: []byte(data),
	})
	fatal(f.T, err)
	return outcomes[0].Record.Position
}

// delivery waits until a delivery is as it should be and returns it.
func (f *fixture) delivery(endpoint string, position int64, status string) map[string]any {
	f.Helper()
	var seen map[string]any
	f.until(fmt.Sprintf("delivery %d is %s", position, status), func() bool {
		code, d := f.ask(f.demo, http.MethodGet, fmt.Sprint(endpoint, "/deliveries/", position), "")
		seen = d
		return code == http.StatusOK && d["status"] == status
	})
	return seen
}

// until waits for a condition.
func (f *fixture) until(what string, holds func() bool) {
	f.Helper()
	for end := time.Now().Add(waitMax); !holds(); {
		if time.Now().After(end) {
			f.Fatalf("waited in vain: %s", what)
		}
		rest := time.NewTimer(5 * time.Millisecond)
		<-rest.C
	}
}

// received is a request that a receiver got.
type received struct {
	path   string
	header http.Header
	body   string
}

// event returns the body as an event.
func (r received) event(t testing.TB) (e struct {
	ID, Type, Subject, Source, Time, Sequence string
	SpecVersion                               string `json:"specversion"`
	Test                                      bool   `json:"tandemtest"`
	Data                                      struct {
		Call  map[string]any
		Event map[string]any
	}
},
) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return e
}

// receiver is a system that is told of events. What it answers can be changed.
type receiver struct {
	*httptest.Server

	got chan received

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request, n int)
	count  int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{got: make(chan received, 10_000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		r.count++
		n, answer := r.count, r.answer
		r.mu.Unlock()
		r.got <- received{request.URL.RequestURI(), request.Header, string(body)}
		if answer != nil {
			answer(w, request, n)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// says makes the receiver answer so from now on.
func (r *receiver) says(answer func(w http.ResponseWriter, r *http.Request, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) status(code int) {
	r.says(func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(code) })
}

// next waits for a request.
func (r *receiver) next(t testing.TB) received {
	t.Helper()
	select {
	case got := <-r.got:
		return got
	case <-time.After(waitMax):
		t.Fatal("nothing was received")
		return received{}
	}
}

// quick are the times of tests.
func quick(o *thirdparty.Options) {
	o.Schedule = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond}
	o.Timeout = 2 * time.Second
}
