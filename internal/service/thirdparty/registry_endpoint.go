// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/projection"
	"tandem/internal/tenant"
)

// SaveEndpoint creates an endpoint, or replaces the one with its id. A secret
// of nil leaves it as it is; a new endpoint whose template signs gets one, which
// is returned this once.
func (t *ThirdParty) SaveEndpoint(ctx context.Context, owner identity.Tenant, words Endpoint, secret *string) (saved Endpoint, made string, err error) {
	read, err := projection.Checkpoint(ctx, t.db, readerName)
	if err != nil {
		return saved, "", err
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		made = ""
		template, integrator, err := t.ofEndpoint(ctx, tx, owner.ID, &words)
		if err != nil {
			return err
		}
		if err := words.check(template, integrator, secret); err != nil {
			return err
		}
		saved = words
		action, before := "created", any(nil)
		now := t.now().UnixMilli()
		var old Endpoint
		if saved.ID == "" {
			if saved.ID, err = t.roomForEndpoint(ctx, tx, owner.ID); err != nil {
				return err
			}
			saved.CreatedAt = now
		} else {
			if old, err = t.livingEndpoint(ctx, tx, owner.ID, saved.ID); err != nil {
				return err
			}
			action, before, saved.CreatedAt = "changed", old, old.CreatedAt
			saved.keep(&old)
		}
		saved.UpdatedAt = now
		if secret == nil && saved.sealed == "" && template.Auth == authSignature {
			made = newSecret()
			secret = &made
		}
		if secret != nil {
			saved.sealed = t.box.Seal(saved.purpose(owner.ID), *secret)
		}
		position, err := t.note(ctx, tx, owner.ID, typeChanged, changeFact{Kind: "integration-endpoint", ID: saved.ID, Name: saved.Name, Action: action}, before, saved)
		if err != nil {
			return err
		}
		switch {
		case saved.Enabled && !old.Enabled: // from now on
			saved.since, saved.Reason, saved.DisabledAt, saved.failingSince, saved.lastError = position, "", 0, 0, ""
		case !saved.Enabled && (old.Enabled || old.ID == ""):
			saved.stopped, saved.Reason, saved.DisabledAt = read, reasonByHand, now
		}
		return t.store.saveEndpoint(ctx, tx, owner.ID, &saved)
	})
	if err == nil {
		t.sender.refresh()
	}
	return saved, made, err
}

func (t *ThirdParty) roomForEndpoint(ctx context.Context, q db.Querier, owner int64) (id string, err error) {
	limits, err := t.tenants.Limits(ctx, owner)
	if err != nil {
		return "", err
	}
	count, err := t.store.count(ctx, q, owner)
	if err == nil {
		err = tenant.Room("endpoints", limits.Endpoints, count, 1)
	}
	if err != nil {
		return "", err
	}
	return newID()
}

// keep takes over what a person does not write.
func (e *Endpoint) keep(old *Endpoint) {
	e.sealed, e.oldSealed, e.oldUntil = old.sealed, old.oldSealed, old.oldUntil
	e.Reason, e.DisabledAt, e.stopped, e.since, e.failingSince, e.lastError = old.Reason, old.DisabledAt, old.stopped, old.since, old.failingSince, old.lastError
}

func (t *ThirdParty) livingEndpoint(ctx context.Context, q db.Querier, tenant int64, id string) (Endpoint, error) {
	found, err := t.store.endpoint(ctx, q, tenant, id)
	if err == nil && found.Deleted {
		err = errNoEndpoint
	}
	return found, err
}

// HideEndpoint deletes an endpoint with what is still to be delivered to it, or
// brings it back, disabled.
func (t *ThirdParty) HideEndpoint(ctx context.Context, owner identity.Tenant, id string, deleted bool) (saved Endpoint, err error) {
	read, err := projection.Checkpoint(ctx, t.db, readerName)
	if err != nil {
		return saved, err
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if deleted {
			saved, err = t.livingEndpoint(ctx, tx, owner.ID, id)
		} else if saved, err = t.store.endpoint(ctx, tx, owner.ID, id); err == nil && !saved.Deleted {
			err = problem.New(problem.Conflict, "integration_endpoint.not_deleted", "The endpoint is not deleted.")
		}
		if err != nil {
			return err
		}
		before, now := saved, t.now().UnixMilli()
		saved.Deleted, saved.UpdatedAt = deleted, now
		if saved.Enabled {
			saved.Enabled, saved.Reason, saved.DisabledAt, saved.stopped = false, reasonByHand, now, read
		}
		if deleted {
			if err := t.store.dropPending(ctx, tx, owner.ID, id, now); err != nil {
				return err
			}
		} else {
			template, integrator, err := t.ofEndpoint(ctx, tx, owner.ID, &saved)
			if err != nil {
				return err
			}
			if err := saved.check(template, integrator, nil); err != nil {
				return err
			}
		}
		if err := t.store.saveEndpoint(ctx, tx, owner.ID, &saved); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, owner.ID, typeChanged, changeFact{Kind: "integration-endpoint", ID: id, Name: saved.Name, Action: hidden(deleted)}, before, saved)
		return err
	})
	return saved, err
}

// Enable lets an endpoint have events again; with replay also those that it
// has missed since it stopped.
func (t *ThirdParty) Enable(ctx context.Context, owner identity.Tenant, id string, replay bool) (saved Endpoint, err error) {
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if saved, err = t.livingEndpoint(ctx, tx, owner.ID, id); err != nil {
			return err
		}
		if saved.Enabled {
			return problem.New(problem.Conflict, "integration_endpoint.enabled", "The endpoint is enabled.")
		}
		before := saved
		saved.Enabled, saved.Reason, saved.DisabledAt, saved.failingSince, saved.lastError = true, "", 0, 0, ""
		saved.UpdatedAt = t.now().UnixMilli()
		position, err := t.note(ctx, tx, owner.ID, typeEnabled, changeFact{Kind: "integration-endpoint", ID: id, Name: saved.Name, Action: "enabled"}, before, saved)
		if err != nil {
			return err
		}
		saved.since = position
		if err := t.store.saveEndpoint(ctx, tx, owner.ID, &saved); err != nil || !replay {
			return err
		}
		if err := t.store.wake(ctx, tx, owner.ID, id, saved.UpdatedAt); err != nil {
			return err
		}
		return t.addReplay(ctx, tx, owner.ID, Replay{Endpoint: id, First: before.stopped, Last: position})
	})
	if err == nil {
		t.sender.refresh()
	}
	return saved, err
}

// RotateSecret gives an endpoint a new secret, returned this once. For a day
// the old one signs too.
func (t *ThirdParty) RotateSecret(ctx context.Context, owner identity.Tenant, id string) (made string, err error) {
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		saved, err := t.livingEndpoint(ctx, tx, owner.ID, id)
		if err != nil {
			return err
		}
		made = newSecret()
		now := t.now()
		saved.oldSealed, saved.oldUntil, saved.UpdatedAt = saved.sealed, now.Add(rotationTime).UnixMilli(), now.UnixMilli()
		saved.sealed = t.box.Seal(saved.purpose(owner.ID), made)
		if err := t.store.saveEndpoint(ctx, tx, owner.ID, &saved); err != nil {
			return err
		}
		_, err = t.note(ctx, tx, owner.ID, typeChanged, changeFact{Kind: "integration-endpoint", ID: id, Name: saved.Name, Action: "secret_rotated"}, nil, nil)
		return err
	})
	return made, err
}
