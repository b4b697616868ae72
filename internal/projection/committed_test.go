// SPDX-License-Identifier: Apache-2.0

package projection_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/projection"
)

// A reader is told of each batch that was written, after it was, once, and in
// the process that wrote it; it is told of none that was not.
func TestCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := prepare(t, database, 60)
		var mu sync.Mutex
		told := map[int64]int{}
		// follower returns a reader that is one process's own.
		follower := func(fail func(int64) error) projection.Reader {
			r := seen(fail)
			prepare := r.Prepare
			var last int64
			r.Prepare = func(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
				last = records[len(records)-1].Position
				return prepare(ctx, records)
			}
			r.Committed = func() {
				if at, err := projection.Checkpoint(t.Context(), database, r.Name); err != nil || at < last {
					t.Errorf("told of %d, %v, when the reader was at %d", last, err, at)
				}
				mu.Lock()
				defer mu.Unlock()
				told[last]++
			}
			return r
		}
		died := errors.New("died")
		err := projection.CatchUp(t.Context(), log, database, follower(func(position int64) error {
			if position == 5 {
				return died
			}
			return nil
		}))
		if !errors.Is(err, died) || len(told) != 1 || told[3] != 1 {
			t.Fatalf("told of %v and %v, want the one batch before the one that died", told, err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := projection.CatchUp(t.Context(), log, database, follower(never)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for position := int64(3); position <= 60; position += 3 {
			if told[position] != 1 {
				t.Errorf("told %d times of the batch up to %d", told[position], position)
			}
		}
		assertSeenOnce(t, database, 60)
	})
}
