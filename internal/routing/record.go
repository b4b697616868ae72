// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"sync"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const (
	recordBatch = 500 // outcomes that are written together
	recordMax   = 100 // attempts to write an outcome down
	recordLast  = 4   // the same while the program ends
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

// finished is a command and what became of it.
type finished struct {
	command command
	reason  string // why it was missed; "" when it was sent
	event   eventlog.Event
}

// recorder writes down what became of commands: all that wait to be written in
// one transaction. It does not give up easily: until it is written, a command
// might be sent again.
type recorder struct {
	s *sender

	mu      sync.Mutex
	waiting []finished
	woken   chan struct{} // something waits
}

func newRecorder(s *sender) *recorder {
	return &recorder{s: s, woken: make(chan struct{}, 1)}
}

// record hands over what became of a command, which is carried until that has
// been written down.
func (s *sender) record(c command, result result) {
	c.status, c.lastError, c.finishedAt = statusSent, result.problem, s.r.now().UnixMilli()
	typ := typeSent
	if result.reason != "" {
		c.status, typ = statusMissed, typeMissed
	}
	data, _ := json.Marshal(commandFact{ // texts and numbers can always be encoded
		CommandID: c.id, Kind: c.kind, Destination: c.destination, URL: result.url, Attempts: c.attempts,
		Status: result.status, TookMS: max(0, c.finishedAt-c.received), Reason: result.reason, Error: result.problem,
	})
	s.recorder.add(finished{c, result.reason, commandEvent(c, typ, data)})
}

func (r *recorder) add(f finished) {
	r.mu.Lock()
	r.waiting = append(r.waiting, f)
	r.mu.Unlock()
	wake(r.woken)
}

// next returns what waits to be written, up to a batch.
func (r *recorder) next() []finished {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.waiting), recordBatch)
	batch := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	return batch
}

// run writes until carried is closed, after which nothing is added, and then
// the rest. When ctx has ended it tries less hard.
func (r *recorder) run(ctx context.Context, carried <-chan struct{}) {
	var trying sync.WaitGroup
	defer trying.Wait()
	for ended := false; ; {
		batch := r.next()
		switch {
		case len(batch) > 0:
			if err := r.write(context.WithoutCancel(ctx), batch); err != nil {
				r.again(ctx, batch, err, &trying)
			}
		case ended:
			return
		default:
			select {
			case <-r.woken:
			case <-carried:
				ended = true
			}
		}
	}
}

// again lets a batch that could not be written be tried again, apart from those
// that come after it. If the fault may be the batch's own, its commands are
// tried one by one, so that none is kept for its neighbour.
func (r *recorder) again(ctx context.Context, batch []finished, err error, trying *sync.WaitGroup) {
	parts := [][]finished{batch}
	if problem.Of(err).Kind != problem.Unavailable {
		parts = parts[:0]
		for i := range batch {
			parts = append(parts, batch[i:i+1])
		}
	}
	for _, part := range parts {
		trying.Go(func() { r.insist(ctx, part, err) })
	}
}

// insist writes a batch whose first attempt has failed with err, with growing
// pauses between the attempts.
func (r *recorder) insist(ctx context.Context, batch []finished, err error) {
	pause := r.s.pause
	for attempt := 1; err != nil; attempt++ {
		if attempt >= recordMax || attempt >= recordLast && ctx.Err() != nil || problem.Of(err).Code == "eventlog.stopped" {
			for _, f := range batch {
				r.s.r.logger.Error("outcome of command not written", "call_id", f.command.call.CallID, "tenant", f.command.call.Tenant,
					"status", f.command.status, "error", err)
				r.s.end(f.command.id)
			}
			return
		}
		wait(context.WithoutCancel(ctx), pause)
		pause = min(2*pause, pauseMax)
		err = r.write(context.WithoutCancel(ctx), batch)
	}
}

// write writes outcomes, unless another process has.
func (r *recorder) write(ctx context.Context, batch []finished) error {
	var fresh map[string]bool
	err := r.s.r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
		if fresh, err = r.s.r.store.finish(ctx, tx, batch); err != nil {
			return err
		}
		var events []eventlog.Event
		for _, f := range batch {
			if fresh[f.command.id] {
				events = append(events, f.event)
			}
		}
		if len(events) == 0 {
			return nil
		}
		_, err = tx.Append(ctx, events...)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range batch {
		if fresh[f.command.id] {
			r.s.r.metrics.finished(f.reason)
		}
		r.s.end(f.command.id)
	}
	return nil
}
