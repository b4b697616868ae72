// SPDX-License-Identifier: Apache-2.0

package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/eventlog"
)

// Difference is a call whose stored state is not the fold of its events.
type Difference struct {
	Tenant    int64
	Connector int64
	CallID    string
	Stored    *call.Call // nil if it is not stored
	Folded    *call.Call // nil if the log knows no such call
}

// Compared is what a replay found.
type Compared struct {
	Events      int64
	Calls       int64
	Differences []Difference // at most differencesMax
	Different   int64        // all of them
	CountsWrong bool         // a tenant's counters are not what its calls count up to
}

const differencesMax = 100

// Replay computes every call anew from the log, beside the stored ones, and
// compares. With until (Unix ms) other than 0, only events that happened by
// then are taken in. If apply is set, what differs is replaced, each call under
// the append lock, while Tandem runs on.
func (l *Live) Replay(ctx context.Context, log *eventlog.Log, until int64, apply bool) (Compared, error) {
	var found Compared
	err := log.EachStream(ctx, callPrefix, func(records []eventlog.Record) error {
		connector, callID, ok := ParseStream(records[0].Stream)
		if !ok {
			return nil
		}
		found.Calls++
		found.Events += int64(len(records))
		d, err := l.compare(ctx, ref{records[0].Tenant, connector, callID}, records, until)
		if err != nil || d == nil {
			return err
		}
		found.add(*d)
		if !apply {
			return nil
		}
		return l.repair(ctx, log, records)
	})
	if err != nil {
		return found, fmt.Errorf("replay calls: %w", err)
	}
	if until == 0 {
		found.CountsWrong, err = l.recount(ctx, log, apply)
	}
	return found, err
}

func (c *Compared) add(d Difference) {
	c.Different++
	if len(c.Differences) < differencesMax {
		c.Differences = append(c.Differences, d)
	}
}

// compare returns how the stored call differs from the fold of records, or nil.
func (l *Live) compare(ctx context.Context, name ref, records []eventlog.Record, until int64) (*Difference, error) {
	var events []call.Event
	head := int64(0)
	for i := range records {
		head = max(head, records[i].Position)
		if event, ok := decode(&records[i]); ok && (until == 0 || records[i].At <= until) {
			events = append(events, event)
		}
	}
	folded := call.Fold(events)
	stored, err := l.query(ctx, `WHERE tenant = $1 AND connector = $2 AND call_id = $3`, name.tenant, name.connector, name.callID)
	if err != nil {
		return nil, err
	}
	d := &Difference{Tenant: name.tenant, Connector: name.connector, CallID: name.callID, Folded: &folded}
	if len(stored) == 0 {
		return d, nil
	}
	// A call that has heard more since this moment of the log cannot be judged.
	if until == 0 && stored[0].Position > head {
		return nil, nil //nolint:nilnil // no difference
	}
	same, err := equal(&stored[0].State, &folded)
	if err != nil || same {
		return nil, err
	}
	d.Stored = &stored[0].State
	return d, nil
}

func equal(a, b *call.Call) (bool, error) {
	left, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	right, err := json.Marshal(b)
	return bytes.Equal(left, right), err
}

// repair folds a call anew and stores it.
func (l *Live) repair(ctx context.Context, log *eventlog.Log, records []eventlog.Record) error {
	newest, oldest := records[0], records[0].Position
	for _, r := range records {
		if r.Position > newest.Position {
			newest = r
		}
		oldest = min(oldest, r.Position)
	}
	connector, callID, _ := ParseStream(newest.Stream)
	events, head, err := l.events(ctx, log, newest.Tenant, newest.Stream)
	if err != nil {
		return err
	}
	c := Call{
		ID: oldest, Tenant: newest.Tenant, Connector: connector, CallID: callID,
		Position: newest.Position, UpdatedAt: newest.Received,
	}
	return l.rewrite(ctx, log, &c, call.Fold(events), head)
}
