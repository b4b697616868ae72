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

// The kinds of links with which somebody sets their password, and how long each
// is good for.
const (
	kindInvitation = "invitation"
	kindReset      = "reset"

	invitationTime = 7 * 24 * time.Hour
	resetTime      = 24 * time.Hour
)

// makeLink returns the token of a link with which an agent sets their password,
// once. Any link they had before is void; the password they have stays good
// until they use it.
func (u *Users) makeLink(ctx context.Context, t identity.Tenant, id, kind string) (token string, l link, err error) {
	token, hash := newToken()
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		a, err := u.store.findAgent(ctx, tx, t.ID, id, false)
		if err != nil {
			return err
		}
		if err := u.mayHandleAgent(ctx, tx, a.User); err != nil {
			return err
		}
		l, err = u.addLink(ctx, tx, a, kind, hash)
		return err
	})
	return token, l, err
}

func (u *Users) addLink(ctx context.Context, tx *eventlog.Tx, a Agent, kind, hash string) (link, error) {
	l := link{kind: kind, user: a.User, expiresAt: u.Now().Add(resetTime).UnixMilli()}
	action := "password.reset-link"
	if kind == kindInvitation {
		if a.HasPassword {
			return link{}, problem.New(problem.Conflict, "agent.has_password", "The agent has a password already; send a link to reset it.")
		}
		l.expiresAt, action = u.Now().Add(invitationTime).UnixMilli(), "agent.invited"
	}
	if err := deleteLinksOf(ctx, tx.Tx, a.Tenant, a.ID); err != nil {
		return link{}, err
	}
	if err := addLink(ctx, tx.Tx, hash, l, u.now()); err != nil {
		return link{}, err
	}
	return l, audit.Record(ctx, tx, audit.Entry{Tenant: a.Tenant, Action: action, Object: objectOf(a.User)})
}

// useLink sets the password of whoever a link is for, ends what they had open,
// and begins a session, whose token it returns.
func (u *Users) useLink(ctx context.Context, token, password string, from browser) (who User, cookie string, err error) {
	hash := hashOf(token)
	// Looked at before a password is hashed, and again where it counts.
	l, err := u.store.findLink(ctx, u.Database, hash, u.now())
	if err != nil {
		return User{}, "", err
	}
	if fields := checkPassword(password); len(fields) > 0 {
		fields[0].Name = "body." + fields[0].Name
		return User{}, "", problem.NewFields("user.bad_password", "The password cannot be that.", fields...)
	}
	p, err := u.principal(ctx, l.user)
	if err != nil {
		return User{}, "", err
	}
	stored, err := u.passwords.hash(ctx, password)
	if err != nil {
		return User{}, "", err
	}
	cookie, err = u.replacePassword(identity.With(ctx, p), l.user, stored, true, from, func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := u.store.findLink(ctx, tx, hash, u.now())
		return err
	})
	return l.user, cookie, err
}
