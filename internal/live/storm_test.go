// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live/livetest"
)

// While one call is stormed with events in no order, beside ordinary calls, it
// is folded anew again and again; soon after, everything is shown as it is.
func TestStorm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, _, _ := livetest.Start(t, database)
		ctx, cancel := context.WithCancel(t.Context())
		var follower sync.WaitGroup
		follower.Go(func() {
			if err := l.Follow(ctx, log); err != nil {
				t.Error(err)
			}
		})
		const length, posters = 2000, 8
		var storm []eventlog.Event
		for i := range length {
			storm = append(storm, event(1, "storm", life[i%len(life)], i))
		}
		rand.New(rand.NewPCG(3, 4)).Shuffle(length, func(i, j int) { storm[i], storm[j] = storm[j], storm[i] })
		var group sync.WaitGroup
		for p := range posters {
			group.Go(func() {
				n := 0
				for chunk := range slices.Chunk(storm[p*length/posters:(p+1)*length/posters], 5) {
					n++
					if n%10 == 0 {
						chunk = append(slices.Clone(chunk), lifeOf(1, fmt.Sprintf("c%d.%d", p, n))...)
					}
					if _, err := log.Append(t.Context(), chunk...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		deadline, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			c, err := l.FindByCallID(deadline, 1, 1, "storm")
			if err != nil {
				t.Fatal(err)
			}
			if !c.Late {
				if c.State.Events != length || c.State.NewAt != base || c.State.State != call.StateFinished {
					t.Errorf("the call has %d events, new at %d, %s", c.State.Events, c.State.NewAt, c.State.State)
				}
				break
			}
			<-tick.C
		}
		cancel()
		follower.Wait()
		if found, err := l.Replay(t.Context(), log, 0, false); err != nil || found.Different != 0 || found.CountsWrong {
			t.Errorf("replay found %+v, %v", found, err)
		}
	})
}
