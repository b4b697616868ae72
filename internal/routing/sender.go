// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const (
	sweepEvery = time.Second // between looks for commands that another process has left behind
	sweepMax   = 500
	pauseFirst = 100 * time.Millisecond // after the first failed attempt; doubled after each
	pauseMax   = 2 * time.Second
	holdMax    = time.Minute      // no process holds a command this long
	expectTime = 10 * time.Second // after which a command that was not committed is forgotten
	recordMax  = 100              // attempts to write an outcome down
	recordLast = 4                // the same while the program ends
)

// The events of a command.
const (
	typeSent   = "command.sent"
	typeMissed = "command.missed"
)

// commandFact is the data of the events of a command.
type commandFact struct {
	CommandID   string `json:"command_id"`
	Kind        string `json:"kind"`
	Destination string `json:"destination"`
	URL         string `json:"url"`
	Attempts    int    `json:"attempts"`
	Status      int    `json:"status"`  // of the last answer; 0 when there was none
	TookMS      int64  `json:"took_ms"` // from the receipt of the waiting call to the outcome
	Reason      string `json:"reason,omitempty"`
	Error       string `json:"error,omitempty"`
}

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

	mu       sync.Mutex
	expected map[string]expectation // written in a transaction that may not be committed yet
	carried  map[string]bool        // being carried out here
	lanes    map[ask.ConnectorQuestion]chan struct{}
}

type expectation struct {
	command command
	since   time.Time
}

func newSender(r *Routing, timeout time.Duration, slots int) *sender {
	return &sender{
		r: r, timeout: timeout, slots: slots, pause: pauseFirst,
		owner:    fmt.Sprintf("%016x", rand.Uint64()), // tells processes apart, nothing more
		holdTime: timeout + time.Second,
		client:   newClient(slots),
		expected: map[string]expectation{}, carried: map[string]bool{}, lanes: map[ask.ConnectorQuestion]chan struct{}{},
	}
}

// expect is told of commands by the transaction that writes them.
func (s *sender) expect(commands []command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range commands {
		s.expected[c.id] = expectation{c, time.Now()}
	}
}

// run carries commands out until ctx ends, and then finishes the requests that
// are under way.
func (s *sender) run(ctx context.Context) error {
	rings, stop, err := s.r.bus.Listen(ask.BellEvents)
	if err != nil {
		return err
	}
	defer stop()
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var group sync.WaitGroup
	defer group.Wait()
	carry := func(c command, found bool) { group.Go(func() { s.carry(ctx, c, found) }) }
	for sweep := true; ; {
		if err := s.look(ctx, sweep, carry); err != nil {
			if ctx.Err() != nil {
				return nil // ending was asked for
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-rings:
			sweep = false
		case <-ticker.C:
			sweep = true
		}
	}
}

// look carries those of the expected commands that have been committed and,
// on a sweep, those that were left behind.
func (s *sender) look(ctx context.Context, sweep bool, carry func(c command, found bool)) error {
	commands, err := s.committed(ctx)
	if err != nil {
		return err
	}
	for _, c := range commands {
		if s.begin(c.id) {
			carry(c, false)
		}
	}
	if !sweep {
		return nil
	}
	now := s.r.now()
	left, err := s.r.store.takeable(ctx, s.owner, now.UnixMilli(), now.Add(max(holdMax, 2*s.holdTime)).UnixMilli(), sweepMax)
	if err != nil {
		return err
	}
	for _, c := range left {
		if s.begin(c.id) {
			carry(c, true)
		}
	}
	return nil
}

// committed returns the expected commands that are in the database.
func (s *sender) committed(ctx context.Context) ([]command, error) {
	s.mu.Lock()
	commands := make([]command, 0, len(s.expected))
	for _, e := range s.expected {
		commands = append(commands, e.command)
	}
	s.mu.Unlock()
	if len(commands) == 0 {
		return nil, nil
	}
	found, err := s.r.store.stored(ctx, commands)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	there := commands[:0]
	for _, c := range commands {
		e, still := s.expected[c.id] // unless a sweep has found it meanwhile
		if found[c.id] && still {
			there = append(there, c)
		}
		if found[c.id] || time.Since(e.since) > expectTime {
			delete(s.expected, c.id)
		}
	}
	return there, nil
}

// begin marks a command as carried here; false if it is already.
func (s *sender) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.carried[id] {
		return false
	}
	s.carried[id] = true
	delete(s.expected, id)
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
	key := ask.ConnectorQuestion{Tenant: c.call.tenant, Connector: c.call.connector}
	if s.lanes[key] == nil {
		s.lanes[key] = make(chan struct{}, s.slots)
	}
	return s.lanes[key]
}

// carry attempts a command until it is sent or missed. When ctx ends, an
// attempt that is under way is finished and the command else left to whoever
// comes next. A command that was found in the database may have been finished
// since, and has to be held first.
func (s *sender) carry(ctx context.Context, c command, found bool) {
	defer s.end(c.id)
	if found {
		if held, err := s.hold(ctx, &c, s.holdTime); err != nil || !held {
			return
		}
	}
	lane, pause, began := s.lane(c), s.pause, time.Now()
	for {
		select {
		case lane <- struct{}{}:
		case <-ctx.Done():
			return
		}
		if !s.mine(ctx, &c) {
			<-lane
			return
		}
		result := s.attempt(context.WithoutCancel(ctx), &c)
		<-lane
		next := jitter(pause)
		// By either clock: the wall's may be set back meanwhile.
		if result.retry && (s.r.now().Add(next).UnixMilli() >= c.deadline || time.Since(began)+next >= s.r.deadline) {
			result.retry, result.reason = false, reasonDeadline
		}
		if !result.retry {
			s.record(ctx, c, result)
			return
		}
		c.lastError = result.problem
		if held, err := s.hold(context.WithoutCancel(ctx), &c, next+s.holdTime); err != nil || !held {
			s.r.logger.Warn("command not held", "call_id", c.call.callID, "tenant", c.call.tenant, "error", err)
			return // the sweep takes it up again, here or elsewhere
		}
		if !wait(ctx, next) {
			return
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
		s.r.logger.Warn("command not held", "call_id", c.call.callID, "tenant", c.call.tenant, "error", err)
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

// record writes down what became of a command, and does not give up easily:
// until it is written, the command might be sent again.
func (s *sender) record(ctx context.Context, c command, result result) {
	ending := ctx.Done()
	ctx = context.WithoutCancel(ctx)
	c.status, c.lastError, c.finishedAt = statusSent, result.problem, s.r.now().UnixMilli()
	typ := typeSent
	if result.reason != "" {
		c.status, typ = statusMissed, typeMissed
	}
	fact := commandFact{
		CommandID: c.id, Kind: c.kind, Destination: c.destination, URL: result.url, Attempts: c.attempts,
		Status: result.status, TookMS: max(0, c.finishedAt-c.received), Reason: result.reason, Error: result.problem,
	}
	data, err := json.Marshal(fact)
	pause := s.pause
	for attempt := 1; err == nil; attempt++ {
		var fresh bool
		err := s.r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			if fresh, err = s.r.store.finish(ctx, tx, c); err != nil || !fresh {
				return err
			}
			// One key for both outcomes: a command has one.
			_, err = tx.Append(ctx, ownEvent(c.call, "command/"+c.id, typ, c.finishedAt, data))
			return err
		})
		switch {
		case err == nil && fresh:
			s.r.metrics.finished(result.reason)
			return
		case err == nil:
			return // another process has written it down
		case attempt >= recordMax, attempt >= recordLast && closed(ending), problem.Of(err).Code == "eventlog.stopped":
			s.r.logger.Error("outcome of command not written", "call_id", c.call.callID, "tenant", c.call.tenant, "status", c.status, "error", err)
			return
		}
		wait(ctx, pause)
		pause = min(2*pause, pauseMax)
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
