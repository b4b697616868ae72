// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
)

// Filter chooses contacts. The zero Filter chooses all that are not deleted.
type Filter struct {
	Search    string `json:"search,omitempty"`
	Creator   string `json:"creator,omitempty"` // id
	From      int64  `json:"from,omitempty"`    // when the contact was created, Unix ms; 0 for no bound
	To        int64  `json:"to,omitempty"`
	HasNumber *bool  `json:"has_number,omitempty"`

	group   string  // id of a list
	also    *Filter // of a group that is a filter
	deleted bool    // those that are deleted as well
	only    string  // id of the only creator whose contacts the caller may see; "" for all
	seesCPF bool
	region  string
	after   string // id of the contact before the page
	limit   int
}

const (
	// A search reads up to so many contacts that its rarest word finds. More
	// are so frequent among all that reading those from the newest on finds a
	// page sooner.
	foundMost = 4000
	pageRows  = 100 // read at a time where not all are what is looked for
)

// list returns up to f.limit contacts, newest first.
func (s *store) list(ctx context.Context, tenant int64, f Filter) ([]Contact, error) {
	q := parse(f.Search, f.region, f.seesCPF)
	if f.also != nil {
		q.also(parse(f.also.Search, f.region, false))
	}
	if q.empty() {
		return s.scan(ctx, tenant, f, nil, f.limit)
	}
	ids, few, err := s.candidates(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	if few {
		return s.listFew(ctx, tenant, f, q, ids)
	}
	if m, err := s.meet(ctx, tenant, q, f.after); err != nil || m != nil {
		if err != nil {
			return nil, err
		}
		return s.listMeeting(ctx, tenant, f, q, m)
	}
	return s.listMany(ctx, tenant, f, q)
}

// listMeeting returns a page of what f and q choose among those who meet.
func (s *store) listMeeting(ctx context.Context, tenant int64, f Filter, q query, m *meeting) ([]Contact, error) {
	var found []Contact
	for {
		ids, more, err := m.next(ctx)
		if err != nil {
			return nil, err
		}
		rest := f
		rest.limit, rest.after = f.limit-len(found), ""
		page, err := s.listFew(ctx, tenant, rest, q, ids)
		if err != nil {
			return nil, err
		}
		found = append(found, page...)
		if len(found) == f.limit || !more {
			return found, nil
		}
	}
}

// listMany returns a page of what f and q choose, reading from the newest
// contact on.
func (s *store) listMany(ctx context.Context, tenant int64, f Filter, q query) ([]Contact, error) {
	var found []Contact
	for rows := f.limit; ; rows = pageRows {
		page, err := s.scan(ctx, tenant, f, q.narrow(), rows)
		if err != nil {
			return nil, err
		}
		for _, contact := range page {
			if q.finds(contact) {
				found = append(found, contact)
			}
		}
		if len(found) >= f.limit {
			return found[:f.limit], nil
		}
		if len(page) < rows {
			return found, nil
		}
		f.after = page[len(page)-1].ID
	}
}

// candidates returns the ids of the contacts that the rarer words of a search
// find, in their order; few is false if each word is frequent.
func (s *store) candidates(ctx context.Context, tenant int64, q query) (ids []string, few bool, err error) {
	for _, group := range q.groups {
		n := 0
		for _, start := range group {
			more, err := s.countWords(ctx, tenant, start, foundMost+1-n)
			if err != nil {
				return nil, false, err
			}
			if n += more; n > foundMost {
				break
			}
		}
		if n > foundMost {
			continue
		}
		found, err := s.contactsOf(ctx, s.db, tenant, group)
		if err != nil {
			return nil, false, err
		}
		if few {
			found = slices.DeleteFunc(found, func(id string) bool {
				_, in := slices.BinarySearch(ids, id)
				return !in
			})
		}
		if ids, few = found, true; len(ids) == 0 {
			break
		}
	}
	return ids, few, nil
}

// listFew returns a page of those contacts of ids, which are in their order,
// that f and q choose.
func (s *store) listFew(ctx context.Context, tenant int64, f Filter, q query, ids []string) ([]Contact, error) {
	if f.after != "" {
		at, _ := slices.BinarySearch(ids, f.after)
		ids = ids[:at]
	}
	members, err := s.members(ctx, tenant, f.group)
	if err != nil {
		return nil, err
	}
	var found []Contact
	for len(ids) > 0 && len(found) < f.limit {
		at := max(0, len(ids)-pageRows)
		page, err := s.findAll(ctx, s.db, tenant, ids[at:])
		if err != nil {
			return nil, err
		}
		ids = ids[:at]
		for _, contact := range page {
			if f.chooses(contact) && q.finds(contact) && (f.group == "" || members[contact.ID]) {
				found = append(found, contact)
			}
		}
	}
	return found[:min(len(found), f.limit)], nil
}

// chooses reports whether f chooses a contact, but for its search and list.
func (f Filter) chooses(c Contact) bool {
	if f.also != nil {
		also := *f.also
		if also.deleted = f.deleted; !also.chooses(c) {
			return false
		}
	}
	return (f.deleted || !c.Deleted) &&
		(f.Creator == "" || c.Creator == f.Creator) &&
		(f.only == "" || c.Creator == f.only) &&
		(f.From == 0 || c.CreatedAt >= f.From) &&
		(f.To == 0 || c.CreatedAt < f.To) &&
		(f.HasNumber == nil || len(c.keys()) > 0 == *f.HasNumber)
}

// finds reports whether f, as a group has it, chooses a contact.
func (f Filter) finds(c Contact, region string) bool {
	return f.chooses(c) && parse(f.Search, region, false).finds(c)
}

// idAt returns the smallest id of a time in Unix milliseconds.
func idAt(ms int64) string {
	var id uuid.UUID
	for i := range 6 {
		id[i] = byte(max(ms, 0) >> (40 - 8*i)) //nolint:gosec // one byte at a time
	}
	return id.String()
}

func newestFirst(contacts []Contact) {
	slices.SortFunc(contacts, func(a, b Contact) int { return cmp.Compare(b.ID, a.ID) })
}
