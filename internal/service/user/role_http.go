// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"slices"
	"strings"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/search"
)

func (u *Users) roleRoutes(api *httpapi.API) []module.Route {
	const read, write = identity.RoleRead, identity.RoleWrite
	return []module.Route{
		httpapi.Get(api, "/api/v1/rights", read, "List the rights that a role can have", u.listRights),
		httpapi.Get(api, "/api/v1/roles", read, "List roles, built-in ones first", u.listRoles),
		httpapi.Create(api, "/api/v1/roles", write, "Create a role", u.createRole),
		httpapi.Get(api, "/api/v1/roles/{id}", read, "Get a role", u.getRole),
		httpapi.Put(api, "/api/v1/roles/{id}", write, "Replace a role", u.putRole),
		httpapi.Patch(api, "/api/v1/roles/{id}", write, "Change parts of a role", u.patchRole),
		httpapi.Delete(api, "/api/v1/roles/{id}", write, "Delete a role that nobody has", u.deleteRole),
		httpapi.Post(api, "/api/v1/roles/{id}/restore", write, "Restore a deleted role", u.restoreRole),
	}
}

// rightOutput is one right that a role can have.
type rightOutput struct {
	Right       string `json:"right" example:"contact.read"`
	Ownable     bool   `json:"ownable" doc:"Whether a role may have it for one's own data only, with .own behind its name"`
	Description string `json:"description"`
}

type rightList struct {
	Body httpapi.List[rightOutput]
}

func (u *Users) listRights(context.Context, *struct{}) (*rightList, error) {
	out := &rightList{}
	for _, right := range grantable() {
		if strings.HasSuffix(right, identity.Own("")) {
			continue
		}
		out.Body.Items = append(out.Body.Items, rightOutput{right, identity.CanBeOwn(right), described[right]})
	}
	return out, nil
}

// roleBody is what a client may say of a role. What the service itself says of
// it may be sent back, and is not looked at.
type roleBody struct {
	Name        string   `json:"name" maxLength:"200"`
	Description string   `json:"description,omitempty" maxLength:"2000"`
	Rights      []string `json:"rights" maxItems:"200" doc:"See GET /api/v1/rights; with .own behind its name a right is for one's own data only" example:"[\"contact.read.own\"]"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	BuiltIn   bool   `json:"builtIn,omitempty" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

// rolePatch is the part of a role that is to change.
type rolePatch struct {
	Name        *string   `json:"name,omitempty" maxLength:"200"`
	Description *string   `json:"description,omitempty" maxLength:"2000"`
	Rights      *[]string `json:"rights,omitempty" maxItems:"200"`
}

// roleOutput is a role on the wire.
type roleOutput struct {
	ID          string   `json:"_id" doc:"Of a built-in role its name"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Rights      []string `json:"rights"`
	BuiltIn     bool     `json:"builtIn" doc:"Always there, and cannot be changed"`
	CreatedAt   int64    `json:"createdAt" doc:"Unix milliseconds; 0 for a built-in role"`
	UpdatedAt   int64    `json:"updatedAt" doc:"Unix milliseconds; 0 for a built-in role"`
	Deleted     bool     `json:"deleted"`
}

func roleOnWire(r Role) roleOutput {
	return roleOutput{r.ID, r.Name, r.Description, normalRights(r.Rights), r.BuiltIn, r.CreatedAt, r.UpdatedAt, r.Deleted}
}

type (
	rolePath struct {
		ID string `path:"id" maxLength:"100" doc:"The role's _id"`
	}
	roleInput    struct{ Body roleBody }
	rolePutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The role's _id"`
		Body roleBody
	}
	rolePatchInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The role's _id"`
		Body rolePatch
	}
	roleAnswer    struct{ Body roleOutput }
	roleListInput struct {
		httpapi.Page

		Search  string `query:"search" maxLength:"200" doc:"Words of the name or description; case and accents do not matter"`
		Deleted bool   `query:"deleted" doc:"Deleted ones, too"`
	}
	roleListAnswer struct{ Body httpapi.List[roleOutput] }
)

// listRoles cuts its pages in memory: a call centre has few roles.
func (u *Users) listRoles(ctx context.Context, in *roleListInput) (*roleListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	own, err := u.store.listOwnRoles(ctx, u.Database, t.ID, in.Deleted)
	if err != nil {
		return nil, err
	}
	var items []roleOutput
	behind := in.After == ""
	for _, r := range slices.Concat(builtIn(), own) {
		if r.BuiltIn {
			r.Rights = identity.RightsOf(r.ID)
		}
		if behind && isFound(search.Text(r.Name, r.Description), in.Search) {
			items = append(items, roleOnWire(r))
		}
		behind = behind || r.ID == in.After
	}
	if !behind {
		return nil, noSuchPage()
	}
	return &roleListAnswer{httpapi.Cut(items, in.Limit, func(r roleOutput) string { return r.ID })}, nil
}

// isFound reports whether each word of a search is in text.
func isFound(text, words string) bool {
	for word := range strings.FieldsSeq(search.Plain(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func (u *Users) createRole(ctx context.Context, in *roleInput) (*roleAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := u.CreateRole(ctx, t, Role{Name: in.Body.Name, Description: in.Body.Description, Rights: in.Body.Rights})
	return &roleAnswer{roleOnWire(r)}, err
}

func (u *Users) getRole(ctx context.Context, in *rolePath) (*roleAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := u.store.findRole(ctx, u.Database, t.ID, in.ID)
	return &roleAnswer{roleOnWire(r)}, err
}

func (u *Users) putRole(ctx context.Context, in *rolePutInput) (*roleAnswer, error) {
	b := in.Body
	return u.patchRole(ctx, &rolePatchInput{in.ID, rolePatch{&b.Name, &b.Description, &b.Rights}})
}

func (u *Users) patchRole(ctx context.Context, in *rolePatchInput) (*roleAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := u.UpdateRole(ctx, t, in.ID, func(r *Role) {
		set(&r.Name, in.Body.Name)
		set(&r.Description, in.Body.Description)
		set(&r.Rights, in.Body.Rights)
	})
	return &roleAnswer{roleOnWire(r)}, err
}

// set gives place another value, if there is one.
func set[T any](place, value *T) {
	if value != nil {
		*place = *value
	}
}

func (u *Users) deleteRole(ctx context.Context, in *rolePath) (*struct{}, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, u.DeleteRole(ctx, t, in.ID)
}

func (u *Users) restoreRole(ctx context.Context, in *rolePath) (*roleAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := u.RestoreRole(ctx, t, in.ID)
	return &roleAnswer{roleOnWire(r)}, err
}
