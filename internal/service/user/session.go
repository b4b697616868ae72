// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"time"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const (
	seenEvery  = time.Minute // a use is written at most this often
	purgeEvery = time.Hour
	usesMax    = 256 // waiting to be written; what does not fit is noted next time
)

// signIn begins a session and returns its cookie's value. A session that the
// browser had before ends: a value that was planted there is worth nothing.
func (u *Users) signIn(ctx context.Context, who User, from browser) (token string, err error) {
	token, hash := newToken()
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return u.beginSession(ctx, tx, hash, who, from)
	})
	if err == nil && from.session != "" {
		u.changed()
	}
	return token, err
}

// beginSession is signIn within tx. The context says that it is the user.
func (u *Users) beginSession(ctx context.Context, tx *eventlog.Tx, hash string, who User, from browser) error {
	if from.session != "" {
		if err := deleteSession(ctx, tx.Tx, hashOf(from.session)); err != nil {
			return err
		}
	}
	now := u.now()
	err := addSession(ctx, tx.Tx, session{
		id: hash, user: who, createdAt: now, seenAt: now, expiresAt: u.expiry(),
		address: identity.OriginOf(ctx).Address, browser: from.name,
	})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Tenant: who.Tenant, Action: "session.created", Object: objectOf(who)})
}

// signOut ends a session.
func (u *Users) signOut(ctx context.Context, token string) error {
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		found, err := u.store.findSession(ctx, tx, hashOf(token), u.now())
		if problem.Of(err).Kind == problem.NotFound {
			return nil
		}
		if err == nil {
			err = deleteSession(ctx, tx.Tx, found.id)
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: found.user.Tenant, Action: "session.ended", Object: objectOf(found.user)})
	})
	if err == nil {
		u.changed()
	}
	return err
}

// expiry returns when a session that is used now ends.
func (u *Users) expiry() int64 { return u.Now().Add(u.SessionTTL).UnixMilli() }

// use says that a session, or a tenant's key, was used.
type use struct {
	session string // "" for a key
	tenant  int64
	key     string
	at      int64
}

// noteUse has a use written soon, unless one was less than a minute ago.
// Whoever is asking does not wait for it.
func (u *Users) noteUse(one use, last int64) {
	if one.at-last < seenEvery.Milliseconds() {
		return
	}
	select {
	case u.used <- one:
	default:
	}
}

// noteUses writes uses, and removes what has expired, until ctx ends. What
// cannot be written now is no reason to stop letting people in.
func (u *Users) noteUses(ctx context.Context) error {
	ticker := time.NewTicker(purgeEvery)
	defer ticker.Stop()
	for {
		var work func(context.Context, *eventlog.Tx) error
		select {
		case <-ctx.Done():
			return nil
		case one := <-u.used:
			work = func(ctx context.Context, tx *eventlog.Tx) error {
				if one.session != "" {
					return extendSession(ctx, tx.Tx, one.session, one.at, one.at+u.SessionTTL.Milliseconds())
				}
				return markKeyUsed(ctx, tx.Tx, one.tenant, one.key, one.at)
			}
		case <-ticker.C:
			work = func(ctx context.Context, tx *eventlog.Tx) error { return deleteExpired(ctx, tx.Tx, u.now()) }
		}
		if err := u.Log.Transact(ctx, work); err != nil && ctx.Err() == nil {
			u.Logger.WarnContext(ctx, "use not written", "error", err)
		}
	}
}
