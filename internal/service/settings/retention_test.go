// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/audit"
	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/service/settings"
	"tandem/internal/tenant"
)

// world is call centres 1 and 2 with calls, and what is known of those.
type world struct {
	*testing.T

	database *db.DB
	log      *eventlog.Log
	live     *live.Live
	tenants  *tenant.Directory
	now      time.Time
	heard    map[live.Name]int64 // when each call was last heard of
}

func start(t *testing.T, database *db.DB) *world {
	t.Helper()
	w := &world{T: t, database: database, now: time.UnixMilli(1_767_225_600_000), heard: map[live.Name]int64{}}
	w.log, w.live, w.tenants, _ = livetest.Start(t, database)
	if err := errors.Join(database.Migrate(t.Context(), "audit", audit.Tables), database.Migrate(t.Context(), "settings", settings.Tables)); err != nil {
		t.Fatal(err)
	}
	return w
}

// process is one more process that erases old calls.
func (w *world) process(forget settings.Forget) *settings.Settings {
	return settings.New(settings.Options{
		Log: w.log, Database: w.database, Live: w.live, Tenants: w.tenants, Forget: forget,
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now },
	})
}

// keep sets for how many days a call centre keeps calls.
func (w *world) keep(id int64, days int) {
	w.Helper()
	err := w.log.Transact(w.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		accounts, err := w.tenants.Accounts(ctx, id-1, 1)
		if err != nil {
			return err
		}
		s := accounts[0].Settings()
		s.Retention.Calls = days
		return w.tenants.Update(ctx, tx.Tx, id, s)
	})
	if err != nil {
		w.Fatal(err)
	}
}

var life = []string{call.TypeNew, call.TypeStandby, call.TypeWaiting, call.TypeEntered, call.TypeOngoing, call.TypeLeft, call.TypeFinished}

// report has the next events of a call be reported now.
func (w *world) report(tenant int64, callID string, types ...string) {
	w.Helper()
	w.now = w.now.Add(time.Second)
	at := w.now.UnixMilli()
	var events []eventlog.Event
	for i, typ := range types {
		events = append(events, eventlog.Event{
			Tenant: tenant, Connector: 1, Stream: live.Stream(1, callID), Key: fmt.Sprint(typ, at, i), Type: typ, At: at + int64(i), Received: at, Timed: true,
			Data: []byte(`{"call_id":"` + callID + `","their_number":"0912345678","actor":"ana"}`), Raw: []byte("raw"),
		})
	}
	if _, err := w.log.Append(w.Context(), events...); err != nil {
		w.Fatal(err)
	}
	w.heard[live.Name{Tenant: tenant, Connector: 1, CallID: callID}] = at
}

// rows returns what a query finds, a text for each row.
func (w *world) rows(query string, args ...any) (list []string) {
	w.Helper()
	err := db.EachRow(w.Context(), w.database, query, args, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		list = append(list, text)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// stored returns every call as it is shown, and all that is in the log of it.
func (w *world) stored() map[live.Name]string {
	w.Helper()
	all := map[live.Name]string{}
	for tenant := int64(1); tenant <= 2; tenant++ {
		calls, err := w.live.List(w.Context(), tenant, live.Filter{Limit: 10_000})
		if err != nil {
			w.Fatal(err)
		}
		for i := range calls {
			c := &calls[i]
			text, err := json.Marshal(c)
			if err != nil {
				w.Fatal(err)
			}
			records, err := w.log.ReadStream(w.Context(), tenant, live.Stream(c.Connector, c.CallID), 0, 0)
			if err != nil {
				w.Fatal(err)
			}
			all[live.Name{Tenant: tenant, Connector: c.Connector, CallID: c.CallID}] = fmt.Sprintf("%s %+v", text, records)
		}
	}
	return all
}

// check compares what is stored with what was, less what is too old, and
// returns the names of what has gone.
func (w *world) check(before map[live.Name]string, limits map[int64]int64) (gone int) {
	w.Helper()
	want := map[live.Name]string{}
	for name, text := range before {
		if w.heard[name] >= limits[name.Tenant] {
			want[name] = text
		}
	}
	if diff := cmp.Diff(want, w.stored()); diff != "" {
		w.Fatalf("calls (-want +got):\n%s", diff)
	}
	if found, err := w.live.Replay(w.Context(), w.log, 0, false); err != nil || found.Different > 0 || found.CountsWrong {
		w.Fatalf("replay: %+v, %v", found, err)
	}
	if events, missing, err := w.log.Check(w.Context()); err != nil || missing != 0 || events == 0 {
		w.Fatalf("%d of %d events are missing, %v", missing, events, err)
	}
	return len(before) - len(want)
}

// Whatever calls there are, and wherever a run is cut off, in the end the old
// calls of those who want it are gone, and nothing else has changed: not what a
// call was that is kept, not what others have, not the counters.
func TestOldCallsGoAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		broken := errors.New("cut off")
		var open []live.Name
		calls, erased := 0, 0
		for round := range 12 {
			for range 10 + random.IntN(40) {
				w.now = w.now.Add(time.Duration(random.IntN(12)) * time.Hour)
				if len(open) > 0 && random.IntN(3) == 0 {
					name := open[random.IntN(len(open))]
					w.report(name.Tenant, name.CallID, life[1+random.IntN(6)]) // it goes on, or is corrected
					continue
				}
				calls++
				name := live.Name{Tenant: int64(1 + random.IntN(2)), Connector: 1, CallID: fmt.Sprint("c/", calls)}
				w.report(name.Tenant, name.CallID, life[:1+random.IntN(7)]...)
				open = append(open, name)
			}
			days := 1 + random.IntN(30)
			w.keep(1, days)
			limits := map[int64]int64{1: w.now.AddDate(0, 0, -days).UnixMilli(), 2: 0}
			before := w.stored()
			steps := random.IntN(3)
			cut := w.process(settings.Forget{Calls: []func(context.Context, *eventlog.Tx, *live.Gone) error{
				func(context.Context, *eventlog.Tx, *live.Gone) error {
					if steps--; steps < 0 {
						return broken
					}
					return nil
				},
			}})
			if err := cut.Retain(t.Context()); err != nil && !errors.Is(err, broken) {
				t.Fatal(err)
			}
			w.now = w.now.Add(2*time.Hour + time.Millisecond) // later, another process takes its place
			limits[1] = w.now.AddDate(0, 0, -days).UnixMilli()
			if err := w.process(settings.Forget{}).Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			gone := w.check(before, limits)
			erased += gone
			t.Logf("round %d: %d of %d calls gone", round, gone, len(before))
			open = slices.DeleteFunc(open, func(n live.Name) bool { return w.heard[n] < limits[n.Tenant] })
		}
		told := 0
		for _, text := range w.rows(`SELECT after FROM audit_entries WHERE tenant = 1 AND action = 'calls.erased'`) {
			var said struct{ Calls int }
			if err := json.Unmarshal([]byte(text), &said); err != nil {
				t.Fatal(err)
			}
			told += said.Calls
		}
		if told != erased || erased == 0 {
			t.Errorf("%d calls are gone, the audit trail says %d", erased, told)
		}
	})
}

// Of an event that is erased nothing is left but that there was one: where, of
// which type and when. That holds of a call with more events than go at once,
// of calls that were asked for and of what dialers said; of those that a call is
// still about, and of everything else, all is left.
func TestWhatIsLeftOfEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		old := func(stream string, connector int64) {
			at := w.now.UnixMilli()
			_, err := w.log.Append(t.Context(), eventlog.Event{
				Tenant: 1, Connector: connector, Stream: stream, Key: "said/" + stream, Type: "dialer.failure", At: at, Received: at, Data: []byte(`{"number":"0912345678"}`),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		long := append([]string{call.TypeNew}, slices.Repeat([]string{"call.custom"}, 2500)...)
		w.report(1, "long", long...)
		old("dial/one", 0)
		old("dialer/1/one", 1)
		old("contact/one", 0)
		w.report(1, "late", call.TypeNew)
		old("dialer/1/late", 1)
		w.now = w.now.AddDate(0, 0, 40)
		w.report(1, "late", call.TypeFinished)
		w.keep(1, 30)
		if err := w.process(settings.Forget{}).Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		left := w.rows(`SELECT stream FROM events WHERE stream NOT LIKE 'erased/%' ORDER BY position`)
		if diff := cmp.Diff([]string{"contact/one", "call/1/late", "dialer/1/late", "call/1/late", "retention"}, left); diff != "" {
			t.Errorf("streams that are left (-want +got):\n%s", diff)
		}
		erased := w.rows(`SELECT DISTINCT data || COALESCE(CAST(raw AS TEXT), '') FROM events WHERE stream LIKE 'erased/%'`)
		if len(erased) != 1 || erased[0] != `{}` {
			t.Errorf("erased events say %q", erased)
		}
		types := w.rows(`SELECT type || ' ' || CAST(COUNT(*) AS TEXT) FROM events WHERE stream LIKE 'erased/%' AND at > 0 GROUP BY type ORDER BY type`)
		if diff := cmp.Diff([]string{"call.custom 2500", "call.new 1", "dialer.failure 2"}, types); diff != "" {
			t.Errorf("types that are left (-want +got):\n%s", diff)
		}
		if said := w.rows(`SELECT data FROM events WHERE type = 'calls.erased'`); len(said) != 1 || said[0] != `{"calls":1,"days":30,"events":2503}` {
			t.Errorf("tombstones: %q", said)
		}
	})
}

// One process at a time erases, once an hour and soon after a call centre has
// changed its mind; who is silent for long is no longer waited for. A run ends
// when it is told that calls are kept after all.
func TestWhoseTurnItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		left := func(want int) {
			t.Helper()
			if n := len(w.stored()); n != want {
				t.Fatalf("%d calls are left, not %d", n, want)
			}
		}
		retain := func(forget ...func(context.Context, *eventlog.Tx, *live.Gone) error) {
			t.Helper()
			if err := w.process(settings.Forget{Calls: forget}).Retain(t.Context()); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		for i := range 150 {
			w.report(1, fmt.Sprint(i), call.TypeNew, call.TypeFinished)
		}
		w.now = w.now.AddDate(0, 0, 10)
		retain()
		left(150)
		w.keep(1, 11)
		retain()
		left(150)
		w.keep(1, 9)
		first := true
		meanwhile := func(context.Context, *eventlog.Tx, *live.Gone) error {
			if first {
				first = false
				return nil
			}
			return context.Canceled // it is cut off after the first hundred
		}
		retain(meanwhile)
		left(50)
		retain() // another has the turn
		left(50)
		w.keep(1, 0)
		w.now = w.now.Add(5 * time.Minute)
		retain() // nobody wants it any more; what was erased is told
		left(50)
		w.keep(1, 9)
		retain()
		left(0)
		w.report(1, "next", call.TypeNew)
		w.now = w.now.AddDate(0, 0, 10)
		retain()
		left(0)
		if said := w.rows(`SELECT after FROM audit_entries ORDER BY id`); len(said) != 3 || said[0] != `{"calls":100,"days":0,"events":200}` {
			t.Errorf("audit trail: %q", said)
		}
	})
}
