// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
	"tandem/internal/projection"
)

const (
	sweepEvery  = 10 * time.Second       // between looks for deliveries that nobody handed over
	gatherTime  = 100 * time.Millisecond // outcomes are written together; who is killed sends again what was sent since
	recordPause = 200 * time.Millisecond
	recordMax   = 500 // outcomes that are written together
)

// sender delivers while it is this process's turn: a worker for each endpoint
// that has something to be delivered.
type sender struct {
	t        *ThirdParty
	schedule []time.Duration
	recorder *recorder

	mu      sync.Mutex
	workers map[ref]*worker
	spawn   func(*worker) // nil while it is not this process's turn
}

func newSender(t *ThirdParty, schedule []time.Duration) *sender {
	return &sender{t: t, schedule: schedule, recorder: newRecorder(t), workers: map[ref]*worker{}}
}

// work is what the process does whose turn it is: read and send, until ctx
// ends.
func (t *ThirdParty) work(ctx context.Context) error {
	if err := t.loadAll(ctx, t.reader.index); err != nil {
		return err
	}
	// The recorder outlives the workers, which still have outcomes to write.
	recording, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	recorded := make(chan error, 1)
	go func() { recorded <- t.sender.recorder.run(recording) }()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return t.sender.run(ctx) })
	group.Go(func() error { return t.reader.follow(ctx) })
	group.Go(func() error { return t.replayLoop(ctx) })
	group.Go(func() error { return t.purgeLoop(ctx) })
	err := group.Wait()
	stop()
	return errors.Join(err, <-recorded)
}

// run keeps a worker at every endpoint that needs one until ctx ends.
func (s *sender) run(ctx context.Context) error {
	rings, stop, err := s.t.bus.Listen(ask.BellIntegrations)
	if err != nil {
		return err
	}
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	s.mu.Lock()
	s.workers = map[ref]*worker{}
	s.spawn = func(w *worker) { group.Go(func() error { return w.run(ctx) }) }
	s.mu.Unlock()
	group.Go(func() error {
		defer func() {
			s.mu.Lock()
			s.spawn = nil
			s.mu.Unlock()
		}()
		ticker := time.NewTicker(sweepEvery)
		defer ticker.Stop()
		for {
			if err := s.sweep(ctx); err != nil {
				if ctx.Err() != nil {
					return nil // ending was asked for
				}
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-rings:
				s.again()
			case <-ticker.C:
			}
		}
	})
	return group.Wait()
}

// sweep makes sure that every endpoint with deliveries has a worker.
func (s *sender) sweep(ctx context.Context) error {
	refs, err := s.t.store.waiting(ctx)
	if err != nil {
		return err
	}
	for _, to := range refs {
		if s.t.reader.index.find(to) != nil {
			s.worker(to)
		}
	}
	return nil
}

// again makes every worker look at the database anew.
func (s *sender) again() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		w.again()
	}
}

// forgive has endpoints tried at once that did not work: somebody has mended
// something, or asks for it.
func (s *sender) forgive(refs []ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, to := range refs {
		if w := s.workers[to]; w != nil {
			w.forgive()
		}
	}
}

// refresh tells the process whose turn it is that endpoints or deliveries have
// been changed by hand.
func (s *sender) refresh() { s.t.bus.Ring(ask.BellIntegrations) }

// take hands deliveries over that were just written.
func (s *sender) take(list []*Delivery) {
	for _, d := range list {
		if w := s.worker(d.to); w != nil {
			w.hand(d)
		}
	}
}

// worker returns the worker of an endpoint, which begins to work when there is
// none; nil while it is not this process's turn.
func (s *sender) worker(to ref) *worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spawn == nil {
		return nil
	}
	w := s.workers[to]
	if w == nil {
		w = newWorker(s, to)
		s.workers[to] = w
		s.spawn(w)
	}
	return w
}

// retire lets a worker go unless it was handed something meanwhile. One whose
// endpoint is not enabled goes in any case.
func (s *sender) retire(w *worker, disabled bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !disabled && (len(w.fresh) > 0 || w.reset) {
		return false
	}
	delete(s.workers, w.to)
	return true
}

// result is what is to be written down of an attempt.
type result struct {
	worker   *worker
	delivery *Delivery
	failing  *failingNote
	disable  string // the reason to disable the endpoint; "" to leave it
}

// recorder writes outcomes down, many together.
type recorder struct {
	t    *ThirdParty
	wake chan struct{}

	mu    sync.Mutex
	queue []result
}

func newRecorder(t *ThirdParty) *recorder { return &recorder{t: t, wake: make(chan struct{}, 1)} }

func (r *recorder) add(one result) {
	r.mu.Lock()
	r.queue = append(r.queue, one)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *recorder) next() []result {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.queue), recordMax)
	batch := r.queue[:n:n]
	r.queue = r.queue[n:]
	return batch
}

// run writes until ctx ends, and then what is left.
func (r *recorder) run(ctx context.Context) error {
	for {
		ended := false
		select {
		case <-r.wake:
			pause(ctx, gatherTime)
		case <-ctx.Done():
			ended = true
		}
		for batch := r.next(); len(batch) > 0; batch = r.next() {
			if err := r.write(ctx, batch); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
	}
}

// write does not give up easily: until it is written, everything in the batch
// might be sent again.
func (r *recorder) write(ctx context.Context, batch []result) error {
	for err := r.tryWrite(ctx, batch); err != nil; err = r.tryWrite(ctx, batch) {
		if ctx.Err() != nil || problem.Of(err).Code == "eventlog.stopped" {
			return err
		}
		r.t.logger.WarnContext(ctx, "outcomes of deliveries not written", "deliveries", len(batch), "error", err)
		pause(ctx, recordPause)
	}
	for _, one := range batch {
		if one.disable != "" {
			one.worker.ring()
		}
		one.worker.wrote(one.delivery.Position)
	}
	return nil
}

// tryWrite looks anew each time how far the log is read: an endpoint that is
// disabled catches up from there.
func (r *recorder) tryWrite(ctx context.Context, batch []result) error {
	ctx = context.WithoutCancel(ctx)
	read, err := projection.Checkpoint(ctx, r.t.db, readerName)
	if err != nil {
		return err
	}
	return r.t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return r.writeAll(ctx, tx, batch, read) })
}

func (r *recorder) writeAll(ctx context.Context, tx *eventlog.Tx, batch []result, read int64) error {
	list := make([]*Delivery, len(batch))
	for i, one := range batch {
		list[i] = one.delivery
	}
	if err := r.t.store.record(ctx, tx, list); err != nil {
		return err
	}
	for _, one := range batch {
		if f := one.failing; f != nil {
			if err := r.t.store.setFailing(ctx, tx, one.worker.to.tenant, one.worker.to.id, f.since, f.reason); err != nil {
				return err
			}
		}
		if one.disable != "" {
			if err := r.disable(ctx, tx, one.worker.to, one.disable, read); err != nil {
				return err
			}
		}
	}
	return nil
}

// disable ends the deliveries to an endpoint, with a notice in the log.
func (r *recorder) disable(ctx context.Context, tx *eventlog.Tx, to ref, reason string, read int64) error {
	e, err := r.t.livingEndpoint(ctx, tx, to.tenant, to.id)
	if problem.Of(err).Kind == problem.NotFound || err == nil && !e.Enabled {
		return nil
	}
	if err != nil {
		return err
	}
	e.Enabled, e.Reason, e.DisabledAt, e.stopped = false, reason, r.t.now().UnixMilli(), read
	if err := r.t.store.saveEndpoint(ctx, tx, to.tenant, &e); err != nil {
		return err
	}
	_, err = r.t.note(ctx, tx, to.tenant, typeDisabled, changeFact{Kind: "integration-endpoint", ID: e.ID, Name: e.Name, Action: "disabled", Reason: reason}, nil, nil)
	return err
}

// pause waits, and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
