// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// took gathers once and returns how many shared it and how long it took.
func took(g *gatherer, queue <-chan *job) (jobs int, waited time.Duration) {
	began := time.Now()
	return len(g.gather(<-queue)), time.Since(began)
}

// Who comes alone, or with a few others, is never kept waiting, however
// crowded it has been before: no later than a few commits afterwards.
func TestFewAreNotKeptWaiting(t *testing.T) {
	t.Parallel()
	for _, few := range []int{1, lingerFrom - 1} {
		for _, crowd := range []int{0, 64, batchMax} {
			synctest.Test(t, func(t *testing.T) {
				queue := make(chan *job, queueMax)
				g := gatherer{queue: queue}
				for range 20 * min(crowd, 1) {
					for range crowd {
						queue <- &job{}
					}
					g.gather(<-queue)
				}
				for round := range 100 {
					for range few {
						queue <- &job{}
					}
					jobs, waited := took(&g, queue)
					if jobs != few {
						t.Fatalf("%d shared a commit, want the %d that waited", jobs, few)
					}
					if waited > lingerTime || waited > 0 && (crowd == 0 || round > 50) {
						t.Errorf("%d waited %v in round %d after a crowd of %d", few, waited, round, crowd)
					}
				}
			})
		}
	}
}

// Where many usually share a commit, those who are about to come are waited
// for, until there are as many again.
func TestManyAreWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const usual = 32
		queue := make(chan *job, queueMax)
		g := gatherer{queue: queue}
		for range 50 {
			for range usual {
				queue <- &job{}
			}
			if jobs, waited := took(&g, queue); jobs != usual || waited > lingerTime {
				t.Fatalf("%d shared a commit after %v, want %d", jobs, waited, usual)
			}
		}
		for range usual / 2 {
			queue <- &job{}
		}
		const between = 5 * time.Microsecond
		var coming sync.WaitGroup
		coming.Go(func() {
			for range usual {
				<-time.After(between)
				queue <- &job{}
			}
		})
		defer coming.Wait()
		jobs, waited := took(&g, queue)
		if jobs < usual*3/4 || jobs > usual {
			t.Errorf("%d shared a commit, want nearly %d", jobs, usual)
		}
		if waited < between || waited >= lingerTime {
			t.Errorf("waited %v, want until they were there", waited)
		}
	})
}

// Whatever comes in whatever order: all of it is written, once, what belongs to
// one stream in the order in which it came, and never many of one stream
// together, so that a storm of one call leaves room for the others.
func TestAStormLeavesRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		queue := make(chan *job, queueMax)
		g := gatherer{queue: queue}
		came, written := map[string][]*job{}, map[string][]*job{}
		write := func(batch []*job) {
			of := map[string]int{}
			for _, j := range batch {
				stream := j.events[0].Stream
				if of[stream]++; of[stream] > streamMax {
					t.Fatalf("more than %d of %s in one batch", streamMax, stream)
				}
				written[stream] = append(written[stream], j)
			}
		}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(1, 3*batchMax/2).Draw(t, "callers") {
				stream := rapid.SampledFrom([]string{"storm", "storm", "storm", "a", "b", "c"}).Draw(t, "stream")
				j := &job{events: []Event{{Tenant: 1, Stream: stream}}}
				came[stream] = append(came[stream], j)
				queue <- j
			}
			write(g.gather(<-queue))
		}
		for len(queue) > 0 || len(g.held) > 0 {
			select {
			case j := <-queue:
				write(g.gather(j))
			default:
				write(g.gather(nil))
			}
		}
		for stream, jobs := range came {
			if !slices.Equal(jobs, written[stream]) {
				t.Fatalf("of %s %d came and %d were written, or in another order", stream, len(jobs), len(written[stream]))
			}
		}
	})
}
