// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"errors"
	"slices"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/projection"
)

const forgetTries = 20 // while the reader moves on

var errMoved = errors.New("forget calls of agents: events came meanwhile")

// ForgetCalls has the agents of a tenant know nothing of calls up to an id that
// are no longer there.
func (p *Presence) ForgetCalls(ctx context.Context, tenant, upTo int64) error {
	for range forgetTries {
		before, err := projection.Checkpoint(ctx, p.db, readerName)
		if err != nil {
			return err
		}
		changed, err := p.withoutCalls(ctx, tenant, upTo)
		if err != nil || len(changed) == 0 {
			return err
		}
		err = p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			now, err := projection.Checkpoint(ctx, tx, readerName)
			if err == nil && now != before {
				err = errMoved
			}
			if err == nil {
				err = p.store.write(ctx, tx, tenant, changed)
			}
			if err != nil {
				return err
			}
			return projection.LookAgain(ctx, tx, readerName) // it knows the agents by heart
		})
		if !errors.Is(err, errMoved) {
			p.bus.Ring(ask.BellAgents)
			return err
		}
	}
	return errMoved
}

// withoutCalls returns the agents that know of calls that are gone, as they are
// without those.
func (p *Presence) withoutCalls(ctx context.Context, tenant, upTo int64) (changed []Agent, err error) {
	agents, err := p.store.list(ctx, tenant, 0)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for i := range agents {
		for _, e := range agents[i].Facts.Calls {
			if e.ID <= upTo {
				ids = append(ids, e.ID)
			}
		}
	}
	there := map[int64]bool{}
	for some := range slices.Chunk(ids, 500) {
		calls, err := p.live.FindIDs(ctx, tenant, some)
		if err != nil {
			return nil, err
		}
		for i := range calls {
			there[calls[i].ID] = true
		}
	}
	for i := range agents {
		a := &agents[i]
		gone := func(e Engagement) bool { return e.ID <= upTo && !there[e.ID] }
		if slices.ContainsFunc(a.Facts.Calls, gone) {
			a.Facts.Calls = slices.DeleteFunc(a.Facts.Calls, gone)
			changed = append(changed, *a)
		}
	}
	return changed, nil
}
