// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
)

const (
	refoldEvery = 500 * time.Millisecond
	refoldBatch = 100 // calls that wait to be folded, read at a time

	// Folding a long call takes as long as that is, and each event that comes
	// too late makes it be folded anew. So it rests for so many times what
	// folding takes: a storm that never ends costs others one part in
	// restFactor+1 of one processor.
	restFactor = 4
)

// wakeFor wakes the follower if one of the changes left something to fold.
func (l *Live) wakeFor(changes []*change) {
	for _, c := range changes {
		if !c.Late {
			continue
		}
		select {
		case l.woken <- struct{}{}:
		default:
		}
		return
	}
}

// rest is when a call may be folded anew again, and what that took last time.
type rest struct {
	until time.Time
	cost  time.Duration
}

// rests are those of the calls that were folded lately, by their ids.
type rests map[int64]rest

// over reports whether a call may be folded now.
func (r rests) over(id int64, now time.Time) bool { return !now.Before(r[id].until) }

// note lets a call rest that took so long to fold: for the longer the more
// others there are, so that all of them together keep to their share.
func (r rests) note(id int64, now time.Time, cost time.Duration) {
	all := cost
	for other, rest := range r {
		switch {
		case other == id:
		case rest.until.Add(restFactor * rest.cost).Before(now): // it did not come again
			delete(r, other)
		default:
			all += rest.cost
		}
	}
	r[id] = rest{until: now.Add(restFactor * all), cost: cost}
}

// Follow folds anew the long calls to which a late event has come, until ctx
// ends.
func (l *Live) Follow(ctx context.Context, log *eventlog.Log) error {
	ticker := time.NewTicker(refoldEvery)
	defer ticker.Stop()
	resting := rests{}
	for {
		if err := l.refoldStale(ctx, log, resting); err != nil {
			if ctx.Err() != nil {
				return nil // ending was asked for
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.woken:
		case <-ticker.C:
		}
	}
}

// Refold folds anew each call that waits for it.
func (l *Live) Refold(ctx context.Context, log *eventlog.Log) error {
	return l.refoldStale(ctx, log, rests{})
}

const staleCalls = `WHERE stale = 1 AND id > $1 ORDER BY id LIMIT $2`

// refoldStale folds anew each call that waits for it and does not rest.
func (l *Live) refoldStale(ctx context.Context, log *eventlog.Log, resting rests) error {
	for after := int64(0); ; {
		calls, err := l.query(ctx, staleCalls, after, refoldBatch)
		if err != nil {
			return err
		}
		for i := range calls {
			c := &calls[i]
			after = c.ID
			began := time.Now()
			if !resting.over(c.ID, began) {
				continue
			}
			events, head, err := l.events(ctx, log, c.Tenant, Stream(c.Connector, c.CallID))
			if err != nil {
				return err
			}
			if err := l.rewrite(ctx, log, c, call.Fold(events), head); err != nil {
				return err
			}
			now := time.Now()
			resting.note(c.ID, now, now.Sub(began))
		}
		if len(calls) < refoldBatch {
			return nil
		}
	}
}

// events returns what the log says of a call, in any order, and the position
// up to which.
func (l *Live) events(ctx context.Context, log *eventlog.Log, tenant int64, stream string) (events []call.Event, head int64, err error) {
	head, err = log.Head(ctx)
	if err != nil {
		return nil, 0, err
	}
	err = log.VisitStream(ctx, tenant, stream, head, func(r *eventlog.Record) error {
		if event, ok := decode(r); ok {
			events = append(events, event)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	// What came while a long call was read is taken in here, and not while the
	// log waits.
	since, err := eventlog.ReadNewest(ctx, l.db, tenant, stream, head)
	if err != nil {
		return nil, 0, err
	}
	for i := range since {
		head = max(head, since[i].Position)
		if event, ok := decode(&since[i]); ok {
			events = append(events, event)
		}
	}
	return events, head, nil
}

// rewrite stores a state that was folded outside the append from the events up
// to position, with what has come since. If that is out of order as well, the
// call stays stale for the next round.
func (l *Live) rewrite(ctx context.Context, log *eventlog.Log, c *Call, folded call.Call, position int64) error {
	err := log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		state := folded.Clone()
		since, err := eventlog.ReadNewest(ctx, tx, c.Tenant, Stream(c.Connector, c.CallID), position)
		if err != nil {
			return err
		}
		late := false
		for i := range since {
			if event, ok := decode(&since[i]); ok && !state.Apply(event) {
				late = true
			}
		}
		stored, err := l.findRefs(ctx, tx.Tx, []ref{{c.Tenant, c.Connector, c.CallID}})
		if err != nil {
			return err
		}
		if len(stored) == 0 {
			// It may have been removed since it was read.
			if left, err := eventlog.ReadStream(ctx, tx, c.Tenant, Stream(c.Connector, c.CallID), 0, 1); err != nil || len(left) == 0 {
				return err
			}
		}
		next := change{Call: *c}
		if len(stored) == 1 {
			next.Call = stored[0]
			next.begin()
		}
		next.State, next.Late = state, late
		next.MatchKey = phone.MatchKey(state.TheirNumber, l.tenants.Region(ctx, c.Tenant))
		counts := map[int64]*Counts{}
		countsOf(counts, c.Tenant).move(next.before.bucket, state.Bucket)
		if err := l.saveCalls(ctx, tx.Tx, []*change{&next}); err != nil {
			return err
		}
		if err := l.addCounts(ctx, tx.Tx, counts); err != nil {
			return err
		}
		// Of this call alone: in a storm it is folded anew many times a second.
		return tx.Forget(ctx, &eventlog.Record{Event: eventlog.Event{Tenant: c.Tenant, Stream: Stream(c.Connector, c.CallID)}})
	})
	if err != nil {
		return fmt.Errorf("fold call %s anew: %w", c.CallID, err)
	}
	return nil
}
