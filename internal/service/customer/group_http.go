// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

// contactGroupFilter says which contacts a group chooses: those that are all
// that it says.
type contactGroupFilter struct {
	Search    string `json:"search,omitempty" maxLength:"200" doc:"As in the list of contacts"`
	Creator   string `json:"creator,omitempty" maxLength:"100" doc:"_id of the agent or key that created them"`
	From      int64  `json:"from,omitempty" minimum:"0" doc:"Created at or after this time; Unix milliseconds"`
	To        int64  `json:"to,omitempty" minimum:"0" doc:"Created before this time; Unix milliseconds"`
	HasNumber *bool  `json:"hasNumber,omitempty" doc:"Those with a number, or those without"`
}

// contactGroupBody is what a client may say of a group.
type contactGroupBody struct {
	Name        string              `json:"name" minLength:"1" maxLength:"200"`
	Description string              `json:"description,omitempty" maxLength:"2000"`
	Kind        string              `json:"kind,omitempty" enum:"list,filter" doc:"A list of contacts, or a filter that chooses them; a list when it is left out"`
	ContactList []string            `json:"contactList,omitempty" maxItems:"5000" doc:"Of a list: _id of each contact"`
	Filter      *contactGroupFilter `json:"filter,omitempty" doc:"Of a filter: which contacts it chooses"`
	Shared      *bool               `json:"shared,omitempty" doc:"False keeps the group to its creator; true when it is left out"`
	Creator     string              `json:"creator,omitempty" maxLength:"100" doc:"_id of the agent who is to be its creator; the caller when it is left out"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

// contactGroupPatch is the part of a group that is to change.
type contactGroupPatch struct {
	Name        *string             `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Description *string             `json:"description,omitempty" maxLength:"2000"`
	ContactList *[]string           `json:"contactList,omitempty" maxItems:"5000" doc:"_id of each contact"`
	Filter      *contactGroupFilter `json:"filter,omitempty"`
	Shared      *bool               `json:"shared,omitempty"`
	Creator     *string             `json:"creator,omitempty" maxLength:"100" doc:"_id of the agent who is to be its creator"`
}

// contactGroupOutput is a group on the wire.
type contactGroupOutput struct {
	ID          string             `json:"_id"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Kind        string             `json:"kind" enum:"list,filter"`
	ContactList []string           `json:"contactList" doc:"_id of each contact; of a filter those that it chooses now, the newest 1000, and none in a list of groups"`
	Filter      contactGroupFilter `json:"filter"`
	Shared      bool               `json:"shared" doc:"Whether others than its creator see it"`
	Creator     string             `json:"creator" doc:"_id of the agent or key that created it"`
	CreatedAt   int64              `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64              `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool               `json:"deleted"`
}

type (
	contactGroupInput    struct{ Body contactGroupBody }
	contactGroupPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactGroupBody
	}
	contactGroupPatchInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactGroupPatch
	}
	contactGroupAnswer    struct{ Body contactGroupOutput }
	contactGroupListInput struct {
		httpapi.Page
		Deleted bool `query:"deleted" doc:"Deleted ones, too"`
	}
	contactGroupListAnswer struct {
		Body httpapi.List[contactGroupOutput]
	}
)

// chosenMax is how many contacts of a filter a group names.
const chosenMax = 1000

func (f *contactGroupFilter) filter() Filter {
	if f == nil {
		return Filter{}
	}
	return Filter{Search: f.Search, Creator: f.Creator, From: f.From, To: f.To, HasNumber: f.HasNumber}
}

func (b contactGroupBody) fill(g *Group) {
	g.Name, g.Description, g.Contacts, g.Filter = b.Name, b.Description, b.ContactList, b.Filter.filter()
	g.Shared, g.Creator = b.Shared == nil || *b.Shared, b.Creator
	if b.Kind != "" {
		g.Kind = b.Kind
	}
	if g.Kind == kindFilter {
		g.Contacts = nil // those that it chose, sent back
	}
}

func (p contactGroupPatch) fill(g *Group) {
	if p.Name != nil {
		g.Name = *p.Name
	}
	if p.Description != nil {
		g.Description = *p.Description
	}
	if p.ContactList != nil {
		g.Contacts = *p.ContactList
	}
	if p.Filter != nil {
		g.Filter = p.Filter.filter()
	}
	if p.Shared != nil {
		g.Shared = *p.Shared
	}
	if p.Creator != nil {
		g.Creator = *p.Creator
	}
}

// groupOnWire returns a group with those of its contacts that the caller may
// see.
func (c *Customer) groupOnWire(ctx context.Context, tenant int64, g Group) (contactGroupOutput, error) {
	f := g.Filter
	out := contactGroupOutput{
		ID: g.ID, Name: g.Name, Description: g.Description, Kind: g.Kind, ContactList: []string{}, Shared: g.Shared, Creator: g.Creator,
		Filter:    contactGroupFilter{Search: f.Search, Creator: f.Creator, From: f.From, To: f.To, HasNumber: f.HasNumber},
		CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt, Deleted: g.Deleted,
	}
	only := onlyOf(ctx, identity.ContactRead)
	exist, err := c.store.existing(ctx, c.store.db, tenant, g.Contacts, only)
	if err != nil {
		return out, err
	}
	for _, id := range g.Contacts {
		if exist[id] {
			out.ContactList = append(out.ContactList, id)
		}
	}
	return out, nil
}

// chosen gives a filter the contacts that it chooses now.
func (c *Customer) chosen(ctx context.Context, g Group) (Group, error) {
	if g.Kind != kindFilter {
		return g, nil
	}
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return g, err
	}
	filter := g.Filter
	filter.region, filter.limit, filter.only = t.Region, chosenMax, onlyOf(ctx, identity.ContactRead)
	contacts, err := c.store.list(ctx, t.ID, filter)
	if err != nil {
		return g, err
	}
	for _, contact := range contacts {
		g.Contacts = append(g.Contacts, contact.ID)
	}
	return g, nil
}

func (c *Customer) listContactGroups(ctx context.Context, in *contactGroupListInput) (*contactGroupListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	groups, err := c.store.listGroups(ctx, t.ID, onlyCaller(ctx), in.After, in.Deleted, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]contactGroupOutput, len(groups))
	for i, group := range groups {
		if items[i], err = c.groupOnWire(ctx, t.ID, group); err != nil {
			return nil, err
		}
	}
	return &contactGroupListAnswer{httpapi.Cut(items, in.Limit, func(g contactGroupOutput) string { return g.ID })}, nil
}

// answerGroup answers with a group that do has found or changed.
func (c *Customer) answerGroup(ctx context.Context, do func(identity.Tenant) (Group, error)) (*contactGroupAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	group, err := do(t)
	if err != nil {
		return nil, err
	}
	if group, err = c.chosen(ctx, group); err != nil {
		return nil, err
	}
	out, err := c.groupOnWire(ctx, t.ID, group)
	return &contactGroupAnswer{out}, err
}

func (c *Customer) createContactGroup(ctx context.Context, in *contactGroupInput) (*contactGroupAnswer, error) {
	return c.answerGroup(ctx, func(t identity.Tenant) (Group, error) {
		var group Group
		in.Body.fill(&group)
		return c.CreateGroup(ctx, t, group)
	})
}

func (c *Customer) getContactGroup(ctx context.Context, in *contactGetInput) (*contactGroupAnswer, error) {
	find := c.findGroup
	if in.Deleted {
		find = c.findAnyGroup
	}
	return c.answerGroup(ctx, func(t identity.Tenant) (Group, error) {
		return find(ctx, c.store.db, t.ID, in.ID, identity.ContactRead)
	})
}

func (c *Customer) putContactGroup(ctx context.Context, in *contactGroupPutInput) (*contactGroupAnswer, error) {
	return c.answerGroup(ctx, func(t identity.Tenant) (Group, error) { return c.UpdateGroup(ctx, t, in.ID, in.Body.fill) })
}

func (c *Customer) patchContactGroup(ctx context.Context, in *contactGroupPatchInput) (*contactGroupAnswer, error) {
	return c.answerGroup(ctx, func(t identity.Tenant) (Group, error) { return c.UpdateGroup(ctx, t, in.ID, in.Body.fill) })
}

func (c *Customer) deleteContactGroup(ctx context.Context, in *contactIDPath) (*contactNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.DeleteGroup(ctx, t, in.ID)
}

func (c *Customer) restoreContactGroup(ctx context.Context, in *contactIDPath) (*contactGroupAnswer, error) {
	return c.answerGroup(ctx, func(t identity.Tenant) (Group, error) { return c.RestoreGroup(ctx, t, in.ID) })
}
