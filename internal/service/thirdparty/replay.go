// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"slices"
	"time"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const (
	replayBatch   = 500
	replayEvery   = 5 * time.Second // between looks for replays that no bell told of
	replayBacklog = 5000            // deliveries that an endpoint may wait for until a replay rests
	purgeEvery    = time.Hour
	purgeBatch    = 1000
)

// addReplay orders a replay within tx.
func (t *ThirdParty) addReplay(ctx context.Context, tx *eventlog.Tx, owner int64, r Replay) (err error) {
	if r.ID, err = newID(); err != nil {
		return err
	}
	r.tenant, r.At, r.CreatedAt = owner, r.First, t.now().UnixMilli()
	if r.First >= r.Last {
		r.FinishedAt = r.CreatedAt
	}
	return t.store.insertReplay(ctx, tx, r)
}

// Replay orders that an endpoint gets the events between two times (Unix
// milliseconds) that it is for, those again that it has had.
func (t *ThirdParty) Replay(ctx context.Context, owner identity.Tenant, id string, from, to int64) (r Replay, err error) {
	if from > to {
		return r, problem.NewFields("replay.invalid", "The replay cannot be so.", problem.Field{Name: "body.from", Detail: "must not be after to"})
	}
	r = Replay{Endpoint: id, Again: true}
	if r.First, err = t.log.PositionAt(ctx, from); err != nil {
		return r, err
	}
	if r.Last, err = t.log.PositionAt(ctx, to+1); err != nil {
		return r, err
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		e, err := t.livingEndpoint(ctx, tx, owner.ID, id)
		if err != nil {
			return err
		}
		if !e.Enabled {
			return errDisabled
		}
		open, err := t.store.replays(ctx, tx, ref{owner.ID, id}, 1)
		if err == nil && len(open) > 0 && open[0].FinishedAt == 0 {
			err = problem.New(problem.Conflict, "replay.running", "A replay for this endpoint runs already.")
		}
		if err == nil {
			err = t.addReplay(ctx, tx, owner.ID, r)
		}
		if err == nil {
			_, err = t.note(ctx, tx, owner.ID, typeChanged, changeFact{Kind: "integration-endpoint", ID: id, Name: e.Name, Action: "replayed"}, nil,
				map[string]int64{"from": from, "to": to})
		}
		if err != nil {
			return err
		}
		open, err = t.store.replays(ctx, tx, ref{owner.ID, id}, 1)
		if err == nil && len(open) > 0 {
			r = open[0]
		}
		return err
	})
	if err == nil {
		t.sender.refresh()
	}
	return r, err
}

var errDisabled = problem.New(problem.Conflict, "integration_endpoint.disabled", "The endpoint is not enabled.")

// replayLoop carries out replays until ctx ends.
func (t *ThirdParty) replayLoop(ctx context.Context) error {
	rings, stop, err := t.bus.Listen(ask.BellIntegrations)
	if err != nil {
		return err
	}
	defer stop()
	ticker := time.NewTicker(replayEvery)
	defer ticker.Stop()
	for {
		open, err := t.store.openReplays(ctx)
		for i := 0; err == nil && i < len(open); i++ {
			err = t.replay(ctx, open[i])
		}
		if err != nil {
			return unlessEnded(ctx, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-rings:
		case <-ticker.C:
		}
	}
}

// replay goes on with a replay until it is finished, its endpoint is not
// enabled, or has enough to do for now.
func (t *ThirdParty) replay(ctx context.Context, r Replay) error {
	to := ref{r.tenant, r.Endpoint}
	conflict := afterFail
	if r.Again {
		conflict = again
	}
	for r.FinishedAt == 0 {
		p, err := t.planOf(ctx, to)
		if err != nil || p == nil {
			return err
		}
		if waiting, err := t.store.countPending(ctx, to, replayBacklog); err != nil || waiting >= replayBacklog {
			return err
		}
		records, err := t.log.ReadAfter(ctx, r.At, replayBatch)
		if err != nil {
			return err
		}
		before, now := r, t.now().UnixMilli()
		if r.At = r.Last; len(records) > 0 {
			r.At = min(r.Last, records[len(records)-1].Position)
		}
		records = slices.DeleteFunc(records, func(record eventlog.Record) bool { return record.Position > r.Last })
		if r.At >= r.Last {
			r.FinishedAt = now
		}
		made, err := t.match(ctx, nil, records, p)
		if err != nil {
			return err
		}
		for _, d := range made {
			d.Origin, d.CreatedAt, d.DueAt = originReplay, now, now
		}
		r.Matched += int64(len(made))
		err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			if err := t.store.moveReplay(ctx, tx, before, r); err != nil {
				return err
			}
			return t.store.insert(ctx, tx, made, conflict)
		})
		if problem.Of(err).Kind == problem.Conflict {
			return nil // ended meanwhile
		}
		if err != nil {
			return err
		}
		if w := t.sender.worker(to); w != nil {
			w.again()
		}
	}
	return nil
}

// planOf returns an endpoint's plan as the database has it; nil when it is not
// enabled.
func (t *ThirdParty) planOf(ctx context.Context, to ref) (*plan, error) {
	e, err := t.livingEndpoint(ctx, t.db, to.tenant, to.id)
	if problem.Of(err).Kind == problem.NotFound || err == nil && !e.Enabled {
		return nil, nil //nolint:nilnil // it has none
	}
	if err != nil {
		return nil, err
	}
	p, err := t.plan(ctx, t.db, to.tenant, e)
	if problem.Of(err).Kind == problem.Conflict {
		return nil, nil //nolint:nilnil // it cannot be used
	}
	return p, err
}

// purgeLoop removes deliveries that call centres no longer want to be kept,
// until ctx ends.
func (t *ThirdParty) purgeLoop(ctx context.Context) error {
	for {
		if err := t.purge(ctx); err != nil {
			return unlessEnded(ctx, err)
		}
		if !pause(ctx, purgeEvery) {
			return nil
		}
	}
}

func (t *ThirdParty) purge(ctx context.Context) error {
	tenants, err := t.store.tenants(ctx)
	if err != nil {
		return err
	}
	for _, id := range tenants {
		days, err := t.keepDays(ctx, id)
		if err != nil {
			return err
		}
		if days == 0 {
			continue
		}
		before := t.now().AddDate(0, 0, -days).UnixMilli()
		endpoints, err := t.store.ids(ctx, id)
		if err != nil {
			return err
		}
		for _, endpoint := range endpoints {
			for removed := int64(purgeBatch); removed == purgeBatch; {
				err := t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
					removed, err = t.store.purge(ctx, tx, id, endpoint, before, purgeBatch)
					return err
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// keepDays returns for how many days a tenant keeps its deliveries; 0 for ever.
func (t *ThirdParty) keepDays(ctx context.Context, id int64) (int, error) {
	owner, err := t.tenants.Find(ctx, id)
	var account tenant.Account
	if err == nil {
		account, err = t.tenants.Account(ctx, owner.UUID)
	}
	if problem.Of(err).Kind == problem.NotFound {
		err = nil // it is being erased, with all of this
	}
	return account.Retention.Deliveries, err
}
