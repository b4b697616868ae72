// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// write writes what was decided, unless it has been already or its call has
// moved on while it was decided: nobody would be told.
func (r *Routing) write(ctx context.Context, tx *eventlog.Tx, round *round) error {
	for _, id := range round.created {
		if _, err := r.ensureDefaults(ctx, tx, id); err != nil {
			return err
		}
	}
	if err := r.writeWishes(ctx, tx, round.wishes); err != nil {
		return err
	}
	due, err := r.due(ctx, tx, round.outcomes)
	if err != nil {
		return err
	}
	fresh, err := r.store.insertDecisions(ctx, tx, due)
	if err != nil {
		return err
	}
	round.written = nil // this may be the second time
	var events []eventlog.Event
	var commands []command
	for _, o := range due {
		if !fresh[o.call] {
			continue
		}
		round.written = append(round.written, o)
		event := ownEvent(o.call, "routing.decided", "routing.decided", o.at, o.data)
		if o.Reason == ReasonTooLate {
			if event, err = tooLate(o); err != nil {
				return err
			}
		}
		events = append(events, event)
		if o.command != nil {
			commands = append(commands, *o.command)
		}
	}
	if len(events) == 0 {
		return nil
	}
	if err := r.store.insertCommands(ctx, tx, commands); err != nil {
		return err
	}
	_, err = tx.Append(ctx, events...)
	return err
}

// due returns the outcomes whose calls wait still, with their decisions
// encoded. No event can come between this look and the commit.
func (r *Routing) due(ctx context.Context, tx *eventlog.Tx, outcomes []outcome) ([]outcome, error) {
	names := make([]callRef, len(outcomes))
	for i, o := range outcomes {
		names[i] = o.call
	}
	states, err := r.live.States(ctx, tx, names)
	if err != nil {
		return nil, err
	}
	due := make([]outcome, 0, len(outcomes))
	for _, o := range outcomes {
		if r.movedOn(o.call, states) {
			continue
		}
		if o.data, err = json.Marshal(o.Decision); err != nil {
			return nil, fmt.Errorf("encode decision: %w", err)
		}
		due = append(due, o)
	}
	return due, nil
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
		Tenant: call.Tenant, Stream: live.Stream(call.Connector, call.CallID), Key: key, Type: typ,
		At: at, Received: at, Timed: true, Data: data,
	}
}
