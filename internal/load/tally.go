// SPDX-License-Identifier: Apache-2.0

package load

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The latencies that can be told apart: microseconds up to two minutes, three
// digits of each.
const (
	latencyMin    = 1
	latencyMax    = int64(2 * time.Minute / time.Microsecond)
	latencyDigits = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(latencyMin, latencyMax, latencyDigits)
}

// shards keep connections from waiting for each other to write down a latency.
const shards = 8

// tally counts what became of events.
type tally struct {
	measuring atomic.Bool
	next      atomic.Uint32
	shards    [shards]shard
}

type shard struct {
	mu         sync.Mutex
	latency    *hdrhistogram.Histogram // of what was acknowledged while measuring
	sent       int64                   // altogether
	acked      int64                   // altogether
	errors     map[string]int64        // altogether, by kind
	firstError string
	_          [64]byte // a cache line of its own
}

func newTally() *tally {
	t := &tally{}
	for i := range t.shards {
		t.shards[i].latency, t.shards[i].errors = newHistogram(), map[string]int64{}
	}
	return t
}

// shard returns the place where one connection counts.
func (t *tally) shard() *shard { return &t.shards[t.next.Add(1)%shards] }

// answered counts one event that has been answered, or not.
func (t *tally) answered(s *shard, due time.Time, status int, answer []byte, err error) (acknowledged bool) {
	took := time.Since(due)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	acknowledged = err == nil && status/100 == 2
	switch {
	case acknowledged:
		s.acked++
		if t.measuring.Load() {
			_ = s.latency.RecordValue(min(max(took.Microseconds(), latencyMin), latencyMax)) // it is within the bounds
		}
	case err != nil:
		s.fail(reason(err), err.Error())
	default:
		s.fail("status "+strconv.Itoa(status), string(answer[:min(len(answer), 200)]))
	}
	return acknowledged
}

func (s *shard) fail(kind, detail string) {
	s.errors[kind]++
	if s.firstError == "" {
		s.firstError = kind + ": " + detail
	}
}

// sum adds the shards up.
func (t *tally) sum() *shard {
	all := &shard{latency: newHistogram(), errors: map[string]int64{}}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		all.latency.Merge(s.latency)
		all.sent += s.sent
		all.acked += s.acked
		for kind, n := range s.errors {
			all.errors[kind] += n
		}
		if all.firstError == "" {
			all.firstError = s.firstError
		}
		s.mu.Unlock()
	}
	return all
}

// failed returns how many events were not acknowledged.
func (s *shard) failed() (n int64) {
	for _, of := range s.errors {
		n += of
	}
	return n
}

// add adds what another tally has counted.
func (t *tally) add(other *tally) {
	all := other.sum()
	s := &t.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency.Merge(all.latency)
	s.sent += all.sent
	s.acked += all.acked
	for kind, n := range all.errors {
		s.errors[kind] += n
	}
	if s.firstError == "" {
		s.firstError = all.firstError
	}
}
