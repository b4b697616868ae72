// SPDX-License-Identifier: Apache-2.0

package routing

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
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/phone"
	"tandem/internal/problem"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

var demo = identity.Tenant{ID: 1, Region: "VN", TimeZone: "Asia/Ho_Chi_Minh"}

// clock is the time of a test; it goes on by itself and can be put forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time            { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(by time.Duration)  { c.ahead.Add(int64(by)) }
func (c *clock) ms() int64                 { return c.now().UnixMilli() }
func (c *clock) ago(d time.Duration) int64 { return c.ms() - d.Milliseconds() }

// desk is routing as one process runs it, with everything around it.
type desk struct {
	*Routing

	t         testing.TB
	clock     *clock
	directory *tenant.Directory
	handler   http.Handler
	around    *around
}

// around is what the other modules answer, to all processes of a test.
type around struct {
	mu         sync.Mutex
	connectors map[int64]ask.Connector
	claims     map[string]string // match key → call that brought it
	silent     atomic.Bool       // nobody knows who is calling
	asked      atomic.Int64
}

func newAround() *around {
	return &around{connectors: map[int64]ask.Connector{}, claims: map[string]string{}}
}

func (a *around) connect(id int64, dialect, url string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.connectors[id] = ask.Connector{ID: id, Name: fmt.Sprint("pbx", id), Dialect: dialect, APIURL: url, APIUser: "tandem", APIPassword: "s3cret"}
}

func (a *around) match(_ context.Context, q ask.MatchCallersQuestion) ([]ask.Match, error) {
	a.asked.Add(1)
	if a.silent.Load() {
		return nil, problem.New(problem.Unavailable, "bus.nobody_there", "Nobody is there.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	matches := make([]ask.Match, len(q.Callers))
	for i, caller := range q.Callers {
		key := phone.MatchKey(caller.Number, q.Region)
		if key == "" {
			matches[i].Withheld = true
			continue
		}
		call, claimed := a.claims[key]
		if !claimed && !q.DryRun {
			a.claims[key] = caller.CallID
		}
		matches[i] = ask.Match{MatchKey: key, New: !claimed || call == caller.CallID && call != "", ContactID: "contact-" + key}
	}
	return matches, nil
}

func (a *around) findConnector(_ context.Context, q ask.ConnectorQuestion) (ask.Connector, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.connectors[q.Connector]
	if !ok {
		return c, problem.New(problem.NotFound, "connector.not_found", "There is no such connector.")
	}
	return c, nil
}

// open makes a desk that does not run yet, on a database that may be another's.
func open(t testing.TB, database *db.DB, directory *tenant.Directory, log *eventlog.Log, l *live.Live, b *bus.Bus, a *around) *desk {
	t.Helper()
	if err := database.Migrate(t.Context(), "routing", Tables); err != nil {
		t.Fatal(err)
	}
	if err := bus.Answer(t.Context(), b, ask.MatchCallers, a.match); err != nil {
		t.Fatal(err)
	}
	if err := bus.Answer(t.Context(), b, ask.FindConnector, a.findConnector); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, clock: &clock{}, directory: directory, around: a}
	d.Routing = New(Options{
		Log: log, Database: database, Bus: b, Live: l, Tenants: directory,
		Logger: slog.New(slog.DiscardHandler), Now: d.clock.now,
	})
	d.sender.pause = time.Millisecond
	mux := http.NewServeMux()
	for _, route := range d.Module(httpapi.New("test", d.logger)).Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	d.handler = mux
	return d
}

// prepareDesk makes a desk with the default rules that does not run yet.
func prepareDesk(t testing.TB, database *db.DB) *desk {
	t.Helper()
	log, l, directory, b := livetest.Start(t, database)
	d := open(t, database, directory, log, l, b, newAround())
	if err := d.EnsureDefaults(t.Context(), demo.ID); err != nil {
		t.Fatal(err)
	}
	return d
}

// start makes a desk that runs.
func start(t testing.TB, database *db.DB) *desk {
	t.Helper()
	d := prepareDesk(t, database)
	d.start()
	return d
}

// start runs the desk until the returned function or the end of the test.
func (d *desk) start() (stop func()) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Errorf("run ended with %v", err)
		}
	})
	d.t.Cleanup(stop)
	return stop
}

// report appends an event of a call, as ingest would. More is further members.
func (d *desk) report(typ string, connector int64, callID string, received int64, more string) {
	d.t.Helper()
	data := fmt.Sprintf(`{"type":%q,"call_id":%q,"timestamp":%d%s}`, typ, callID, received, more)
	key, err := eventlog.Key([]byte("secret"), typ, []byte(data))
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = d.log.Append(d.t.Context(), eventlog.Event{
		Tenant: demo.ID, Connector: connector, Stream: live.Stream(connector, callID), Key: key, Type: typ,
		At: received, Received: received, Timed: true, Data: []byte(data),
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// standby reports that a call of a number waits since now.
func (d *desk) standby(connector int64, callID, number string) {
	d.t.Helper()
	d.report("call.standby", connector, callID, d.clock.ms(), fmt.Sprintf(`,"their_number":%q,"our_number":"19001234","code":"A-77"`, number))
}

// await waits until done says so.
func (d *desk) await(what string, done func() bool) {
	d.t.Helper()
	rings, stop, err := d.bus.Listen(ask.BellEvents)
	if err != nil {
		d.t.Fatal(err)
	}
	defer stop()
	timeout := time.After(30 * time.Second)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-rings:
		case <-ticker.C:
		case <-timeout:
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// own returns the facts of ours about a call.
func (d *desk) own(connector int64, callID string) (facts []eventlog.Record) {
	d.t.Helper()
	records, err := d.log.ReadStream(d.t.Context(), demo.ID, live.Stream(connector, callID), 0, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range records {
		if strings.HasPrefix(r.Type, "routing.") || strings.HasPrefix(r.Type, "command.") {
			facts = append(facts, r)
		}
	}
	return facts
}

// outcome waits until a command about a call is sent or missed and returns
// the event's type and data.
func (d *desk) outcome(connector int64, callID string) (string, commandFact) {
	d.t.Helper()
	var last eventlog.Record
	d.await("the outcome of "+callID, func() bool {
		facts := d.own(connector, callID)
		if len(facts) > 0 {
			last = facts[len(facts)-1]
		}
		return strings.HasPrefix(last.Type, "command.")
	})
	var fact commandFact
	if err := json.Unmarshal(last.Data, &fact); err != nil {
		d.t.Fatal(err)
	}
	return last.Type, fact
}

// types returns the types of our facts about a call.
func (d *desk) types(connector int64, callID string) string {
	d.t.Helper()
	var types []string
	for _, r := range d.own(connector, callID) {
		types = append(types, r.Type)
	}
	return strings.Join(types, " ")
}

// caughtUp waits until the reader has seen all that is in the log now.
func (d *desk) caughtUp() {
	d.t.Helper()
	head, err := d.log.Head(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	d.await("the reader", func() bool {
		at, err := projection.Checkpoint(d.t.Context(), d.db, "routing")
		return err == nil && at >= head
	})
}

// pbx is a phone system that keeps what it was told.
type pbx struct {
	*httptest.Server

	mu     sync.Mutex
	bodies []string
	users  []string
}

// newPBX starts a phone system that answers each request with answer, which is
// told which request about the call it is, from 1.
func newPBX(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, nth int)) *pbx {
	t.Helper()
	p := &pbx{}
	nth := map[string]int{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var order struct {
			CallID string `json:"call_id"`
		}
		_ = json.Unmarshal(body, &order)
		user, password, _ := r.BasicAuth()
		p.mu.Lock()
		p.bodies = append(p.bodies, string(body))
		p.users = append(p.users, user+":"+password)
		nth[order.CallID]++
		n := nth[order.CallID]
		p.mu.Unlock()
		answer(w, r, n)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pbx) told() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.bodies...)
}

func fine(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, `{"status":"ok"}`) }

// request asks over HTTP as an administrator of a tenant.
func (d *desk) request(tenant identity.Tenant, method, path, body string) (int, string) {
	d.t.Helper()
	ctx := identity.With(d.t.Context(), identity.Principal{Tenant: tenant, ID: "u1", Login: "admin"})
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
