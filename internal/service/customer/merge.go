// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"fmt"
	"slices"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// Merge makes one contact of several: keep takes in the numbers of the others,
// the members that it lacks, their groups and their activities; the others are
// deleted and say where they have gone.
func (c *Customer) Merge(ctx context.Context, t identity.Tenant, keep string, others []string) (Contact, error) {
	var contact Contact
	err := c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.find(ctx, tx, t.ID, keep, identity.ContactWrite)
		if err != nil {
			return err
		}
		merged, err := c.mergeable(ctx, tx, t.ID, keep, others)
		if err != nil {
			return err
		}
		contact = before
		for _, other := range merged {
			contact.take(other)
		}
		contact.UpdatedAt = c.now().UnixMilli()
		contact.key(t.Region)
		if len(contact.Numbers) > numbersMax {
			return problem.New(problem.Conflict, "contact.too_many_numbers", "Together they have more than %d numbers.", numbersMax+1)
		}
		return c.merge(ctx, tx, t.ID, before, contact, merged)
	})
	return contact, err
}

// mergeable returns the contacts that are to be merged into keep.
func (c *Customer) mergeable(ctx context.Context, tx *eventlog.Tx, tenant int64, keep string, others []string) ([]Contact, error) {
	var merged []Contact
	for i, id := range others {
		if id == keep || slices.Contains(others[:i], id) {
			return nil, problem.NewFields("contact.merge_invalid", "A contact is merged into another one, once.",
				problem.Field{Name: fmt.Sprintf("body.merge[%d]", i), Detail: "must be another contact than the others"})
		}
		other, err := c.find(ctx, tx, tenant, id, identity.ContactWrite)
		if err != nil {
			return nil, err
		}
		merged = append(merged, other)
	}
	return merged, nil
}

// take gives c what other has and c lacks.
func (c *Contact) take(other Contact) {
	if c.Name() == "" {
		c.FirstName, c.LastName = other.FirstName, other.LastName
	}
	for _, member := range []struct {
		to   *string
		from string
	}{{&c.Gender, other.Gender}, {&c.Email, other.Email}, {&c.CPF, other.CPF}, {&c.Avatar, other.Avatar}, {&c.Creator, other.Creator}} {
		if *member.to == "" {
			*member.to = member.from
		}
	}
	has := map[string]bool{"": true}
	for _, key := range c.keys() {
		has[key] = true
	}
	for _, n := range append([]Number{{Number: other.Phone, MatchKey: other.MatchKey}}, other.Numbers...) {
		switch {
		case has[n.MatchKey]:
		case c.Phone == "":
			c.Phone, c.MatchKey = n.Number, n.MatchKey
		default:
			c.Numbers = append(slices.Clone(c.Numbers), n)
		}
		has[n.MatchKey] = true
	}
}

// merge writes that contact, which was before, took in merged.
func (c *Customer) merge(ctx context.Context, tx *eventlog.Tx, tenant int64, before, contact Contact, merged []Contact) error {
	ids := make([]string, len(merged))
	for i, other := range merged {
		ids[i] = other.ID
	}
	for _, move := range append([]Move{c.store.moveMembers}, c.moves...) {
		if err := move(ctx, tx, tenant, ids, contact.ID); err != nil {
			return err
		}
	}
	// The one that stays gets the numbers first, so that nobody else inherits them.
	if err := c.store.update(ctx, tx, tenant, before, contact); err != nil {
		return err
	}
	if err := c.store.moveClaims(ctx, tx, tenant, ids, contact.ID); err != nil {
		return err
	}
	var claims []claim
	for _, key := range contact.keys() {
		claims = append(claims, claim{key: key, contact: contact.ID})
	}
	if err := c.store.claim(ctx, tx, tenant, claims); err != nil {
		return err
	}
	for _, other := range merged {
		gone := other
		gone.Deleted, gone.UpdatedAt, gone.MergedInto = true, contact.UpdatedAt, contact.ID
		if err := c.rewrite(ctx, tx, tenant, typeDeleted, other, gone); err != nil {
			return err
		}
		if err := c.store.leaveGroups(ctx, tx, tenant, other.ID); err != nil {
			return err
		}
	}
	says := struct {
		Contact
		Merged []string `json:"merged"`
	}{contact.public(), ids}
	event, err := contact.eventWith(tenant, typeMerged, says)
	if err != nil {
		return err
	}
	if _, err := tx.Append(ctx, event); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Tenant: tenant, Action: typeMerged, Object: "contact/" + contact.ID, Before: before.public(), After: says,
	})
}

// Move makes rows about some contacts those of another, into which they are
// merged, within the transaction that does so.
type Move func(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error

// Twins are contacts that have a number or an e-mail address in common.
type Twins struct {
	Reason   string // "number" or "email"
	Contacts []Contact
}

// twinsMost is how many contacts of one number or address are shown.
const twinsMost = 50

// Duplicates returns up to limit groups of contacts that may be the same,
// behind the one that after names: their number's match key, or their address
// behind an @. It is "" for the first page, and so is the next of the last.
func (c *Customer) Duplicates(ctx context.Context, t identity.Tenant, after string, limit int) (list []Twins, next string, err error) {
	twins, err := c.store.twins(ctx, t.ID, onlyOf(ctx, identity.ContactRead), after, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(twins) > limit {
		twins = twins[:limit]
		next = twins[limit-1].key
	}
	for _, twin := range twins {
		contacts, err := c.store.findAll(ctx, c.store.db, t.ID, twin.ids)
		if err != nil {
			return nil, "", err
		}
		reason := "number"
		if twin.key[:1] == addressMark {
			reason = "email"
		}
		slices.Reverse(contacts)
		list = append(list, Twins{Reason: reason, Contacts: contacts})
	}
	return list, next, nil
}
