// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"slices"
	"time"

	"tandem/internal/ask"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/projection"
)

const (
	readerName = "presence"
	readBatch  = 2000
	// readRest lets the events of a call be looked at together: each look
	// reads the whole call.
	readRest  = 100 * time.Millisecond
	readLeast = 30 * time.Millisecond // the live view shows no two states within less
)

// reader keeps the rows in step with the log. It knows the agents by heart as
// long as it is the one who writes them.
type reader struct {
	p       *Presence
	rosters map[int64]*roster // by tenant, as they are at position
	at      int64             // position of the last record that was prepared
	written bool              // what was prepared last is in the database
	news    bool              // it changed somebody
	blank   bool              // begin with nobody, instead of with the rows
}

func (p *Presence) reader() projection.Reader {
	r := &reader{p: p}
	return projection.Reader{Name: readerName, Batch: readBatch, Rest: readRest, Least: readLeast, Prepare: r.prepare, Committed: r.committed}
}

// prepare takes records in and returns what they change.
func (r *reader) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	if !r.blank && (!r.written || records[0].Position != r.at+1 || slices.ContainsFunc(records, isReplayed)) {
		r.rosters = map[int64]*roster{} // somebody else may have written
	}
	r.written = false
	calls := map[int64]map[live.Ref]int64{} // that agents may be part of; position of the newest record about each
	for i := range records {
		record := &records[i]
		connector, callID, isCall := live.ParseStream(record.Stream)
		if isCall && !call.IsCallEvent(record.Type) || !isCall && !reads(record.Type) {
			continue
		}
		roster, err := r.roster(ctx, record.Tenant)
		if err != nil {
			return nil, err
		}
		if !isCall {
			if err := roster.take(record); err != nil {
				r.p.logger.WarnContext(ctx, "event not understood", "type", record.Type, "position", record.Position, "error", err)
			}
			continue
		}
		if ref := (live.Ref{Connector: connector, CallID: callID}); roster.concerns(ref, record) {
			if calls[record.Tenant] == nil {
				calls[record.Tenant] = map[live.Ref]int64{}
			}
			calls[record.Tenant][ref] = record.Position
		}
	}
	for tenant, refs := range calls {
		if err := r.engage(ctx, tenant, refs); err != nil {
			return nil, err
		}
	}
	r.at = records[len(records)-1].Position
	return r.write(), nil
}

func isReplayed(record eventlog.Record) bool { return record.Type == typeReplayed }

// roster returns a tenant's agents.
func (r *reader) roster(ctx context.Context, tenant int64) (*roster, error) {
	if known := r.rosters[tenant]; known != nil {
		return known, nil
	}
	var agents []Agent
	if !r.blank {
		var err error
		if agents, err = r.p.store.list(ctx, tenant, 0); err != nil {
			return nil, err
		}
	}
	r.rosters[tenant] = newRoster(agents)
	return r.rosters[tenant], nil
}

// engage looks at calls that something was reported of, as they are now.
func (r *reader) engage(ctx context.Context, tenant int64, refs map[live.Ref]int64) error {
	roster, err := r.roster(ctx, tenant)
	if err != nil {
		return err
	}
	list := make([]live.Ref, 0, len(refs))
	for ref := range refs {
		list = append(list, ref)
	}
	calls, err := r.p.live.FindRefs(ctx, tenant, list)
	if err != nil {
		return err
	}
	for i := range calls {
		ref := live.Ref{Connector: calls[i].Connector, CallID: calls[i].CallID}
		roster.engage(ref, engagementsOf(&calls[i]), refs[ref])
		// What has not begun, or waits to be folded anew, is looked at with
		// whatever is told of it next.
		if calls[i].State.State == call.StateNone || calls[i].Late {
			roster.watch(ref)
		}
	}
	return nil
}

// write returns what writes the agents that changed; nil when none did.
func (r *reader) write() projection.Write {
	changed := map[int64][]Agent{}
	for tenant, roster := range r.rosters {
		for id := range roster.dirty {
			changed[tenant] = append(changed[tenant], *roster.agents[id])
		}
		clear(roster.dirty)
	}
	if r.news = len(changed) > 0; !r.news {
		return nil
	}
	return func(ctx context.Context, tx *eventlog.Tx) error {
		for tenant, agents := range changed {
			if err := r.p.store.write(ctx, tx, tenant, agents); err != nil {
				return err
			}
		}
		return nil
	}
}

// committed is told that what was prepared last is written.
func (r *reader) committed() {
	r.written = true
	if r.news {
		r.p.bus.Ring(ask.BellAgents)
	}
}
