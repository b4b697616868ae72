// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/problem"
)

const base = 1_767_225_600_000 // 2026-01-01T00:00:00Z

// event is one event of a call, second seconds into its life.
func event(tenant int64, callID, typ string, second int) eventlog.Event {
	data, _ := json.Marshal(map[string]string{
		"type": typ, "call_id": callID, "direction": "inbound", "their_number": "0912345678", "our_number": "19001234",
		"queue": "900", "actor": "ana@demo.example", "number": "200",
	})
	at := int64(base + 1000*second)
	return eventlog.Event{
		Tenant: tenant, Connector: 1, Stream: live.Stream(1, callID), Key: fmt.Sprintf("%s/%d", typ, second), Type: typ,
		At: at, Received: at + 40, Timed: true, Data: data,
	}
}

var life = []string{
	call.TypeNew, call.TypeStandby, call.TypeWaiting, call.TypeEntered, call.TypeOngoing, call.TypeLeft, call.TypeFinished,
}

func lifeOf(tenant int64, callID string) []eventlog.Event {
	var events []eventlog.Event
	for i, typ := range life {
		events = append(events, event(tenant, callID, typ, i))
	}
	return events
}

func post(t *testing.T, log *eventlog.Log, events ...eventlog.Event) []eventlog.Outcome {
	t.Helper()
	outcomes, err := log.Append(t.Context(), events...)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// A call is there, whole, as soon as its event is appended, and each event
// moves its counters with it.
func TestStateFollowsAppend(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		states := []call.State{"NEW", "STANDBY", "WAITING", "WAITING", "ONGOING", "ONGOING", "FINISHED"}
		want := []live.Counts{{New: 1}, {Standby: 1}, {Waiting: 1}, {Entered: 1}, {Ongoing: 1}, {Left: 1}, {Finished: 1}}
		for i, e := range lifeOf(1, "c/1") {
			post(t, log, e)
			c, err := l.FindByCallID(t.Context(), 1, 1, "c/1")
			if err != nil {
				t.Fatal(err)
			}
			if c.State.State != states[i] || c.ID != 1 || c.Position != int64(i+1) || c.MatchKey != "+84912345678" {
				t.Errorf("after %s: %+v", e.Type, c)
			}
			counts, err := l.Counts(t.Context(), 1)
			if diff := cmp.Diff(want[i], counts); diff != "" || err != nil {
				t.Errorf("counts after %s (-want +got): %s %v", e.Type, diff, err)
			}
		}
		c, err := l.Find(t.Context(), 1, 1)
		if err != nil || c.State.Outcome != call.OutcomeAnswered || c.State.AnsweredAt != base+3000 {
			t.Errorf("finished: %+v, %v", c.State, err)
		}
	})
}

// Whatever the order, the batches and the repetitions in which events come,
// from however many posters: what is stored is the fold of what was sent, and
// the counters are what the calls count up to.
func TestStoredStateIsTheFold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		const calls, posters = 40, 8
		var events []eventlog.Event
		for c := range calls {
			events = append(events, lifeOf(int64(1+c%2), fmt.Sprintf("c%d", c))...)
		}
		events = append(events, events[:calls]...) // some twice
		random := rand.New(rand.NewPCG(1, 2))
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		var group sync.WaitGroup
		for p := range posters {
			group.Go(func() {
				for chunk := range slices.Chunk(events[p*len(events)/posters:(p+1)*len(events)/posters], 3) {
					if _, err := log.Append(t.Context(), chunk...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()

		found, err := l.Replay(t.Context(), log, 0, false)
		if err != nil || found.Different != 0 || found.CountsWrong || found.Calls != calls || found.Events != calls*7 {
			t.Errorf("replay found %+v, %v", found, err)
		}
		for tenant := range int64(2) {
			counts, err := l.Counts(t.Context(), tenant+1)
			if err != nil || counts != (live.Counts{Finished: calls / 2}) {
				t.Errorf("tenant %d: %+v, %v", tenant+1, counts, err)
			}
		}
	})
}

// How late an event came is written on its row, once.
func TestLateness(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, _, _, _ := livetest.Start(t, database)
		post(t, log, event(1, "c", call.TypeStandby, 5))
		post(t, log, event(1, "c", call.TypeNew, 0), event(1, "c", call.TypeFinished, 9), event(1, "c", call.TypeWaiting, 6),
			event(1, "c", call.TypeRecording, 12))
		records, err := log.ReadAfter(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []eventlog.Late
		for _, r := range records {
			got = append(got, r.Late)
		}
		want := []eventlog.Late{eventlog.InOrder, eventlog.OutOfOrder, eventlog.InOrder, eventlog.AfterEnd, eventlog.InOrder}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lateness (-want +got): %s", diff)
		}
	})
}

// A late event on a long call is left to the follower, which gets it right.
func TestLongCallIsFoldedByTheFollower(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		var storm []eventlog.Event
		for i := range 700 {
			storm = append(storm, event(1, "storm", call.TypeWaiting, 10+i))
		}
		post(t, log, storm...)
		post(t, log, event(1, "storm", call.TypeNew, 0))
		c, err := l.FindByCallID(t.Context(), 1, 1, "storm")
		if err != nil || !c.Late || c.State.NewAt != 0 {
			t.Fatalf("before the follower: late %v, new at %d, %v", c.Late, c.State.NewAt, err)
		}
		if err := l.Refold(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		c, err = l.FindByCallID(t.Context(), 1, 1, "storm")
		if err != nil || c.Late || c.State.NewAt != base || c.State.Events != 701 {
			t.Errorf("after the follower: late %v, new at %d, %d events, %v", c.Late, c.State.NewAt, c.State.Events, err)
		}
		if found, err := l.Replay(t.Context(), log, 0, false); err != nil || found.Different != 0 || found.CountsWrong {
			t.Errorf("replay found %+v, %v", found, err)
		}
	})
}

// A call whose few events are huge is folded anew by the follower, too: reading
// them within the append would hold up everybody's events for seconds.
func TestHeavyCallIsFoldedByTheFollower(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		for i := range 4 {
			e := event(1, "heavy", call.TypeWaiting, 10+i)
			e.Data = fmt.Appendf(nil, `{"call_id":"heavy","extra":%q}`, strings.Repeat("x", 600_000))
			post(t, log, e)
		}
		post(t, log, event(1, "heavy", call.TypeNew, 0))
		c, err := l.FindByCallID(t.Context(), 1, 1, "heavy")
		if err != nil || !c.Late || c.State.NewAt != 0 {
			t.Fatalf("before the follower: late %v, new at %d, %v", c.Late, c.State.NewAt, err)
		}
		if err := l.Refold(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		c, err = l.FindByCallID(t.Context(), 1, 1, "heavy")
		if err != nil || c.Late || c.State.NewAt != base || c.State.Events != 5 {
			t.Errorf("after the follower: late %v, new at %d, %d events, %v", c.Late, c.State.NewAt, c.State.Events, err)
		}
	})
}

// An event that was received long ago and is read from the inbox today makes
// neither its call nor its connector look older than they are.
func TestReceivedEarlier(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		post(t, log, event(1, "c", call.TypeWaiting, 100))
		early := event(1, "c", call.TypeNew, 99)
		early.Received -= 3 * 24 * 60 * 60 * 1000
		post(t, log, early)
		c, err := l.FindByCallID(t.Context(), 1, 1, "c")
		if err != nil || c.UpdatedAt != base+100_040 || c.Position != 2 {
			t.Errorf("call heard of at %d, position %d, %v", c.UpdatedAt, c.Position, err)
		}
		sources, err := l.Sources(t.Context(), 1)
		if err != nil || sources[1].LastType != call.TypeWaiting || sources[1].Today != 1 {
			t.Errorf("sources %+v, %v", sources, err)
		}
	})
}

// A replay finds a state that was tampered with, and counters that were, and
// sets both right.
func TestReplayRepairs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		post(t, log, lifeOf(1, "a")...)
		post(t, log, lifeOf(1, "b")[:3]...)
		for _, tamper := range []string{
			`UPDATE live_calls SET fold = '{"state":"NEW","bucket":"call.new","events":1,"last_at":1,"last":{"at":1,"rank":1,"key":""}}', bucket = 'call.new' WHERE call_id = 'a'`,
			`DELETE FROM live_calls WHERE call_id = 'b'`,
			`UPDATE live_counts SET finished = 40`,
		} {
			err := log.Transact(t.Context(), execute(tamper))
			if err != nil {
				t.Fatal(err)
			}
		}
		found, err := l.Replay(t.Context(), log, 0, true)
		if err != nil || found.Different != 2 || !found.CountsWrong {
			t.Errorf("first replay found %+v, %v; want 2 differences and wrong counts", found, err)
		}
		found, err = l.Replay(t.Context(), log, 0, false)
		if err != nil || found.Different != 0 || found.CountsWrong {
			t.Errorf("second replay found %+v, %v", found, err)
		}
		counts, err := l.Counts(t.Context(), 1)
		if err != nil || counts != (live.Counts{Waiting: 1, Finished: 1}) {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

// Lists are filtered, newest first, and never show another tenant's call.
func TestList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		post(t, log, lifeOf(1, "1463669263.30033")...)        // id 1, finished
		post(t, log, lifeOf(1, "1463669263.30034")[:3]...)    // id 8, waiting
		post(t, log, lifeOf(2, "1463669263.30033")[:2]...)    // id 11, another tenant's
		post(t, log, event(1, "orphan", call.TypeEntered, 1)) // id 13, not begun
		open := true
		tests := map[string]struct {
			filter live.Filter
			want   []int64
		}{
			"all":             {live.Filter{}, []int64{8, 1}},
			"page":            {live.Filter{After: 8}, []int64{1}},
			"open":            {live.Filter{Open: &open}, []int64{8}},
			"state":           {live.Filter{States: []call.State{"FINISHED", "NEW"}}, []int64{1}},
			"queue":           {live.Filter{Queue: "900"}, []int64{8, 1}},
			"no such queue":   {live.Filter{Queue: "901"}, nil},
			"number":          {live.Filter{Number: "+84 91 234 5678"}, []int64{8, 1}},
			"search number":   {live.Filter{Search: "0912 345 678"}, []int64{8, 1}},
			"search part":     {live.Filter{Search: "345678"}, []int64{8, 1}},
			"search call id":  {live.Filter{Search: "1463669263.30034"}, []int64{8}},
			"search prefix":   {live.Filter{Search: "1463669263."}, []int64{8, 1}},
			"search wildcard": {live.Filter{Search: "%"}, nil},
			"search nonsense": {live.Filter{Search: "a\x00\xff"}, nil},
			"NUL queue":       {live.Filter{Queue: "9\x00"}, nil},
			"since":           {live.Filter{From: base + 6000}, []int64{1}},
		}
		for name, test := range tests {
			test.filter.Limit = 10
			calls, err := l.List(t.Context(), 1, test.filter)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got []int64
			for _, c := range calls {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got): %s", name, diff)
			}
		}
		if calls, err := l.FindAny(t.Context(), 1, "a\x00\xff"); err != nil || len(calls) != 0 {
			t.Errorf("a call id that no database holds: %v, %v", calls, err)
		}
		if _, err := l.Find(t.Context(), 1, 11); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("another tenant's call: %v", err)
		}
		if now, since, err := l.Waiting(t.Context(), 1); err != nil || now != 1 || since != base+2000 {
			t.Errorf("waiting %d since %d, %v", now, since, err)
		}
		changed, err := l.ChangedAfter(t.Context(), 1, 7, 100)
		if err != nil || len(changed) != 2 || changed[0].ID != 8 {
			t.Errorf("changed %+v, %v", changed, err)
		}
		sources, err := l.Sources(t.Context(), 1)
		if err != nil || sources[1].LastType != call.TypeFinished || sources[1].Today != 11 || sources[1].LastSkewMS != 40 {
			t.Errorf("sources %+v, %v", sources, err)
		}
	})
}
