// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// EraseAgent overwrites what is stored of an agent as a person, for good: their
// name, login, address and extension, in the log and the audit trail, too. They
// are deleted with it, if they were not. What they did stays, and that it was
// somebody; calls still say by which actor they were answered.
func (u *Users) EraseAgent(ctx context.Context, t identity.Tenant, id string) (erased Agent, err error) {
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		a, err := u.store.findAgent(ctx, tx, t.ID, id, false)
		if problem.Of(err).Kind == problem.NotFound {
			a, err = u.store.findAgent(ctx, tx, t.ID, id, true)
		}
		if err != nil {
			return err
		}
		if err := u.mayHandleAgent(ctx, tx, a.User); err != nil {
			return err
		}
		erased = Agent{
			User:   User{Tenant: a.Tenant, ID: a.ID, Login: audit.Erased + "-" + a.ID, Name: audit.Erased, Role: a.Role},
			Device: a.Device, Creator: a.Creator, CreatedAt: a.CreatedAt, UpdatedAt: u.now(), Deleted: true,
		}
		return u.keepAdministered(ctx, tx, t.ID, func() error { return u.eraseAgent(ctx, tx, a, erased) })
	})
	if err != nil {
		return Agent{}, err
	}
	u.changed()
	return erased, nil
}

func (u *Users) eraseAgent(ctx context.Context, tx *eventlog.Tx, before, after Agent) error {
	if err := u.store.updateAgent(ctx, tx, before, after); err != nil {
		return err
	}
	if err := setPasswordHash(ctx, tx.Tx, after.Tenant, after.ID, "", after.UpdatedAt); err != nil {
		return err
	}
	if err := u.store.endAccess(ctx, tx, after.Tenant, after.ID); err != nil {
		return err
	}
	if err := u.store.unbindUser(ctx, tx, after.Tenant, after.ID); err != nil {
		return err
	}
	if err := redactUser(ctx, tx, after); err != nil {
		return err
	}
	if err := audit.Erase(ctx, tx, after.Tenant, objectOf(after.User)); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Tenant: after.Tenant, Action: "agent.erased", Object: objectOf(after.User)}); err != nil {
		return err
	}
	return u.recordWithQueues(ctx, tx, after, "deleted")
}

// redactUser overwrites what the log says of somebody.
func redactUser(ctx context.Context, tx *eventlog.Tx, who Agent) error {
	records, err := eventlog.ReadStream(ctx, tx, who.Tenant, "user/"+who.ID, 0, 0)
	if err != nil {
		return err
	}
	events := make([]eventlog.Redacted, len(records))
	for i, r := range records {
		var said changedData
		if err := json.Unmarshal(r.Data, &said); err != nil {
			return fmt.Errorf("read event %d: %w", r.Position, err)
		}
		data := dataOfUser(who.User, said.Change)
		data.Queues = said.Queues
		text, err := json.Marshal(data)
		if err != nil {
			return fmt.Errorf("encode event %d: %w", r.Position, err)
		}
		events[i] = eventlog.Redacted{Position: r.Position, Data: text}
	}
	return tx.Redact(ctx, who.Tenant, events...)
}
