// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"
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

	position int64
	command  *command // nil when there is nothing to tell the phone system
}

// prepare looks at records for calls that wait and decides about them. It
// fails when another module that has to be asked does not answer; the same
// records come again then, and calls that have waited too long meanwhile are
// written down as missed.
func (r *Routing) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	calls, err := r.undecided(ctx, records)
	if err != nil {
		return nil, err
	}
	timely, late, err := r.stillWaiting(ctx, calls)
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, 0, len(calls))
	for _, w := range late {
		d := Decision{Reason: ReasonTooLate, Matched: []Matched{}, Rejected: []Rejected{}, StandbyReceived: w.received}
		outcomes = append(outcomes, outcome{decided: decided{Decision: d, call: w.call, at: r.now().UnixMilli()}, position: w.position})
	}
	made, err := r.decideAll(ctx, timely)
	if err != nil {
		return nil, err
	}
	outcomes = append(outcomes, made...)
	created := tenantsCreated(records)
	if len(outcomes) == 0 && len(created) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	return func(ctx context.Context, tx *eventlog.Tx) error { return r.write(ctx, tx, outcomes, created) }, nil
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

// undecided returns the calls that records report to wait and that have not
// been decided about, each once, by its first report.
func (r *Routing) undecided(ctx context.Context, records []eventlog.Record) ([]waiting, error) {
	var calls []waiting
	var refs []callRef
	seen := map[callRef]bool{}
	for _, record := range records {
		if record.Type != call.TypeStandby {
			continue
		}
		connector, callID, ok := live.ParseStream(record.Stream)
		ref := callRef{record.Tenant, connector, callID}
		if !ok || seen[ref] {
			continue
		}
		event, err := call.Decode(record.Type, record.Key, record.At, record.Data)
		if err != nil {
			continue // the fold ignores it as well
		}
		seen[ref] = true
		refs = append(refs, ref)
		calls = append(calls, waiting{call: ref, position: record.Position, received: record.Received, event: event})
	}
	if len(calls) == 0 {
		return nil, nil
	}
	done, err := r.store.findDecisions(ctx, refs)
	if err != nil {
		return nil, err
	}
	open := calls[:0]
	for _, w := range calls {
		if _, ok := done[w.call]; !ok {
			open = append(open, w)
		}
	}
	return open, nil
}

// stillWaiting drops the calls that have moved on, and parts those that a
// decision can still reach from those that it cannot.
func (r *Routing) stillWaiting(ctx context.Context, calls []waiting) (timely, late []waiting, err error) {
	for _, w := range calls {
		now, err := r.live.FindByCallID(ctx, w.call.tenant, w.call.connector, w.call.callID)
		if err != nil && problem.Of(err).Kind != problem.NotFound {
			return nil, nil, err
		}
		if now.State.State != call.StateStandby {
			r.logger.Debug("call not decided", "call_id", w.call.callID, "tenant", w.call.tenant, "reason", "moved_on", "state", now.State.State)
			continue
		}
		if r.now().UnixMilli() >= w.received+r.deadline.Milliseconds() {
			late = append(late, w)
			continue
		}
		// What the report leaves out, earlier events of the call may have said.
		fill(&w.event.TheirNumber, now.State.TheirNumber)
		fill(&w.event.OurNumber, now.State.OurNumber)
		fill(&w.event.Code, now.State.Code)
		// Nobody's number is longer; what is would not fit into a question.
		w.event.TheirNumber, w.event.OurNumber, w.event.Code = short(w.event.TheirNumber), short(w.event.OurNumber), short(w.event.Code)
		timely = append(timely, w)
	}
	return timely, late, nil
}

func fill(text *string, other string) {
	if *text == "" {
		*text = other
	}
}

// decideAll decides about calls, tenant by tenant.
func (r *Routing) decideAll(ctx context.Context, calls []waiting) ([]outcome, error) {
	byTenant := map[int64][]waiting{}
	var order []int64
	for _, w := range calls {
		if byTenant[w.call.tenant] == nil {
			order = append(order, w.call.tenant)
		}
		byTenant[w.call.tenant] = append(byTenant[w.call.tenant], w)
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
	callers := make([]ask.Caller, len(calls))
	for i, w := range calls {
		callers[i] = ask.Caller{Connector: w.call.connector, CallID: w.call.callID, Number: w.event.TheirNumber}
	}
	matches, err := r.match(ctx, ask.MatchCallersQuestion{Tenant: t.ID, Region: t.Region, Callers: callers})
	if err != nil {
		return nil, err
	}
	outcomes, zone := make([]outcome, len(calls)), zoneOf(t.TimeZone)
	for i, w := range calls {
		w.tenant, w.zone, w.match = t, zone, matches[i]
		if set.asksConnector() {
			connector, err := r.connectors.find(ctx, w.call.tenant, w.call.connector)
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
	o := outcome{decided: decided{Decision: d, call: w.call, at: now}, position: w.position}
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

// write writes what was decided, unless it has been already.
func (r *Routing) write(ctx context.Context, tx *eventlog.Tx, outcomes []outcome, created []int64) error {
	for _, id := range created {
		if _, err := r.ensureDefaults(ctx, tx, id); err != nil {
			return err
		}
	}
	var events []eventlog.Event
	var commands []command
	for _, o := range outcomes {
		data, err := json.Marshal(o.Decision)
		if err != nil {
			return fmt.Errorf("encode decision: %w", err)
		}
		fresh, err := r.store.insertDecision(ctx, tx, o.decided, data)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if o.Reason == ReasonTooLate {
			event, err := tooLate(o)
			if err != nil {
				return err
			}
			events = append(events, event)
			r.metrics.finished(ReasonTooLate)
			continue
		}
		events = append(events, ownEvent(o.call, "routing.decided", "routing.decided", o.at, data))
		if o.command != nil {
			if err := r.store.insertCommand(ctx, tx, *o.command); err != nil {
				return err
			}
			commands = append(commands, *o.command)
		}
	}
	r.sender.expect(commands)
	if len(events) == 0 {
		return nil
	}
	_, err := tx.Append(ctx, events...)
	return err
}

// tooLate is the fact that nobody was told in time where a call goes, because
// we came to it too late to decide.
func tooLate(o outcome) (eventlog.Event, error) {
	data, err := json.Marshal(commandFact{Reason: ReasonTooLate, Kind: "delegate"})
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode missed command: %w", err)
	}
	return ownEvent(o.call, typeMissed, typeMissed, o.at, data), nil
}

// ownEvent is a fact of ours about a call.
func ownEvent(call callRef, key, typ string, at int64, data []byte) eventlog.Event {
	return eventlog.Event{
		Tenant: call.tenant, Stream: live.Stream(call.connector, call.callID), Key: key, Type: typ,
		At: at, Received: at, Timed: true, Data: data,
	}
}
