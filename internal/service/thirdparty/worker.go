// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"tandem/internal/eventlog"
)

const (
	slotsMax   = 4    // requests to one endpoint under way at a time
	loadAtOnce = 256  // deliveries
	windowMax  = 5000 // deliveries of one endpoint in memory
	idleTime   = 30 * time.Second
	graceTime  = 3 * time.Second // of requests that are under way when the process ends
)

// worker delivers to one endpoint: the events of a call one after the other,
// those of different calls side by side. One goroutine owns everything but what
// mu guards.
type worker struct {
	s    *sender
	to   ref
	wake chan struct{}

	mu       sync.Mutex
	fresh    []*Delivery // handed over by the reader
	recorded []int64     // positions whose outcomes were written
	reset    bool        // what is in the database is not what was loaded
	forgiven bool        // what did not work may work now

	rows      []*Delivery // to be made, by position
	cursor    int64       // position up to which rows are known
	complete  bool        // rows holds everything that is to be made
	want      int         // how many rows to have in memory
	busy      map[string]bool
	flying    map[int64]bool
	unwritten map[int64]int // outcomes that are on their way to the database, by position
	passed    bool          // a row was passed over for that: somebody may have ordered it anew meanwhile
	tried     chan tried
	breaker   breaker
	failing   bool  // as the database knows it
	over      bool  // the endpoint is being disabled
	since     int64 // position from which on it was enabled
}

func newWorker(s *sender, to ref) *worker {
	return &worker{
		s: s, to: to, wake: make(chan struct{}, 1), want: loadAtOnce, busy: map[string]bool{}, flying: map[int64]bool{},
		unwritten: map[int64]int{}, tried: make(chan tried, slotsMax),
	}
}

// hand gives the worker a delivery that was just written.
func (w *worker) hand(d *Delivery) {
	w.mu.Lock()
	w.fresh = append(w.fresh, d)
	w.mu.Unlock()
	w.ring()
}

// again makes the worker look at the database anew.
func (w *worker) again() {
	w.mu.Lock()
	w.reset = true
	w.mu.Unlock()
	w.ring()
}

// wrote tells the worker that an outcome is in the database.
func (w *worker) wrote(position int64) {
	w.mu.Lock()
	w.recorded = append(w.recorded, position)
	w.mu.Unlock()
	w.ring()
}

// forgive makes the worker try at once what waits.
func (w *worker) forgive() {
	w.mu.Lock()
	w.reset, w.forgiven = true, true
	w.mu.Unlock()
	w.ring()
}

func (w *worker) ring() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run delivers until there has been nothing to do for a while, the endpoint is
// no longer enabled, or ctx ends.
func (w *worker) run(ctx context.Context) error {
	timer := time.NewTimer(idleTime)
	defer timer.Stop()
	defer w.land(ctx)
	if p := w.plan(); p != nil {
		w.failing = p.endpoint.failingSince != 0
	}
	for {
		p := w.plan()
		w.forget()
		if p == nil && !w.engaged() && w.s.retire(w, true) {
			return nil
		}
		next := idleTime
		if p != nil && !w.stopped(p) {
			if err := w.absorb(ctx); err != nil {
				return err
			}
			next = w.start(ctx, p)
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case t := <-w.tried:
			w.conclude(&t)
		case <-timer.C:
			if len(w.rows) == 0 && w.complete && !w.engaged() && w.s.retire(w, false) {
				return nil
			}
		}
	}
}

func (w *worker) plan() *plan { return w.s.t.reader.index.find(w.to) }

// stopped reports whether the endpoint has been disabled by what it answered,
// and not enabled since. The index learns of it a moment later, from the log.
func (w *worker) stopped(p *plan) bool { return w.over && p.endpoint.since == w.since }

// absorb takes in what was handed over and loads what is missing.
func (w *worker) absorb(ctx context.Context) error {
	w.mu.Lock()
	fresh, reset, forgiven := w.fresh, w.reset, w.forgiven
	w.fresh, w.reset, w.forgiven = nil, false, false
	w.mu.Unlock()
	due := map[int64]int64{}
	if reset {
		for _, d := range w.rows {
			due[d.Position] = d.DueAt // only the worker knows what it has woken
		}
		w.rows = slices.DeleteFunc(w.rows, func(d *Delivery) bool { return !w.ahead(d.Position) })
		w.cursor, w.complete, w.want = 0, false, max(loadAtOnce, len(due))
	}
	for _, d := range fresh {
		switch {
		case d.Position <= w.cursor:
		case w.complete && len(w.rows) < windowMax:
			if len(w.rows) > loadAtOnce {
				d.record = nil // read again when its turn comes
			}
			w.rows, w.cursor = append(w.rows, d), d.Position
		default:
			w.complete = false
		}
	}
	for !w.complete && len(w.rows) < w.want {
		list, err := w.s.t.store.pending(ctx, w.to, w.cursor, loadAtOnce)
		if err != nil {
			return err
		}
		for _, d := range list {
			w.cursor = d.Position
			if at, known := due[d.Position]; known {
				d.DueAt = min(d.DueAt, at)
			}
			if !w.ahead(d.Position) {
				w.rows = append(w.rows, d)
			}
			w.passed = w.passed || w.unwritten[d.Position] > 0
		}
		w.complete = len(list) < loadAtOnce
		slices.SortFunc(w.rows, func(a, b *Delivery) int { return int(a.Position - b.Position) })
	}
	if forgiven {
		w.breaker.until = time.Time{} // the first that is taken wakes the others
		w.wakeAll(w.s.t.now())
	}
	return nil
}

// start makes the attempts that are due, and returns how long until there is
// something to do.
func (w *worker) start(ctx context.Context, p *plan) time.Duration {
	now := w.s.t.now()
	next, first := int64(math.MaxInt64), map[string]bool{}
	blocked := false
	for _, d := range w.rows {
		if w.busy[d.Lane] || first[d.Lane] {
			continue
		}
		first[d.Lane] = true
		if at := due(d, now); at > now.UnixMilli() {
			next = min(next, at)
			continue
		}
		if len(w.flying) >= w.breaker.slots(slotsMax) {
			blocked = true // until one of them comes back
			break
		}
		if !w.breaker.allows(now) {
			next, blocked = min(next, w.breaker.until.UnixMilli()), true
			break
		}
		w.breaker.begin()
		w.busy[d.Lane], w.flying[d.Position] = true, true
		go w.try(ctx, p, d)
	}
	if !blocked && !w.complete && w.want < windowMax {
		w.want = len(w.rows) + loadAtOnce // what is here waits; there is more
		return 0
	}
	return min(max(time.UnixMilli(next).Sub(now), time.Millisecond), idleTime)
}

// due returns when a delivery is to be attempted. One that never was rests only
// while Tandem cannot attempt it: if that is further away, somebody has set the
// clock back, and nobody is to wait until it is as late again.
func due(d *Delivery, now time.Time) int64 {
	if d.Attempts == 0 && d.DueAt > now.Add(pauseOurs).UnixMilli() {
		return now.UnixMilli()
	}
	return d.DueAt
}

// try makes one attempt. A process that ends leaves it a moment to come back.
func (w *worker) try(ctx context.Context, p *plan, d *Delivery) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceTime, cancel) })()
	started := time.Now()
	t := tried{delivery: d}
	if d.record == nil || w.s.t.now().UnixMilli()-d.CreatedAt > keepRecord.Milliseconds() {
		d.record, t.err = w.s.record(lasting, d)
	}
	switch {
	case t.err != nil:
	case d.record == nil:
		t.attempt = fail(verdictSkipped, "the event is no longer in the log")
	default:
		t.attempt, t.err = w.s.t.attempt(lasting, p, d.record)
	}
	t.took = time.Since(started)
	w.tried <- t
}

// keepRecord is how long an event that waits to be delivered is taken as it was
// read. Behind that it is read again: it may have been erased.
const keepRecord = time.Hour

// record returns the event of a delivery; nil if the log no longer has it.
func (s *sender) record(ctx context.Context, d *Delivery) (*eventlog.Record, error) {
	records, err := s.t.log.ReadAfter(ctx, d.Position-1, 1)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || records[0].Position != d.Position || records[0].Tenant != d.to.tenant || erased(&records[0]) {
		return nil, nil //nolint:nilnil // it is not there
	}
	return &records[0], nil
}

// land waits for the attempts under way and has them written down.
func (w *worker) land(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	end := time.After(graceTime + time.Second)
	for len(w.flying) > 0 {
		select {
		case t := <-w.tried:
			if t.err != nil || t.attempt.status == 0 {
				delete(w.flying, t.delivery.Position) // cut off: it will be sent again
				continue
			}
			w.conclude(&t)
		case <-end:
			return
		}
	}
}
