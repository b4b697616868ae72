// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/tenant/tenanttest"
)

// process is a log with its present state, as one process has it.
type process struct {
	log  *eventlog.Log
	live *live.Live
}

// processes returns two that share a database.
func processes(t *testing.T, dsn string) [2]process {
	t.Helper()
	directory := tenanttest.Directory(t, dbtest.Open(t, dsn))
	var both [2]process
	for i := range both {
		both[i].log, both[i].live, _ = livetest.StartOn(t, dbtest.Open(t, dsn), directory)
	}
	return both
}

// exact fails the test unless what is stored is the fold of the log.
func exact(t *testing.T, p process) {
	t.Helper()
	found, err := p.live.Replay(t.Context(), p.log, 0, false)
	if err != nil || found.Different != 0 || found.CountsWrong {
		t.Errorf("replay found %+v, %v", found, err)
	}
}

var errRefused = errors.New("refused")

// refuse appends events in a transaction that is rolled back.
func refuse(t *testing.T, log *eventlog.Log, events ...eventlog.Event) {
	t.Helper()
	err := log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		if _, err := tx.Append(ctx, events...); err != nil {
			return err
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the refusal", err)
	}
}

// What a process remembers of a call is dropped when another has appended to
// it, though it did so only as often as this one has failed to.
func TestAnotherProcessAppends(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		p := processes(t, dsn)
		events := lifeOf(1, "c")
		post(t, p[0].log, events[:2]...)
		refuse(t, p[0].log, events[2])
		post(t, p[1].log, events[3])
		post(t, p[0].log, events[4], events[3])
		post(t, p[1].log, events[2], events[6])
		outcomes := post(t, p[0].log, events[6], events[5])
		if !outcomes[0].Duplicate || outcomes[1].Duplicate || outcomes[1].Record.Position != 7 {
			t.Errorf("an event of the other process, and a new one: %+v", outcomes)
		}
		exact(t, p[0])
	})
}

// What was rolled back is forgotten, whether its work was alone or among
// others, which keep what they did.
func TestRolledBack(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		p := processes(t, dsn)[0]
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				events := lifeOf(1, fmt.Sprint("c", i))
				refuse(t, p.log, events[0])
				if _, err := p.log.Append(t.Context(), events[:2]...); err != nil {
					t.Error(err)
				}
				refuse(t, p.log, events[2:5]...)
				if _, err := p.log.Append(t.Context(), events[3:]...); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		exact(t, p)
		if counts, err := p.live.Counts(t.Context(), 1); err != nil || counts != (live.Counts{Finished: 40}) {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

// A call that was folded anew, by this process or another, is not written over
// with what was remembered of it.
func TestRefoldedElsewhere(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		p := processes(t, dsn)
		var storm []eventlog.Event
		for i := range 700 {
			storm = append(storm, event(1, "storm", call.TypeWaiting, 10+i))
		}
		post(t, p[0].log, storm...)
		for i := range 2 {
			post(t, p[0].log, event(1, "storm", call.TypeNew, i))
			if err := p[i].live.Refold(t.Context(), p[i].log); err != nil {
				t.Fatal(err)
			}
			post(t, p[0].log, event(1, "storm", call.TypeOngoing, 800+i))
			exact(t, p[0])
		}
	})
}

// A call that a replay has set right, in another process, stays right.
func TestRepairedElsewhere(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		p := processes(t, dsn)
		events := lifeOf(1, "c")
		post(t, p[0].log, events[:3]...)
		// As a version with a fault would have left it, and remembers it.
		broken := `UPDATE live_calls SET fold = '{"state":"NEW","bucket":"call.new","events":3,"last_at":1,"last":{"at":1,"rank":1,"key":""}}', bucket = 'call.new'`
		err := p[1].log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			if err := tx.Forget(ctx); err != nil {
				return err
			}
			return execute(broken)(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		post(t, p[0].log, events[3])
		if _, err := p[1].live.Replay(t.Context(), p[1].log, 0, true); err != nil {
			t.Fatal(err)
		}
		post(t, p[0].log, events[4])
		exact(t, p[0])
	})
}

// Whatever two processes do at once, what is stored is the fold of the log.
func TestTwoProcesses(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		p := processes(t, dsn)
		const posters, calls, steps = 8, 6, 25
		var group sync.WaitGroup
		for poster := range posters {
			random := rand.New(rand.NewPCG(7, uint64(poster)))
			one := p[poster%2]
			group.Go(func() {
				for range steps {
					all := lifeOf(1, fmt.Sprint("c", random.IntN(calls)))
					from := random.IntN(len(all))
					events := all[from:min(len(all), from+1+random.IntN(3))]
					if random.IntN(4) == 0 {
						refuse(t, one.log, events...)
					} else if _, err := one.log.Append(t.Context(), events...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		exact(t, p[0])
		if _, missing, err := p[0].log.Check(t.Context()); err != nil || missing != 0 {
			t.Errorf("%d positions missing, %v", missing, err)
		}
	})
}

// Long calls are as exact as others, though they are not remembered.
func TestLongCalls(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		for i := range 150 {
			e := event(1, "long", call.TypeRinging, i)
			e.Data = fmt.Appendf(nil, `{"call_id":"long","actor":"agent-with-a-long-name-%d@demo.example"}`, i%20)
			post(t, log, e)
			if outcomes := post(t, log, e); !outcomes[0].Duplicate || outcomes[0].Record.Position != int64(i+1) {
				t.Fatalf("event %d again: %+v", i, outcomes[0])
			}
		}
		exact(t, process{log, l})
	})
}
