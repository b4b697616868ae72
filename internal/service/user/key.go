// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const (
	keyMark      = "tdm_" // what an API key begins with, so that it is known for one wherever it turns up
	keyShown     = 10     // characters of a key that are stored
	keyNameMax   = 100
	keyKeepUsual = 24 * time.Hour // for which a key that was rotated stays good
	keyTimeMax   = 10 * 365 * 24 * time.Hour
)

// key is an API key, without what proves it.
type key struct {
	tenant     int64
	id         string
	name       string
	rights     string // separated by spaces; "" for all that a key can have
	prefix     string
	creator    string
	replacedBy string
	createdAt  int64
	lastUsedAt int64
	expiresAt  int64 // 0 for never
}

// NewKey is an API key to be made.
type NewKey struct {
	Name      string
	Rights    []string // nil for all that its maker has
	ExpiresAt int64    // Unix ms; 0 for never
}

// check returns what is wrong with n.
func (n *NewKey) check(now int64) (fields []problem.Field) {
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	if strings.TrimSpace(n.Name) == "" || utf8.RuneCountInString(n.Name) > keyNameMax || !utf8.ValidString(n.Name) || strings.ContainsRune(n.Name, 0) {
		fault("name", "must have 1 to 100 characters")
	}
	if n.ExpiresAt != 0 && (n.ExpiresAt <= now || n.ExpiresAt > now+keyTimeMax.Milliseconds()) {
		fault("expiresAt", "must be in the future, within ten years")
	}
	if n.Rights != nil && len(n.Rights) == 0 {
		fault("rights", "must name at least one right, or be null for all that you have")
	}
	all := identity.RightsOf("key")
	for i, right := range n.Rights {
		if !slices.Contains(all, right) || slices.Contains(n.Rights[:i], right) {
			fault(fmt.Sprintf("rights[%d]", i), "must be a right that a key can have, once; see GET /api/v1/rights")
		}
	}
	return fields
}

// scope returns the rights of a new key as they are stored. Nobody can give
// away what they do not have.
func scope(p identity.Principal, wanted []string) (string, error) {
	all := identity.RightsOf("key")
	if wanted == nil {
		wanted = slices.DeleteFunc(slices.Clone(all), func(right string) bool { return !p.Can(right) })
		if len(wanted) == len(all) {
			return "", nil // all that there will be, too
		}
	}
	for _, right := range wanted {
		if !p.Can(right) {
			return "", problem.New(problem.Denied, "key.beyond_rights", "You cannot give a key the right %s, which you do not have.", right)
		}
	}
	return strings.Join(wanted, " "), nil
}

// newKeyValue returns an API key, and what is stored of it.
func newKeyValue() (value, prefix, hash string) {
	value = keyMark + rand.Text()
	return value, value[:keyShown], hashOf(value)
}

// CreateKey makes an API key of the principal's call centre, and returns it
// with its value, which nobody can see again.
func (u *Users) CreateKey(ctx context.Context, p identity.Principal, n NewKey) (made key, value string, err error) {
	now := u.now()
	if fields := n.check(now); len(fields) > 0 {
		return key{}, "", problem.NewFields("key.invalid", "The API key cannot be so.", fields...)
	}
	rights, err := scope(p, n.Rights)
	if err != nil {
		return key{}, "", err
	}
	made = key{tenant: p.Tenant.ID, name: n.Name, rights: rights, creator: p.ID, createdAt: now, expiresAt: n.ExpiresAt}
	value, err = u.addKey(ctx, &made, func(ctx context.Context, tx *eventlog.Tx) error {
		return u.recordKey(ctx, tx, "created", nil, &made)
	})
	return made, value, err
}

// addKey writes a new key in one transaction with what else there is to do.
func (u *Users) addKey(ctx context.Context, k *key, also func(context.Context, *eventlog.Tx) error) (value string, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	value, prefix, hash := newKeyValue()
	k.id, k.prefix = id.String(), prefix
	limits, err := u.Tenants.Limits(ctx, k.tenant)
	if err != nil {
		return "", err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		has, err := countKeys(ctx, tx, k.tenant, u.now())
		if err != nil {
			return err
		}
		if err := tenant.Room("API keys", limits.Keys, has, 1); err != nil {
			return err
		}
		if err := ensureKey(ctx, tx.Tx, *k, hash); err != nil {
			return err
		}
		return also(ctx, tx)
	})
	return value, err
}

// RotateKey makes another key with the same name and rights. The old one stays
// good for keep, so that whoever uses it has time to change; then there is one
// again. A key that was rotated already is a Conflict.
func (u *Users) RotateKey(ctx context.Context, p identity.Principal, id string, keep time.Duration) (made key, value string, err error) {
	old, err := u.store.findKeyByID(ctx, u.Database, p.Tenant.ID, id, u.now())
	if err != nil {
		return key{}, "", err
	}
	if _, err := scope(p, old.may()); err != nil {
		return key{}, "", err // else a rotation would give away what its maker does not have
	}
	now := u.now()
	made = key{tenant: old.tenant, name: old.name, rights: old.rights, creator: p.ID, createdAt: now}
	if old.expiresAt != 0 {
		made.expiresAt = now + old.expiresAt - old.createdAt // as long as the old one was made for
	}
	value, err = u.addKey(ctx, &made, func(ctx context.Context, tx *eventlog.Tx) error {
		// Looked at again where it counts: two may rotate it at once.
		before, err := u.store.findKeyByID(ctx, tx, old.tenant, id, now)
		if err != nil {
			return err
		}
		if before.replacedBy != "" {
			return problem.New(problem.Conflict, "key.rotated", "This key has been rotated already; rotate the newer one.")
		}
		after := before
		after.replacedBy = made.id
		if until := now + keep.Milliseconds(); after.expiresAt == 0 || after.expiresAt > until {
			after.expiresAt = until
		}
		if err := replaceKey(ctx, tx.Tx, after); err != nil {
			return err
		}
		if err := u.recordKey(ctx, tx, "rotated", &before, &after); err != nil {
			return err
		}
		return u.recordKey(ctx, tx, "created", nil, &made)
	})
	if err == nil {
		u.changed()
	}
	return made, value, err
}

// RevokeKey ends a key at once; NotFound when there is none any more.
func (u *Users) RevokeKey(ctx context.Context, p identity.Principal, id string) error {
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findKeyByID(ctx, tx, p.Tenant.ID, id, u.now())
		if err != nil {
			return err
		}
		if err := deleteKey(ctx, tx.Tx, p.Tenant.ID, id); err != nil {
			return err
		}
		return u.recordKey(ctx, tx, "revoked", &before, nil)
	})
	if err == nil {
		u.changed()
	}
	return err
}

func (u *Users) recordKey(ctx context.Context, tx *eventlog.Tx, action string, before, after *key) error {
	entry := audit.Entry{Action: "key." + action}
	for k, seen := range map[*key]*any{before: &entry.Before, after: &entry.After} {
		if k != nil {
			entry.Tenant, entry.Object, *seen = k.tenant, "key/"+k.id, keyOnWire(k)
		}
	}
	return audit.Record(ctx, tx, entry)
}

// EnsureAPIKey makes value an API key of a tenant, with all the rights a key
// can have, unless it is one already. It is for the demo, whose key everybody
// knows.
func (u *Users) EnsureAPIKey(ctx context.Context, tenant int64, name, value string) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	k := key{tenant: tenant, id: id.String(), name: name, createdAt: u.now()}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return ensureKey(ctx, tx.Tx, k, hashOf(value))
	})
	if err == nil {
		u.changed()
	}
	return err
}
