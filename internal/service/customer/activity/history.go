// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"slices"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// historyMax is how many calls of a history are written about at a time: few
// enough for posts not to notice.
const historyMax = 50

// writeHistories writes the entries about the earlier calls of numbers that
// have become somebody's. An import makes that of thousands of numbers at once,
// so it is no part of the transaction that takes the records in but comes
// before it, in small ones with rests between them. A reader that dies on the
// way does it again, which changes nothing.
func (s *Activities) writeHistories(ctx context.Context, tenant int64, keys []string) error {
	for _, key := range keys {
		calls, err := s.live.FindNumbers(ctx, tenant, []string{key}, callsMax)
		if err != nil {
			return err
		}
		if err := s.refold(ctx, calls); err != nil {
			return err
		}
		for some := range slices.Chunk(calls, historyMax) {
			if err := s.writeHistory(ctx, tenant, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeHistory writes the entries about some calls, and rests for as long as
// that has taken.
func (s *Activities) writeHistory(ctx context.Context, tenant int64, calls []live.Call) error {
	write, err := s.prepareEntries(ctx, tenant, calls)
	if err != nil || write == nil {
		return err
	}
	began := time.Now()
	if err := s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return write(ctx, tx) }); err != nil {
		return err
	}
	pause(ctx, time.Since(began))
	return nil
}
