// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

// contactGroupBody is what a client may say of a group.
type contactGroupBody struct {
	Name        string   `json:"name" minLength:"1" maxLength:"200"`
	Description string   `json:"description,omitempty" maxLength:"2000"`
	ContactList []string `json:"contactList,omitempty" maxItems:"5000" doc:"_id of each contact"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	Creator   string `json:"creator,omitempty" maxLength:"100" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

// contactGroupOutput is a group on the wire.
type contactGroupOutput struct {
	ID          string   `json:"_id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Creator     string   `json:"creator" doc:"Id of the user or key that created it"`
	ContactList []string `json:"contactList" doc:"_id of each contact"`
	CreatedAt   int64    `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64    `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool     `json:"deleted"`
}

type (
	contactGroupInput    struct{ Body contactGroupBody }
	contactGroupPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactGroupBody
	}
	contactGroupAnswer     struct{ Body contactGroupOutput }
	contactGroupListInput  struct{ httpapi.Page }
	contactGroupListAnswer struct {
		Body httpapi.List[contactGroupOutput]
	}
)

func (b contactGroupBody) group() Group {
	return Group{Name: b.Name, Description: b.Description, Contacts: b.ContactList}
}

func groupOnWire(g Group) contactGroupOutput {
	return contactGroupOutput{
		ID: g.ID, Name: g.Name, Description: g.Description, Creator: g.Creator, ContactList: g.Contacts,
		CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt, Deleted: g.Deleted,
	}
}

func (c *Customer) listContactGroups(ctx context.Context, in *contactGroupListInput) (*contactGroupListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	groups, err := c.store.listGroups(ctx, t.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]contactGroupOutput, len(groups))
	for i, group := range groups {
		items[i] = groupOnWire(group)
	}
	return &contactGroupListAnswer{httpapi.Cut(items, in.Limit, func(g contactGroupOutput) string { return g.ID })}, nil
}

func (c *Customer) createContactGroup(ctx context.Context, in *contactGroupInput) (*contactGroupAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	group := in.Body.group()
	who, _ := identity.From(ctx)
	group.Creator = who.ID
	group, err = c.CreateGroup(ctx, t, group)
	return &contactGroupAnswer{groupOnWire(group)}, err
}

func (c *Customer) getContactGroup(ctx context.Context, in *contactIDPath) (*contactGroupAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	group, err := c.store.findGroup(ctx, c.store.db, t.ID, in.ID)
	return &contactGroupAnswer{groupOnWire(group)}, err
}

func (c *Customer) putContactGroup(ctx context.Context, in *contactGroupPutInput) (*contactGroupAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	group, err := c.UpdateGroup(ctx, t, in.ID, in.Body.group())
	return &contactGroupAnswer{groupOnWire(group)}, err
}

func (c *Customer) deleteContactGroup(ctx context.Context, in *contactIDPath) (*contactNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.DeleteGroup(ctx, t, in.ID)
}
