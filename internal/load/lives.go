// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// Post is one event that was acknowledged.
type Post struct {
	CallID         string
	Type           string
	Position       int64 // in the log
	Sent, Answered time.Time
}

// LivesOptions are how calls live.
type LivesOptions struct {
	Common

	Callers int64    // distinct numbers that call
	Life    []string // types of the events of one call, at most eight; nil for the usual seven

	// Posted, if set, is told of every event that was acknowledged, by many
	// goroutines at once.
	Posted func(Post)
}

// Lives plays calls: each has an id of its own, later calls have later ids, and
// the events of a call follow each other on one connection.
func Lives(ctx context.Context, target Target, options LivesOptions) (*Report, error) {
	r := newRun(target, options.Common)
	p := &player{run: r, LivesOptions: options, ledger: &ledger{life: options.Life}}
	if options.Life == nil {
		p.Life, p.ledger.life = life, life
	}
	p.Callers = max(p.Callers, 1)
	took := r.play(ctx, max(options.Connections, 1), p.work)
	return r.report("lives", took, p.ledger), nil
}

// player plays lives.
type player struct {
	*run
	LivesOptions

	ledger *ledger
	calls  atomic.Int64
}

// work plays one call after the other on one connection.
func (p *player) work(ctx context.Context) {
	c := newConn(&p.target)
	defer c.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	own := p.tally.shard()
	for ctx.Err() == nil {
		n := p.calls.Add(1)
		acked, lowest, going := p.play(ctx, c, own, timer, n)
		p.ledger.note(n, acked, lowest)
		if !going {
			return
		}
	}
}

// play plays call number n and returns which of its events were acknowledged,
// as a bit each, and the lowest position they were given.
func (p *player) play(ctx context.Context, c *conn, own *shard, timer *time.Timer, n int64) (acked byte, lowest int64, going bool) {
	id := appendCallID(make([]byte, 0, 32), p.name, n)
	body := make([]byte, 0, 320)
	var at time.Time
	for i, typ := range p.Life {
		due, ok := p.pace.next(ctx, timer)
		if !ok {
			return acked, lowest, false
		}
		// A millisecond apart at least, so that their times tell their order.
		next := at.Add(time.Millisecond)
		if at = time.Now().Truncate(time.Millisecond); at.Before(next) {
			at = next
		}
		e := event{typ: typ, callID: id, caller: n % p.Callers, sid: -1, at: at}
		body = e.appendTo(body[:0])
		sent := time.Now()
		status, answer, err := c.post(context.WithoutCancel(ctx), body)
		if !p.tally.answered(own, due, status, answer, err) {
			p.rest(ctx, err, timer)
			continue
		}
		acked |= 1 << i
		position := positionOf(answer)
		if lowest == 0 || position < lowest {
			lowest = position
		}
		if p.Posted != nil {
			p.Posted(Post{CallID: string(id), Type: typ, Position: position, Sent: sent, Answered: time.Now()})
		}
	}
	return acked, lowest, true
}

// restTime is how long a connection that could not be made, or was cut, waits:
// a server that is gone must not be asked a hundred thousand times a second.
const restTime = 50 * time.Millisecond

func (r *run) rest(ctx context.Context, err error, timer *time.Timer) {
	if err == nil {
		return // it answers, and that takes its time
	}
	timer.Reset(restTime)
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// typesOf returns those of types whose bit is set.
func typesOf(types []string, bits byte) []string {
	return slices.DeleteFunc(slices.Clone(types), func(typ string) bool {
		return bits&(1<<slices.Index(types, typ)) == 0
	})
}
