// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
	"strconv"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// accessKeyMark is what an access key begins with, so that it is known for one
// wherever it turns up.
const accessKeyMark = "tda_"

// accessKey signs the tokens of a tenant's softphones. Unlike an API key it
// lies here sealed, not hashed: a signature is checked with the key itself.
type accessKey struct {
	sealed    string
	creator   string // id of the user or key; "" for Tandem itself
	createdAt int64
}

// accessKeyPurpose is what a sealed access key opens for.
func accessKeyPurpose(tenant int64) string { return "access-key/" + strconv.FormatInt(tenant, 10) }

// mayActAsAnybody returns nil if whoever asks has all rights there are in a
// call centre: who knows its access key can sign tokens of everybody in it.
func mayActAsAnybody(ctx context.Context) error {
	return mayHandle(ctx, identity.RightsOf(RoleAdmin))
}

// ReplaceAccessKey gives the principal's call centre another access key, or its
// first. Tokens that the one before signed are no longer good.
func (u *Users) ReplaceAccessKey(ctx context.Context, p identity.Principal) (made accessKey, value string, err error) {
	if err := mayActAsAnybody(ctx); err != nil {
		return accessKey{}, "", err
	}
	random, _ := newToken()
	value = accessKeyMark + random
	made = accessKey{sealed: u.Box.Seal(accessKeyPurpose(p.Tenant.ID), value), creator: p.ID, createdAt: u.now()}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findAccessKey(ctx, tx, p.Tenant.ID)
		action := "replaced"
		if problem.Of(err).Kind == problem.NotFound {
			action, err = "created", nil
		}
		if err != nil {
			return err
		}
		if err := setAccessKey(ctx, tx.Tx, p.Tenant.ID, made); err != nil {
			return err
		}
		return recordAccessKey(ctx, tx, p.Tenant, action, before, made)
	})
	if err != nil {
		return accessKey{}, "", err
	}
	u.changed()
	return made, value, nil
}

// RemoveAccessKey ends all softphone tokens of a call centre, and with the key
// the way to make any.
func (u *Users) RemoveAccessKey(ctx context.Context, t identity.Tenant) error {
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findAccessKey(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if err := deleteAccessKey(ctx, tx.Tx, t.ID); err != nil {
			return err
		}
		return recordAccessKey(ctx, tx, t, "removed", before, accessKey{})
	})
	if err == nil {
		u.changed()
	}
	return err
}

// RevealAccessKey returns a call centre's access key, once the audit trail says
// who has seen it.
func (u *Users) RevealAccessKey(ctx context.Context, t identity.Tenant) (string, error) {
	if err := mayActAsAnybody(ctx); err != nil {
		return "", err
	}
	value, err := u.openAccessKey(ctx, t.ID)
	if err != nil {
		return "", err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return recordAccessKey(ctx, tx, t, "revealed", accessKey{}, accessKey{})
	})
	if err != nil {
		return "", err
	}
	return value, nil
}

// openAccessKey returns a tenant's access key; NotFound when it has none.
func (u *Users) openAccessKey(ctx context.Context, tenant int64) (string, error) {
	k, err := u.store.findAccessKey(ctx, u.Database, tenant)
	if err != nil {
		return "", err
	}
	value, err := u.Box.Open(accessKeyPurpose(tenant), k.sealed)
	if err != nil {
		return "", fmt.Errorf("open access key of tenant %d: %w", tenant, err)
	}
	return value, nil
}

// recordAccessKey writes down what became of a tenant's access key. What there
// was not is the zero accessKey.
func recordAccessKey(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, action string, before, after accessKey) error {
	entry := audit.Entry{Tenant: t.ID, Action: "access-key." + action, Object: "access-key/" + t.UUID}
	if before.sealed != "" {
		entry.Before = accessKeyOnWire(before)
	}
	if after.sealed != "" {
		entry.After = accessKeyOnWire(after)
	}
	return audit.Record(ctx, tx, entry)
}

// EnsureAccessKey gives a tenant the key that signs its softphones' tokens,
// unless it has one. It is for the demo, whose key everybody knows.
func (u *Users) EnsureAccessKey(ctx context.Context, tenant int64, value string) error {
	k := accessKey{sealed: u.Box.Seal(accessKeyPurpose(tenant), value), createdAt: u.now()}
	return u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return ensureAccessKey(ctx, tx.Tx, tenant, k)
	})
}
