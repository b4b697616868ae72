// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"slices"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// changePassword gives whoever asks another password, if they know the one they
// have. All their sessions and links end; the browser that asked gets another
// session, whose token is returned.
func (u *Users) changePassword(ctx context.Context, p identity.Principal, current, next string, from browser) (token string, err error) {
	a, err := u.checkCurrent(ctx, p, current)
	if err != nil {
		return "", err
	}
	fields := checkPassword(next)
	if next == current {
		fields = append(fields, problem.Field{Name: "password", Detail: "must be another one than now"})
	}
	for i := range fields {
		fields[i].Name = "body." + fields[i].Name
	}
	if len(fields) > 0 {
		return "", problem.NewFields("user.bad_password", "The password cannot be that.", fields...)
	}
	hash, err := u.passwords.hash(ctx, next)
	if err != nil {
		return "", err
	}
	isBrowser := false
	if from.session != "" {
		s, err := u.store.findSession(ctx, u.Database, hashOf(from.session), u.now())
		if err != nil && problem.Of(err).Kind != problem.NotFound {
			return "", err
		}
		isBrowser = err == nil && s.user.ID == a.ID
	}
	return u.replacePassword(ctx, a.User, hash, isBrowser, from, func(context.Context, *eventlog.Tx) error { return nil })
}

// checkCurrent returns the account of whoever asks, if current is its password.
func (u *Users) checkCurrent(ctx context.Context, p identity.Principal, current string) (account, error) {
	if p.Login == "" {
		return account{}, problem.New(problem.Denied, "user.no_password", "An API key has no password; rotate it instead.")
	}
	a, err := u.byPassword(ctx, p.Login, current)
	if problem.Of(err).Kind == problem.Unauthenticated {
		// Whoever asks is signed in all the same.
		return account{}, problem.NewFields("user.wrong_password", "The present password is wrong.",
			problem.Field{Name: "body.current", Detail: "is not the present password"})
	}
	return a, err
}

// replacePassword writes a new password if allowed, which sees the same
// transaction, does not object. With isBrowser it begins a session in the place
// of those it ends, and returns its token.
func (u *Users) replacePassword(
	ctx context.Context, who User, hash string, isBrowser bool, from browser, allowed func(context.Context, *eventlog.Tx) error,
) (token string, err error) {
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := allowed(ctx, tx); err != nil {
			return err
		}
		if err := setPasswordHash(ctx, tx.Tx, who.Tenant, who.ID, hash, u.now()); err != nil {
			return err
		}
		if err := u.store.endAccess(ctx, tx, who.Tenant, who.ID); err != nil {
			return err
		}
		if err := u.recordPassword(ctx, tx, who); err != nil || !isBrowser {
			return err
		}
		var sum string
		token, sum = newToken()
		return u.beginSession(ctx, tx, sum, who, from)
	})
	if err != nil {
		return "", err
	}
	u.passwords.attempts.succeeded(who.Login)
	u.changed()
	return token, nil
}

// publicID is what a session is called where others may see it: its own id
// proves nothing, but is nobody's business either.
func (s session) publicID() string { return hashOf(s.id)[:32] }

// home returns the tenant that somebody belongs to: an operator to none,
// whichever they act in.
func home(p identity.Principal) int64 {
	if p.Role == RoleOperator {
		return 0
	}
	return p.Tenant.ID
}

// endSessions ends those of a user's sessions that end says.
func (u *Users) endSessions(ctx context.Context, p identity.Principal, end func(session) bool) error {
	ended := 0
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		sessions, err := u.store.listSessions(ctx, tx, home(p), p.ID, u.now())
		if err != nil {
			return err
		}
		sessions = slices.DeleteFunc(sessions, func(s session) bool { return !end(s) })
		for _, s := range sessions {
			if err := deleteSession(ctx, tx.Tx, s.id); err != nil {
				return err
			}
			entry := audit.Entry{Tenant: home(p), Action: "session.ended", Object: objectOf(User{Tenant: home(p), ID: p.ID})}
			if err := audit.Record(ctx, tx, entry); err != nil {
				return err
			}
		}
		ended = len(sessions)
		return nil
	})
	if err == nil && ended > 0 {
		u.changed()
	}
	if err == nil && ended == 0 {
		return problem.New(problem.NotFound, "user.no_session", "There is no such session.")
	}
	return err
}
