// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/call"
	"tandem/internal/eventlog"
)

const (
	sweepEvery = time.Second // between looks for commands that another process has left behind
	sweepMax   = 500
	pauseFirst = 100 * time.Millisecond // after the first failed attempt; doubled after each
	pauseMax   = 2 * time.Second
	sweptTime  = time.Minute // longer than any reader takes to tell of its commit
	holdMax    = time.Minute // no process holds a command this long
)

// sender carries commands out. Each is held by one process at a time: by the
// one that decided, from the same transaction on and so without another write,
// until its time runs out and any process may take it over.
//
// Each connector has its own slots, so that a phone system that is slow or
// dead delays nobody else's calls.
type sender struct {
	r        *Routing
	client   *http.Client
	owner    string
	holdTime time.Duration
	timeout  time.Duration
	slots    int
	pause    time.Duration // after the first failed attempt

	recorder *recorder

	mu      sync.Mutex
	fresh   []command            // decided here, and not looked at yet
	carried map[string]bool      // being carried out here
	swept   map[string]time.Time // found by a sweep, and when
	lanes   map[ask.ConnectorQuestion]chan struct{}
	woken   chan struct{} // there are fresh ones
}

func newSender(r *Routing, timeout time.Duration, slots int) *sender {
	s := &sender{
		r: r, timeout: timeout, slots: slots, pause: pauseFirst,
		owner:    fmt.Sprintf("%016x", rand.Uint64()), // tells processes apart, nothing more
		holdTime: timeout + time.Second,
		client:   newClient(slots),
		carried:  map[string]bool{}, swept: map[string]time.Time{}, lanes: map[ask.ConnectorQuestion]chan struct{}{}, woken: make(chan struct{}, 1),
	}
	s.recorder = newRecorder(s)
	return s
}

// take takes over commands that have been committed. What it is not told of,
// because the commit was not seen to succeed, the next sweep finds.
func (s *sender) take(commands []command) {
	if len(commands) == 0 {
		return
	}
	s.mu.Lock()
	s.fresh = append(s.fresh, commands...)
	s.mu.Unlock()
	wake(s.woken)
}

// wake makes sure that whoever listens to a channel of size one looks again.
func wake(woken chan struct{}) {
	select {
	case woken <- struct{}{}:
	default:
	}
}

// run carries commands out until ctx ends, and then finishes the requests that
// are under way and writes down what came of them.
func (s *sender) run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var carrying, recording sync.WaitGroup
	carried := make(chan struct{})
	recording.Go(func() { s.recorder.run(ctx, carried) })
	defer recording.Wait()
	defer close(carried)
	defer carrying.Wait()
	carry := func(c command, known known) { carrying.Go(func() { s.carry(ctx, c, known) }) }
	for sweep := true; ; {
		s.setOut(ctx, carry)
		if sweep {
			if err := s.sweep(ctx, carry); err != nil {
				if ctx.Err() != nil {
					return nil // ending was asked for
				}
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.woken:
			sweep = false
		case <-ticker.C:
			sweep = true
		}
	}
}

// known is what is known of a command that is about to be carried out.
type known int

const (
	knownNothing known = iota // it was found in the database, and may have been finished since
	knownHeld                 // it is ours
	knownWaiting              // it is ours, and its call waited a moment ago
)

// setOut carries the commands that were decided here. It looks at their calls
// together: when there is much to do, most have moved on already.
func (s *sender) setOut(ctx context.Context, carry func(command, known)) {
	s.mu.Lock()
	fresh := s.fresh
	s.fresh = nil
	s.mu.Unlock()
	commands, names := fresh[:0], make([]callRef, 0, len(fresh))
	for _, c := range fresh {
		if !s.begin(c.id, false) {
			continue
		}
		if c.kind == kindDialer {
			carry(c, knownHeld)
		} else {
			commands, names = append(commands, c), append(names, c.call)
		}
	}
	if len(commands) == 0 {
		return
	}
	states, err := s.r.live.States(ctx, s.r.db, names)
	for _, c := range commands {
		switch {
		case err != nil:
			carry(c, knownHeld) // which looks again
		case states[c.call] == call.StateStandby:
			carry(c, knownWaiting)
		default:
			s.record(c, result{reason: reasonMovedOn})
		}
	}
}

// sweep carries the commands that were left behind.
func (s *sender) sweep(ctx context.Context, carry func(command, known)) error {
	now := s.r.now()
	left, err := s.r.store.takeable(ctx, s.owner, now.UnixMilli(), now.Add(max(holdMax, 2*s.holdTime)).UnixMilli(), sweepMax)
	if err != nil {
		return err
	}
	s.mu.Lock()
	maps.DeleteFunc(s.swept, func(_ string, at time.Time) bool { return time.Since(at) > sweptTime })
	s.mu.Unlock()
	for _, c := range left {
		if s.begin(c.id, true) {
			carry(c, knownNothing)
		}
	}
	return nil
}

// begin marks a command as carried here; false if it is already. A sweep may
// find a command, and carry it to its end, before the reader that decided has
// told of its commit.
func (s *sender) begin(id string, swept bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.swept[id]; s.carried[id] || ok && !swept {
		return false
	}
	s.carried[id] = true
	if swept {
		s.swept[id] = time.Now()
	}
	return true
}

func (s *sender) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.carried, id)
}

// lane returns the slots of a connector.
func (s *sender) lane(c command) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := ask.ConnectorQuestion{Tenant: c.call.Tenant, Connector: c.call.Connector}
	if s.lanes[key] == nil {
		s.lanes[key] = make(chan struct{}, s.slots)
	}
	return s.lanes[key]
}

// carry attempts a command until it is sent or missed. When ctx ends, an
// attempt that is under way is finished and the command else left to whoever
// comes next. A command that was found in the database has to be held first.
func (s *sender) carry(ctx context.Context, c command, known known) {
	if known == knownNothing {
		if held, err := s.hold(ctx, &c, s.holdTime); err != nil || !held {
			s.end(c.id)
			return
		}
	}
	if result, done := s.deliver(ctx, &c, known == knownWaiting); done {
		s.record(c, result)
	} else {
		s.end(c.id)
	}
}

// deliver attempts a command that is ours; done is false when it is to be left
// to somebody else.
func (s *sender) deliver(ctx context.Context, c *command, waits bool) (result result, done bool) {
	lane, pause, began := s.lane(*c), s.pause, time.Now()
	for {
		select {
		case lane <- struct{}{}:
		default:
			waits = false // who knows for how long there is no slot
			select {
			case lane <- struct{}{}:
			case <-ctx.Done():
				return result, false
			}
		}
		if !s.mine(ctx, c) {
			<-lane
			return result, false
		}
		result = s.attempt(context.WithoutCancel(ctx), c, waits)
		<-lane
		waits = false
		next := jitter(pause)
		// By either clock: the wall's may be set back meanwhile.
		if result.retry && (s.r.now().Add(next).UnixMilli() >= c.deadline || time.Since(began)+next >= s.r.deadline) {
			result.retry, result.reason = false, reasonDeadline
		}
		if !result.retry {
			return result, true
		}
		c.lastError = result.problem
		if held, err := s.hold(context.WithoutCancel(ctx), c, next+s.holdTime); err != nil || !held {
			s.r.logger.Warn("command not held", "call_id", c.call.CallID, "tenant", c.call.Tenant, "error", err)
			return result, false // the sweep takes it up again, here or elsewhere
		}
		if !wait(ctx, next) {
			return result, false
		}
		pause = min(2*pause, pauseMax)
	}
}

// mine makes sure that nobody takes the command over during the next attempt:
// it may have waited long for its slot.
func (s *sender) mine(ctx context.Context, c *command) bool {
	if s.r.now().UnixMilli()+s.timeout.Milliseconds() < c.dueAt {
		return true
	}
	held, err := s.hold(ctx, c, s.holdTime)
	if err != nil {
		s.r.logger.Warn("command not held", "call_id", c.call.CallID, "tenant", c.call.Tenant, "error", err)
	}
	return held && err == nil
}

// hold keeps the command for d from now, unless another process has taken it.
func (s *sender) hold(ctx context.Context, c *command, d time.Duration) (held bool, err error) {
	after := *c
	after.owner, after.dueAt = s.owner, s.r.now().Add(d).UnixMilli()
	err = s.r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		held, err = s.r.store.hold(ctx, tx, *c, after)
		return err
	})
	if held && err == nil {
		*c = after
	}
	return held, err
}

// jitter spreads attempts that failed together.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}
