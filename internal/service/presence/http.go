// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/ask"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
)

// routes is the table of contents of this module's API.
func (p *Presence) routes(api *httpapi.API) []module.Route {
	const states, reasons, wrapUp = "/api/v1/agents/states", "/api/v1/pause-reasons", "/api/v1/agents/wrap-up"
	describePeers(api)
	return []module.Route{
		httpapi.Get(api, states, identity.AgentRead, "List agents with what they do now", p.listStates),
		httpapi.Put(api, "/api/v1/agents/{id}/state", identity.SelfWrite, "Say what an agent does", p.putState),
		{Method: http.MethodGet, Pattern: "/peers", Right: identity.AgentRead, Wire: true, Handler: http.HandlerFunc(p.servePeers)},

		httpapi.Get(api, reasons, identity.AgentRead, "List reasons to pause", p.listReasons),
		httpapi.Create(api, reasons, identity.SettingsWrite, "Add a reason to pause", p.createReason),
		httpapi.Put(api, reasons+"/{id}", identity.SettingsWrite, "Rename a reason to pause", p.putReason),
		httpapi.Delete(api, reasons+"/{id}", identity.SettingsWrite, "Delete a reason to pause", p.deleteReason),
		httpapi.Post(api, reasons+"/{id}/restore", identity.SettingsWrite, "Bring a deleted reason back", p.restoreReason),

		httpapi.Get(api, wrapUp, identity.AgentRead, "Say how long agents rest after a call", p.getWrapUp),
		httpapi.Put(api, wrapUp, identity.SettingsWrite, "Set how long agents rest after a call", p.putWrapUp),
	}
}

type agentStatesInput struct {
	httpapi.Page

	Search string   `query:"search" maxLength:"100" doc:"A part of a name, login or number; accents do not matter"`
	State  []string `query:"state" maxItems:"6" enum:"busy,ringing,wrap_up,paused,free,logged_out" doc:"Only agents in one of these states"`
	Sort   string   `query:"sort" enum:"state,-state,since,-since,name,-name" default:"state" doc:"state: the busy first, then ringing, wrap_up, paused, free, logged_out, of each the longest first; since: the longest first; a minus turns it round"`
}

type agentStatesOutput struct {
	Body struct {
		httpapi.List[liveview.AgentState]

		Counts map[string]int `json:"counts" doc:"How many of those that the search finds are in each state"`
	}
}

func (p *Presence) listStates(ctx context.Context, in *agentStatesInput) (*agentStatesOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	from, err := parseCursor(in.After)
	if err != nil {
		return nil, err
	}
	all, err := p.answer(ctx, ask.AgentsQuestion{Tenant: t.ID})
	if err != nil {
		return nil, err
	}
	found, counts := choose(all, in.Search, in.State)
	page := pageOf(found, in.Sort, from, in.Limit+1)
	out := &agentStatesOutput{}
	out.Body.Counts = counts
	out.Body.Items = make([]liveview.AgentState, min(len(page), in.Limit))
	for i := range out.Body.Items {
		out.Body.Items[i] = liveview.AgentStateOf(&page[i])
	}
	if len(page) > in.Limit {
		out.Body.Next = cursorOf(&page[in.Limit-1])
	}
	return out, nil
}

type agentStateInput struct {
	ID   string `path:"id" maxLength:"100" doc:"The agent's _id; me for oneself"`
	Body struct {
		State  string `json:"state" enum:"paused,free,logged_out"`
		Reason string `json:"reason,omitempty" maxLength:"100" doc:"Id of a reason to pause"`
	}
}

type agentStateOutput struct{ Body liveview.AgentState }

func (p *Presence) putState(ctx context.Context, in *agentStateInput) (*agentStateOutput, error) {
	s, err := p.SetState(ctx, in.ID, State(in.Body.State), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &agentStateOutput{liveview.AgentStateOf(&s)}, nil
}

// peers is the phones of a call centre, in the vendor's shape: its size is a
// string.
type peers struct {
	Size string `json:"size"`
	List []peer `json:"list"`
}

type peer struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

// servePeers answers as the vendor's own API does.
func (p *Presence) servePeers(w http.ResponseWriter, r *http.Request) {
	t, err := identity.TenantOf(r.Context())
	if err != nil {
		httpapi.WriteProblem(w, err)
		return
	}
	agents, err := p.answer(r.Context(), ask.AgentsQuestion{Tenant: t.ID})
	if err != nil {
		p.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		httpapi.WriteProblem(w, err)
		return
	}
	out := peers{List: []peer{}}
	for i := range agents {
		if agents[i].Extension != "" {
			out.List = append(out.List, peer{agents[i].Name, agents[i].Extension})
		}
	}
	out.Size = strconv.Itoa(len(out.List))
	httpapi.WriteJSON(w, http.StatusOK, out)
}

// describePeers adds the plain handler to the description of the API.
func describePeers(api *httpapi.API) {
	text := &huma.Schema{Type: huma.TypeString}
	one := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"name": text, "number": text}, Required: []string{"name", "number"}}
	body := &huma.Schema{Type: huma.TypeObject, Required: []string{"size", "list"}, Properties: map[string]*huma.Schema{
		"size": {Type: huma.TypeString, Description: "How many, as a string"},
		"list": {Type: huma.TypeArray, Items: one},
	}}
	api.Describe(&huma.Operation{
		Method: http.MethodGet, Path: "/peers", Summary: "List phones as the vendor's API does", Tags: []string{"agents"},
		Description: "Needs the right `" + identity.AgentRead + "`.",
		Security:    []map[string][]string{{"session": {}}, {"basic": {}}, {"apiKey": {}}},
		Responses: map[string]*huma.Response{"200": {
			Description: "The agents that have a number.", Content: map[string]*huma.MediaType{"application/json": {Schema: body}},
		}},
	})
}
