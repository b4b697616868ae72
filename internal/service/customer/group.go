// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// The events of a group. Their data is the group as it was written.
const (
	typeGroupCreated = "contact_group.created"
	typeGroupChanged = "contact_group.changed"
	typeGroupDeleted = "contact_group.deleted"
)

// Group is a list of contacts with a name. Times are Unix milliseconds.
type Group struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Creator     string   `json:"creator"`  // id of the user or key
	Contacts    []string `json:"contacts"` // ids, as the client ordered them
	CreatedAt   int64    `json:"created_at"`
	UpdatedAt   int64    `json:"updated_at"`
	Deleted     bool     `json:"deleted"`
}

func (g Group) check() error {
	var fields []problem.Field
	if strings.TrimSpace(g.Name) == "" || strings.ContainsFunc(g.Name, unicode.IsControl) {
		fields = append(fields, problem.Field{Name: "body.name", Detail: "must be a text without control characters"})
	}
	if strings.ContainsRune(g.Description, 0) {
		fields = append(fields, problem.Field{Name: "body.description", Detail: "must be a text"})
	}
	if len(fields) > 0 {
		return problem.NewFields("contact_group.invalid", "The group cannot be kept so.", fields...)
	}
	return nil
}

func (g Group) append(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string) error {
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
	return err
}

// CreateGroup adds a group. A contact that does not exist is an Invalid problem.
func (c *Customer) CreateGroup(ctx context.Context, t identity.Tenant, group Group) (Group, error) {
	id, err := newID()
	if err != nil {
		return Group{}, err
	}
	now := c.now().UnixMilli()
	group.ID, group.CreatedAt, group.UpdatedAt, group.Deleted = id, now, now, false
	if err := group.check(); err != nil {
		return Group{}, err
	}
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.store.insertGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		if group.Contacts, err = c.store.setMembers(ctx, tx, t.ID, id, group.Contacts); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupCreated)
	})
	return group, err
}

// UpdateGroup replaces what a person may change of a group.
func (c *Customer) UpdateGroup(ctx context.Context, t identity.Tenant, id string, words Group) (Group, error) {
	if err := words.check(); err != nil {
		return Group{}, err
	}
	var group Group
	err := c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		var err error
		if group, err = c.store.findGroup(ctx, tx, t.ID, id); err != nil {
			return err
		}
		group.Name, group.Description, group.UpdatedAt = words.Name, words.Description, c.now().UnixMilli()
		if err := c.store.updateGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		if group.Contacts, err = c.store.setMembers(ctx, tx, t.ID, id, words.Contacts); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupChanged)
	})
	return group, err
}

// DeleteGroup hides a group; its contacts stay.
func (c *Customer) DeleteGroup(ctx context.Context, t identity.Tenant, id string) error {
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		group, err := c.store.findGroup(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		group.Deleted, group.UpdatedAt = true, c.now().UnixMilli()
		if err := c.store.updateGroup(ctx, tx, t.ID, group); err != nil {
			return err
		}
		if group.Contacts, err = c.store.setMembers(ctx, tx, t.ID, id, nil); err != nil {
			return err
		}
		return group.append(ctx, tx, t.ID, typeGroupDeleted)
	})
}
