// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

const (
	miasNumber = "0912345678"
	hotline    = "1900123"
)

// told is an event of a phone system: its type and members, seconds after base.
type told struct {
	after int64
	typ   string
	more  string
}

// events returns what a phone system reports of a call.
func events(callID string, list ...told) []eventlog.Event {
	return eventsOf(demo.ID, miasNumber, "inbound", callID, list...)
}

func eventsOf(tenant int64, number, direction, callID string, list ...told) []eventlog.Event {
	out := make([]eventlog.Event, len(list))
	for i, e := range list {
		at := base + e.after*1000
		data := fmt.Sprintf(`{"call_id":%q,"their_number":%q,"our_number":%q,"direction":%q%s}`, callID, number, hotline, direction, e.more)
		stream := live.Stream(1, callID)
		if strings.HasPrefix(e.typ, "dialer.") {
			data, stream = fmt.Sprintf(`{"number":%q%s}`, number, e.more), "dialer/1/camp"
		}
		out[i] = eventlog.Event{
			Tenant: tenant, Connector: 1, Stream: stream, Key: fmt.Sprintf("%s/%s/%d/%s", e.typ, callID, at, e.more), Type: e.typ,
			At: at, Received: at, Timed: true, Data: []byte(data),
		}
	}
	return out
}

// report appends events and has the service take them in.
func (d *desk) report(events ...eventlog.Event) {
	d.Helper()
	if _, err := d.log.Append(d.Context(), events...); err != nil {
		d.Fatal(err)
	}
	if err := d.CatchUp(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// again has the service read the whole log anew.
func (d *desk) again() {
	d.Helper()
	err := d.log.Transact(d.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM checkpoints`)
		return err
	})
	if err == nil {
		err = d.CatchUp(d.Context())
	}
	if err != nil {
		d.Fatal(err)
	}
}

// logs returns the entries about calls with a contact, the newest first, each
// as its call and status.
func (d *desk) logs(contact string) (found []string) {
	d.Helper()
	items, _ := d.list("/api/v1/activities?type=calllog&limit=200&idContact=" + contact)
	for _, item := range items {
		body := item["body"].(map[string]any)
		found = append(found, fmt.Sprintf("%s %s %s", body["idCalllog"], body["direction"], body["status"]))
	}
	return found
}

// A call is written with its contact once, in S000's words: as connected while
// they speak, and as what became of it when it has ended. It cannot be changed,
// and reading the log again changes nothing.
func TestCallLogOfACall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		d.report(events("c1",
			told{0, "call.new", ""}, told{1, "call.waiting", `,"queue":"900"`}, told{2, "actor.ringing", `,"actor":"ana@demo.example","number":"200"`},
		)...)
		if got := d.logs(contact); len(got) != 0 {
			t.Errorf("before anybody has it: %v", got)
		}
		d.report(events("c1", told{5, "actor.entered", `,"actor":"ana@demo.example","number":"200"`}, told{5, "call.ongoing", ""})...)
		talking, _ := d.list("/api/v1/contacts/" + contact + "/timeline")
		if diff := cmp.Diff([]string{"c1 incoming connected"}, d.logs(contact)); diff != "" || len(talking) != 1 {
			t.Fatalf("before the end (-want +got):\n%s%v", diff, talking)
		}
		body := talking[0]["body"].(map[string]any)
		if _, has := body["end"]; has || body["duration"] != 0.0 || talking[0]["creator"] != ana.ID {
			t.Errorf("before the end: %v", talking[0])
		}
		d.report(events("c1", told{185, "call.finished", ""})...)
		items, _ := d.list("/api/v1/contacts/" + contact + "/timeline")
		if len(items) != 1 {
			t.Fatalf("timeline %v", items)
		}
		call, err := d.live.FindByCallID(t.Context(), demo.ID, 1, "c1")
		if err != nil {
			t.Fatal(err)
		}
		id := items[0]["_id"].(string)
		want := map[string]any{
			"_id": id, "creator": ana.ID, "idContact": contact, "text": "", "type": "calllog", "origin": "log", "deleted": false,
			"call": map[string]any{"id": float64(call.ID)},
			"body": map[string]any{
				"idCalllog": "c1", "status": "success", "duration": 185.0, "direction": "incoming",
				"source": miasNumber, "destination": hotline, "start": float64(base), "end": float64(base + 185_000),
			},
			"at": float64(base), "createdAt": float64(base + 5_000), "updatedAt": float64(base + 185_000),
		}
		if diff := cmp.Diff(want, items[0]); diff != "" {
			t.Errorf("entry (-want +got):\n%s", diff)
		}
		whole, _ := json.Marshal(items[0])
		for method, body := range map[string]string{http.MethodPut: string(whole), http.MethodPatch: `{"text":"mine"}`, http.MethodDelete: ""} {
			if status, answer := d.request(method, "/api/v1/activities/"+id, body); status != http.StatusConflict || !strings.Contains(answer, "activity.of_log") {
				t.Errorf("%s: %d %s", method, status, answer)
			}
		}
		d.again()
		d.report(events("c1", told{190, "call.recording-available", `,"url":"https://x.example/r"`})...)
		if again, _ := d.list("/api/v1/activities"); len(again) != 1 || cmp.Diff(items[0]["body"], again[0]["body"]) != "" {
			t.Errorf("read again: %v", again)
		}
	})
}

// What became of a call follows contracts' words, whichever way its events are
// told; each case ends with every order of its events that chance picks.
func TestStatus(t *testing.T) {
	ring := told{2, "actor.ringing", `,"actor":"ana"`}
	no := told{20, "actor.noanswer", `,"actor":"ana"`}
	outbound := func(list ...told) []eventlog.Event { return eventsOf(demo.ID, miasNumber, "outbound", "c", list...) }
	tests := map[string]struct {
		events []eventlog.Event
		want   string
	}{
		"answered":             {events("c", told{0, "call.new", ""}, told{3, "call.ongoing", ""}, told{9, "call.finished", ""}), "c incoming success"},
		"agent entered":        {events("c", told{0, "call.waiting", ""}, told{3, "actor.entered", `,"actor":"ana"`}, told{9, "call.finished", ""}), "c incoming success"},
		"hung up in the queue": {events("c", told{0, "call.waiting", ""}, ring, no, told{25, "call.queue-abandon", ""}, told{26, "call.finished", ""}), "c incoming missed"},
		"never in a queue":     {events("c", told{0, "call.new", ""}, told{9, "call.finished", ""}), "c incoming missed"},
		"refused":              {events("c", told{0, "call.waiting", ""}, ring, no, told{26, "call.finished", ""}), "c incoming rejected"},
		"rings elsewhere":      {events("c", told{0, "call.waiting", ""}, ring, no, told{22, "actor.ringing", `,"actor":"bruno"`}, told{26, "call.finished", ""}), "c incoming missed"},
		"no end came":          {events("c", told{0, "call.new", ""}, told{3, "call.ongoing", ""}, told{90, "live.expired", ""}), "c incoming connected"},
		"goes on":              {events("c", told{0, "call.new", ""}, told{3, "call.ongoing", ""}), "c incoming connected"},
		"still rings":          {events("c", told{0, "call.new", ""}, told{1, "call.waiting", ""}, ring), ""},
		"dials":                {outbound(told{0, "call.new", ""}, told{2, "actor.entered", `,"actor":"ana"`}), ""},
		"side not known yet":   {eventsOf(demo.ID, miasNumber, "", "c", told{0, "call.new", ""}, told{3, "call.ongoing", ""}), ""},
		"nothing came":         {events("c", told{0, "call.new", ""}, told{90, "live.expired", ""}), "c incoming missed"},
		"end came late":        {events("c", told{0, "call.new", ""}, told{3, "call.ongoing", ""}, told{90, "live.expired", ""}, told{50, "call.finished", ""}), "c incoming success"},
		"called out":           {outbound(told{0, "call.new", ""}, told{2, "actor.entered", `,"actor":"ana"`}, told{5, "call.ongoing", ""}, told{9, "call.finished", ""}), "c outgoing success"},
		"nobody took it":       {outbound(told{0, "call.new", ""}, told{2, "actor.entered", `,"actor":"ana"`}, told{9, "call.finished", ""}), "c outgoing missed"},
		"busy":                 {outbound(told{0, "call.new", `,"code":"camp"`}, told{4, "call.finished", `,"code":"camp"`}, told{4, "dialer.failure", `,"code":"camp","reason":"busy","call_id":"c"`}), "c outgoing busy"},
		"busy, unnamed":        {outbound(told{0, "call.new", `,"code":"camp"`}, told{4, "call.finished", `,"code":"camp"`}, told{5, "dialer.failure", `,"code":"camp","reason":"busy"`}), "c outgoing busy"},
		"busy another time":    {outbound(told{0, "call.new", `,"code":"camp"`}, told{4, "call.finished", `,"code":"camp"`}, told{900, "dialer.failure", `,"code":"camp","reason":"busy"`}), "c outgoing missed"},
		"no direction":         {eventsOf(demo.ID, miasNumber, "", "c", told{0, "call.new", ""}, told{9, "call.finished", ""}), "c incoming missed"},
		"among ourselves":      {eventsOf(demo.ID, miasNumber, "internal", "c", told{0, "call.new", ""}, told{9, "call.finished", ""}), ""},
		"withheld":             {eventsOf(demo.ID, "anonymous", "inbound", "c", told{0, "call.new", ""}, told{9, "call.finished", ""}), ""},
		"a stranger":           {eventsOf(demo.ID, "0987654321", "inbound", "c", told{0, "call.new", ""}, told{9, "call.finished", ""}), ""},
		"another tenant's":     {eventsOf(other.ID, miasNumber, "inbound", "c", told{0, "call.new", ""}, told{9, "call.finished", ""}), ""},
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		rounds := 0
		for name, test := range tests {
			for range 3 {
				rounds++
				callID := fmt.Sprintf("c%d", rounds)
				list := renamed(test.events, callID)
				rand.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
				for _, one := range list { // one after the other: each order passes through others
					d.report(one)
				}
				var found string
				for _, entry := range d.logs(contact) {
					if id, rest, _ := strings.Cut(entry, " "); id == callID {
						found = "c " + rest
					}
				}
				if found != test.want {
					t.Errorf("%s: %q, want %q; told %v", name, found, test.want, typesOf(list))
				}
			}
		}
	})
}

// A call from here is its caller's, though nobody took it.
func TestCallerOfACall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		agent := `,"actor":"ana@demo.example","number":"200"`
		d.report(eventsOf(demo.ID, miasNumber, "outbound", "c",
			told{0, "call.new", ""}, told{1, "call.waiting", ""}, told{2, "actor.entered", agent}, told{8, "actor.left", agent}, told{9, "call.finished", ""})...)
		items, _ := d.list("/api/v1/contacts/" + contact + "/timeline")
		if len(items) != 1 || items[0]["creator"] != ana.ID || d.logs(contact)[0] != "c outgoing missed" {
			t.Errorf("timeline %v", items)
		}
	})
}

// renamed returns events as those of another call, long before or after others.
func renamed(list []eventlog.Event, callID string) []eventlog.Event {
	out := slices.Clone(list)
	for i := range out {
		e := &out[i]
		e.Stream = strings.Replace(e.Stream, "/1/camp", "/1/camp"+callID, 1)
		if strings.HasPrefix(e.Stream, "call/") {
			e.Stream = live.Stream(1, callID)
		}
		text := strings.NewReplacer(`"call_id":"c"`, fmt.Sprintf(`"call_id":%q`, callID), `"code":"camp"`, fmt.Sprintf(`"code":"camp%s"`, callID)).Replace(string(e.Data))
		e.Data, e.Key = []byte(text), e.Key+callID
	}
	return out
}

func typesOf(list []eventlog.Event) (types []string) {
	for i := range list {
		types = append(types, list[i].Type)
	}
	return types
}

// Whoever a number becomes gets its earlier calls; whose call it was it stays,
// also when the number becomes somebody else's.
func TestNumbersChangeHands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		missed := func(callID string, after int64) []eventlog.Event {
			return events(callID, told{after, "call.new", ""}, told{after + 9, "call.finished", ""})
		}
		d.report(missed("before", 0)...)
		mia := d.contact("Mia", miasNumber)
		d.report()
		if diff := cmp.Diff([]string{"before incoming missed"}, d.logs(mia)); diff != "" {
			t.Errorf("calls from before the contact (-want +got):\n%s", diff)
		}
		d.report(missed("hers", 100)...)
		d.want(http.StatusOK, http.MethodPut, "/api/v1/contacts/"+mia, `{"firstName":"Mia"}`)
		leo := d.contact("Leo", miasNumber)
		d.report(missed("his", 200)...)
		d.report(events("hers", told{105, "call.ongoing", ""})...)
		d.again()
		if diff := cmp.Diff([]string{"hers incoming success", "before incoming missed"}, d.logs(mia)); diff != "" {
			t.Errorf("her calls (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"his incoming missed"}, d.logs(leo)); diff != "" {
			t.Errorf("his calls (-want +got):\n%s", diff)
		}
	})
}

// Two processes that read at once, one of which dies between batches, write
// each call once.
func TestTwoReadersWriteOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		var all []eventlog.Event
		for i := range int64(150) {
			all = append(all, events(fmt.Sprintf("c%d", i), told{i * 10, "call.new", ""}, told{i*10 + 5, "call.finished", ""}, told{i*10 + 3, "call.ongoing", ""})...)
		}
		if _, err := d.log.Append(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 3)
		for i := range 3 {
			go func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i == 0 {
					cancel() // dies at once, or in the middle of its first batch
				}
				err := d.CatchUp(ctx)
				if i == 0 {
					err = nil
				}
				done <- err
			}()
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		seen := map[string]int{}
		for after := ""; ; {
			items, next := d.list("/api/v1/contacts/" + contact + "/timeline?limit=40&after=" + after)
			for _, item := range items {
				seen[item["body"].(map[string]any)["idCalllog"].(string)+" "+item["body"].(map[string]any)["status"].(string)]++
			}
			if after = next; after == "" {
				break
			}
		}
		if len(seen) != 150 || seen["c7 success"] != 1 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
			t.Errorf("%d calls, want 150, each once: %v", len(seen), seen)
		}
	})
}
