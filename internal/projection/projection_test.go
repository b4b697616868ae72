// SPDX-License-Identifier: Apache-2.0

package projection_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/projection"
)

var tables = fstest.MapFS{"migrations/0001_seen.sql": {Data: []byte("-- +goose Up\nCREATE TABLE seen (position BIGINT NOT NULL);")}}

// seen writes down each position it takes in; the table has no unique key, so
// that taking one in twice shows.
func seen(fail func(position int64) error) projection.Reader {
	return projection.Reader{Name: "test.seen", Batch: 3, Prepare: func(_ context.Context, records []eventlog.Record) (projection.Write, error) {
		return func(ctx context.Context, tx *eventlog.Tx) error {
			for _, r := range records {
				if _, err := tx.ExecContext(ctx, `INSERT INTO seen (position) VALUES ($1)`, r.Position); err != nil {
					return err
				}
				if err := fail(r.Position); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}}
}

func never(int64) error { return nil }

func prepare(t *testing.T, database *db.DB, events int) *eventlog.Log {
	t.Helper()
	log := eventlogtest.Start(t, database)
	if err := database.Migrate(t.Context(), "seen", tables); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), "projection", projection.Tables); err != nil {
		t.Fatal(err)
	}
	for i := range events {
		e := eventlog.Event{Tenant: 1, Stream: "s", Key: fmt.Sprint(i), Type: "x", Data: []byte(`{}`)}
		if _, err := log.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return log
}

func assertSeenOnce(t *testing.T, database *db.DB, want int) {
	t.Helper()
	var all, distinct int
	const query = `SELECT COUNT(*), COUNT(DISTINCT position) FROM seen`
	if err := database.QueryRowContext(t.Context(), query).Scan(&all, &distinct); err != nil {
		t.Fatal(err)
	}
	if all != want || distinct != want {
		t.Errorf("%d rows for %d positions; want %d and %d", all, distinct, want, want)
	}
}

// A reader that dies half way through a batch takes it in again, whole, and
// nothing of it twice.
func TestFailedBatchIsTakenInAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := prepare(t, database, 10)
		died := errors.New("died")
		err := projection.CatchUp(t.Context(), log, database, seen(func(position int64) error {
			if position == 5 {
				return died
			}
			return nil
		}))
		if !errors.Is(err, died) {
			t.Fatalf("got %v, want the reader's own error", err)
		}
		if at, err := projection.Checkpoint(t.Context(), database, "test.seen"); err != nil || at != 3 {
			t.Errorf("checkpoint %d, %v; want 3", at, err)
		}
		if err := projection.CatchUp(t.Context(), log, database, seen(never)); err != nil {
			t.Fatal(err)
		}
		assertSeenOnce(t, database, 10)
	})
}

// Two processes that run the same reader share the work: each record takes
// effect once.
func TestTwoProcessesAdvanceOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := prepare(t, database, 60)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := projection.CatchUp(t.Context(), log, database, seen(never)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		assertSeenOnce(t, database, 60)
	})
}

// A reader that follows is woken by the bell and ends when it is told to.
func TestFollow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		b := eventlogtest.Bus(t)
		log := eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, b)
		if err := database.Migrate(t.Context(), "projection", projection.Tables); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		took := make(chan int64, 16)
		ended := make(chan error, 1)
		go func() {
			ended <- projection.Follow(ctx, log, database, b, projection.Reader{
				Name: "test.follow",
				Prepare: func(_ context.Context, records []eventlog.Record) (projection.Write, error) {
					for _, r := range records {
						took <- r.Position
					}
					return nil, nil
				},
			})
		}()
		for i := range int64(3) {
			e := eventlog.Event{Tenant: 1, Stream: "s", Key: fmt.Sprint(i), Type: "x", Data: []byte(`{}`)}
			if _, err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if got := <-took; got != i+1 {
				t.Errorf("took in %d, want %d", got, i+1)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}

// A reader that may rest takes in what came meanwhile at once, and all of it:
// after many records, or after any.
func TestRest(t *testing.T) {
	for name, test := range map[string]struct {
		first  int // records, after which it rests for half a second
		reader projection.Reader
	}{
		"after many": {1000, projection.Reader{Rest: time.Minute}},
		"after any":  {1, projection.Reader{Least: time.Second / 2}},
	} {
		t.Run(name, func(t *testing.T) { testRest(t, test.first, test.reader) })
	}
}

func testRest(t *testing.T, first int, reader projection.Reader) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		b := eventlogtest.Bus(t)
		log := eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, b)
		if err := database.Migrate(t.Context(), "projection", projection.Tables); err != nil {
			t.Fatal(err)
		}
		add := func(from, to int) {
			t.Helper()
			for i := from; i < to; i++ {
				if _, err := log.Append(t.Context(), eventlog.Event{Tenant: 1, Stream: "s", Key: fmt.Sprint(i), Type: "x", Data: []byte(`{}`)}); err != nil {
					t.Error(err)
				}
			}
		}
		const more = 20
		add(0, first)
		ctx, cancel := context.WithCancel(t.Context())
		batches := make(chan int, first+more)
		ended := make(chan error, 1)
		reader.Name, reader.Batch = "test.rest", first+more
		reader.Prepare = func(_ context.Context, records []eventlog.Record) (projection.Write, error) {
			batches <- len(records)
			return nil, nil
		}
		go func() { ended <- projection.Follow(ctx, log, database, b, reader) }()
		if got := <-batches; got != first {
			t.Errorf("took in %d at first, want %d", got, first)
		}
		add(first, first+more)
		looks := 0
		for left := more; left > 0; looks++ {
			left -= <-batches
		}
		if looks > more/2 {
			t.Errorf("took in %d records in %d batches", more, looks)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}
