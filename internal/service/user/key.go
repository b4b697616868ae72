// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
)

// key is an API key, without what proves it.
type key struct {
	tenant     int64
	id         string
	name       string
	rights     string
	lastUsedAt int64
}

// EnsureAPIKey makes value an API key of a tenant, with all the rights a key
// can have, unless it is one already. It is for the demo, whose key everybody
// knows.
func (u *Users) EnsureAPIKey(ctx context.Context, tenant int64, name, value string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	k := key{tenant: tenant, id: id.String(), name: name}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return ensureKey(ctx, tx.Tx, k, hashOf(value), u.now())
	})
	if err == nil {
		u.changed()
	}
	return err
}

// EnsureAccessKey gives a tenant the key that signs its softphones' tokens,
// unless it has one.
func (u *Users) EnsureAccessKey(ctx context.Context, tenant int64, value string) error {
	sealed := u.Box.Seal(accessKeyPurpose(tenant), value)
	return u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return ensureAccessKey(ctx, tx.Tx, tenant, sealed, u.now())
	})
}

// accessKeyPurpose is what a sealed access key opens for.
func accessKeyPurpose(tenant int64) string { return "access-key/" + strconv.FormatInt(tenant, 10) }
