// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"tandem/internal/eventlog"
)

// undoneAtOnce is how many contacts one transaction undoes.
const undoneAtOnce = 32

// mark stands in the keys of the events that an import, or undoing it, wrote.
func (i *Import) mark() string { return "/import/" + i.ID }

// event returns an event that an import wrote about a contact. Row 0 is its
// undoing.
func (i *Import) event(typ string, contact Contact, row int) (eventlog.Event, error) {
	e, err := contact.event(i.tenant, typ)
	if err == nil && typ != typeCreated { // a contact is created once
		e.Key = fmt.Sprintf("%s%s/%d", typ, i.mark(), row)
	}
	return e, err
}

// undo undoes what an import did to some contacts.
func (c *Customer) undo(ctx context.Context, tx *eventlog.Tx, i *Import, region string, ids []string, created bool) error {
	contacts, err := c.store.findAll(ctx, tx, i.tenant, ids)
	if err != nil {
		return err
	}
	i.Progress.Undone += int64(len(ids))
	var events []eventlog.Event
	for _, contact := range contacts {
		typ, before, err := c.undoing(ctx, tx, i, contact, created)
		if err != nil {
			return err
		}
		now := before
		switch typ {
		case "":
			continue
		case typeDeleted:
			now = contact
			now.Deleted = true
			err = c.store.leaveGroups(ctx, tx, i.tenant, contact.ID)
		default:
			now.key(region)
		}
		now.UpdatedAt = c.now().UnixMilli()
		if err == nil {
			err = c.replace(ctx, tx, i.tenant, contact, now)
		}
		if err != nil {
			return err
		}
		event, err := i.event(typ, now, 0)
		if err != nil {
			return err
		}
		events = append(events, event)
	}
	_, err = tx.Append(ctx, events...)
	return err
}

// undoing says what has to happen to a contact so that an import has not been:
// nothing, the event of its deletion, or that of its change back to before.
func (c *Customer) undoing(ctx context.Context, tx *eventlog.Tx, i *Import, contact Contact, created bool) (typ string, before Contact, err error) {
	p := &i.Progress
	switch {
	case contact.Deleted && created && contact.MergedInto == "" && contact.ErasedAt == 0:
		p.Removed++ // somebody has done it already
		return "", Contact{}, nil
	case contact.Deleted || contact.ErasedAt != 0:
		p.Kept++
		return "", Contact{}, nil
	case created && contact.UpdatedAt == contact.CreatedAt:
		p.Removed++
		return typeDeleted, Contact{}, nil
	}
	records, err := eventlog.ReadStream(ctx, tx, i.tenant, "contact/"+contact.ID, 0, 0)
	if err != nil {
		return "", Contact{}, err
	}
	var last, first *eventlog.Record // what was written last, and last before the import
	for n := range records {
		r := &records[n]
		if !strings.HasPrefix(r.Type, "contact.") {
			continue
		}
		last = r
		if !i.wrote(r, created) {
			first = r
		}
	}
	switch {
	case last == nil || !i.wrote(last, created):
		p.Kept++
		return "", Contact{}, nil
	case strings.HasSuffix(last.Key, i.mark()+"/0"):
		return "", Contact{}, nil // it stands in several chunks
	case created:
		p.Removed++
		return typeDeleted, Contact{}, nil
	}
	before, ok := said(first, contact.ID)
	if !ok {
		p.Kept++
		return "", Contact{}, nil
	}
	p.Restored++
	return typeChanged, before.in(contact), nil
}

// said returns a contact as an event of it says that it was; false for one that
// has been erased.
func said(r *eventlog.Record, id string) (c Contact, ok bool) {
	ok = r != nil && json.Unmarshal(r.Data, &c) == nil && c.ID == id
	return c, ok
}

// wrote reports whether an event of a contact comes from the import, which
// created the contact or did not.
func (i *Import) wrote(r *eventlog.Record, created bool) bool {
	return created && r.Type == typeCreated || strings.Contains(r.Key, i.mark()+"/")
}

// in returns a contact with the words of before, which the log remembers. It
// has no CPF in full, but an import does not replace one: there was none, or
// it is the same.
func (c Contact) in(contact Contact) Contact {
	contact.FirstName, contact.LastName, contact.Gender, contact.Email = c.FirstName, c.LastName, c.Gender, c.Email
	contact.Phone, contact.Numbers, contact.Avatar = c.Phone, c.Numbers, c.Avatar
	if c.CPF == "" {
		contact.CPF = ""
	}
	return contact
}
