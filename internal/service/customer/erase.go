// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

const (
	eraseWait   = 10 * time.Second // that a request waits for what it has begun
	eraseEvery  = 5 * time.Second  // how often what was cut short is gone on with
	eraseEvents = 500              // overwritten in one transaction
	eraseRounds = 5                // of one go
	eraseShown  = 500              // calls, the newest, that may be on somebody's screen

	// eraseSettle is how long something that began before may take until it
	// is written: a request to another system, an answer, a reader of the log.
	eraseSettle = 20 * time.Second
)

// erasure is a person who is being erased.
type erasure struct {
	contact   string
	person    *module.Person
	events    int64
	createdAt int64
}

// Erase overwrites all that is stored of the person behind a contact: the
// contact and those merged into it, its activities, the calls of the numbers
// that are its alone, and what anything else says of them. From here on the
// contact is shown as erased. Done is false at first: what was on its way then
// is looked for once more when it has arrived.
func (c *Customer) Erase(ctx context.Context, t identity.Tenant, id string) (done bool, err error) {
	var e erasure
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		e, err = c.beginErasure(ctx, tx, t, id)
		return err
	})
	if err != nil {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, eraseWait)
	defer cancel()
	done, err = c.goOn(limited, t.ID, &e)
	if limited.Err() != nil && ctx.Err() == nil {
		return false, nil // the loop goes on with it
	}
	return done, err
}

// beginErasure overwrites the contact itself and notes what is to be looked for
// everywhere else.
func (c *Customer) beginErasure(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, id string) (erasure, error) {
	contact, err := c.store.findAny(ctx, tx, t.ID, id)
	if err != nil {
		return erasure{}, err
	}
	if contact.MergedInto != "" {
		return erasure{}, problem.New(problem.Conflict, "contact.merged", "This contact is a part of contact %s now.", contact.MergedInto)
	}
	begun, err := c.store.findErasure(ctx, tx, t.ID, id)
	if err != nil {
		return erasure{}, err
	}
	merged, err := c.store.mergedInto(ctx, tx, t.ID, id)
	if err != nil {
		return erasure{}, err
	}
	all := append([]Contact{contact}, merged...)
	person, err := c.personOf(ctx, tx, t, all, begun)
	if err != nil {
		return erasure{}, err
	}
	for _, one := range all {
		if err := c.blank(ctx, tx, t.ID, one); err != nil {
			return erasure{}, err
		}
	}
	if begun != nil {
		begun.person = person
		return *begun, c.store.keepErasure(ctx, tx, t.ID, *begun)
	}
	e := erasure{contact: id, person: person, createdAt: c.now().UnixMilli()}
	if contact.ErasedAt != 0 {
		e.createdAt = contact.ErasedAt // nothing of them can be on its way any more
	}
	if err := audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: typeErased, Object: "contact/" + id}); err != nil {
		return erasure{}, err
	}
	return e, c.store.keepErasure(ctx, tx, t.ID, e)
}

// personOf returns what is to be looked for: what contacts say, and what was
// looked for before if the erasure had begun already. A number that another
// contact has as well is not this person's alone, and its calls stay.
func (c *Customer) personOf(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, contacts []Contact, begun *erasure) (*module.Person, error) {
	p := &module.Person{Tenant: t.ID, Region: t.Region}
	if begun != nil {
		p = begun.person
	}
	var ids []string
	for _, contact := range contacts {
		ids = append(ids, contact.ID)
	}
	for _, contact := range contacts {
		p.Contacts = with(p.Contacts, contact.ID)
		p.Streams = with(p.Streams, "contact/"+contact.ID)
		if contact.ErasedAt != 0 {
			continue
		}
		p.Names = with(p.Names, contact.Name(), contact.FirstName, contact.LastName, fullName(contact.LastName, contact.FirstName))
		p.Texts = with(p.Texts, contact.Email, contact.CPF)
		for _, n := range append([]Number{{Number: contact.Phone, MatchKey: contact.MatchKey}}, contact.Numbers...) {
			if n.MatchKey == "" {
				continue
			}
			holders, err := c.store.holders(ctx, tx, t.ID, n.MatchKey)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(holders, func(id string) bool { return !slices.Contains(ids, id) }) {
				continue
			}
			p.Keys = with(p.Keys, n.MatchKey)
			p.Texts = with(p.Texts, phone.Digits(n.Number), phone.Digits(phone.National(n.Number, t.Region)))
		}
	}
	return p, nil
}

// with adds texts that are not "" and not there yet.
func with(list []string, texts ...string) []string {
	for _, text := range texts {
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// blank overwrites a contact's row, takes its words, groups and claims away,
// and overwrites what the audit trail has of it.
func (c *Customer) blank(ctx context.Context, tx *eventlog.Tx, tenant int64, before Contact) error {
	if before.ErasedAt != 0 {
		return nil
	}
	now := c.now().UnixMilli()
	contact := Contact{
		ID: before.ID, FirstName: module.Erased, Creator: before.Creator, CreatedAt: before.CreatedAt, UpdatedAt: now,
		Deleted: true, MergedInto: before.MergedInto, ErasedAt: now,
	}
	if before.Deleted {
		if err := c.store.update(ctx, tx, tenant, before, contact); err != nil {
			return err
		}
	} else if err := c.rewrite(ctx, tx, tenant, typeDeleted, before, contact); err != nil {
		return err
	}
	if err := c.store.leaveGroups(ctx, tx, tenant, before.ID); err != nil {
		return err
	}
	return audit.Erase(ctx, tx, tenant, "contact/"+before.ID)
}

// goOn erases a person until nothing is left of them, or until their calls have
// ended whose events may still come.
func (c *Customer) goOn(ctx context.Context, tenant int64, e *erasure) (done bool, err error) {
	for range eraseRounds {
		redacted, open, err := c.eraseOnce(ctx, tenant, e)
		if err != nil {
			return false, fmt.Errorf("erase contact %s: %w", e.contact, err)
		}
		e.events += redacted
		switch {
		case redacted > 0:
			continue
		case open || c.now().UnixMilli() < e.createdAt+eraseSettle.Milliseconds():
			return false, c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				return c.store.keepErasure(ctx, tx, tenant, *e)
			})
		}
		return true, c.endErasure(ctx, tenant, e)
	}
	return false, nil
}

// eraseOnce looks everywhere once, and returns how many events it overwrote and
// whether a call with the person has not ended.
func (c *Customer) eraseOnce(ctx context.Context, tenant int64, e *erasure) (redacted int64, open bool, err error) {
	p := e.person
	calls, err := c.live.StreamsOf(ctx, tenant, p.Keys)
	if err != nil {
		return 0, false, err
	}
	p.Calls = with(p.Calls, calls...)
	for _, erase := range c.erasers() {
		if err := erase(ctx, p); err != nil {
			return 0, false, err
		}
	}
	if redacted, err = c.redact(ctx, p); err != nil {
		return redacted, false, err
	}
	for _, stream := range p.Calls {
		if err := c.live.Renew(ctx, c.log, tenant, stream); err != nil {
			return redacted, false, err
		}
	}
	open, err = c.live.AnyOpen(ctx, tenant, p.Calls)
	return redacted, open, err
}

// redact overwrites the events about a person, and those that mention them.
func (c *Customer) redact(ctx context.Context, p *module.Person) (redacted int64, err error) {
	var found []eventlog.Redacted
	flush := func() error {
		some := found
		found = nil
		redacted += int64(len(some))
		if len(some) == 0 {
			return nil
		}
		return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return tx.Redact(ctx, p.Tenant, some...) })
	}
	take := func(r eventlog.Record, about bool) error {
		data, err := redactedOf(p, r, about)
		if err != nil {
			return err
		}
		if string(data) == string(r.Data) && (r.Raw == nil || string(r.Raw) == module.Erased) {
			return nil
		}
		found = append(found, eventlog.Redacted{Position: r.Position, Data: data})
		if len(found) < eraseEvents {
			return nil
		}
		return flush()
	}
	for _, stream := range slices.Concat(p.Streams, p.Calls) {
		records, err := c.log.ReadStream(ctx, p.Tenant, stream, 0, 0)
		if err != nil {
			return redacted, err
		}
		for _, r := range records {
			if err := take(r, true); err != nil {
				return redacted, err
			}
		}
	}
	if err := flush(); err != nil {
		return redacted, err
	}
	_, err = c.log.EachMention(ctx, p, 0, func(r eventlog.Record) error {
		if _, _, ok := live.ParseStream(r.Stream); ok {
			p.Calls = with(p.Calls, r.Stream)
		}
		return take(r, false)
	})
	if err != nil {
		return redacted, err
	}
	return redacted, flush()
}

// redactedOf returns what is left of what an event says. Of those that are
// about the person and nothing else it is that there was one.
func redactedOf(p *module.Person, r eventlog.Record, about bool) ([]byte, error) {
	if r.Type == typeErased {
		return r.Data, nil
	}
	if slices.Contains(p.Streams, r.Stream) {
		return erasedData, nil
	}
	data, err := p.Redact(r.Data, about)
	if err != nil { // it is no JSON, so that nobody can read it anyway
		return erasedData, nil //nolint:nilerr // see above
	}
	canonical, err := eventlog.Canonical(r.Data)
	if err == nil && string(canonical) == string(data) {
		return r.Data, nil // nothing of it has changed but its form
	}
	return data, nil
}

var erasedData = []byte(`{"erased":true}`)

// endErasure writes the tombstone, which says whose events were overwritten
// but not who that was.
func (c *Customer) endErasure(ctx context.Context, tenant int64, e *erasure) error {
	now := c.now().UnixMilli()
	streams := slices.Concat(e.person.Streams, e.person.Calls)
	data, err := json.Marshal(map[string]any{"id": e.contact, "contacts": e.person.Contacts, "streams": streams, "events": e.events, "erased_at": now})
	if err != nil {
		return fmt.Errorf("encode tombstone: %w", err)
	}
	change, err := newID()
	if err != nil {
		return err
	}
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		first, err := c.store.dropErasure(ctx, tx, tenant, e.contact)
		if err != nil || !first {
			return err // somebody else has ended it
		}
		if err := c.store.keepErasedCalls(ctx, tx, tenant, e.person.Calls); err != nil {
			return err
		}
		events := []eventlog.Event{{
			Tenant: tenant, Stream: "contact/" + e.contact, Key: typeErased + "/" + change, Type: typeErased,
			At: now, Received: now, Timed: true, Data: data,
		}}
		// Those who look at a call see at once that there is less to be seen.
		for _, stream := range e.person.Calls[max(0, len(e.person.Calls)-eraseShown):] {
			events = append(events, eventlog.Event{
				Tenant: tenant, Stream: stream, Key: typeRedacted + "/" + change, Type: typeRedacted,
				At: now, Received: now, Timed: true, Data: erasedData,
			})
		}
		_, err = tx.Append(ctx, events...)
		return err
	})
}

// finishErasures goes on with the erasures that were cut short, now and then,
// until ctx ends.
func (c *Customer) finishErasures(ctx context.Context) error {
	ticker := time.NewTicker(eraseEvery)
	defer ticker.Stop()
	for {
		if err := c.finishOnce(ctx); err != nil && ctx.Err() == nil {
			c.logger.WarnContext(ctx, "person not erased yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (c *Customer) finishOnce(ctx context.Context) error {
	open, err := c.store.erasures(ctx, c.now().Add(-eraseWait).UnixMilli())
	if err != nil {
		return err
	}
	for _, e := range open {
		if _, err := c.goOn(ctx, e.person.Tenant, &e); err != nil {
			return err
		}
	}
	return nil
}

func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
