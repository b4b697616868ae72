// SPDX-License-Identifier: Apache-2.0

package cdr

import (
	"context"
	"time"

	"tandem/internal/call"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
)

// routes is the table of contents of the call records.
func (c *CDR) routes(api *httpapi.API) []module.Route {
	routes := []module.Route{
		httpapi.Get(api, "/api/v1/calls", identity.CallRead, "List calls, the newest first", c.listCalls),
		httpapi.Get(api, "/api/v1/calls/{id}", identity.CallRead, "Get a call, as it is or as it was", c.findCall),
		httpapi.Get(api, "/api/v1/calls/{id}/events", identity.CallRead, "List the events of a call, in the order they are told", c.listEvents),
	}
	for i := range routes {
		routes[i].Own = true
	}
	return routes
}

type callListInput struct {
	httpapi.Page

	State     []string  `query:"state" enum:"NEW,STANDBY,WAITING,ONGOING,FINISHED" doc:"One or more states, with commas" example:"NEW,WAITING"`
	Open      string    `query:"open" enum:"true,false" doc:"Only calls that live, or only those that have ended"`
	Direction string    `query:"direction" enum:"inbound,outbound,internal"`
	Queue     string    `query:"queue" maxLength:"64" doc:"Number of the queue the call was in last"`
	Agent     string    `query:"agent" maxLength:"256" doc:"Actor who has the call, or had it last"`
	Number    string    `query:"number" maxLength:"128" doc:"Their number, in any writing"`
	Connector int64     `query:"connector" minimum:"1"`
	Search    string    `query:"search" maxLength:"255" doc:"A number or a call id, or a part of one"`
	From      time.Time `query:"from" doc:"Only calls last heard of at this time or later"`
	To        time.Time `query:"to" doc:"Only calls last heard of before this time"`
}

type callListOutput struct{ Body httpapi.List[liveview.Call] }

func (c *CDR) listCalls(ctx context.Context, in *callListInput) (*callListOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := httpapi.ParseIntCursor(in.After, 0)
	if err != nil {
		return nil, err
	}
	filter := live.Filter{
		Direction: in.Direction, Queue: in.Queue, Actor: in.Agent, Number: in.Number, Search: in.Search,
		Connector: in.Connector, From: ms(in.From), To: ms(in.To), After: after, Limit: in.Limit + 1,
	}
	for _, state := range in.State {
		filter.States = append(filter.States, call.State(state))
	}
	if in.Open != "" {
		open := in.Open == "true"
		filter.Open = &open
	}
	actors, onlyOwn, err := c.own(ctx, tenant)
	if err != nil {
		return nil, err
	}
	filter.Actors = actors
	var calls []live.Call
	if !onlyOwn || len(actors) > 0 {
		if calls, err = c.live.List(ctx, tenant.ID, filter); err != nil {
			return nil, err
		}
	}
	page := httpapi.Cut(calls, in.Limit, func(found live.Call) string { return httpapi.IntCursor(found.ID) })
	names := c.namer.Name(ctx, tenant.ID, page.Items, true)
	out := &callListOutput{Body: httpapi.List[liveview.Call]{Items: make([]liveview.Call, 0, len(page.Items)), Next: page.Next}}
	for i := range page.Items {
		out.Body.Items = append(out.Body.Items, liveview.CallOf(&page.Items[i], names, tenant.Region))
	}
	return out, nil
}

type callInput struct {
	ID       int64     `path:"id" minimum:"1"`
	At       time.Time `query:"at" doc:"The call as its events up to this time describe it" example:"2026-01-01T00:00:00Z"`
	Position int64     `query:"position" minimum:"0" doc:"The call as it was known at this position of the log"`
}

type callOutput struct{ Body liveview.Call }

func (c *CDR) findCall(ctx context.Context, in *callInput) (*callOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.find(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	if then := (instant{ms(in.At), in.Position}); then != (instant{}) {
		if found, err = c.asOf(ctx, tenant, found, then); err != nil {
			return nil, err
		}
	}
	names := c.namer.Name(ctx, tenant.ID, []live.Call{found}, true)
	return &callOutput{liveview.CallOf(&found, names, tenant.Region)}, nil
}

type callEventListInput struct {
	httpapi.Page

	ID int64 `path:"id" minimum:"1"`
}

type callEventListOutput struct{ Body httpapi.List[callEvent] }

func (c *CDR) listEvents(ctx context.Context, in *callEventListInput) (*callEventListOutput, error) {
	tenant, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := httpapi.ParseIntCursor(in.After, 0)
	if err != nil {
		return nil, err
	}
	found, err := c.find(ctx, tenant, in.ID)
	if err != nil {
		return nil, err
	}
	records, err := c.eventsAfter(ctx, &found, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return &callEventListOutput{eventPage(records, in.Limit, c.namer.Connectors(ctx, tenant.ID))}, nil
}
