// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/problem"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

const (
	readBatch   = 500
	readRest    = 20 * time.Millisecond  // a caller does not notice; when many come, most of the work is shared
	askTimeout  = time.Second            // of one question to another module
	askAttempts = 4                      // before the reader gives up for now
	askPause    = 100 * time.Millisecond // between two attempts, doubled each time
)

// waiting is a call that was reported to wait, and what it takes to decide
// about it.
type waiting struct {
	call      callRef
	position  int64 // of the report
	received  int64
	event     call.Event
	tenant    tenant.Tenant
	zone      *time.Location
	connector string // name, when a rule asks for it
	match     ask.Match
}

// outcome is what is written about a waiting call.
type outcome struct {
	decided

	command *command // nil when there is nothing to tell the phone system
}

// round is what a batch of records led to.
type round struct {
	created  []int64   // tenants that came into being
	outcomes []outcome // of the calls that waited
	written  []outcome // those of them that were news
	wishes   []wanted  // calls that are to be made
}

// prepare looks at records for calls that wait and decides about them. It
// fails when another module that has to be asked does not answer; the same
// records come again then, and calls that have waited too long meanwhile are
// written down as missed.
func (r *Routing) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	r.round = nil
	calls, err := r.stillWaiting(ctx, reported(records))
	if err != nil {
		return nil, err
	}
	if calls, err = r.undecided(ctx, calls); err != nil {
		return nil, err
	}
	timely, late := r.part(calls)
	outcomes := make([]outcome, 0, len(calls))
	for _, w := range late {
		d := Decision{Reason: ReasonTooLate, Matched: []Matched{}, Rejected: []Rejected{}, StandbyReceived: w.received}
		outcomes = append(outcomes, outcome{decided: decided{Decision: d, call: w.call, at: r.now().UnixMilli()}})
	}
	made, err := r.decideAll(ctx, timely)
	if err != nil {
		return nil, err
	}
	outcomes = append(outcomes, made...)
	created := tenantsCreated(records)
	wishes, err := r.wishes(ctx, records)
	if err != nil {
		return nil, err
	}
	if len(outcomes) == 0 && len(created) == 0 && len(wishes) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	own := &round{created: created, outcomes: outcomes, wishes: wishes}
	r.round = own
	return func(ctx context.Context, tx *eventlog.Tx) error { return r.write(ctx, tx, own) }, nil
}

// committed is called when what was prepared last has been written.
func (r *Routing) committed() {
	if r.round == nil {
		return
	}
	var commands []command
	for _, o := range r.round.written {
		if o.command != nil {
			commands = append(commands, *o.command)
		}
		if o.Reason == ReasonTooLate {
			r.metrics.finished(ReasonTooLate)
		}
	}
	for _, w := range r.round.wishes {
		if w.command != nil {
			commands = append(commands, *w.command)
		}
	}
	r.round = nil
	r.sender.take(commands)
}

// tenantsCreated returns the tenants that came into being: they get default rules.
func tenantsCreated(records []eventlog.Record) (ids []int64) {
	for _, record := range records {
		if record.Type == "tenant.created" {
			ids = append(ids, record.Tenant)
		}
	}
	return ids
}

// reported returns the calls that records report to wait, each once, by its
// first report.
func reported(records []eventlog.Record) (calls []waiting) {
	seen := map[callRef]bool{}
	for _, record := range records {
		if record.Type != call.TypeStandby {
			continue
		}
		connector, callID, ok := live.ParseStream(record.Stream)
		ref := callRef{Tenant: record.Tenant, Connector: connector, CallID: callID}
		if !ok || seen[ref] {
			continue
		}
		event, err := call.Decode(record.Type, record.Key, record.At, record.Data)
		if err != nil {
			continue // the fold ignores it as well
		}
		seen[ref] = true
		calls = append(calls, waiting{call: ref, position: record.Position, received: record.Received, event: event})
	}
	return calls
}

// stillWaiting drops the calls that have moved on.
func (r *Routing) stillWaiting(ctx context.Context, calls []waiting) ([]waiting, error) {
	states, err := r.live.States(ctx, r.db, refsOf(calls))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(calls, func(w waiting) bool { return r.movedOn(w.call, states) }), nil
}

func refsOf(calls []waiting) []callRef {
	refs := make([]callRef, len(calls))
	for i, w := range calls {
		refs[i] = w.call
	}
	return refs
}

// movedOn reports whether a call waits no more, in which case there is nothing
// to decide.
func (r *Routing) movedOn(ref callRef, states map[callRef]call.State) bool {
	state := states[ref]
	if state == call.StateStandby {
		return false
	}
	r.logger.Debug("call not decided", "call_id", ref.CallID, "tenant", ref.Tenant, "reason", "moved_on", "state", state)
	return true
}

// undecided drops the calls that have been decided about.
func (r *Routing) undecided(ctx context.Context, calls []waiting) ([]waiting, error) {
	done, err := r.store.findDecisions(ctx, refsOf(calls))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(calls, func(w waiting) bool { _, ok := done[w.call]; return ok }), nil
}

// part parts the calls that a decision can still reach from those that it
// cannot.
func (r *Routing) part(calls []waiting) (timely, late []waiting) {
	now := r.now().UnixMilli()
	for _, w := range calls {
		if now >= w.received+r.deadline.Milliseconds() {
			late = append(late, w)
		} else {
			timely = append(timely, w)
		}
	}
	return timely, late
}

// fill adds what the reports leave out and earlier events of the calls may
// have said; the codes if they are asked for. Many calls have none.
func (r *Routing) fill(ctx context.Context, tenant int64, calls []waiting, codes bool) error {
	var lacking []live.Ref
	at := map[live.Ref]*call.Event{}
	for i := range calls {
		w := &calls[i]
		if w.event.TheirNumber == "" || w.event.OurNumber == "" || codes && w.event.Code == "" {
			ref := live.Ref{Connector: w.call.Connector, CallID: w.call.CallID}
			lacking, at[ref] = append(lacking, ref), &w.event
		}
	}
	found, err := r.live.FindRefs(ctx, tenant, lacking)
	if err != nil {
		return err
	}
	for _, c := range found {
		e := at[live.Ref{Connector: c.Connector, CallID: c.CallID}]
		e.TheirNumber = cmp.Or(e.TheirNumber, c.State.TheirNumber)
		e.OurNumber = cmp.Or(e.OurNumber, c.State.OurNumber)
		e.Code = cmp.Or(e.Code, c.State.Code)
	}
	for i := range calls {
		e := &calls[i].event
		// Nobody's number is longer; what is would not fit into a question.
		e.TheirNumber, e.OurNumber, e.Code = short(e.TheirNumber), short(e.OurNumber), short(e.Code)
	}
	return nil
}

// decideAll decides about calls, tenant by tenant.
func (r *Routing) decideAll(ctx context.Context, calls []waiting) ([]outcome, error) {
	byTenant := map[int64][]waiting{}
	var order []int64
	for _, w := range calls {
		if byTenant[w.call.Tenant] == nil {
			order = append(order, w.call.Tenant)
		}
		byTenant[w.call.Tenant] = append(byTenant[w.call.Tenant], w)
	}
	var outcomes []outcome
	for _, id := range order {
		t, err := r.tenants.Find(ctx, id)
		if problem.Of(err).Kind == problem.NotFound {
			continue // its events are still there, its people are not
		}
		if err != nil {
			return nil, err
		}
		made, err := r.decideTenant(ctx, t, byTenant[id])
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, made...)
	}
	return outcomes, nil
}

func (r *Routing) decideTenant(ctx context.Context, t tenant.Tenant, calls []waiting) ([]outcome, error) {
	set, err := r.current(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := r.fill(ctx, t.ID, calls, set.asksCode()); err != nil {
		return nil, err
	}
	callers := make([]ask.Caller, len(calls))
	for i, w := range calls {
		callers[i] = ask.Caller{Connector: w.call.Connector, CallID: w.call.CallID, Number: w.event.TheirNumber}
	}
	matches, err := r.match(ctx, ask.MatchCallersQuestion{Tenant: t.ID, Region: t.Region, Callers: callers})
	if err != nil {
		return nil, err
	}
	outcomes, zone := make([]outcome, len(calls)), zoneOf(t.TimeZone)
	for i, w := range calls {
		w.tenant, w.zone, w.match = t, zone, matches[i]
		if set.asksConnector() {
			connector, err := r.connectors.find(ctx, w.call.Tenant, w.call.Connector)
			if err != nil && problem.Of(err).Kind != problem.NotFound {
				return nil, err
			}
			w.connector = connector.Name
		}
		if outcomes[i], err = r.decideOne(set, w); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// decideOne lets the rules decide and makes the command that follows.
func (r *Routing) decideOne(set *RuleSet, w waiting) (outcome, error) {
	started := time.Now()
	d := Decide(set, w.facts())
	r.metrics.decide.Observe(time.Since(started).Seconds())
	now := r.now().UnixMilli()
	o := outcome{decided: decided{Decision: d, call: w.call, at: now}}
	if d.Destination == "" {
		return o, nil
	}
	id, err := newID()
	if err != nil {
		return outcome{}, err
	}
	o.command = &command{
		id: id, call: w.call, cause: w.position, kind: "delegate", destination: d.Destination,
		received: w.received, deadline: w.received + r.deadline.Milliseconds(),
		dueAt: now + r.sender.holdTime.Milliseconds(), owner: r.sender.owner, status: statusPending, createdAt: now,
	}
	return o, nil
}

func (w waiting) facts() Facts {
	return Facts{
		Known: !w.match.New && !w.match.Withheld, Withheld: w.match.Withheld, Number: w.event.TheirNumber,
		Name: w.match.Name, Groups: w.match.Groups, ContactID: w.match.ContactID,
		Called: w.event.OurNumber, Connector: w.connector, Code: w.event.Code,
		At: w.received, Region: w.tenant.Region, Zone: w.zone,
	}
}

// match asks who the callers are, a few times if need be.
func (r *Routing) match(ctx context.Context, q ask.MatchCallersQuestion) (matches []ask.Match, err error) {
	pause := askPause
	for attempt := 1; ; attempt++ {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		matches, err = bus.Ask(asking, r.bus, ask.MatchCallers, q)
		cancel()
		if err == nil && len(matches) != len(q.Callers) {
			err = fmt.Errorf("%d answers for %d callers", len(matches), len(q.Callers))
		}
		if err == nil || attempt == askAttempts || ctx.Err() != nil {
			break
		}
		if !wait(ctx, pause) {
			break
		}
		pause *= 2
	}
	if err != nil {
		return nil, fmt.Errorf("ask who is calling: %w", err)
	}
	return matches, nil
}

// wait waits and reports whether ctx is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
