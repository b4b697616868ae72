// SPDX-License-Identifier: Apache-2.0

package presence_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/projection"
	"tandem/internal/service/presence"
)

// world is a running presence service and what it stands on.
type world struct {
	*presence.Presence

	t        *testing.T
	database *db.DB
	log      *eventlog.Log
	bus      *bus.Bus
	handler  http.Handler
	ahead    atomic.Int64 // ms
	keys     int
}

func (w *world) now() time.Time {
	return time.Now().Add(time.Duration(w.ahead.Load()) * time.Millisecond)
}

func start(t *testing.T, database *db.DB) *world {
	t.Helper()
	log, l, _, b := livetest.Start(t, database)
	if err := database.Migrate(t.Context(), "presence", presence.Tables); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, database: database, log: log, bus: b}
	w.Presence = presence.New(presence.Options{
		Log: log, Database: database, Bus: b, Live: l, Logger: slog.New(slog.DiscardHandler), Now: w.now,
	})
	m := w.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
	mux := http.NewServeMux()
	for _, route := range m.Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	w.handler = mux
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// append writes an event as ingest or another part would.
func (w *world) append(tenant, connector int64, stream, typ, data string, at time.Time) {
	w.t.Helper()
	w.keys++
	_, err := w.log.Append(w.t.Context(), eventlog.Event{
		Tenant: tenant, Connector: connector, Stream: stream, Key: fmt.Sprintf("%s/%06d", typ, w.keys), Type: typ,
		At: at.UnixMilli(), Received: w.now().UnixMilli(), Timed: true, Data: []byte(data),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// person has somebody come, or change.
func (w *world) person(tenant int64, id, login, extension, change string) {
	w.t.Helper()
	w.append(tenant, 0, "user/"+id, "user.changed", fmt.Sprintf(
		`{"id":%q,"change":%q,"login":%q,"name":%q,"email":%q,"role":"agent","extension":%q}`,
		id, change, login, strings.ToUpper(login[:1])+login[1:], login+"@demo.example", extension), w.now())
}

// call reports an event of a call.
func (w *world) call(id, typ, more string, at time.Time) {
	w.t.Helper()
	w.append(1, 1, live.Stream(1, id), typ, fmt.Sprintf(`{"type":%q,"call_id":%q%s}`, typ, id, more), at)
}

// caughtUp waits until the service has read all that is in the log now.
func (w *world) caughtUp() {
	w.t.Helper()
	head, err := w.log.Head(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	timeout := time.After(30 * time.Second)
	for {
		at, err := projection.Checkpoint(w.t.Context(), w.database, "presence")
		if err != nil {
			w.t.Fatal(err)
		}
		if at >= head {
			return
		}
		select {
		case <-timeout:
			w.t.Fatal("the reader did not come that far")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// principal is one of the demo's people.
func principal(tenant int64, id, role string) identity.Principal {
	return identity.Principal{Tenant: identity.Tenant{ID: tenant}, ID: id, Login: id, Role: role, Rights: identity.RightsOf(role)}
}

func (w *world) send(as identity.Principal, method, path, body string) (int, string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(identity.With(w.t.Context(), as), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

type listed struct {
	Items []struct {
		ID     string `json:"_id"`
		Name   string
		State  string
		Reason string
		Since  *time.Time
		Call   *struct{ ID int64 }
		Next   string
	}
	Next   string
	Counts map[string]int
}

// list returns the agents that a query finds, as "Ana busy, Bruno free".
func (w *world) list(tenant int64, query string) (string, listed) {
	w.t.Helper()
	w.caughtUp()
	status, body := w.send(principal(tenant, "u9", "agent"), "GET", "/api/v1/agents/states"+query, "")
	var page listed
	if err := json.Unmarshal([]byte(body), &page); err != nil || status != 200 {
		w.t.Fatalf("%s: %d %s", query, status, body)
	}
	var list []string
	for _, one := range page.Items {
		list = append(list, one.Name+" "+one.State)
	}
	return strings.Join(list, ", "), page
}

// Agents are what the log says they are, the busy first; the list is searched,
// sorted, filtered and paged; nobody sees another tenant's.
func TestAgents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		for i, login := range []string{"ana", "bruno", "chi", "dung"} {
			w.person(1, fmt.Sprintf("u%d", i+1), login, fmt.Sprint(200+i), "created")
		}
		w.person(2, "x1", "other", "200", "created")
		at := w.now().Add(-time.Minute)
		// By e-mail, whatever its capitals; by login; and by the number alone.
		w.append(1, 1, "agent/1/x", "actor.paused", `{"actor":"DUNG@demo.example","queue":"900"}`, at)
		w.call("a", "call.new", ``, at)
		w.call("a", "actor.entered", `,"actor":"bruno","number":"999"`, at.Add(time.Second))
		w.call("b", "call.new", ``, at)
		w.call("b", "actor.ringing", `,"number":"202"`, at.Add(2*time.Second))
		got, page := w.list(1, "")
		if got != "Bruno busy, Chi ringing, Dung paused, Ana free" {
			t.Errorf("all: %s", got)
		}
		want := map[string]int{"busy": 1, "ringing": 1, "wrap_up": 0, "paused": 1, "free": 1, "logged_out": 0}
		if diff := cmp.Diff(want, page.Counts); diff != "" {
			t.Errorf("counts -want +got:\n%s", diff)
		}
		if bruno := page.Items[0]; bruno.Call == nil || bruno.Call.ID == 0 || bruno.Since.UnixMilli() != at.Add(time.Second).UnixMilli() {
			t.Errorf("bruno %+v", bruno)
		}
		for query, want := range map[string]string{
			"?sort=-state":           "Ana free, Dung paused, Chi ringing, Bruno busy",
			"?sort=since":            "Dung paused, Bruno busy, Chi ringing, Ana free",
			"?sort=name":             "Ana free, Bruno busy, Chi ringing, Dung paused",
			"?search=20":             "Bruno busy, Chi ringing, Dung paused, Ana free",
			"?search=201":            "Bruno busy",
			"?search=DÚNG":           "Dung paused",
			"?state=free,paused":     "Dung paused, Ana free",
			"?search=nobody":         "",
			"?state=busy&search=ana": "",
		} {
			if got, _ := w.list(1, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		var pages []string
		for next := ""; ; {
			got, page := w.list(1, "?limit=3&after="+next)
			pages = append(pages, got)
			if next = page.Next; next == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"Bruno busy, Chi ringing, Dung paused", "Ana free"}, pages); diff != "" {
			t.Errorf("pages -want +got:\n%s", diff)
		}
		// Of a call that begins only afterwards, its agent is told first.
		w.call("c", "actor.entered", `,"actor":"ana"`, at.Add(5*time.Second))
		if got, _ := w.list(1, "?search=ana"); got != "Ana free" {
			t.Errorf("in a call that has not begun: %s", got)
		}
		w.call("c", "call.ongoing", ``, at.Add(6*time.Second))
		if got, _ := w.list(1, "?search=ana"); got != "Ana busy" {
			t.Errorf("in a call that has begun: %s", got)
		}
		w.call("c", "call.finished", ``, at.Add(7*time.Second))
		if got, _ := w.list(2, ""); got != "Other free" {
			t.Errorf("the other tenant: %s", got)
		}

		// The call ends; somebody goes; another gets their number.
		w.call("a", "call.finished", ``, at.Add(30*time.Second))
		w.person(1, "u3", "chi", "202", "deleted")
		w.person(1, "u1", "ana", "202", "changed")
		w.call("b", "actor.entered", `,"number":"202"`, at.Add(3*time.Second))
		if got, _ := w.list(1, ""); got != "Ana busy, Dung paused, Bruno free" {
			t.Errorf("afterwards: %s", got)
		}
		if status, _ := w.send(principal(1, "u9", "agent"), "GET", "/api/v1/agents/states?after=nonsense", ""); status != 422 {
			t.Errorf("a page that is none: %d", status)
		}
	})
}

// The vendor's clients read size as a string.
func TestPeers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.person(1, "u1", "ana", "200", "created")
		w.person(1, "u2", "bruno", "", "created")
		w.caughtUp()
		_, body := w.send(principal(1, "u1", "agent"), "GET", "/peers", "")
		if strings.TrimSpace(body) != `{"size":"1","list":[{"name":"Ana","number":"200"}]}` {
			t.Errorf("got %s", body)
		}
		if _, body := w.send(principal(2, "u1", "agent"), "GET", "/peers", ""); strings.TrimSpace(body) != `{"size":"0","list":[]}` {
			t.Errorf("the other tenant got %s", body)
		}
	})
}

// People choose for themselves, and with the right for others; what they
// choose during a call waits for its end, and a newer choice takes its place.
func TestChoose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.person(1, "u1", "ana", "200", "created")
		w.person(1, "u2", "bruno", "201", "created")
		w.caughtUp()
		ana, admin := principal(1, "u1", "agent"), principal(1, "u8", "admin")
		status, body := w.send(admin, "POST", "/api/v1/pause-reasons", `{"name":" Lunch "}`)
		var reason struct{ ID, Name string }
		if err := json.Unmarshal([]byte(body), &reason); err != nil || status != 201 || reason.Name != "Lunch" {
			t.Fatalf("%d %s", status, body)
		}
		do := func(as identity.Principal, id, body string, want int, says string) {
			t.Helper()
			status, got := w.send(as, "PUT", "/api/v1/agents/"+id+"/state", body)
			if status != want || !strings.Contains(got, says) {
				t.Errorf("%s %s: %d %s", id, body, status, got)
			}
		}
		pause := fmt.Sprintf(`{"state":"paused","reason":%q}`, reason.ID)
		do(ana, "me", pause, 200, `"state":"paused","reason":"Lunch"`)
		if got, page := w.list(1, ""); got != "Ana paused, Bruno free" || page.Items[0].Reason != "Lunch" {
			t.Errorf("paused: %s", got)
		}
		do(ana, "u2", pause, 403, "agent.write")
		do(admin, "u2", `{"state":"logged_out"}`, 200, "logged_out")
		do(ana, "u1", `{"state":"paused","reason":"nope"}`, 422, "body.reason")
		do(ana, "u1", `{"state":"free","reason":"`+reason.ID+`"}`, 422, "body.reason")
		do(ana, "u1", `{"state":"busy"}`, 422, "body.state")
		do(admin, "nobody", `{"state":"free"}`, 404, "agent.not_found")
		do(principal(2, "u8", "admin"), "u1", `{"state":"free"}`, 404, "agent.not_found")

		w.call("a", "call.new", ``, w.now())
		w.call("a", "actor.entered", `,"actor":"ana@demo.example"`, w.now())
		if got, page := w.list(1, "?search=ana"); got != "Ana busy" || page.Items[0].Next != "paused" {
			t.Errorf("in a call: %s %+v", got, page)
		}
		do(ana, "me", `{"state":"free"}`, 200, `"next":""`)
		w.call("a", "actor.left", `,"actor":"ana@demo.example"`, w.now())
		if got, _ := w.list(1, "?search=ana"); got != "Ana free" {
			t.Errorf("after the call: %s", got)
		}

		// With wrap-up, the same end of a call reads differently.
		if status, body := w.send(admin, "PUT", "/api/v1/agents/wrap-up", `{"seconds":20}`); status != 200 {
			t.Fatal(body)
		}
		w.call("b", "call.new", ``, w.now())
		w.call("b", "actor.entered", `,"actor":"ana@demo.example"`, w.now())
		w.call("b", "actor.left", `,"actor":"ana@demo.example"`, w.now())
		if got, _ := w.list(1, "?search=ana"); got != "Ana wrap_up" {
			t.Errorf("just after a call: %s", got)
		}
		w.ahead.Add(21_000)
		if got, _ := w.list(1, "?search=ana"); got != "Ana free" {
			t.Errorf("21 seconds later: %s", got)
		}
		var entries int
		if err := database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit_entries WHERE tenant = 1 AND action = 'agent.state_changed'`).Scan(&entries); err != nil || entries != 3 {
			t.Errorf("the trail has %d choices, %v", entries, err)
		}
	})
}

// Reasons are a call centre's own; what somebody pauses with outlives its name.
func TestReasons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		admin := principal(1, "u8", "admin")
		_, body := w.send(admin, "POST", "/api/v1/pause-reasons", `{"name":"Đào tạo"}`)
		var r struct{ ID string }
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			as                 identity.Principal
			method, path, body string
			status             int
			says               string
		}{
			{admin, "POST", "", `{"name":"dao tao"}`, 409, "pause_reason.taken"},
			{admin, "POST", "", `{"name":"  "}`, 422, "body.name"},
			{admin, "PUT", "/" + r.ID, `{"name":"Training"}`, 200, `"Training"`},
			{principal(2, "u8", "admin"), "PUT", "/" + r.ID, `{"name":"Mine"}`, 404, "pause_reason.not_found"},
			{principal(2, "u8", "admin"), "GET", "", ``, 200, `"items":[]`},
			{admin, "DELETE", "/" + r.ID, ``, 204, ""},
			{admin, "DELETE", "/" + r.ID, ``, 404, ""},
			{admin, "GET", "", ``, 200, `"items":[]`},
			{admin, "GET", "?deleted=true", ``, 200, `"deleted":true`},
			{admin, "POST", "", `{"name":"Training"}`, 201, ""},
			{admin, "POST", "/" + r.ID + "/restore", ``, 409, "pause_reason.taken"},
		} {
			status, body := w.send(step.as, step.method, "/api/v1/pause-reasons"+step.path, step.body)
			if status != step.status || !strings.Contains(body, step.says) {
				t.Errorf("%s %s %s: %d %s", step.method, step.path, step.body, status, body)
			}
		}
	})
}

// What is kept is what reading the whole log again comes to, and another
// process that takes over goes on from there.
func TestReplay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.person(1, "u1", "ana", "200", "created")
		w.call("a", "call.new", ``, w.now())
		w.call("a", "actor.entered", `,"number":"200"`, w.now())
		w.append(1, 1, "agent/1/x", "actor.paused", `{"number":"200","queue":"900"}`, w.now())
		w.caughtUp()
		found, err := w.Replay(t.Context(), false)
		if err != nil || found.Agents != 1 || found.Different != 0 {
			t.Fatalf("%+v, %v", found, err)
		}
		err = w.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE presence_agents SET facts = '{}', extension = '7'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found, err = w.Replay(t.Context(), false); err != nil || found.Different != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		if found, err = w.Replay(t.Context(), true); err != nil || found.Different != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		if got, _ := w.list(1, ""); got != "Ana busy" {
			t.Errorf("put right: %s", got)
		}
		// What comes next builds on what was put right.
		w.call("a", "call.finished", ``, w.now())
		if got, _ := w.list(1, "?search=200"); got != "Ana paused" {
			t.Errorf("afterwards: %s", got)
		}
		if found, err = w.Replay(t.Context(), false); err != nil || found.Different != 0 {
			t.Errorf("%+v, %v", found, err)
		}
		states, err := bus.Ask(t.Context(), w.bus, ask.AgentStates, ask.AgentsQuestion{Tenant: 1})
		if err != nil || len(states) != 1 || states[0].Extension != "200" {
			t.Errorf("%+v, %v", states, err)
		}
	})
}
