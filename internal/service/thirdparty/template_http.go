// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"slices"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

type (
	templateInput    struct{ Body templateBody }
	templatePutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body templateBody
	}
	templateAnswer     struct{ Body templateOutput }
	templateListAnswer struct{ Body httpapi.List[templateOutput] }
)

// anySettings is the schema of templates that were given none.
const anySettings = `{"type":"object"}`

func (b *templateBody) template(id string) (Template, error) {
	schema := json.RawMessage(anySettings)
	if b.Schema != nil {
		var err error
		if schema, err = json.Marshal(b.Schema); err != nil {
			return Template{}, err
		}
	}
	return Template{
		ID: id, Name: b.Name, Description: b.Description, Events: b.Events, Filter: b.Filter, Method: b.Method, Mapping: b.Mapping, Auth: b.Auth, Schema: schema,
	}, nil
}

func templateOnWire(t Template) templateOutput {
	action := t.action
	if action == "" {
		action = actionHTTP
	}
	return templateOutput{
		ID: t.ID, Name: t.Name, Description: t.Description, BuiltIn: t.builtIn, Action: action, Events: slices.Clone(t.Events), Filter: t.Filter,
		Method: t.Method, Mapping: t.Mapping, Auth: t.Auth, Schema: t.Schema, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Deleted: t.Deleted,
	}
}

// listTemplates has one page: there are few.
func (t *ThirdParty) listTemplates(ctx context.Context, in *struct {
	Deleted bool `query:"deleted" doc:"Also those that were deleted"`
},
) (*templateListAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	own, err := t.store.templates(ctx, t.db, owner.ID)
	if err != nil {
		return nil, err
	}
	out := &templateListAnswer{}
	for _, list := range [][]Template{builtIns, own} {
		for _, found := range list {
			if !found.Deleted || in.Deleted {
				out.Body.Items = append(out.Body.Items, templateOnWire(found))
			}
		}
	}
	return out, nil
}

func (t *ThirdParty) getTemplate(ctx context.Context, in *integrationID) (*templateAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.store.template(ctx, t.db, owner.ID, in.ID)
	return &templateAnswer{templateOnWire(found)}, err
}

func (t *ThirdParty) createTemplate(ctx context.Context, in *templateInput) (*templateAnswer, error) {
	return t.saveTemplate(ctx, "", &in.Body)
}

func (t *ThirdParty) putTemplate(ctx context.Context, in *templatePutInput) (*templateAnswer, error) {
	return t.saveTemplate(ctx, in.ID, &in.Body)
}

func (t *ThirdParty) saveTemplate(ctx context.Context, id string, body *templateBody) (*templateAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if id != "" {
		if _, err := t.changeable(ctx, t.db, owner.ID, id); err != nil {
			return nil, err
		}
	}
	words, err := body.template(id)
	if err != nil {
		return nil, err
	}
	saved, err := t.SaveTemplate(ctx, owner, words)
	return &templateAnswer{templateOnWire(saved)}, err
}

func (t *ThirdParty) deleteTemplate(ctx context.Context, in *integrationID) (*integrationNothing, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	_, err = t.HideTemplate(ctx, owner, in.ID, true)
	return nil, err
}

func (t *ThirdParty) restoreTemplate(ctx context.Context, in *integrationID) (*templateAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := t.HideTemplate(ctx, owner, in.ID, false)
	return &templateAnswer{templateOnWire(saved)}, err
}
