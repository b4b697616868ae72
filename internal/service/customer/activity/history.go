// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"slices"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/live"
)

const (
	// historyMax is how many calls of histories are written about at a time: few
	// enough for posts not to notice.
	historyMax = 50
	// historyKeys is how many numbers' histories are read at a time: some of
	// them hold callsMax calls.
	historyKeys = 50
)

// histories returns the earlier calls of numbers that have become somebody's,
// if they are few; usually it is the call that made a number somebody's. An
// import makes that of thousands of numbers at once: the entries about many
// calls are no part of the transaction that takes the records in but are
// written before it, in small ones with rests between them. A reader that dies
// on the way does it again, which changes nothing.
func (s *Activities) histories(ctx context.Context, tenant int64, keys []string) (few []live.Call, err error) {
	for some := range slices.Chunk(keys, historyKeys) {
		calls, err := s.live.FindNumbers(ctx, tenant, some, callsMax)
		if err != nil {
			return nil, err
		}
		if err := s.refold(ctx, calls); err != nil {
			return nil, err
		}
		few = append(few, calls...)
		for len(few) > historyMax {
			if err := s.writeHistory(ctx, tenant, few[:historyMax]); err != nil {
				return nil, err
			}
			few = few[historyMax:]
		}
	}
	return few, nil
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
