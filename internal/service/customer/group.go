// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// The events of a group. Their data is the group as it was written.
const (
	typeGroupCreated = "contact_group.created"
	typeGroupChanged = "contact_group.changed"
	typeGroupDeleted = "contact_group.deleted"

	typeGroupRestored = "contact_group.restored"
)

// The kinds of a group.
const (
	kindList   = "list"
	kindFilter = "filter"
)

// Group is a list of contacts, or a filter that chooses them, with a name.
// Times are Unix milliseconds.
type Group struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Kind        string   `json:"kind"`     // list or filter
	Contacts    []string `json:"contacts"` // of a list: ids, as the client ordered them
	Filter      Filter   `json:"filter,omitzero"`
	Shared      bool     `json:"shared"`  // else its creator's alone
	Creator     string   `json:"creator"` // id of the user or key
	CreatedAt   int64    `json:"created_at"`
	UpdatedAt   int64    `json:"updated_at"`
	Deleted     bool     `json:"deleted"`
}

func (g Group) check() error {
	var fields []problem.Field
	if strings.TrimSpace(g.Name) == "" || strings.ContainsFunc(g.Name, unprintable) {
		fields = append(fields, problem.Field{Name: "body.name", Detail: "must be a text without control characters"})
	}
	if strings.ContainsRune(g.Description, 0) {
		fields = append(fields, problem.Field{Name: "body.description", Detail: "must be a text"})
	}
	switch {
	case g.Kind == kindFilter && len(g.Contacts) > 0:
		fields = append(fields, problem.Field{Name: "body.contactList", Detail: "must be left out: a filter chooses its contacts itself"})
	case g.Kind == kindFilter && g.Filter == Filter{}:
		fields = append(fields, problem.Field{Name: "body.filter", Detail: "must say which contacts it chooses"})
	case g.Kind == kindList && g.Filter != Filter{}:
		fields = append(fields, problem.Field{Name: "body.filter", Detail: "must be left out: the group is a list"})
	}
	if g.Filter.From != 0 && g.Filter.To != 0 && g.Filter.From >= g.Filter.To {
		fields = append(fields, problem.Field{Name: "body.filter.to", Detail: "must be later than from"})
	}
	if len(fields) > 0 {
		return problem.NewFields("contact_group.invalid", "The group cannot be kept so.", fields...)
	}
	return nil
}

// append tells of a group that was before; nil for none.
func (g Group) append(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, before any) error {
	data, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode group %s: %w", g.ID, err)
	}
	change, err := newID()
	if err != nil {
		return err
	}
	_, err = tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: "contact-group/" + g.ID, Key: typ + "/" + change, Type: typ,
		At: g.UpdatedAt, Received: g.UpdatedAt, Timed: true, Data: data,
	})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Tenant: tenant, Action: typ, Object: "contact-group/" + g.ID, Before: before, After: g})
}

// CreateGroup adds a group. A contact that does not exist is an Invalid problem.
func (c *Customer) CreateGroup(ctx context.Context, t identity.Tenant, group Group) (Group, error) {
	id, err := newID()
	if err != nil {
		return Group{}, err
	}
	if group.Creator, err = c.creator(ctx, t, group.Creator); err != nil {
		return Group{}, err
	}
	now := c.now().UnixMilli()
	group.ID, group.CreatedAt, group.UpdatedAt, group.Deleted = id, now, now, false
	if group.Kind == "" {
		group.Kind = kindList
	}
	if err := group.check(); err != nil {
		return Group{}, err
	}
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.store.insertGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		if group.Contacts, err = c.setMembers(ctx, tx, t.ID, id, group.Contacts); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupCreated, nil)
	})
	return group, err
}

// UpdateGroup changes a group: set gets it as it is. Its kind stays.
func (c *Customer) UpdateGroup(ctx context.Context, t identity.Tenant, id string, set func(*Group)) (Group, error) {
	creator, err := c.groupCreatorSet(ctx, t, id, set)
	if err != nil {
		return Group{}, err
	}
	var group Group
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.findGroup(ctx, tx, t.ID, id, identity.ContactWrite)
		if err != nil {
			return err
		}
		group = before
		set(&group)
		if group.Creator = before.Creator; creator != "" {
			group.Creator = creator
		}
		group.ID, group.CreatedAt, group.UpdatedAt = before.ID, before.CreatedAt, c.now().UnixMilli()
		if group.Kind == "" {
			group.Kind = before.Kind
		}
		if err := group.check(); err != nil {
			return err
		}
		if !group.Shared && before.Creator != onlyCaller(ctx) {
			return problem.NewFields("contact_group.invalid", "Only who created a group may take it away from the others.",
				problem.Field{Name: "body.shared", Detail: "must be true: somebody else created the group"})
		}
		if err := c.store.updateGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		if group.Contacts, err = c.setMembers(ctx, tx, t.ID, id, group.Contacts); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupChanged, before)
	})
	return group, err
}

// groupCreatorSet returns the creator that set names, checked; "" for none, or
// for the one that a group has already, who may be gone.
func (c *Customer) groupCreatorSet(ctx context.Context, t identity.Tenant, id string, set func(*Group)) (string, error) {
	var named Group
	if set(&named); named.Creator == "" {
		return "", nil
	}
	group, err := c.findGroup(ctx, c.store.db, t.ID, id, identity.ContactWrite)
	if err != nil || named.Creator == group.Creator {
		return "", err
	}
	return c.creator(ctx, t, named.Creator)
}

// DeleteGroup hides a group; its contacts stay.
func (c *Customer) DeleteGroup(ctx context.Context, t identity.Tenant, id string) error {
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.findGroup(ctx, tx, t.ID, id, identity.ContactWrite)
		if err != nil {
			return err
		}
		group := before
		group.Deleted, group.UpdatedAt = true, c.now().UnixMilli()
		if err := c.store.updateGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupDeleted, before)
	})
}

// RestoreGroup shows a deleted group again, with those of its contacts that
// are still there.
func (c *Customer) RestoreGroup(ctx context.Context, t identity.Tenant, id string) (Group, error) {
	var group Group
	err := c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.findAnyGroup(ctx, tx, t.ID, id, identity.ContactWrite)
		if group = before; err != nil || !before.Deleted {
			return err
		}
		group.Deleted, group.UpdatedAt = false, c.now().UnixMilli()
		if err := c.store.updateGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupRestored, before)
	})
	return group, err
}

// setMembers replaces a list's contacts and returns them without repetitions.
// Who may see their own contacts only may add no others.
func (c *Customer) setMembers(ctx context.Context, tx *eventlog.Tx, tenant int64, group string, contacts []string) ([]string, error) {
	return c.store.setMembers(ctx, tx, tenant, group, contacts, onlyOf(ctx, identity.ContactRead))
}

// findGroup returns a group that is not deleted and that the caller may use for
// what right says; NotFound when there is none.
func (c *Customer) findGroup(ctx context.Context, q db.Querier, tenant int64, id, right string) (Group, error) {
	group, err := c.findAnyGroup(ctx, q, tenant, id, right)
	if err == nil && group.Deleted {
		return Group{}, errNoGroup
	}
	return group, err
}

func (c *Customer) findAnyGroup(ctx context.Context, q db.Querier, tenant int64, id, right string) (Group, error) {
	group, err := c.store.findGroup(ctx, q, tenant, id)
	if err != nil {
		return Group{}, err
	}
	me := onlyCaller(ctx)
	if !group.Shared && group.Creator != me || right == identity.ContactWrite && onlyOf(ctx, right) != "" && group.Creator != me {
		return Group{}, errNoGroup
	}
	return group, nil
}

// onlyCaller returns the id of whoever asks.
func onlyCaller(ctx context.Context) string {
	p, _ := identity.From(ctx)
	return p.ID
}

// groupsOf returns the names of the shared groups that contacts are in, by
// their ids. Others' private groups are nobody's business, and no rule's.
func (c *Customer) groupsOf(ctx context.Context, tenant int64, region string, contacts []string) (map[string][]string, error) {
	names, filters, err := c.store.groupsAbout(ctx, tenant, contacts)
	if err != nil {
		return nil, err
	}
	if len(filters) > 0 {
		rows, err := c.store.findAll(ctx, c.store.db, tenant, contacts)
		if err != nil {
			return nil, err
		}
		for _, contact := range rows {
			for _, group := range filters {
				if group.Filter.finds(contact, region) {
					names[contact.ID] = append(names[contact.ID], group.Name)
				}
			}
		}
	}
	for _, list := range names {
		slices.Sort(list)
	}
	return names, nil
}
