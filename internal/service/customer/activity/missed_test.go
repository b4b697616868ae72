// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
)

// rang is a call of Mia's that nobody answered.
func rang(callID string, after int64) []eventlog.Event {
	return events(callID, told{after, "call.new", ""}, told{after + 1, "call.waiting", ""}, told{after + 9, "call.finished", ""})
}

// missed returns the numbers of a list of missed calls, each with its count,
// newest call and who takes care.
func (d *desk) missed(query string) (found []string) {
	d.Helper()
	items, _ := d.list("/api/v1/missed-calls?" + query)
	for _, item := range items {
		id := item["call"].(map[string]any)["id"].(float64)
		call, err := d.live.Find(d.Context(), demo.ID, int64(id))
		if err != nil {
			d.Fatal(err)
		}
		line := fmt.Sprintf("%s %v %s", item["number"], item["count"], call.CallID)
		if claim, ok := item["claim"].(map[string]any); ok {
			line += " " + claim["agent"].(map[string]any)["name"].(string)
		}
		found = append(found, line)
	}
	return found
}

func (d *desk) wantMissed(open, reached []string) {
	d.Helper()
	if diff := cmp.Diff(open, d.missed("open=true")); diff != "" {
		d.Errorf("open (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(reached, d.missed("open=false")); diff != "" {
		d.Errorf("reached (-want +got):\n%s", diff)
	}
}

// A number that nobody answered stands in the list once, with how often it
// called, until anyone speaks with it, whoever called; then it begins anew.
func TestMissedCallsCloseThemselves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		mia := d.contact("Mia", miasNumber)
		answered := func(direction, callID string, after int64) []eventlog.Event {
			return eventsOf(demo.ID, "+84 "+miasNumber[1:], direction, callID, told{after, "call.new", ""}, told{after + 2, "call.ongoing", ""})
		}
		d.report(rang("m1", 0)...)
		d.report(rang("m2", 100)...)
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{150, "call.new", ""}, told{160, "call.finished", ""})...)
		d.wantMissed([]string{"0987654321 1 x", miasNumber + " 2 m2"}, nil)
		items, _ := d.list("/api/v1/missed-calls")
		if contact, _ := items[1]["contact"].(map[string]any); contact["_id"] != mia || items[0]["contact"] != nil || items[1]["national"] != "0912 345 678" {
			t.Errorf("whose: %v", items)
		}
		d.report(eventsOf(demo.ID, miasNumber, "outbound", "unanswered", told{200, "call.new", ""}, told{201, "actor.entered", `,"actor":"ana"`}, told{220, "call.finished", ""})...)
		d.wantMissed([]string{"0987654321 1 x", miasNumber + " 2 m2"}, nil)
		d.report(answered("outbound", "back", 300)...) // while they talk already
		d.wantMissed([]string{"0987654321 1 x"}, []string{miasNumber + " 2 m2"})
		d.report(rang("m3", 400)...)
		d.wantMissed([]string{miasNumber + " 1 m3", "0987654321 1 x"}, nil)
		d.report(answered("inbound", "again", 500)...)
		d.report(rang("late", 390)...) // told late: they were reached since
		d.wantMissed([]string{"0987654321 1 x"}, []string{miasNumber + " 2 m3"})
		d.report(events("late", told{395, "call.ongoing", ""})...) // and answered, in fact
		d.wantMissed([]string{"0987654321 1 x"}, []string{miasNumber + " 1 m3"})
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{155, "call.ongoing", ""})...) // was never missed
		d.wantMissed(nil, []string{miasNumber + " 1 m3"})
		theirs := *d
		theirs.as.Tenant = other
		theirs.wantMissed(nil, nil)
	})
}

// What the list says does not depend on the order in which calls are told of.
func TestMissedCallsInAnyOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		for i := range 6 {
			number := fmt.Sprintf("091234567%d", i)
			var all []eventlog.Event
			for k, e := range slices.Concat(
				rang("m1", 0), rang("m2", 100),
				events("a1", told{50, "call.new", ""}, told{52, "call.ongoing", ""}, told{60, "call.finished", ""}),
				rang("m3", 200), rang("m4", 300),
			) {
				callID := string(rune('a'+i)) + e.Stream[len("call/1/"):]
				text := strings.NewReplacer(miasNumber, number, `"call_id":"`, `"call_id":"`+string(rune('a'+i))).Replace(string(e.Data))
				e.Stream, e.Data, e.Key = "call/1/"+callID, []byte(text), fmt.Sprint(k, callID)
				all = append(all, e)
			}
			rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
			for _, e := range all {
				d.report(e)
			}
			want := fmt.Sprintf("%s 3 %cm4", number, 'a'+i)
			if got := d.missed(""); !slices.Contains(got, want) || len(got) != i+1 {
				t.Errorf("%v, want %s; told %v", got, want, typesOf(all))
			}
		}
		before := d.missed("")
		d.again()
		if diff := cmp.Diff(before, d.missed("")); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}

// One agent at a time takes care of a missed call, until the number is reached;
// who leads agents may take it from them.
func TestClaims(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		d.report(rang("m1", 0)...)
		items, _ := d.list("/api/v1/missed-calls")
		path := "/api/v1/missed-calls/" + items[0]["id"].(string)
		d.want(http.StatusConflict, http.MethodPost, path+"/release", "")
		d.want(http.StatusOK, http.MethodPost, path+"/claim", "")
		d.want(http.StatusOK, http.MethodPost, path+"/claim", "") // again does no harm
		his := d.by(bruno)
		his.want(http.StatusConflict, http.MethodPost, path+"/claim", "")
		his.want(http.StatusForbidden, http.MethodPost, path+"/release", "")
		theirs := *d
		theirs.as.Tenant = other
		theirs.want(http.StatusNotFound, http.MethodPost, path+"/claim", "")
		d.report(rang("m2", 100)...)
		d.wantMissed([]string{miasNumber + " 2 m2 Ana"}, nil)
		if mine, his := d.missed("mine=true"), his.missed("mine=true"); len(mine) != 1 || len(his) != 0 {
			t.Errorf("ana's %v, bruno's %v", mine, his)
		}
		d.by(bruno, identity.ActivityWrite, identity.AgentWrite).want(http.StatusOK, http.MethodPost, path+"/release", "")
		his.want(http.StatusOK, http.MethodPost, path+"/claim", "")
		d.again()
		d.wantMissed([]string{miasNumber + " 2 m2 Bruno"}, nil)
		d.report(events("a", told{200, "call.new", ""}, told{201, "call.ongoing", ""})...)
		d.wantMissed(nil, []string{miasNumber + " 2 m2"})
		d.want(http.StatusConflict, http.MethodPost, path+"/claim", "")
		d.report(rang("m3", 300)...)
		d.wantMissed([]string{miasNumber + " 1 m3"}, nil) // nobody's: it is another matter
		want := []string{"missed_call.claimed", "missed_call.released", "missed_call.claimed"}
		if diff := cmp.Diff(want, d.types("missed-call/"+items[0]["id"].(string))); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
