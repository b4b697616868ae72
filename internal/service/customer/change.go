// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// Create adds a contact that a person entered. Its numbers become its own
// unless another contact has them already. Its creator is the caller unless
// another is named.
func (c *Customer) Create(ctx context.Context, t identity.Tenant, contact Contact) (Contact, error) {
	var err error
	if contact.Creator, err = c.creator(ctx, t, contact.Creator); err != nil {
		return Contact{}, err
	}
	if err := contact.begin(t.Region, c.now().UnixMilli()); err != nil {
		return Contact{}, err
	}
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.room(ctx, t, 1); err != nil {
			return err
		}
		return c.add(ctx, tx, t.ID, contact)
	})
	return contact, err
}

// begin makes c a new contact; an Invalid problem if it cannot be one.
func (c *Contact) begin(region string, now int64) error {
	id, err := newID()
	if err != nil {
		return err
	}
	c.ID, c.CreatedAt, c.UpdatedAt, c.Deleted, c.MergedInto, c.ErasedAt = id, now, now, false, "", 0
	c.CPF = cleanCPF(c.CPF)
	c.key(region)
	return c.check()
}

// add writes new contacts, their claims, events and entries in the audit trail.
func (c *Customer) add(ctx context.Context, tx *eventlog.Tx, tenant int64, contacts ...Contact) error {
	if err := c.store.insert(ctx, tx, tenant, contacts); err != nil {
		return err
	}
	var claims []claim
	entries := make([]audit.Entry, len(contacts))
	for i, contact := range contacts {
		for _, key := range contact.keys() {
			claims = append(claims, claim{key: key, contact: contact.ID})
		}
		entries[i] = audit.Entry{Tenant: tenant, Action: typeCreated, Object: "contact/" + contact.ID, After: contact.public()}
	}
	if err := c.store.claim(ctx, tx, tenant, claims); err != nil {
		return err
	}
	if err := appendContact(ctx, tx, tenant, typeCreated, contacts...); err != nil {
		return err
	}
	return audit.Record(ctx, tx, entries...)
}

// Update changes a contact: set gets it as it is. Whose contact it is not, for
// one who may change their own only, finds none.
func (c *Customer) Update(ctx context.Context, t identity.Tenant, id string, set func(*Contact)) (Contact, error) {
	creator, err := c.creatorSet(ctx, t, id, set)
	if err != nil {
		return Contact{}, err
	}
	var contact Contact
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.find(ctx, tx, t.ID, id, identity.ContactWrite)
		if err != nil {
			return err
		}
		contact = before
		set(&contact)
		if contact.Creator = before.Creator; creator != "" {
			contact.Creator = creator
		}
		contact.ID, contact.CreatedAt, contact.UpdatedAt, contact.Deleted = before.ID, before.CreatedAt, c.now().UnixMilli(), false
		if contact.CPF = cleanCPF(contact.CPF); contact.CPF == cleanCPF(maskCPF(before.CPF)) {
			contact.CPF = before.CPF // it was sent back as it was shown
		}
		contact.key(t.Region)
		if err := contact.check(); err != nil {
			return err
		}
		return c.rewrite(ctx, tx, t.ID, typeChanged, before, contact)
	})
	return contact, err
}

// creatorSet returns the creator that set names, checked; "" for none, or for
// the one that a contact has already, who may be gone.
func (c *Customer) creatorSet(ctx context.Context, t identity.Tenant, id string, set func(*Contact)) (string, error) {
	var named Contact
	if set(&named); named.Creator == "" {
		return "", nil
	}
	contact, err := c.store.find(ctx, c.store.db, t.ID, id)
	if err != nil || named.Creator == contact.Creator {
		return "", err
	}
	return c.creator(ctx, t, named.Creator)
}

// rewrite stores a contact that was before, with its claims, its event and its
// entry in the audit trail.
func (c *Customer) rewrite(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, before, contact Contact) error {
	if err := c.replace(ctx, tx, tenant, before, contact); err != nil {
		return err
	}
	if err := appendContact(ctx, tx, tenant, typ, contact); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		Tenant: tenant, Action: typ, Object: "contact/" + contact.ID, Before: before.public(), After: contact.public(),
	})
}

// replace stores a contact that was before, with its claims.
func (c *Customer) replace(ctx context.Context, tx *eventlog.Tx, tenant int64, before, contact Contact) error {
	if err := c.store.update(ctx, tx, tenant, before, contact); err != nil {
		return err
	}
	held, holds := map[string]bool{}, map[string]bool{}
	for _, key := range contact.keys() {
		holds[key] = !contact.Deleted
	}
	if !before.Deleted {
		for _, key := range before.keys() {
			held[key] = true
			if holds[key] {
				continue
			}
			if err := c.store.release(ctx, tx, tenant, key, contact.ID); err != nil {
				return err
			}
		}
	}
	var fresh []claim
	for _, key := range contact.keys() {
		if holds[key] && !held[key] {
			fresh = append(fresh, claim{key: key, contact: contact.ID})
		}
	}
	return c.store.claim(ctx, tx, tenant, fresh)
}

// Delete hides a contact and takes it out of its groups. The next call of its
// number is a new caller's, unless another contact has the number too.
func (c *Customer) Delete(ctx context.Context, t identity.Tenant, id string) error {
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.find(ctx, tx, t.ID, id, identity.ContactWrite)
		if err != nil {
			return err
		}
		return c.remove(ctx, tx, t.ID, before)
	})
}

// remove deletes a contact within tx.
func (c *Customer) remove(ctx context.Context, tx *eventlog.Tx, tenant int64, before Contact) error {
	contact := before
	contact.Deleted, contact.UpdatedAt = true, c.now().UnixMilli()
	if err := c.rewrite(ctx, tx, tenant, typeDeleted, before, contact); err != nil {
		return err
	}
	return c.store.leaveGroups(ctx, tx, tenant, before.ID)
}

// Restore shows a deleted contact again. A contact that was merged into
// another or erased is gone for good: that is a Conflict problem.
func (c *Customer) Restore(ctx context.Context, t identity.Tenant, id string) (Contact, error) {
	var contact Contact
	err := c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := c.store.findAny(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		if err := owned(ctx, before, identity.ContactWrite); err != nil {
			return err
		}
		switch contact = before; {
		case before.ErasedAt != 0:
			return problem.New(problem.Conflict, "contact.erased", "What was known of this contact has been erased.")
		case before.MergedInto != "":
			return problem.New(problem.Conflict, "contact.merged", "This contact is a part of contact %s now.", before.MergedInto)
		case !before.Deleted:
			return nil
		}
		if err := c.room(ctx, t, 1); err != nil {
			return err
		}
		contact.Deleted, contact.UpdatedAt = false, c.now().UnixMilli()
		contact.key(t.Region)
		return c.rewrite(ctx, tx, t.ID, typeRestored, before, contact)
	})
	return contact, err
}

// find returns a contact that is not deleted and that the caller may use for
// what right says; NotFound when there is none.
func (c *Customer) find(ctx context.Context, tx *eventlog.Tx, tenant int64, id, right string) (Contact, error) {
	contact, err := c.store.find(ctx, tx, tenant, id)
	if err != nil {
		return Contact{}, err
	}
	return contact, owned(ctx, contact, right)
}

// owned returns NotFound for a contact that is not the caller's own, when the
// caller may use no others for what right says.
func owned(ctx context.Context, contact Contact, right string) error {
	if me := onlyOf(ctx, right); me != "" && contact.Creator != me {
		return errNoContact
	}
	return nil
}

// onlyOf returns the id of the caller if they may use right on what they
// created only, and else "".
func onlyOf(ctx context.Context, right string) string {
	if p, _ := identity.From(ctx); p.OnlyOwn(right) {
		return p.ID
	}
	return ""
}

// creator returns who a contact or group is said to be created by: the caller
// when nobody is named. It must be an agent of the call centre, or the caller.
func (c *Customer) creator(ctx context.Context, t identity.Tenant, named string) (string, error) {
	p, _ := identity.From(ctx)
	if named == "" || named == p.ID {
		return p.ID, nil
	}
	refused := problem.NewFields("contact.no_such_creator", "The creator does not exist.",
		problem.Field{Name: "body.creator", Detail: "must be the _id of an agent"})
	if onlyOf(ctx, identity.ContactWrite) != "" {
		return "", problem.NewFields("contact.no_such_creator", "You may add your own contacts only.",
			problem.Field{Name: "body.creator", Detail: "must be yourself, or be left out"})
	}
	if !isID(named) {
		return "", refused
	}
	agent, err := bus.Ask(ctx, c.bus, ask.FindAgent, ask.AgentQuestion{Tenant: t.ID, ID: named})
	switch {
	case problem.Of(err).Kind == problem.NotFound:
		return "", refused
	case err != nil:
		return "", err
	}
	return agent.ID, nil
}

// room returns a TooMany problem if a call centre may not have so many more
// contacts. Callers whom Tandem registers are not refused: their calls have to
// go somewhere.
func (c *Customer) room(ctx context.Context, t identity.Tenant, more int64) error {
	limits, err := c.tenants.Limits(ctx, t.ID)
	if err != nil {
		return err
	}
	counts, err := c.live.Counts(ctx, t.ID)
	if err != nil {
		return err
	}
	return tenant.Room("contacts", limits.Contacts, counts.Contacts, more)
}

// change writes, and tells the others when it has.
func (c *Customer) change(ctx context.Context, work func(context.Context, *eventlog.Tx) error) error {
	if err := c.log.Transact(ctx, work); err != nil {
		return err
	}
	c.bus.Ring(ask.BellContacts)
	return nil
}
