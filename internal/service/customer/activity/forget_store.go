// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/projection"
)

const (
	// quietTime is less than calls are kept for at the least: of one that was
	// heard of since, everything is still there.
	quietTime = 12 * time.Hour
	// lagTime is how long the reader may take until it has written down what
	// was reported.
	lagTime = 10 * time.Minute
)

// Forget removes, within tx, the entries that Tandem wrote about calls that are
// gone, and has the missed calls be what is left of them.
func (s *Activities) Forget(ctx context.Context, tx *eventlog.Tx, gone *live.Gone) error {
	const remove = `DELETE FROM activity_entries WHERE tenant = $1 AND call = $2 AND call > 0`
	var keys []string
	for _, c := range gone.Calls {
		if err := s.store.db.Send(ctx, tx.Tx, remove, gone.Tenant, c.ID); err != nil {
			return fmt.Errorf("remove entry about call %d: %w", c.ID, err)
		}
		if c.MatchKey != "" && !slices.Contains(keys, c.MatchKey) {
			keys = append(keys, c.MatchKey)
		}
	}
	return s.reckonLeft(ctx, tx, gone.Tenant, keys)
}

// reckonLeft writes what numbers come to of which some calls are gone.
func (s *Activities) reckonLeft(ctx context.Context, tx *eventlog.Tx, tenant int64, keys []string) error {
	left, err := s.live.FindNumbersIn(ctx, tx, tenant, keys, callsMax)
	if err != nil {
		return err
	}
	if err := s.refold(ctx, left); err != nil {
		return err
	}
	known, err := s.store.known(ctx, tx, tenant, keys)
	if err != nil {
		return err
	}
	var list []Missed
	var never []string
	for key := range known {
		calls := slices.DeleteFunc(slices.Clone(left), func(c live.Call) bool { return c.MatchKey != key })
		m, any := reckon(calls)
		m.ID, m.MatchKey = missedID(tenant, key), key
		if any {
			list = append(list, m)
		} else {
			never = append(never, key)
		}
	}
	if err := s.store.removeMissed(ctx, tx, tenant, never); err != nil {
		return err
	}
	if err := s.store.writeMissed(ctx, tx, tenant, list); err != nil {
		return err
	}
	recent := s.now() - lagTime.Milliseconds()
	if slices.ContainsFunc(left, func(c live.Call) bool { return c.UpdatedAt > recent }) {
		return projection.LookAgain(ctx, tx, readerName) // it may have counted those that are gone
	}
	return nil
}

// withoutGone returns those of the entries whose calls are still there: since
// they were looked at, old ones may have been removed.
func (s *Activities) withoutGone(ctx context.Context, tx *eventlog.Tx, entries []logged) ([]logged, error) {
	quiet := s.now() - quietTime.Milliseconds()
	var names []live.Name
	for i := range entries {
		if c := entries[i].call; c.UpdatedAt < quiet {
			names = append(names, live.Name{Tenant: c.Tenant, Connector: c.Connector, CallID: c.CallID})
		}
	}
	if len(names) == 0 {
		return entries, nil
	}
	states, err := s.live.States(ctx, tx, names)
	isGone := func(e logged) bool {
		return e.call.UpdatedAt < quiet && states[live.Name{Tenant: e.call.Tenant, Connector: e.call.Connector, CallID: e.call.CallID}] == call.StateNone
	}
	return slices.DeleteFunc(slices.Clone(entries), isGone), err
}
