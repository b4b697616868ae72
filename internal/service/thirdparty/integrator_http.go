// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"

	"tandem/internal/ask"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

type integratorBody struct {
	Name        string  `json:"name" maxLength:"200"`
	Description string  `json:"description,omitempty" maxLength:"2000"`
	BaseURL     string  `json:"baseUrl" maxLength:"2048" example:"https://crm.example/api"`
	Auth        string  `json:"auth,omitempty" enum:"none,basic,bearer,header" default:"none" doc:"How the secret goes along"`
	Login       string  `json:"login,omitempty" maxLength:"256" doc:"The user, for basic"`
	Header      string  `json:"header,omitempty" maxLength:"64" doc:"The name of the header, for header" example:"X-API-Key"`
	Secret      *string `json:"secret,omitempty" maxLength:"4000" writeOnly:"true" doc:"Password, token or key. Write-only. Absent leaves it as it is, unless baseUrl leads to another host"`
	Lookup      *Lookup `json:"lookup,omitempty" doc:"How to ask whose a number is; absent when it is not asked"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	HasSecret bool   `json:"hasSecret,omitempty" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

type integratorOutput struct {
	ID          string  `json:"_id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	BaseURL     string  `json:"baseUrl"`
	Auth        string  `json:"auth" enum:"none,basic,bearer,header"`
	Login       string  `json:"login"`
	Header      string  `json:"header"`
	HasSecret   bool    `json:"hasSecret"`
	Lookup      *Lookup `json:"lookup,omitempty"`
	CreatedAt   int64   `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64   `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool    `json:"deleted"`
}

type (
	integratorInput    struct{ Body integratorBody }
	integratorPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body integratorBody
	}
	integratorAnswer     struct{ Body integratorOutput }
	integratorListAnswer struct {
		Body httpapi.List[integratorOutput]
	}
	integratorLookupInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body struct {
			Number string `json:"number" minLength:"1" maxLength:"100"`
		}
	}
	integratorLookupAnswer struct{ Body integratorLookupOutput }
)

type integratorLookupOutput struct {
	Contact  *integratorContact `json:"contact" doc:"null when nobody was found"`
	Exchange deliveryExchange   `json:"exchange"`
}

type integratorContact struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Page string `json:"page,omitempty"`
}

func (b *integratorBody) integrator(id string) Integrator {
	return Integrator{ID: id, Name: b.Name, Description: b.Description, BaseURL: b.BaseURL, Auth: b.Auth, Login: b.Login, Header: b.Header, Lookup: b.Lookup}
}

func integratorOnWire(i Integrator) integratorOutput {
	return integratorOutput{
		ID: i.ID, Name: i.Name, Description: i.Description, BaseURL: i.BaseURL, Auth: i.Auth, Login: i.Login, Header: i.Header, HasSecret: i.sealed != "",
		Lookup: i.Lookup, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt, Deleted: i.Deleted,
	}
}

func (t *ThirdParty) listIntegrators(ctx context.Context, in *integrationList) (*integratorListAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	list, err := t.store.integrators(ctx, t.db, owner.ID, in.Deleted, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]integratorOutput, len(list))
	for i := range list {
		items[i] = integratorOnWire(list[i])
	}
	return &integratorListAnswer{httpapi.Cut(items, in.Limit, func(i integratorOutput) string { return i.ID })}, nil
}

func (t *ThirdParty) getIntegrator(ctx context.Context, in *integrationID) (*integratorAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.livingIntegrator(ctx, t.db, owner.ID, in.ID)
	return &integratorAnswer{integratorOnWire(found)}, err
}

func (t *ThirdParty) createIntegrator(ctx context.Context, in *integratorInput) (*integratorAnswer, error) {
	return t.saveIntegrator(ctx, "", &in.Body)
}

func (t *ThirdParty) putIntegrator(ctx context.Context, in *integratorPutInput) (*integratorAnswer, error) {
	return t.saveIntegrator(ctx, in.ID, &in.Body)
}

func (t *ThirdParty) saveIntegrator(ctx context.Context, id string, body *integratorBody) (*integratorAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if id != "" {
		if _, err := t.livingIntegrator(ctx, t.db, owner.ID, id); err != nil {
			return nil, err
		}
	}
	saved, err := t.SaveIntegrator(ctx, owner, body.integrator(id), body.Secret)
	if err == nil {
		t.lookup.forget(owner.ID)
	}
	return &integratorAnswer{integratorOnWire(saved)}, err
}

func (t *ThirdParty) deleteIntegrator(ctx context.Context, in *integrationID) (*integrationNothing, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	_, err = t.HideIntegrator(ctx, owner, in.ID, true)
	t.lookup.forget(owner.ID)
	return nil, err
}

func (t *ThirdParty) restoreIntegrator(ctx context.Context, in *integrationID) (*integratorAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := t.HideIntegrator(ctx, owner, in.ID, false)
	t.lookup.forget(owner.ID)
	return &integratorAnswer{integratorOnWire(saved)}, err
}

// lookUp asks past memory and breaker: whoever presses the button wants to see
// the answer.
func (t *ThirdParty) lookUp(ctx context.Context, in *integratorLookupInput) (*integratorLookupAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.livingIntegrator(ctx, t.db, owner.ID, in.ID)
	if err == nil && found.Lookup == nil {
		err = problem.New(problem.Conflict, "integrator.no_lookup", "The integrator does not say how to ask it for a contact.")
	}
	if err != nil {
		return nil, err
	}
	contact, a := t.lookup.request(ctx, &found, ask.OutsideQuestion{Tenant: owner.ID, Region: owner.Region, Number: in.Body.Number})
	out := &integratorLookupAnswer{}
	if contact != nil {
		out.Body.Contact = &integratorContact{contact.ID, contact.Name, contact.Page}
	}
	if len(a.exchanges) > 0 {
		out.Body.Exchange = deliveryExchange(a.exchanges[0])
	} else {
		out.Body.Exchange = deliveryExchange{Error: a.error, RequestHeaders: map[string]string{}, Headers: map[string]string{}}
	}
	return out, nil
}
