// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const (
	tokenBytes = 32              // of sessions and links: 256 bits, not to be guessed
	guessTime  = 2 * time.Second // that writing down a wrong password may take
)

// newToken returns a token, and what is stored of it.
func newToken() (token, hash string) {
	random := make([]byte, tokenBytes)
	rand.Read(random) // never fails: crypto/rand ends the program instead
	token = base64.RawURLEncoding.EncodeToString(random)
	return token, hashOf(token)
}

// hashOf returns what is stored of a token or key. They are random, so that
// nothing slower than SHA-256 is needed.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Authenticate returns whose credential c is. A wrong one is an
// Unauthenticated problem; a login that is being guessed at is TooMany.
func (u *Users) Authenticate(ctx context.Context, c ask.Credential) (identity.Principal, error) {
	ctx = identity.WithOrigin(ctx, c.Origin)
	switch {
	case c.Session != "":
		return u.bySession(ctx, c.Session)
	case c.APIKey != "":
		return u.byKey(ctx, c.APIKey)
	case c.Token != "":
		return u.byToken(ctx, c.Token)
	default:
		a, err := u.byPassword(ctx, c.Login, c.Password)
		if err != nil {
			return identity.Principal{}, err
		}
		return u.principal(ctx, a.User)
	}
}

// byPassword returns the user with this login and password.
func (u *Users) byPassword(ctx context.Context, login, password string) (account, error) {
	login = normalLogin(login)
	var a account
	if !loginForm.MatchString(login) {
		login = "" // all that cannot be one share a counter, and may not even be text
	} else if found, err := u.store.findByLogin(ctx, login); err == nil {
		a = found
	} else if problem.Of(err).Kind != problem.NotFound {
		return account{}, err
	}
	g, err := u.passwords.check(ctx, login, password, a.passwordHash)
	if g.wrong && a.ID != "" {
		u.recordGuess(ctx, a.User, g)
	}
	if err != nil {
		return account{}, err
	}
	return a, nil
}

// recordGuess writes down that somebody did not know a user's password. Logins
// that do not exist are not written down: what stands there may be a password,
// and anybody could fill the trail with them.
func (u *Users) recordGuess(ctx context.Context, who User, g guess) {
	entry := audit.Entry{Tenant: who.Tenant, Action: "session.refused", Object: objectOf(who)}
	if g.closed > 0 {
		entry.Action, entry.After = "session.locked", map[string]int64{"seconds": int64(g.closed / time.Second)}
	}
	// Whoever waits for the answer is told the same whether this succeeds or not.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), guessTime)
	defer cancel()
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return audit.Record(ctx, tx, entry) })
	if err != nil {
		u.Logger.WarnContext(ctx, "wrong password not recorded", "user", who.ID, "error", err)
	}
}

// objectOf is what the audit trail calls a user.
func objectOf(who User) string {
	if who.Tenant == 0 {
		return "operator/" + who.ID
	}
	return "agent/" + who.ID
}

func (u *Users) bySession(ctx context.Context, token string) (identity.Principal, error) {
	s, err := u.store.findSession(ctx, u.Database, hashOf(token), u.now())
	if problem.Of(err).Kind == problem.NotFound {
		return identity.Principal{}, problem.New(problem.Unauthenticated, "identity.unauthenticated", "The session has ended; sign in again.")
	}
	if err != nil {
		return identity.Principal{}, err
	}
	u.noteUse(use{session: s.id, at: u.now()}, s.seenAt)
	return u.principal(ctx, s.user)
}

func (u *Users) byKey(ctx context.Context, value string) (identity.Principal, error) {
	k, err := u.store.findKey(ctx, hashOf(value), u.now())
	if problem.Of(err).Kind == problem.NotFound {
		return identity.Principal{}, problem.New(problem.Unauthenticated, "identity.unauthenticated", "There is no such API key.")
	}
	if err != nil {
		return identity.Principal{}, err
	}
	if err := u.Tenants.Suspended(ctx, k.tenant); err != nil {
		return identity.Principal{}, err
	}
	u.noteUse(use{tenant: k.tenant, key: k.id, at: u.now()}, k.lastUsedAt)
	found, err := u.Tenants.Find(ctx, k.tenant)
	if err != nil {
		return identity.Principal{}, fmt.Errorf("find tenant of key %s: %w", k.id, err)
	}
	return identity.Principal{Tenant: found.Tenant, ID: k.id, Name: k.name, Role: "key", Rights: k.may()}, nil
}

// may returns the rights of a key: all that keys can have, or those it was
// given of them; and in any case to ask who it is.
func (k *key) may() []string {
	all := identity.RightsOf("key")
	if k.rights == "" {
		return all
	}
	given := strings.Fields(k.rights)
	return slices.DeleteFunc(all, func(right string) bool { return right != identity.SelfRead && !slices.Contains(given, right) })
}

// principal returns somebody as others see them.
func (u *Users) principal(ctx context.Context, who User) (identity.Principal, error) {
	p := identity.Principal{ID: who.ID, Login: who.Login, Name: who.Name, Role: who.Role}
	if who.Tenant == 0 {
		p.Rights = identity.RightsOf(who.Role)
		return p, nil
	}
	if err := u.Tenants.Suspended(ctx, who.Tenant); err != nil {
		return identity.Principal{}, err
	}
	has, err := u.store.findRole(ctx, u.Database, who.Tenant, who.Role)
	switch {
	case problem.Of(err).Kind == problem.NotFound: // what was not granted is denied
	case err != nil:
		return identity.Principal{}, err
	default:
		p.Role, p.Rights = has.Name, has.may()
	}
	found, err := u.Tenants.Find(ctx, who.Tenant)
	if err != nil {
		return identity.Principal{}, fmt.Errorf("find tenant of user %s: %w", who.ID, err)
	}
	p.Tenant = found.Tenant
	return p, nil
}
