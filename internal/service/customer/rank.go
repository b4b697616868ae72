// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/phone"
)

// Why a contact may be who is behind a number, the strongest reason first, and
// what each counts. An exact number outweighs all that only makes it likelier.
const (
	reasonExact     = "exact"
	reasonTail      = "same last nine digits"
	reasonToday     = "talked today"
	reasonYesterday = "talked yesterday"
	reasonOwner     = "owner"
)

var scores = map[string]int{reasonExact: 100, reasonTail: 40, reasonToday: 20, reasonYesterday: 15, reasonOwner: 10}

const (
	tailDigits = 9  // of numbers that are alike
	rankedMost = 50 // contacts that are looked at closer
)

// Ranked is a contact that may be who is behind a number.
type Ranked struct {
	Contact Contact
	Reasons []string
	Score   int
}

// Rank returns the contacts that may be who is behind a number, the likeliest
// first: those who have it, whoever its calls belong to, and those who have one
// that ends alike. Of several, one that was lately talked with is likelier.
func (c *Customer) Rank(ctx context.Context, t identity.Tenant, number string) ([]Ranked, error) {
	key := phone.MatchKey(storable(number), t.Region)
	if key == "" {
		return nil, nil
	}
	contacts, err := c.alike(ctx, t, key)
	if err != nil {
		return nil, err
	}
	claims, err := c.store.findClaims(ctx, c.store.db, t.ID, []string{key})
	if err != nil {
		return nil, err
	}
	ranked := make([]Ranked, 0, len(contacts))
	for _, contact := range contacts {
		r := Ranked{Contact: contact}
		if slices.Contains(contact.keys(), key) {
			r.add(reasonExact)
		} else {
			r.add(reasonTail)
		}
		talked, err := c.talked(ctx, t, contact)
		if err != nil {
			return nil, err
		}
		if talked != "" {
			r.add(talked)
		}
		if claims[key].contact == contact.ID {
			r.add(reasonOwner)
		}
		ranked = append(ranked, r)
	}
	slices.SortFunc(ranked, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Contact.ID, b.Contact.ID))
	})
	return ranked, nil
}

func (r *Ranked) add(reason string) {
	r.Reasons = append(r.Reasons, reason)
	r.Score += scores[reason]
}

// alike returns the contacts that have a number, and those whose numbers end
// like it; of many, the newest that have it first.
func (c *Customer) alike(ctx context.Context, t identity.Tenant, key string) ([]Contact, error) {
	exact, err := c.store.holders(ctx, c.store.db, t.ID, key)
	if err != nil {
		return nil, err
	}
	var like []string
	if digits := strings.TrimPrefix(key, "+"); len(digits) >= tailDigits && isDigits(strings.TrimPrefix(digits, "raw:")) {
		tail := digits[len(digits)-tailDigits:]
		if like, err = c.store.contactsOf(ctx, c.store.db, t.ID, []string{backwards + reverse(tail)}); err != nil {
			return nil, err
		}
		slices.Reverse(like)
	}
	contacts, err := c.store.findAll(ctx, c.store.db, t.ID, exact[max(0, len(exact)-rankedMost):])
	if err != nil {
		return nil, err
	}
	like = slices.DeleteFunc(like, func(id string) bool { return slices.Contains(exact, id) })
	others, err := c.store.findAll(ctx, c.store.db, t.ID, like[:min(len(like), rankedMost)])
	if err != nil {
		return nil, err
	}
	only := onlyOf(ctx, identity.ContactRead)
	return slices.DeleteFunc(append(contacts, others...), func(c Contact) bool {
		return c.Deleted || only != "" && c.Creator != only
	}), nil
}

// talked returns whether somebody talked with a contact today or yesterday, as
// the call centre's clock has it; "" for neither.
func (c *Customer) talked(ctx context.Context, t identity.Tenant, contact Contact) (string, error) {
	zone, err := time.LoadLocation(t.TimeZone)
	if err != nil {
		zone = time.UTC // a tenant of which nobody has said where it is
	}
	year, month, day := c.now().In(zone).Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, zone).UnixMilli()
	yesterday := time.Date(year, month, day-1, 0, 0, 0, 0, zone).UnixMilli()
	last := int64(0)
	for _, key := range contact.keys() {
		calls, err := c.live.List(ctx, t.ID, live.Filter{Number: strings.TrimPrefix(key, "raw:"), From: yesterday, Limit: talkedBack})
		if err != nil {
			return "", err
		}
		for i := range calls {
			last = max(last, calls[i].State.ReachedAt())
		}
	}
	switch {
	case last >= today:
		return reasonToday, nil
	case last >= yesterday:
		return reasonYesterday, nil
	}
	return "", nil
}

const talkedBack = 20 // newest calls of a number that are looked at
