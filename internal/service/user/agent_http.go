// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"

	"github.com/google/uuid"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

func (u *Users) agentRoutes(api *httpapi.API) []module.Route {
	const read, write = identity.AgentRead, identity.AgentWrite
	return []module.Route{
		httpapi.Get(api, "/api/v1/agents", read, "List agents, the oldest first", u.listAgents),
		httpapi.Create(api, "/api/v1/agents", write, "Create an agent", u.createAgent),
		httpapi.Get(api, "/api/v1/agents/{id}", read, "Get an agent", u.getAgent),
		httpapi.Put(api, "/api/v1/agents/{id}", write, "Replace an agent", u.putAgent),
		httpapi.Patch(api, "/api/v1/agents/{id}", write, "Change parts of an agent", u.patchAgent),
		httpapi.Delete(api, "/api/v1/agents/{id}", write, "Delete an agent, whose sessions and login end at once", u.deleteAgent),
		httpapi.Post(api, "/api/v1/agents/import", write, "Create and change agents from a CSV file", u.importAgents),
		httpapi.Post(api, "/api/v1/agents/{id}/restore", write, "Restore a deleted agent", u.restoreAgent),
		httpapi.Post(api, "/api/v1/agents/{id}/erase", write, "Overwrite what is stored of an agent as a person, for good", u.eraseAgentForGood),
	}
}

// agentBody is what a client may say of an agent. What the service itself says
// of a record may be sent back, and is not looked at.
type agentBody struct {
	Login     string   `json:"login" maxLength:"254" doc:"2 to 64 letters, digits and . _ @ -; unlike every other in the installation"`
	Name      string   `json:"name,omitempty" maxLength:"200" doc:"The login when it is left out"`
	Email     string   `json:"email,omitempty" maxLength:"254" doc:"Phone systems name agents by it"`
	Extension string   `json:"extension,omitempty" maxLength:"64"`
	IDSip     string   `json:"idSip,omitempty" maxLength:"100" doc:"_id of the SIP account that the agent's phone registers with"`
	Role      string   `json:"role,omitempty" maxLength:"100" doc:"_id of a role" example:"agent"`
	Queues    []string `json:"queues,omitempty" maxItems:"100" doc:"Numbers of queues"`
	Device    string   `json:"device,omitempty" enum:"sip,browser,phone" doc:"What the agent talks with; sip when it is left out"`
	Password  string   `json:"password,omitempty" maxLength:"1024" doc:"Of a new agent; without it, send an invitation"`

	ID          string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	Creator     string `json:"creator,omitempty" maxLength:"100" readOnly:"true"`
	HasPassword bool   `json:"hasPassword,omitempty" readOnly:"true"`
	CreatedAt   int64  `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt   int64  `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted     bool   `json:"deleted,omitempty" readOnly:"true"`
}

// agentPatch is the part of an agent that is to change.
type agentPatch struct {
	Login     *string   `json:"login,omitempty" maxLength:"254"`
	Name      *string   `json:"name,omitempty" maxLength:"200"`
	Email     *string   `json:"email,omitempty" maxLength:"254"`
	Extension *string   `json:"extension,omitempty" maxLength:"64"`
	IDSip     *string   `json:"idSip,omitempty" maxLength:"100"`
	Role      *string   `json:"role,omitempty" minLength:"1" maxLength:"100"`
	Queues    *[]string `json:"queues,omitempty" maxItems:"100"`
	Device    *string   `json:"device,omitempty" enum:"sip,browser,phone"`
}

// agentOutput is an agent on the wire.
type agentOutput struct {
	ID          string   `json:"_id"`
	Login       string   `json:"login"`
	Name        string   `json:"name"`
	Email       string   `json:"email"`
	Extension   string   `json:"extension"`
	IDSip       string   `json:"idSip"`
	Role        string   `json:"role" doc:"_id of a role; that of a built-in role is its name"`
	Queues      []string `json:"queues"`
	Device      string   `json:"device" enum:"sip,browser,phone"`
	Creator     string   `json:"creator" doc:"_id of the agent or key who added them; empty when Tandem itself did"`
	HasPassword bool     `json:"hasPassword" doc:"False until an invitation is accepted"`
	CreatedAt   int64    `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64    `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool     `json:"deleted"`
}

func agentOnWire(a Agent) agentOutput {
	queues := a.Queues
	if queues == nil {
		queues = []string{}
	}
	return agentOutput{
		ID: a.ID, Login: a.Login, Name: a.Name, Email: a.Email, Extension: a.Extension, IDSip: a.IDSip, Role: a.Role,
		Queues: queues, Device: a.Device, Creator: a.Creator, HasPassword: a.HasPassword,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Deleted: a.Deleted,
	}
}

type (
	agentPath struct {
		ID string `path:"id" maxLength:"100" doc:"The agent's _id"`
	}
	agentInput    struct{ Body agentBody }
	agentPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The agent's _id"`
		Body agentBody
	}
	agentPatchInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The agent's _id"`
		Body agentPatch
	}
	agentAnswer    struct{ Body agentOutput }
	agentListInput struct {
		httpapi.Page

		Search  string `query:"search" maxLength:"200" doc:"Words of a name, login, e-mail address or extension; case and accents do not matter"`
		Role    string `query:"role" maxLength:"100" doc:"_id of a role"`
		Queue   string `query:"queue" maxLength:"64" doc:"Number of a queue"`
		Device  string `query:"device" enum:"sip,browser,phone"`
		Deleted bool   `query:"deleted" doc:"Deleted ones, too"`
	}
	agentListAnswer struct{ Body httpapi.List[agentOutput] }
)

func (u *Users) listAgents(ctx context.Context, in *agentListInput) (*agentListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if in.After != "" && uuid.Validate(in.After) != nil {
		return nil, noSuchPage()
	}
	agents, err := u.store.listAgents(ctx, t.ID, agentFilter{
		search: in.Search, role: in.Role, queue: in.Queue, device: in.Device, deleted: in.Deleted, after: in.After, limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	items := make([]agentOutput, len(agents))
	for i, a := range agents {
		items[i] = agentOnWire(a)
	}
	return &agentListAnswer{httpapi.Cut(items, in.Limit, func(a agentOutput) string { return a.ID })}, nil
}

func (b agentBody) agent() Agent {
	return Agent{
		User:  User{Login: b.Login, Name: b.Name, Email: b.Email, Extension: b.Extension, Role: b.Role},
		IDSip: b.IDSip, Queues: b.Queues, Device: b.Device,
	}
}

func (u *Users) createAgent(ctx context.Context, in *agentInput) (*agentAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.CreateAgent(ctx, t, in.Body.agent(), in.Body.Password)
	return &agentAnswer{agentOnWire(a)}, err
}

func (u *Users) getAgent(ctx context.Context, in *agentPath) (*agentAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.store.findAgent(ctx, u.Database, t.ID, in.ID, false)
	return &agentAnswer{agentOnWire(a)}, err
}

// putAgent asks for the role: left out, it would make an agent of an
// administrator.
func (u *Users) putAgent(ctx context.Context, in *agentPutInput) (*agentAnswer, error) {
	b := in.Body
	switch {
	case b.Role == "":
		return nil, badAgent(problem.Field{Name: "body.role", Detail: "must be there when an agent is replaced"})
	case b.Password != "":
		return nil, badAgent(problem.Field{Name: "body.password", Detail: "is changed by the agent alone; send them a link to set another one"})
	}
	return u.patchAgent(ctx, &agentPatchInput{in.ID, agentPatch{
		&b.Login, &b.Name, &b.Email, &b.Extension, &b.IDSip, &b.Role, &b.Queues, &b.Device,
	}})
}

func (u *Users) patchAgent(ctx context.Context, in *agentPatchInput) (*agentAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	p := in.Body
	a, err := u.UpdateAgent(ctx, t, in.ID, func(a *Agent) {
		set(&a.Login, p.Login)
		set(&a.Name, p.Name)
		set(&a.Email, p.Email)
		set(&a.Extension, p.Extension)
		set(&a.IDSip, p.IDSip)
		set(&a.Role, p.Role)
		set(&a.Queues, p.Queues)
		set(&a.Device, p.Device)
	})
	return &agentAnswer{agentOnWire(a)}, err
}

func (u *Users) deleteAgent(ctx context.Context, in *agentPath) (*struct{}, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, u.DeleteAgent(ctx, t, in.ID)
}

func (u *Users) restoreAgent(ctx context.Context, in *agentPath) (*agentAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.RestoreAgent(ctx, t, in.ID)
	return &agentAnswer{agentOnWire(a)}, err
}

func (u *Users) eraseAgentForGood(ctx context.Context, in *agentPath) (*agentAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.EraseAgent(ctx, t, in.ID)
	return &agentAnswer{agentOnWire(a)}, err
}
