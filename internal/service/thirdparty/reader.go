// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/projection"
	"tandem/internal/service/thirdparty/formula"
)

const (
	readerName = "thirdparty"
	readBatch  = 500
	// restTime is the least time between two looks at the log: a webhook has it,
	// and those who write to the log are spared many small transactions.
	restTime = 50 * time.Millisecond
)

// reader turns events into deliveries. It belongs to the process whose turn it
// is.
type reader struct {
	t     *ThirdParty
	index *index

	recognizer *recognizer
	made       []*Delivery // prepared, not known to be written
}

func newReader(t *ThirdParty) *reader {
	return &reader{t: t, index: newIndex(), recognizer: newRecognizer(t)}
}

// follow reads the log until ctx ends.
func (r *reader) follow(ctx context.Context) error {
	return projection.Follow(ctx, r.t.log, r.t.db, r.t.bus, projection.Reader{
		Name: readerName, Batch: readBatch, Least: restTime, Prepare: r.prepare,
		Committed: func() { r.t.sender.take(r.made) },
	})
}

// prepare looks for the endpoints that records are for.
func (r *reader) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	r.made = nil
	if err := r.renew(ctx, records); err != nil {
		return nil, err
	}
	r.recognizer.look(ctx, records)
	made, err := r.t.match(ctx, r.index, records, nil)
	if err != nil {
		return nil, err
	}
	now := r.t.now().UnixMilli()
	for _, d := range made {
		d.Origin, d.CreatedAt, d.DueAt = originEvent, now, now
	}
	r.made = made
	if len(made) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	return func(ctx context.Context, tx *eventlog.Tx) error { return r.t.store.insert(ctx, tx, made, asItIs) }, nil
}

// renew takes in what was changed by hand, if anything was.
func (r *reader) renew(ctx context.Context, records []eventlog.Record) error {
	loaded := map[int64]bool{}
	for i := range records {
		record := &records[i]
		if !strings.HasPrefix(record.Type, typePrefix) {
			continue
		}
		if !loaded[record.Tenant] {
			// What was enabled gets events from its own position on, so it does no
			// harm that the index is ahead of the records.
			if err := r.t.load(ctx, r.index, record.Tenant); err != nil {
				return err
			}
			loaded[record.Tenant] = true
		}
		var fact changeFact
		if json.Unmarshal(record.Data, &fact) == nil && fact.Action != actionTested {
			r.t.sender.forgive(r.index.users(record.Tenant, fact.ID))
		}
	}
	if len(loaded) > 0 {
		r.t.sender.refresh()
	}
	return nil
}

// match returns what is to be delivered of records, for one endpoint only if
// only is set. It looks at each record once; what filters need is looked for
// together, and only if a filter that matters asks for it.
func (t *ThirdParty) match(ctx context.Context, x *index, records []eventlog.Record, only *plan) ([]*Delivery, error) {
	type pair struct {
		record *eventlog.Record
		plan   *plan
	}
	var pairs []pair
	needed := map[int64][]live.Ref{}
	for i := range records {
		record := &records[i]
		if erased(record) {
			continue
		}
		plans := []*plan{only}
		if only == nil {
			plans = x.match(record.Tenant, record.Type)
		} else if record.Tenant != only.to.tenant || !only.wants(record.Type) {
			continue
		}
		for _, p := range plans {
			if only == nil && record.Position <= p.endpoint.since {
				continue
			}
			pairs = append(pairs, pair{record, p})
			if connector, callID, ok := live.ParseStream(record.Stream); ok && p.needsCall {
				needed[record.Tenant] = append(needed[record.Tenant], live.Ref{Connector: connector, CallID: callID})
			}
		}
	}
	calls, err := t.present(ctx, needed)
	if err != nil {
		return nil, err
	}
	var made []*Delivery
	var view *formula.View
	var seen, of *eventlog.Record
	for _, at := range pairs {
		if seen != at.record {
			// A copy, so that a delivery that waits does not keep the whole batch.
			seen, of, view = at.record, new(*at.record), nil
		}
		if at.plan.picky && view == nil {
			view = eventView(of)
			if connector, callID, ok := live.ParseStream(of.Stream); ok {
				view.Call = calls[callName{of.Tenant, live.Ref{Connector: connector, CallID: callID}}]
			}
		}
		if !at.plan.picky || at.plan.passes(view) {
			made = append(made, &Delivery{
				Position: of.Position, Lane: of.Stream, Type: of.Type, Status: statusPending, to: at.plan.to, record: of,
			})
		}
	}
	return made, nil
}

// erased reports whether nothing is kept of what an event said.
func erased(record *eventlog.Record) bool { return strings.HasPrefix(record.Stream, eventlog.Erased) }

// callName names a call in the whole installation.
type callName struct {
	tenant int64
	ref    live.Ref
}

// present returns the calls as they are now, for filters.
func (t *ThirdParty) present(ctx context.Context, needed map[int64][]live.Ref) (map[callName]map[string]any, error) {
	found := map[callName]map[string]any{}
	for tenant, refs := range needed {
		owner, err := t.tenants.Find(ctx, tenant)
		if err != nil {
			return nil, err
		}
		calls, err := t.live.FindRefs(ctx, tenant, refs)
		if err != nil {
			return nil, err
		}
		names := t.namer.Name(ctx, tenant, calls, false)
		for i := range calls {
			name := callName{tenant, live.Ref{Connector: calls[i].Connector, CallID: calls[i].CallID}}
			found[name] = formula.ObjectOf(liveview.CardOf(&calls[i], names, owner.Region))
		}
	}
	return found, nil
}
