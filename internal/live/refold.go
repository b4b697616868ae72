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
	refoldRead  = 200 // events of a long call that are read at a time; each may have a megabyte
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

// Follow folds anew the long calls to which a late event has come, until ctx
// ends.
func (l *Live) Follow(ctx context.Context, log *eventlog.Log) error {
	ticker := time.NewTicker(refoldEvery)
	defer ticker.Stop()
	for {
		if err := l.Refold(ctx, log); err != nil {
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
	calls, err := l.query(ctx, `WHERE stale = 1 ORDER BY id LIMIT 100`)
	if err != nil {
		return err
	}
	for i := range calls {
		c := &calls[i]
		events, head, err := l.events(ctx, log, c.Tenant, Stream(c.Connector, c.CallID))
		if err != nil {
			return err
		}
		if err := l.rewrite(ctx, log, c, call.Fold(events), head); err != nil {
			return err
		}
	}
	return nil
}

// events returns what the log says of a call, and the position up to which.
func (l *Live) events(ctx context.Context, log *eventlog.Log, tenant int64, stream string) (events []call.Event, head int64, err error) {
	for {
		records, err := log.ReadStream(ctx, tenant, stream, head, refoldRead)
		if err != nil {
			return nil, 0, err
		}
		for i := range records {
			if event, ok := decode(&records[i]); ok {
				events = append(events, event)
			}
			head = max(head, records[i].Position)
		}
		if len(records) < refoldRead {
			return events, head, nil
		}
	}
}

// rewrite stores a state that was folded outside the append from the events up
// to position, with what has come since. If that is out of order as well, the
// call stays stale for the next round.
func (l *Live) rewrite(ctx context.Context, log *eventlog.Log, c *Call, folded call.Call, position int64) error {
	err := log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		state := folded.Clone()
		since, err := eventlog.ReadStream(ctx, tx, c.Tenant, Stream(c.Connector, c.CallID), position, 0)
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
		next := change{Call: *c}
		if len(stored) == 1 {
			next.Call = stored[0]
			next.bucketBefore = stored[0].State.Bucket
		}
		next.State, next.Late = state, late
		next.MatchKey = phone.MatchKey(state.TheirNumber, l.tenants.Region(ctx, c.Tenant))
		counts := map[int64]*Counts{}
		countsOf(counts, c.Tenant).move(next.bucketBefore, state.Bucket)
		if err := l.saveCalls(ctx, tx.Tx, []*change{&next}); err != nil {
			return err
		}
		return l.addCounts(ctx, tx.Tx, counts)
	})
	if err != nil {
		return fmt.Errorf("fold call %s anew: %w", c.CallID, err)
	}
	return nil
}
