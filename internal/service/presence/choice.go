// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// me stands for the agent who asks.
const me = "me"

// SetState chooses what an agent does from now on: Free, Paused with the id of
// a reason or without any, or LoggedOut. Agents choose for themselves; for
// others it takes the right to change agents. During a call the choice waits
// for its end. The answer is what the agent does now.
func (p *Presence) SetState(ctx context.Context, id string, state State, reasonID string) (ask.AgentState, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return ask.AgentState{}, err
	}
	who, _ := identity.From(ctx)
	if id == me {
		id = who.ID
	}
	if id != who.ID && !who.Can(identity.AgentWrite) {
		return ask.AgentState{}, problem.New(problem.Denied, "identity.denied", "To choose for others needs the right %s.", identity.AgentWrite)
	}
	a, err := p.store.find(ctx, t.ID, id)
	if err != nil {
		return ask.AgentState{}, err
	}
	reason, err := p.reasonOf(ctx, t.ID, state, reasonID)
	if err != nil {
		return ask.AgentState{}, err
	}
	wrapUp, err := p.store.wrapUp(ctx, t.ID)
	if err != nil {
		return ask.AgentState{}, err
	}
	change, err := uuid.NewV7()
	if err != nil {
		return ask.AgentState{}, fmt.Errorf("make id: %w", err)
	}
	data, err := json.Marshal(stateData{AgentID: a.ID, Login: a.Login, State: state, ReasonID: reason.ID, Reason: reason.Name, By: who.ID})
	if err != nil {
		return ask.AgentState{}, fmt.Errorf("encode state: %w", err)
	}
	now := p.now()
	event := eventlog.Event{
		Tenant: t.ID, Stream: "agent/0/" + a.Login, Key: typeState + "/" + change.String(), Type: typeState,
		At: now, Received: now, Timed: true, Data: data,
	}
	before := a.state(now, wrapUp)
	err = p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if _, err := tx.Append(ctx, event); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "agent.state_changed", Object: "agent/" + a.ID,
			Before: seen{before.State, before.Reason}, After: seen{string(state), reason.Name},
		})
	})
	// The reader comes to the same when it reads the event.
	a.Facts.Choose(Choice{State: state, ReasonID: reason.ID, Reason: reason.Name, Order: call.Order{At: now, Key: event.Key}})
	return a.state(now, wrapUp), err
}

// seen is a state as the audit trail shows it.
type seen struct {
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// reasonOf returns the reason with an id, which only a pause has.
func (p *Presence) reasonOf(ctx context.Context, tenant int64, state State, id string) (Reason, error) {
	if id == "" {
		return Reason{}, nil
	}
	fault := func(detail string) error {
		return problem.NewFields("agent.invalid_state", "The agent cannot be put in this state.", problem.Field{Name: "body.reason", Detail: detail})
	}
	if state != Paused {
		return Reason{}, fault("only a pause has a reason")
	}
	r, err := p.store.findReason(ctx, p.db, tenant, id, false)
	if problem.Of(err).Kind == problem.NotFound {
		return Reason{}, fault("must be the id of a reason to pause")
	}
	return r, err
}
