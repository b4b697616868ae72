// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// The events of a contact. Their data is the contact as it was written.
const (
	typeCreated = "contact.created"
	typeChanged = "contact.changed"
	typeDeleted = "contact.deleted"
)

// Contact is a person or firm. Times are Unix milliseconds.
type Contact struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Gender    string `json:"gender"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`     // as typed
	MatchKey  string `json:"match_key"` // see [phone.MatchKey]
	Avatar    string `json:"avatar"`    // URL
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
	Deleted   bool   `json:"deleted"`

	search string
}

// Name is how people call the contact; "" if it is known by its number only.
func (c Contact) Name() string { return fullName(c.FirstName, c.LastName) }

func fullName(first, last string) string {
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// key sets what follows from the contact's own words.
func (c *Contact) key(region string) {
	c.MatchKey = phone.MatchKey(c.Phone, region)
	c.search = searchText(*c, region)
}

// check refuses what no database can hold and what says nothing.
func (c Contact) check() error {
	var fields []problem.Field
	for _, f := range []struct{ name, value string }{
		{"firstName", c.FirstName},
		{"lastName", c.LastName},
		{"gender", c.Gender},
		{"email", c.Email},
		{"phone", c.Phone},
		{"avatar", c.Avatar},
	} {
		if strings.ContainsFunc(f.value, unicode.IsControl) {
			fields = append(fields, problem.Field{Name: "body." + f.name, Detail: "must not have control characters"})
		}
	}
	if c.Name() == "" && strings.TrimSpace(c.Email+c.Phone) == "" {
		fields = append(fields, problem.Field{Name: "body.phone", Detail: "must be there when there is neither a name nor an e-mail address"})
	}
	if len(fields) > 0 {
		return problem.NewFields("contact.invalid", "The contact cannot be kept so.", fields...)
	}
	return nil
}

// event returns the fact that c was written. A contact is created and deleted
// once; it may be changed often.
func (c Contact) event(tenant int64, typ string) (eventlog.Event, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode contact %s: %w", c.ID, err)
	}
	key := typ
	if typ == typeChanged {
		change, err := newID()
		if err != nil {
			return eventlog.Event{}, err
		}
		key += "/" + change
	}
	return eventlog.Event{
		Tenant: tenant, Stream: "contact/" + c.ID, Key: key, Type: typ,
		At: c.UpdatedAt, Received: c.UpdatedAt, Timed: true, Data: data,
	}, nil
}

// Create adds a contact that a person entered. Its number becomes its own
// unless another contact has it already.
func (c *Customer) Create(ctx context.Context, t identity.Tenant, contact Contact) (Contact, error) {
	id, err := newID()
	if err != nil {
		return Contact{}, err
	}
	now := c.now().UnixMilli()
	contact.ID, contact.CreatedAt, contact.UpdatedAt, contact.Deleted = id, now, now, false
	contact.key(t.Region)
	if err := contact.check(); err != nil {
		return Contact{}, err
	}
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.store.insert(ctx, tx, t.ID, []Contact{contact}); err != nil {
			return err
		}
		if err := c.store.claim(ctx, tx, t.ID, []claim{{key: contact.MatchKey, contact: contact.ID}}); err != nil {
			return err
		}
		return appendContact(ctx, tx, t.ID, typeCreated, contact)
	})
	return contact, err
}

// Update replaces what a person may change of a contact.
func (c *Customer) Update(ctx context.Context, t identity.Tenant, id string, words Contact) (Contact, error) {
	words.key(t.Region)
	if err := words.check(); err != nil {
		return Contact{}, err
	}
	var contact Contact
	err := c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.store.find(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		contact = words
		contact.ID, contact.CreatedAt, contact.UpdatedAt = before.ID, before.CreatedAt, c.now().UnixMilli()
		if err := c.store.update(ctx, tx, t.ID, contact); err != nil {
			return err
		}
		if before.MatchKey != contact.MatchKey {
			if err := c.store.release(ctx, tx, t.ID, before.MatchKey, id); err != nil {
				return err
			}
			if err := c.store.claim(ctx, tx, t.ID, []claim{{key: contact.MatchKey, contact: id}}); err != nil {
				return err
			}
		}
		return appendContact(ctx, tx, t.ID, typeChanged, contact)
	})
	return contact, err
}

// Delete hides a contact and takes it out of its groups. The next call of its
// number is a new caller's, unless another contact has the number too.
func (c *Customer) Delete(ctx context.Context, t identity.Tenant, id string) error {
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		contact, err := c.store.find(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		contact.Deleted, contact.UpdatedAt = true, c.now().UnixMilli()
		if err := c.store.update(ctx, tx, t.ID, contact); err != nil {
			return err
		}
		if err := c.store.release(ctx, tx, t.ID, contact.MatchKey, id); err != nil {
			return err
		}
		if err := c.store.leaveGroups(ctx, tx, t.ID, id); err != nil {
			return err
		}
		return appendContact(ctx, tx, t.ID, typeDeleted, contact)
	})
}

// change writes, and tells the others when it has.
func (c *Customer) change(ctx context.Context, work func(context.Context, *eventlog.Tx) error) error {
	if err := c.log.Transact(ctx, work); err != nil {
		return err
	}
	c.bus.Ring(ask.BellContacts)
	return nil
}

func appendContact(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, contacts ...Contact) error {
	events := make([]eventlog.Event, len(contacts))
	for i, contact := range contacts {
		var err error
		if events[i], err = contact.event(tenant, typ); err != nil {
			return err
		}
	}
	_, err := tx.Append(ctx, events...)
	return err
}
