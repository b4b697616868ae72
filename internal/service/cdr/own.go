// SPDX-License-Identifier: Apache-2.0

package cdr

import (
	"context"
	"slices"
	"strings"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/call"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/problem"
)

// own reports whether whoever asks may see their own calls only, and by which
// actors phone systems know them; there are none for whoever is no agent.
func (c *CDR) own(ctx context.Context, t identity.Tenant) (actors []string, onlyOwn bool, err error) {
	p, _ := identity.From(ctx)
	if !p.OnlyOwn(identity.CallRead) {
		return nil, false, nil
	}
	who, err := bus.Ask(ctx, c.bus, ask.FindAgent, ask.AgentQuestion{Tenant: t.ID, ID: p.ID})
	if problem.Of(err).Kind == problem.NotFound {
		return nil, true, nil
	}
	for _, actor := range []string{who.Email, who.Login} {
		if actor != "" {
			actors = append(actors, actor)
		}
	}
	return actors, true, err
}

// find returns a call that whoever asks may see. One that they may not is not
// there: NotFound.
func (c *CDR) find(ctx context.Context, t identity.Tenant, id int64) (live.Call, error) {
	found, err := c.live.Find(ctx, t.ID, id)
	if err != nil {
		return live.Call{}, err
	}
	actors, onlyOwn, err := c.own(ctx, t)
	if err != nil {
		return live.Call{}, err
	}
	isTheirs := slices.ContainsFunc(found.State.Participants, func(p call.Participant) bool {
		return slices.Contains(actors, strings.ToLower(p.Actor))
	})
	if onlyOwn && !isTheirs {
		return live.Call{}, problem.New(problem.NotFound, "call.not_found", "There is no such call.")
	}
	return found, nil
}
