// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/feed"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
)

// A subscription begins with the present and goes on with what changes, each
// with its position; who has not subscribed hears that something changed.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(1, "open", "call.new")
		f.append(1, "done", "call.new")
		finished := f.append(1, "done", "call.finished")
		f.append(1, "side fact", "actor.entered")
		f.tellAll()
		old, s := f.dial(), f.dial()
		s.send(`{"event":"subscribe","data":{}}`)
		begun := s.update("Subscribed")
		if begun.Result != "snapshot" || begun.ids() != "open done" || begun.Truncated || begun.Counts.EventCall.New != 1 || begun.Counts.ActiveCallsCount != 1 {
			t.Errorf("%+v", begun)
		}
		if begun.Position < finished || begun.Calls[1].State != "FINISHED" || begun.Calls[1].Position != finished {
			t.Errorf("position %d, %+v", begun.Position, begun.Calls)
		}
		waits := f.append(1, "open", "call.waiting", `,"queue":"900"`)
		change := s.update("Changes")
		if change.Position != waits || change.ids() != "open" || change.Calls[0].State != "WAITING" || change.Counts.WaitingNow != 1 || change.Counts.LongestWaitSince == nil {
			t.Errorf("%+v", change)
		}
		if got := old.await("DataChanged").text; got != `{"data":{},"event":"DataChanged","status":"Ok"}` {
			t.Errorf("%s", got)
		}
		// A routing decision is no event of the phone system, but the call has changed.
		decided := f.appendFrom(1, 0, "open", "routing.decided")
		if change = s.update("Changes"); change.Position != decided || change.ids() != "open" {
			t.Errorf("%+v", change)
		}
		// What an actor does outside calls concerns no call; the old kind hears of it all the same.
		old.await("DataChanged")
		if _, err := f.log.Append(t.Context(), eventlog.Event{Tenant: 1, Connector: 7, Stream: "agent/7/ana", Key: "k", Type: "actor.paused", At: now, Received: now, Data: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		old.await("DataChanged")
		if change = s.update("Changes"); len(change.Calls) != 0 || change.Position != decided+1 {
			t.Errorf("%+v", change)
		}
	})
}

// A client that comes back, after a restart of the server as well, is told
// what it missed; what is too long ago, or never was, becomes a snapshot.
func TestResume(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(1, "a", "call.new")
		f.append(2, "theirs", "call.new")
		seen := f.append(1, "b", "call.new")
		f.append(1, "a", "call.waiting")
		f.append(2, "theirs", "call.finished")
		head := f.append(1, "a", "call.ongoing")
		f.end()
		check := func(when string, position int64, result string, replayed int, ids string) {
			t.Helper()
			s := f.dial()
			s.send(fmt.Sprintf(`{"event":"resume","data":{"position":%d}}`, position))
			got := s.update("Subscribed")
			if got.Result != result || got.Replayed != replayed || got.ids() != ids || got.Position < head {
				t.Errorf("%s from %d: %s, %d replayed, calls %q, position %d", when, position, got.Result, got.Replayed, got.ids(), got.Position)
			}
			next := f.append(1, "b", "call.overflow")
			if change := s.update("Changes"); change.Position != next || change.ids() != "b" {
				t.Errorf("%s from %d: afterwards %+v", when, position, change)
			}
		}
		f.start()
		check("after a restart", head, "up_to_date", 0, "")
		f.end()
		head++
		f.start()
		check("after a restart", seen, "replayed", 3, "a b")
		check("while running", seen, "replayed", 4, "a b")
		check("from a past that never was", head+1000, "snapshot", 0, "b a")
		f.end()
		f.start(func(o *feed.Options) { o.Behind = 2 })
		check("after a restart that remembers little", seen, "snapshot", 0, "b a")
		var many []eventlog.Event
		from := f.append(1, "b", "call.overflow")
		for i := range 1001 {
			many = append(many, eventlog.Event{Tenant: 1, Connector: 7, Stream: live.Stream(7, "b"), Key: fmt.Sprint(i), Type: "call.other", At: now + 1e8 + int64(i), Received: now, Data: []byte(`{}`)})
		}
		f.serial.Store(1e6)
		if _, err := f.log.Append(t.Context(), many...); err != nil {
			t.Fatal(err)
		}
		check("after too much", from, "snapshot", 0, "b a")
	})
}

// Each call centre hears of its own calls only, whatever the others do.
func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(1, "a", "call.new")
		theirs := f.dial("X-Test-Tenant", "other")
		quiet := f.dial("X-Test-Tenant", "other")
		theirs.send(`{"event":"subscribe","data":{}}`)
		if begun := theirs.update("Subscribed"); len(begun.Calls) != 0 || begun.Counts.ActiveCallsCount != 0 {
			t.Errorf("begins with %+v", begun)
		}
		f.append(1, "a", "call.waiting")
		mine := f.append(2, "b", "call.new")
		if change := theirs.update("Changes"); change.ids() != "b" || change.Position != mine || change.Counts.ActiveCallsCount != 1 {
			t.Errorf("hears %+v", change)
		}
		if read := quiet.next(); read.Event != "DataChanged" {
			t.Errorf("hears %s", read.text)
		}
		select {
		case read := <-quiet.frames:
			t.Errorf("hears of the others: %s", read.text)
		default:
		}
	})
}

// A late event of a long call changes it after the append, without another
// event; clients are told all the same.
func TestRefoldedCallsAreTold(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	var long []eventlog.Event
	add := func(typ string, at int64, data string) {
		long = append(long, eventlog.Event{Tenant: 1, Connector: 7, Stream: live.Stream(7, "long"), Key: fmt.Sprint(typ, at), Type: typ, At: at, Received: now, Timed: true, Data: []byte(data)})
	}
	for i := range int64(600) {
		add("call.other", now+i+1, `{}`)
	}
	add("call.waiting", now+1000, `{"queue":"900"}`)
	if _, err := f.log.Append(t.Context(), long...); err != nil {
		t.Fatal(err)
	}
	s := f.dial()
	s.send(`{"event":"subscribe","data":{}}`)
	s.await("Subscribed")
	long = nil
	add("call.new", now, `{"their_number":"0912345678"}`)
	if _, err := f.log.Append(t.Context(), long...); err != nil {
		t.Fatal(err)
	}
	if change := s.update("Changes"); change.Calls[0].Times.New != nil {
		t.Fatal("the call was folded anew within the append; it is not long enough for this test")
	}
	// For this one nothing will come after where it begins but the fold.
	later := f.dial()
	later.send(`{"event":"subscribe","data":{}}`)
	later.await("Subscribed")
	if err := f.live.Refold(t.Context(), f.log); err != nil {
		t.Fatal(err)
	}
	for _, each := range []*socket{s, later} {
		for change := each.update("Changes"); len(change.Calls) == 0 || change.Calls[0].Times.New == nil; {
			change = each.update("Changes")
		}
	}
}

// A client that does not read keeps nobody waiting, and is brought back with a
// snapshot when it does, or is gone.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	f := setUpNarrow(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	gate := make(chan struct{})
	slow, _, err := f.tryDial(f.server.URL+"/ws", gate)
	if err != nil {
		t.Fatal(err)
	}
	slow.send(`{"event":"subscribe","data":{}}`)
	quick := f.dial()
	quick.send(`{"event":"subscribe","data":{}}`)
	quick.await("Subscribed")
	number := strings.Repeat("9", 200)
	lagged := func() bool { return f.metric("tandem_feed_lagged_total") > 0 }
	longest := time.Duration(0)
	rounds := 0
	for ; !lagged(); rounds++ {
		if rounds > 2000 {
			t.Fatal("the slow client never fell behind")
		}
		var batch []eventlog.Event
		for i := range 100 {
			id := fmt.Sprint("c", i)
			batch = append(batch, eventlog.Event{
				Tenant: 1, Connector: 7, Stream: live.Stream(7, id), Key: fmt.Sprint(rounds), Type: "call.waiting", At: now + int64(rounds), Received: now,
				Data: []byte(`{"queue":"900","code":"` + number + `"}`),
			})
		}
		outcomes, err := f.log.Append(t.Context(), batch...)
		if err != nil {
			t.Fatal(err)
		}
		began, head := time.Now(), outcomes[99].Record.Position
		for quick.update("Changes").Position < head {
		}
		longest = max(longest, time.Since(began))
	}
	if longest > 2*time.Second {
		t.Errorf("the quick client waited %v", longest)
	}
	close(gate)
	moved := slow.awaitAny("Snapshot")
	if u := f.read(moved); len(u.Calls) != 100 || u.Counts.WaitingNow != 100 {
		t.Errorf("snapshot of %d calls", len(u.Calls))
	}
	last := f.append(1, "c1", "call.finished")
	for {
		if change := slow.update("Changes"); change.Position == last && change.Calls[0].State == "FINISHED" {
			return
		}
	}
}

// However calls change and clients come and go, what a client was told adds up
// to what there is.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database, func(o *feed.Options) { o.Coalesce = time.Millisecond })
		types := []string{"call.new", "call.standby", "call.waiting", "actor.entered", "call.ongoing", "call.finished", "call.other"}
		var sockets []*socket
		told := map[*socket]map[string]liveview.Card{}
		positions := map[*socket]int64{}
		var head int64
		hear := func(s *socket, read frame) {
			switch read.Event {
			case "Subscribed", "Changes", "Snapshot":
			default:
				return
			}
			u := f.read(read)
			if read.Event != "Changes" && u.Result == "snapshot" || told[s] == nil {
				told[s] = map[string]liveview.Card{}
			}
			for _, c := range u.Calls {
				if c.Position >= told[s][c.CallID].Position {
					told[s][c.CallID] = c
				}
			}
			positions[s] = max(positions[s], u.Position)
		}
		until := func(s *socket) {
			for positions[s] < head || told[s] == nil {
				hear(s, s.next())
			}
		}
		rapid.Check(t, func(r *rapid.T) {
			steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(r, "steps")
			for _, step := range steps {
				switch {
				case step == 0 && len(sockets) < 8:
					s := f.dial()
					s.send(`{"event":"subscribe","data":{}}`)
					sockets = append(sockets, s)
				case step == 1 && len(sockets) > 0: // away and back
					i := rapid.IntRange(0, len(sockets)-1).Draw(r, "who")
					gone := sockets[i]
					until(gone)
					_ = gone.conn.NetConn().Close()
					back := f.dial()
					back.send(fmt.Sprintf(`{"event":"resume","data":{"position":%d}}`, positions[gone]))
					told[back], positions[back] = maps.Clone(told[gone]), positions[gone]
					sockets[i] = back
				default:
					id := fmt.Sprint("c", rapid.IntRange(0, 30).Draw(r, "call"))
					head = f.append(1, id, rapid.SampledFrom(types).Draw(r, "type"))
				}
			}
		})
		calls, err := f.live.List(t.Context(), 1, live.Filter{Limit: 1000})
		if err != nil || len(calls) == 0 {
			t.Fatalf("%d calls, %v", len(calls), err)
		}
		want := map[string]string{}
		for _, c := range calls {
			want[c.CallID] = fmt.Sprint(c.State.State, c.Position, c.State.Events)
		}
		for _, s := range sockets {
			until(s)
			got := map[string]string{}
			for id, c := range told[s] {
				got[id] = fmt.Sprint(c.State, c.Position, c.Events)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		}
	})
}

// When a session ends, its sockets do.
func TestSessionEnd(t *testing.T) {
	t.Parallel()
	var gone atomic.Value
	gone.Store("")
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"), func(o *feed.Options) {
		o.Recheck = func(_ context.Context, r *http.Request) bool {
			cookie, err := r.Cookie("tandem_session")
			return err != nil || cookie.Value != gone.Load()
		}
	})
	stays := f.dial("Cookie", "tandem_session=one")
	goes := f.dial("Cookie", "tandem_session=two")
	gone.Store("two")
	f.bus.Ring(ask.BellUsers)
	if code := goes.closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	stays.send(`{"event":"ListCalls","data":{}}`)
	stays.await("ListCalls")
}

// When the server goes it says so, and comes back with room for everybody.
func TestShutdown(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"), func(o *feed.Options) { o.MaxClients = 2 })
	one, two := f.dial(), f.dial()
	if _, status, _ := f.tryDial(f.server.URL+"/ws", nil); status != http.StatusServiceUnavailable {
		t.Errorf("one too many gets %d", status)
	}
	if status, body, _ := f.get(http.MethodGet, f.server.URL+"/api/v1/feed"); status != http.StatusServiceUnavailable || !strings.Contains(body, "feed.full") {
		t.Errorf("one too many gets %d %s", status, body)
	}
	f.end()
	for _, s := range []*socket{one, two} {
		if code := s.closed(); code != 1001 {
			t.Errorf("closed with %d", code)
		}
	}
	f.start()
	f.dial()
}
