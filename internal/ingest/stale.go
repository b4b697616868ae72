// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// staleBatch is how many calls are closed in one transaction.
const staleBatch = 100

// closeStale closes the open calls of which nothing was heard for their
// connector's time. Connectors that were deleted have such calls, too.
func (i *Ingest) closeStale(ctx context.Context) error {
	all, err := i.roster.get(ctx)
	if err != nil {
		return err
	}
	for _, sources := range all.byTenant {
		for _, s := range sources {
			if err := i.closeStaleOf(ctx, s); err != nil {
				return fmt.Errorf("close stale calls of connector %d: %w", s.id, err)
			}
		}
	}
	return nil
}

func (i *Ingest) closeStaleOf(ctx context.Context, s *source) error {
	now := i.Now().UnixMilli()
	for {
		calls, err := i.Live.Overdue(ctx, s.tenant.ID, s.id, now-s.staleAfter, staleBatch)
		if err != nil || len(calls) == 0 {
			return err
		}
		closed := 0
		err = i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			closed, err = s.expire(ctx, tx, calls, now)
			return err
		})
		if err != nil {
			return err
		}
		i.metrics.expired.Add(float64(closed))
		if closed == 0 || len(calls) < staleBatch {
			return nil // what spoke up meanwhile, or closed elsewhere, is not looked at again now
		}
	}
}

// expire appends the end of each call that is still as silent as it was.
func (s *source) expire(ctx context.Context, tx *eventlog.Tx, calls []live.Call, now int64) (closed int, err error) {
	var events []eventlog.Event
	for at := range calls {
		c := &calls[at]
		newer, err := eventlog.ReadStream(ctx, tx, c.Tenant, live.Stream(c.Connector, c.CallID), c.Position, 1)
		if err != nil {
			return 0, err
		}
		if len(newer) > 0 {
			continue
		}
		e, err := s.expired(c, now)
		if err != nil {
			return 0, err
		}
		events = append(events, e)
	}
	outcomes, err := tx.Append(ctx, events...)
	for _, o := range outcomes {
		if !o.Duplicate {
			closed++
		}
	}
	return closed, err
}

// expired is the event that closes a call. Its time is by the phone system's
// clock, which may be far from ours: the last it said and the time it then had
// to say more. So it folds behind everything that is known of the call, and an
// end that is reported after all folds before it, or replaces it.
func (s *source) expired(c *live.Call, now int64) (eventlog.Event, error) {
	data, err := json.Marshal(map[string]any{
		"call_id": c.CallID, "stale_after": s.staleAfter, "last_at": c.State.LastAt, "last_received": c.UpdatedAt,
	})
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode live.expired: %w", err)
	}
	return eventlog.Event{
		Tenant: c.Tenant, Stream: live.Stream(c.Connector, c.CallID), Key: call.TypeExpired, Type: call.TypeExpired,
		At: c.State.LastAt + s.staleAfter, Received: now, Data: data,
	}, nil
}
