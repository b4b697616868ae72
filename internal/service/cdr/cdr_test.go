// SPDX-License-Identifier: Apache-2.0

package cdr_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/live/liveview"
	"tandem/internal/service/cdr"
)

// start is when the calls of these tests begin: 2026-01-01T09:00:00Z.
const start = int64(1_767_258_000_000)

// fixture is a running product below the call records, with the records' routes.
type fixture struct {
	*testing.T

	log     *eventlog.Log
	bus     *bus.Bus
	handler http.Handler
	as      identity.Principal // who asks, apart from the tenant
}

func setUp(t *testing.T, database *db.DB) *fixture {
	t.Helper()
	log, l, directory, b := livetest.Start(t, database)
	f := &fixture{T: t, log: log, bus: b}
	api := httpapi.New("test", slog.New(slog.DiscardHandler))
	mux := http.NewServeMux()
	for _, route := range cdr.New(log, l, b).Module(api).Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	asTenant := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slug := r.Header.Get("X-Test-Tenant")
		if slug == "" {
			slug = "demo"
		}
		found, err := directory.FindBySlug(r.Context(), slug)
		if err != nil {
			t.Error(err)
		}
		p := f.as
		p.Tenant = found.Tenant
		mux.ServeHTTP(w, r.WithContext(identity.With(r.Context(), p)))
	})
	f.handler = asTenant
	return f
}

// event is one event at start plus seconds.
func event(callID, typ string, seconds int64, members string) eventlog.Event {
	at := start + seconds*1000
	data := fmt.Sprintf(`{"type":%q,"call_id":%q%s}`, typ, callID, members)
	return eventlog.Event{
		Tenant: 1, Connector: 7, Stream: live.Stream(7, callID), Key: typ + "/" + data + fmt.Sprint(seconds), Type: typ,
		At: at, Received: at + 20, Timed: true, Data: []byte(data),
	}
}

// append stores events and returns the position of the first.
func (f *fixture) append(events ...eventlog.Event) int64 {
	f.Helper()
	outcomes, err := f.log.Append(f.Context(), events...)
	if err != nil {
		f.Fatal(err)
	}
	return outcomes[0].Record.Position
}

// get asks and reads the answer into out; it returns the status.
func (f *fixture) get(path string, out any, slug ...string) int {
	f.Helper()
	r := httptest.NewRequestWithContext(f.Context(), http.MethodGet, path, nil)
	if len(slug) > 0 {
		r.Header.Set("X-Test-Tenant", slug[0])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		f.Fatalf("%s: %v in %s", path, err, w.Body)
	}
	return w.Code
}

// inbound is the life of a call from a mobile number to queue 900.
func inbound(callID string) []eventlog.Event {
	const numbers = `,"direction":"inbound","their_number":"0912345678","our_number":"02838221234"`
	return []eventlog.Event{
		event(callID, "call.new", 0, numbers),
		event(callID, "call.standby", 1, numbers),
		event(callID, "call.waiting", 2, numbers+`,"queue":"900"`),
		event(callID, "actor.entered", 5, `,"actor":"ana@demo.example","number":"200","queue":"900"`),
		event(callID, "call.ongoing", 6, numbers),
		event(callID, "actor.left", 60, `,"actor":"ana@demo.example","number":"200"`),
		event(callID, "call.finished", 61, numbers),
	}
}

func answerNames(t *testing.T, b *bus.Bus) {
	t.Helper()
	fatal := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fatal(bus.Answer(t.Context(), b, ask.NameCallers, func(_ context.Context, q ask.NamesQuestion) (map[string]ask.CallerName, error) {
		found := map[string]ask.CallerName{}
		for _, key := range q.Keys {
			if key == "+84912345678" && q.Tenant == 1 {
				found[key] = ask.CallerName{ContactID: "c1", Name: "Lan Nguyen"}
			}
		}
		return found, nil
	}))
	fatal(bus.Answer(t.Context(), b, ask.NameAgents, func(context.Context, ask.NamesQuestion) (map[string]ask.Agent, error) {
		return map[string]ask.Agent{"ana@demo.example": {ID: "u1", Login: "ana", Name: "Ana", Extension: "200"}}, nil
	}))
	fatal(bus.Answer(t.Context(), b, ask.ListConnectors, func(context.Context, int64) ([]ask.Connector, error) {
		return []ask.Connector{{ID: 7, Name: "vendor"}}, nil
	}))
	fatal(bus.Answer(t.Context(), b, ask.FindWishes, func(_ context.Context, q ask.WishesQuestion) (map[string]ask.Wish, error) {
		wishes := map[string]ask.Wish{}
		for _, code := range q.Codes {
			wishes[code] = ask.Wish{About: map[string]string{"page": "/prices"}}
		}
		return wishes, nil
	}))
	fatal(bus.Answer(t.Context(), b, ask.ListQueues, func(context.Context, int64) (map[string]string, error) {
		return map[string]string{"900": "Known callers"}, nil
	}))
}

// A call shows what its events said and what the other parts call it; a part
// that does not answer costs a name and nothing else.
func TestCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		id := f.append(inbound("a/1")...)
		second := func(s int64) *time.Time {
			at := time.UnixMilli(start + s*1000).UTC()
			return &at
		}
		want := liveview.Call{
			Card: liveview.Card{
				ID: id, CallID: "a/1", Connector: liveview.Connector{ID: 7}, State: "FINISHED", Direction: "inbound", Outcome: "answered",
				TheirNumber: "0912345678", OurNumber: "02838221234", TheirNational: "0912 345 678", OurNational: "028 3822 1234",
				MatchKey: "+84912345678", Queue: &liveview.Queue{Number: "900"},
				Agent: &liveview.Agent{Actor: "ana@demo.example", Number: "200"},
				Times: liveview.Times{
					New: second(0), Standby: second(1), Waiting: second(2), Answered: second(5), Ongoing: second(6), Finished: second(61), Ended: second(61),
				},
				Events: 7, UpdatedAt: second(61).Add(20 * time.Millisecond), Position: id + 6,
			},
			Participants: []liveview.Participant{{
				Actor: "ana@demo.example", Number: "200", Queue: "900",
				Segments: []liveview.Segment{{EnteredAt: second(5), LeftAt: second(60), Outcome: "left"}},
			}},
			Recordings: []string{}, Anomalies: []liveview.Anomaly{},
		}
		var got liveview.Call
		path := fmt.Sprintf("/api/v1/calls/%d", id)
		if status := f.get(path, &got); status != http.StatusOK || cmp.Diff(want, got) != "" {
			t.Errorf("status %d, call (-want +got):\n%s", status, cmp.Diff(want, got))
		}

		answerNames(t, f.bus)
		want.Caller = &liveview.Caller{ContactID: "c1", Name: "Lan Nguyen"}
		want.Agent.Login, want.Agent.Name, want.Participants[0].Name = "ana", "Ana", "Ana"
		want.Connector.Name, want.Queue.Name = "vendor", "Known callers"
		got = liveview.Call{}
		if status := f.get(path, &got); status != http.StatusOK || cmp.Diff(want, got) != "" {
			t.Errorf("named: status %d, call (-want +got):\n%s", status, cmp.Diff(want, got))
		}
		var no httpapi.Problem
		if status := f.get(path, &no, "other"); status != http.StatusNotFound || no.Code != "call.not_found" {
			t.Errorf("another call centre sees the call: %d %s", status, no.Code)
		}
	})
}

// At any instant a call is what its events up to then describe, however they
// came; at any position it is what was known there.
func TestCallAsItWas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		life := inbound("a")
		late := life[2] // the wait is reported after the end
		id := f.append(append(append([]eventlog.Event{}, life[:2]...), life[3:]...)...)
		f.append(late)
		for seconds, want := range map[int64]string{0: "NEW", 1: "STANDBY", 2: "WAITING", 4: "WAITING", 6: "ONGOING", 61: "FINISHED", 9000: "FINISHED"} {
			at := time.UnixMilli(start + seconds*1000).UTC().Format(time.RFC3339)
			var got liveview.Call
			if status := f.get(fmt.Sprintf("/api/v1/calls/%d?at=%s", id, at), &got); status != http.StatusOK || got.State != want {
				t.Errorf("at %s: %d %s, want %s", at, status, got.State, want)
			}
		}
		for position, want := range map[int64]string{id: "NEW", id + 1: "STANDBY", id + 3: "ONGOING", id + 6: "FINISHED"} {
			var got liveview.Call
			f.get(fmt.Sprintf("/api/v1/calls/%d?position=%d", id, position), &got)
			if got.State != want || got.Position != position {
				t.Errorf("at position %d: %s at %d, want %s", position, got.State, got.Position, want)
			}
			if waited := got.Times.Waiting != nil; waited != (position == id+6) {
				t.Errorf("at position %d the wait is known: %v", position, waited)
			}
		}
		// An offset that is not UTC is the same instant.
		var got liveview.Call
		offset := url.QueryEscape(time.UnixMilli(start + 1000).In(time.FixedZone("", 7*3600)).Format(time.RFC3339))
		if f.get(fmt.Sprintf("/api/v1/calls/%d?at=%s", id, offset), &got); got.State != "STANDBY" {
			t.Errorf("with an offset: %s", got.State)
		}
		var no httpapi.Problem
		if status := f.get(fmt.Sprintf("/api/v1/calls/%d?at=2020-01-01T00:00:00Z", id), &no); status != http.StatusNotFound || no.Code != "call.not_yet" {
			t.Errorf("before the call: %d %s", status, no.Code)
		}
	})
}

type eventPage struct {
	Items []struct {
		Position  int64               `json:"position"`
		Type      string              `json:"type"`
		Late      string              `json:"late"`
		SkewMS    int64               `json:"skewMs"`
		Connector *liveview.Connector `json:"connector"`
		Actor     *string             `json:"actor"`
		Data      map[string]any      `json:"data"`
		Raw       *string             `json:"raw"`
	} `json:"items"`
	Next string `json:"next"`
}

// Events are told in the order of the fold, page by page without gap or
// repetition, Tandem's own among them.
func TestEvents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		life := inbound("a")
		life[6].Raw = []byte("type=call.finished\xff")
		decided := event("a", "routing.decided", 1, `,"destination":"900"`)
		decided.Connector = 0
		id := f.append(life[0], life[3], life[6])
		f.append(life[1], life[2], life[4], life[5], decided)
		const order = "call.new call.standby routing.decided call.waiting actor.entered call.ongoing actor.left call.finished"
		for _, limit := range []int{1, 3, 8, 50} {
			var types []string
			next := ""
			for {
				var page eventPage
				if status := f.get(fmt.Sprintf("/api/v1/calls/%d/events?limit=%d&after=%s", id, limit, next), &page); status != http.StatusOK {
					t.Fatalf("status %d", status)
				}
				for _, e := range page.Items {
					types = append(types, e.Type)
				}
				if next = page.Next; next == "" {
					break
				}
			}
			if got := strings.Join(types, " "); got != order {
				t.Errorf("by %d: %s", limit, got)
			}
		}
		var page eventPage
		f.get(fmt.Sprintf("/api/v1/calls/%d/events", id), &page)
		own, standby, entered, finished := page.Items[2], page.Items[1], page.Items[4], page.Items[7]
		if own.Connector != nil || own.Data["destination"] != "900" {
			t.Errorf("own event %+v", own)
		}
		if standby.Late != "after_end" || standby.SkewMS != 20 || standby.Connector == nil || standby.Connector.ID != 7 {
			t.Errorf("late event %+v", standby)
		}
		if entered.Actor == nil || *entered.Actor != "ana@demo.example" || entered.Raw != nil {
			t.Errorf("actor event %+v", entered)
		}
		if finished.Raw == nil || *finished.Raw != "type=call.finished\uFFFD" || finished.Late != "" {
			t.Errorf("last event %+v", finished)
		}
		var no httpapi.Problem
		if status := f.get(fmt.Sprintf("/api/v1/calls/%d/events?after=%s", id, httpapi.IntCursor(99999)), &no); status != http.StatusUnprocessableEntity {
			t.Errorf("a cursor of nowhere: %d %s", status, no.Code)
		}
		if status := f.get(fmt.Sprintf("/api/v1/calls/%d/events", id), &no, "other"); status != http.StatusNotFound {
			t.Errorf("another call centre sees the events: %d", status)
		}
	})
}

// A page of huge events is short, however many were asked for, and the pages
// together are still all of them in order.
func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		var id int64
		padding := `,"padding":"` + strings.Repeat("x", 900_000) + `"`
		for _, at := range []int64{7, 2, 9, 4, 1, 8, 3, 6, 5, 0} {
			e := event("a", fmt.Sprintf("call.part%d", at), at, padding)
			e.Key = e.Type
			if got := f.append(e); id == 0 {
				id = got
			}
		}
		var types []string
		next := ""
		for {
			var page eventPage
			f.get(fmt.Sprintf("/api/v1/calls/%d/events?limit=50&after=%s", id, next), &page)
			if len(page.Items) == 0 || len(page.Items) > 5 {
				t.Fatalf("a page of %d events", len(page.Items))
			}
			for _, e := range page.Items {
				types = append(types, strings.TrimPrefix(e.Type, "call.part"))
			}
			if next = page.Next; next == "" {
				break
			}
		}
		if got := strings.Join(types, ""); got != "0123456789" {
			t.Errorf("events %s", got)
		}
	})
}

// Lists are what was asked for, newest first, in pages that neither repeat nor
// skip; a filter that cannot be is refused by name.
func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(inbound("done")...)
		f.append(inbound("waits")[:3]...)
		f.append(inbound("new")[:1]...)
		f.append(event("nameless", "actor.entered", 0, `,"actor":"x"`)) // no call.* event: no call yet
		other := event("theirs", "call.new", 0, "")
		other.Tenant = 2
		f.append(other)
		tests := map[string]string{
			"":                              "new waits done",
			"?state=NEW,WAITING":            "new waits",
			"?open=true":                    "new waits",
			"?open=false":                   "done",
			"?queue=900":                    "waits done",
			"?agent=ana%40demo.example":     "done",
			"?number=%2B84%20912345678":     "new waits done",
			"?number=0911111111":            "",
			"?direction=inbound":            "new waits done",
			"?direction=outbound":           "",
			"?connector=7":                  "new waits done",
			"?connector=8":                  "",
			"?search=wait":                  "waits",
			"?search=2345678":               "new waits done",
			"?from=2026-01-01T09:00:02Z":    "waits done",
			"?to=2026-01-01T09:00:02Z":      "new",
			"?to=2025-01-01T00:00:00Z":      "",
			"?state=WAITING&search=0912345": "waits",
		}
		for query, want := range tests {
			if got := f.list(query); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		if got := f.list("?limit=1"); got != "new waits done" {
			t.Errorf("one by one: %q", got)
		}
		for _, query := range []string{
			"?state=SLEEPING", "?open=maybe", "?direction=up", "?connector=0", "?from=yesterday", "?limit=0", "?limit=9999",
			"?after=%21", "?colour=red", "?search=" + strings.Repeat("9", 256),
		} {
			var no httpapi.Problem
			if status := f.get("/api/v1/calls"+query, &no); status != http.StatusUnprocessableEntity || no.Code != "request.invalid" {
				t.Errorf("%s: %d %s", query, status, no.Code)
			}
		}
	})
}

// list returns the call ids of all pages.
func (f *fixture) list(query string) string {
	f.Helper()
	var ids []string
	for next := ""; ; {
		path := "/api/v1/calls" + query
		if next != "" {
			path += "&after=" + next
		}
		var page httpapi.List[liveview.Call]
		if status := f.get(path, &page); status != http.StatusOK {
			f.Fatalf("%s: %d", path, status)
		}
		for _, c := range page.Items {
			ids = append(ids, c.CallID)
		}
		if next = page.Next; next == "" {
			return strings.Join(ids, " ")
		}
	}
}
