// SPDX-License-Identifier: Apache-2.0

package eventlog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/problem"
)

func event(stream, key string) eventlog.Event {
	return eventlog.Event{
		Tenant: 1, Connector: 1, Stream: stream, Key: key, Type: "call.new",
		At: 1_000, Received: 1_250, Timed: true, Data: []byte(`{"call_id":"c1"}`),
	}
}

// What was appended is read back as it was given, at positions 1, 2, 3.
func TestAppendAndRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		first := event("call/1/c1", "k1")
		second := event("call/1/c1", "k2")
		second.Raw, second.Timed, second.At = []byte("a\x00\xff"), false, 1_250

		outcomes, err := log.Append(t.Context(), first, second)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Duplicate || o.Record.Position != int64(i+1) {
				t.Errorf("outcome %d: %+v", i, o)
			}
		}
		records, err := log.ReadAfter(t.Context(), 0, 10)
		if err != nil || len(records) != 2 {
			t.Fatalf("%d records, %v; want 2", len(records), err)
		}
		if r := records[0]; r.Key != "k1" || r.SkewMS != 250 || !r.Timed || r.Raw != nil || string(r.Data) != `{"call_id":"c1"}` {
			t.Errorf("first: %+v", r)
		}
		if r := records[1]; r.Key != "k2" || r.SkewMS != 0 || r.Timed || string(r.Raw) != "a\x00\xff" {
			t.Errorf("second: %+v", r)
		}
	})
}

// The same event is stored once, whether it comes again in the same append,
// later, or much later; whoever sends it again gets what was stored first.
func TestDuplicates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		outcomes, err := log.Append(t.Context(), event("call/1/c1", "k1"), event("call/1/c1", "k1"), event("call/1/c1", "k2"))
		if err != nil {
			t.Fatal(err)
		}
		if !outcomes[1].Duplicate || outcomes[1].Record.Position != 1 || outcomes[2].Record.Position != 2 {
			t.Errorf("outcomes %+v", outcomes)
		}
		again := event("call/1/c1", "k1")
		again.Data, again.Received = []byte(`{"other":true}`), 9_999
		outcomes, err = log.Append(t.Context(), again, event("call/1/c2", "k1"))
		if err != nil {
			t.Fatal(err)
		}
		if o := outcomes[0]; !o.Duplicate || o.Record.Position != 1 || o.Record.Received != 1_250 || string(o.Record.Data) != `{"call_id":"c1"}` {
			t.Errorf("again: %+v", o)
		}
		if o := outcomes[1]; o.Duplicate || o.Record.Position != 3 {
			t.Errorf("another stream: %+v", o)
		}
	})
}

// NUL and invalid UTF-8 are refused before they are queued, and harm nobody
// else's row.
func TestBadTextHarmsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		bad := map[string]func(*eventlog.Event){
			"NUL in key":      func(e *eventlog.Event) { e.Key = "a\x00b" },
			"bytes in stream": func(e *eventlog.Event) { e.Stream = "call/\xff" },
			"NUL in data":     func(e *eventlog.Event) { e.Data = []byte("{\"a\":\"\x00\"}") },
			"bytes in data":   func(e *eventlog.Event) { e.Data = []byte("{\"a\":\"\xff\"}") },
			"no stream":       func(e *eventlog.Event) { e.Stream = "" },
			"no tenant":       func(e *eventlog.Event) { e.Tenant = 0 },
		}
		var group sync.WaitGroup
		for name, spoil := range bad {
			group.Go(func() {
				e := event("call/1/bad", name)
				spoil(&e)
				if _, err := log.Append(t.Context(), e); problem.Of(err).Kind != problem.Invalid {
					t.Errorf("%s: %v, want Invalid", name, err)
				}
			})
			group.Go(func() {
				if _, err := log.Append(t.Context(), event("call/1/good", name)); err != nil {
					t.Errorf("a good neighbour of %s: %v", name, err)
				}
			})
		}
		group.Wait()
		records, err := log.ReadAfter(t.Context(), 0, 100)
		if err != nil || len(records) != len(bad) {
			t.Errorf("%d records, %v; want %d", len(records), err, len(bad))
		}
	})
}

// With sixteen writers and readers that append as well: every event is there
// once, positions have no gap, and no event ever appears behind a reader.
func TestNothingAppearsBehindAReader(t *testing.T) {
	const writers, each = 16, 60
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		// Two logs on one database are two processes.
		logs := []*eventlog.Log{
			eventlogtest.Start(t, dbtest.Open(t, dsn)),
			eventlogtest.Start(t, dbtest.Open(t, dsn)),
		}
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				for i := range each {
					e := event(fmt.Sprintf("call/1/w%d", w), fmt.Sprintf("k%d", i))
					if _, err := logs[w%2].Append(ctx, e); err != nil {
						t.Errorf("writer %d: %v", w, err)
						return
					}
				}
			})
		}
		const all = writers * each
		for _, log := range logs {
			group.Go(func() { follow(ctx, t, log, all) })
		}
		group.Wait()
		if count, missing, err := logs[0].Check(t.Context()); err != nil || missing != 0 || count != 3*all {
			t.Errorf("%d events, %d positions missing, %v; want %d and none", count, missing, err, 3*all)
		}
	})
}

// follow reads the log by position and answers each foreign event with one of
// its own, until it has seen all of them.
func follow(ctx context.Context, t *testing.T, log *eventlog.Log, all int) {
	seen, position := 0, int64(0)
	for seen < all {
		records, err := log.ReadAfter(ctx, position, 50)
		if err != nil {
			t.Errorf("read after %d, %d seen: %v", position, seen, err)
			return
		}
		for _, r := range records {
			if r.Position != position+1 {
				t.Errorf("position %d after %d", r.Position, position)
				return
			}
			position = r.Position
			if r.Type != "call.new" {
				continue
			}
			seen++
			answer := r.Event
			answer.Type, answer.Key = "routing.decided", fmt.Sprintf("%p/%s", log, r.Key)
			err := log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				_, err := tx.Append(ctx, answer)
				return err
			})
			if err != nil {
				t.Errorf("append from a reader: %v", err)
				return
			}
		}
	}
}

// Work that fails leaves nothing, neither rows nor events, and costs the
// others in its batch nothing.
func TestTransactFailsAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		refused := errors.New("refused")
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				err := log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
					if _, err := tx.Append(ctx, event("call/1/c1", fmt.Sprint(i))); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return refused
					case 2: // an SQL error spoils the transaction on PostgreSQL
						_, err := tx.ExecContext(ctx, `INSERT INTO nowhere (id) VALUES (1)`)
						return err
					}
					return nil
				})
				if failed := err != nil; failed != (i%4 == 1 || i%4 == 2) {
					t.Errorf("work %d: %v", i, err)
				}
			})
		}
		group.Wait()
		if count, missing, err := log.Check(t.Context()); err != nil || count != 10 || missing != 0 {
			t.Errorf("%d events, %d missing, %v; want 10 and none", count, missing, err)
		}
	})
}

// spy is an inline projection that notes what it is told.
type spy struct{ positions []int64 }

func (s *spy) Project(_ context.Context, _ *sql.Tx, records []eventlog.Fresh) error {
	for _, r := range records {
		if r.Key == "broken" {
			return errors.New("broken projection")
		}
		s.positions = append(s.positions, r.Position)
		r.Late = eventlog.OutOfOrder
	}
	return nil
}

func (s *spy) Forget([]*eventlog.Record) {}

// An inline projection sees each new event once, with its position, and what
// it says of lateness is in the row.
func TestInline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		seen := &spy{}
		log := eventlogtest.Start(t, database, seen)
		for range 2 {
			if _, err := log.Append(t.Context(), event("call/1/c1", "k1"), event("call/1/c1", "k2")); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(seen.positions, []int64{1, 2}) {
			t.Errorf("saw %v, want [1 2]", seen.positions)
		}
		if _, err := log.Append(t.Context(), event("call/1/c1", "broken")); problem.Of(err).Kind != problem.Unavailable {
			t.Errorf("got %v, want Unavailable", err)
		}
		records, err := log.ReadStream(t.Context(), 1, "call/1/c1", 0, 0)
		if err != nil || len(records) != 2 || records[0].Late != eventlog.OutOfOrder {
			t.Errorf("got %+v, %v", records, err)
		}
	})
}

// Large events are read a few at a time, and none is passed over.
func TestReadIsBoundedByBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		const events = 14
		for i := range events {
			e := event("call/1/c1", fmt.Sprint(i))
			e.Data = fmt.Appendf(nil, `{"x":%q}`, strings.Repeat("x", 1_000_000))
			if _, err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		first, err := log.ReadAfter(t.Context(), 0, 100)
		if err != nil || len(first) >= events || len(first) == 0 {
			t.Fatalf("%d of %d at once, %v", len(first), events, err)
		}
		rest, err := log.ReadAfter(t.Context(), first[len(first)-1].Position, 100)
		if err != nil || len(first)+len(rest) != events {
			t.Errorf("%d and %d of %d, %v", len(first), len(rest), events, err)
		}
	})
}

// Once the writer has stopped, appending fails at once; what was queued before
// is written.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		log := eventlogtest.StartUntil(ctx, t, database)
		if _, err := log.Append(t.Context(), event("call/1/c1", "k1")); err != nil {
			t.Fatal(err)
		}
		cancel()
		for i := 0; ; i++ {
			_, err := log.Append(t.Context(), event("call/1/c1", fmt.Sprint("late", i)))
			if err == nil {
				continue // the writer had not looked yet
			}
			if problem.Of(err).Kind != problem.Unavailable {
				t.Errorf("got %v, want Unavailable", err)
			}
			break
		}
	})
}

// Both ways to read a long stream see each of its records once, up to a
// position or behind it, and no other stream's.
func TestVisitStream(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		foreign := event("call/1/c1", "k1")
		foreign.Tenant = 2
		for _, e := range []eventlog.Event{event("call/1/c1", "z"), event("call/1/c2", "b"), event("call/1/c1", "a"), foreign, event("call/1/c1", "m")} {
			if _, err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		visited := map[string]int64{}
		err := log.VisitStream(t.Context(), 1, "call/1/c1", 3, func(r *eventlog.Record) error {
			visited[r.Key+" "+r.Type+" "+string(r.Data)] = r.Position
			return nil
		})
		want := map[string]int64{`z call.new {"call_id":"c1"}`: 1, `a call.new {"call_id":"c1"}`: 3}
		if err != nil || !maps.Equal(visited, want) {
			t.Errorf("visited %v, %v; want %v", visited, err, want)
		}
		newest, err := eventlog.ReadNewest(t.Context(), database, 1, "call/1/c1", 1)
		if err != nil || len(newest) != 2 || newest[0].Key != "a" || newest[1].Key != "m" {
			t.Errorf("newest: %+v, %v", newest, err)
		}
		stop := errors.New("enough")
		if err := log.VisitStream(t.Context(), 1, "call/1/c1", 3, func(*eventlog.Record) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("visit ended with %v", err)
		}
	})
}
