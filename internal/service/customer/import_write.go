// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// written are the contacts that a chunk became, by their ids.
type written struct {
	Created []string `json:"created,omitempty"`
	Changed []string `json:"changed,omitempty"`
}

// writtenIn reads what a chunk has become so far.
func writtenIn(text string) (w written, err error) {
	if text == "" {
		return written{}, nil
	}
	err = json.Unmarshal([]byte(text), &w)
	return w, err
}

// and returns w with more.
func (w written) and(more written) written {
	return written{Created: slices.Concat(w.Created, more.Created), Changed: slices.Concat(w.Changed, more.Changed)}
}

// held is a contact that rows of a chunk are about.
type held struct {
	before, now Contact
	fresh       bool // it is not stored yet
	row         int  // which changed it last
}

// known finds the contacts that rows are about, by number or e-mail address.
type known struct {
	byKey   map[string]*held
	byEmail map[string]*held
	order   []*held // those that are to be written
}

// emailKey is what an e-mail address is known by.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// lookUp finds the contacts that hold the numbers of rows, or have their e-mail
// addresses; of several with one address the oldest.
func (c *Customer) lookUp(ctx context.Context, q db.Querier, tenant int64, rows []importRow) (*known, error) {
	var numbers, emails []string
	seen := map[string]bool{}
	for i := range rows {
		w := &rows[i].words
		for _, key := range w.keys() {
			if !seen[key] {
				seen[key] = true
				numbers = append(numbers, key)
			}
		}
		if key := emailKey(w.Email); key != "" && !seen["@"+key] {
			seen["@"+key] = true
			emails = append(emails, key)
		}
	}
	claims, err := c.store.findClaims(ctx, q, tenant, numbers)
	if err != nil {
		return nil, err
	}
	addresses, err := c.store.findEmails(ctx, q, tenant, emails)
	if err != nil {
		return nil, err
	}
	ids, holders := []string(nil), map[string]*held{}
	want := func(id string) *held {
		h := holders[id]
		if h == nil {
			h = &held{}
			holders[id], ids = h, append(ids, id)
		}
		return h
	}
	k := &known{byKey: map[string]*held{}, byEmail: map[string]*held{}}
	for key, owner := range claims {
		k.byKey[key] = want(owner.contact)
	}
	for email, id := range addresses {
		k.byEmail[email] = want(id)
	}
	contacts, err := c.store.findAll(ctx, q, tenant, ids)
	if err != nil {
		return nil, err
	}
	for _, contact := range contacts {
		if !contact.Deleted {
			holders[contact.ID].before, holders[contact.ID].now = contact, contact
		}
	}
	return k, nil
}

// find returns whom a row is about: who holds its phone, one of its further
// numbers, or its e-mail address, in this order.
func (k *known) find(w *Contact) *held {
	for _, key := range w.keys() {
		if h := k.byKey[key]; h != nil && h.now.ID != "" {
			return h
		}
	}
	if h := k.byEmail[emailKey(w.Email)]; h != nil && h.now.ID != "" {
		return h
	}
	return nil
}

// know lets further rows find a contact as it is now.
func (k *known) know(h *held) {
	for _, key := range h.now.keys() {
		if other := k.byKey[key]; other == nil || other.now.ID == "" {
			k.byKey[key] = h
		}
	}
	if key := emailKey(h.now.Email); key != "" && (k.byEmail[key] == nil || k.byEmail[key].now.ID == "") {
		k.byEmail[key] = h
	}
}

// importRows writes rows of an import within tx and counts what came of them.
func (c *Customer) importRows(ctx context.Context, tx *eventlog.Tx, i *Import, region string, rows []importRow) (written, error) {
	k, err := c.lookUp(ctx, tx, i.tenant, rows)
	if err != nil {
		return written{}, err
	}
	for n := range rows {
		if err := k.take(i, &rows[n], region, c.now().UnixMilli()); err != nil {
			return written{}, err
		}
	}
	return c.write(ctx, tx, i, k.order)
}

// take decides what becomes of one row.
func (k *known) take(i *Import, row *importRow, region string, now int64) error {
	p := &i.Progress
	p.Done++
	if len(row.errors) > 0 {
		p.fault(row.errors)
		return nil
	}
	h := k.find(&row.words)
	if h == nil || i.Plan.OnDuplicate == duplicateCreate {
		contact := row.words // its keys and its check were made with the row
		id, err := newID()
		if err != nil {
			return err
		}
		contact.ID, contact.Creator, contact.CreatedAt, contact.UpdatedAt = id, i.Creator, now, now
		h = &held{now: contact, fresh: true, row: row.number}
		k.order = append(k.order, h)
		k.know(h)
		p.Created++
		return nil
	}
	after, errors := row.over(h.now, region)
	switch {
	case len(errors) > 0:
		p.fault(errors)
	case sameWords(h.now, after):
		p.Same++
	case i.Plan.OnDuplicate == duplicateSkip:
		p.Skipped++
	default:
		p.Changed++
		if !h.fresh && sameWords(h.before, h.now) {
			k.order = append(k.order, h)
		}
		after.UpdatedAt = now
		h.now, h.row = after, row.number
		k.know(h)
	}
	return nil
}

// write stores contacts with their claims and events.
func (c *Customer) write(ctx context.Context, tx *eventlog.Tx, i *Import, contacts []*held) (done written, err error) {
	var fresh []Contact
	var claims []claim
	events := make([]eventlog.Event, len(contacts))
	for n, h := range contacts {
		typ := typeChanged
		if h.fresh {
			typ = typeCreated
			fresh, done.Created = append(fresh, h.now), append(done.Created, h.now.ID)
			for _, key := range h.now.keys() {
				claims = append(claims, claim{key: key, contact: h.now.ID})
			}
		} else {
			done.Changed = append(done.Changed, h.now.ID)
			if err := c.replace(ctx, tx, i.tenant, h.before, h.now); err != nil {
				return written{}, err
			}
		}
		if events[n], err = i.event(typ, h.now, h.row); err != nil {
			return written{}, err
		}
	}
	if err := c.store.insert(ctx, tx, i.tenant, fresh); err != nil {
		return written{}, err
	}
	if err := c.store.claim(ctx, tx, i.tenant, claims); err != nil {
		return written{}, err
	}
	i.Progress.Written += int64(len(contacts))
	_, err = tx.Append(ctx, events...)
	return done, err
}
