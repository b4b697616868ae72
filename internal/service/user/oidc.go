// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// claimEmail is the claim that a provider vouches for apart; it is only
// believed where it says that the address was verified.
const claimEmail = "email"

// OIDC is how the people of a call centre sign in with a provider of theirs
// (OpenID Connect Core 1.0, with the authorization code and PKCE).
type OIDC struct {
	Enabled     bool
	Issuer      string // URL
	ClientID    string // what the provider calls Tandem
	Claim       string // which of its words is somebody's login or e-mail
	CreateUsers bool   // somebody who is not known becomes an agent
	Role        string // of those; id

	sealed string // the client's secret
}

var claimForm = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,100}$`)

// check returns what is wrong with o.
func (o *OIDC) check() (fields []problem.Field) {
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	issuer, err := url.Parse(o.Issuer)
	switch {
	case err != nil || issuer.Host == "" || issuer.Scheme != "https" && issuer.Scheme != "http" || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil:
		fault("issuer", "must be a URL such as https://accounts.example.com")
	case issuer.Scheme == "http" && !isThisMachine(issuer.Hostname()):
		fault("issuer", "must begin with https://, or anybody on the way could sign in as anybody")
	}
	if strings.TrimSpace(o.ClientID) == "" || len(o.ClientID) > 200 || strings.ContainsFunc(o.ClientID, isBlank) {
		fault("clientId", "must be what the provider calls Tandem")
	}
	if !claimForm.MatchString(o.Claim) {
		fault("claim", "must be the name of a claim, such as email or preferred_username")
	}
	return fields
}

func isThisMachine(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// oidcPurposeOf is what a sealed client secret opens for.
func oidcPurposeOf(tenant int64) string { return "user/oidc/" + strconv.FormatInt(tenant, 10) }

// SetOIDC makes people of a call centre sign in with a provider. The provider
// is asked first whether it is one. A nil secret leaves the one that is there.
// Whoever decides who is whom could become anybody, so this needs all that an
// administrator may.
func (u *Users) SetOIDC(ctx context.Context, t identity.Tenant, o OIDC, clientSecret *string) (OIDC, error) {
	if err := mayHandle(ctx, identity.RightsOf(RoleAdmin)); err != nil {
		return OIDC{}, err
	}
	if o.Role == "" {
		o.Role = RoleAgent
	}
	if fields := o.check(); len(fields) > 0 {
		return OIDC{}, problem.NewFields("oidc.invalid", "Signing in cannot work so.", fields...)
	}
	if _, err := u.providers.find(ctx, o.Issuer); err != nil {
		return OIDC{}, err
	}
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findOIDC(ctx, tx, t.ID)
		if err != nil && problem.Of(err).Kind != problem.NotFound {
			return err
		}
		if _, err := u.store.findRole(ctx, tx, t.ID, o.Role); problem.Of(err).Kind == problem.NotFound {
			return problem.NewFields("oidc.invalid", "Signing in cannot work so.", problem.Field{Name: "body.role", Detail: "is no role of this call centre"})
		} else if err != nil {
			return err
		}
		o.sealed = before.sealed
		if clientSecret != nil {
			o.sealed = u.Box.Seal(oidcPurposeOf(t.ID), *clientSecret)
		}
		if err := saveOIDC(ctx, tx.Tx, t.ID, o, u.now()); err != nil {
			return err
		}
		return u.recordOIDC(ctx, tx, t.ID, "changed", &before, &o)
	})
	return o, err
}

// DeleteOIDC ends signing in with a provider; NotFound when there is none. Who
// is signed in stays so.
func (u *Users) DeleteOIDC(ctx context.Context, t identity.Tenant) error {
	if err := mayHandle(ctx, identity.RightsOf(RoleAdmin)); err != nil {
		return err
	}
	return u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findOIDC(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if err := deleteOIDC(ctx, tx.Tx, t.ID); err != nil {
			return err
		}
		if err := unbindSubjects(ctx, tx.Tx, t.ID); err != nil {
			return err
		}
		return u.recordOIDC(ctx, tx, t.ID, "deleted", &before, nil)
	})
}

func (u *Users) recordOIDC(ctx context.Context, tx *eventlog.Tx, tenant int64, action string, before, after *OIDC) error {
	entry := audit.Entry{Tenant: tenant, Action: "oidc." + action, Object: "settings/oidc"}
	if before != nil && before.Issuer != "" {
		entry.Before = oidcOnWire(before, "")
	}
	if after != nil {
		entry.After = oidcOnWire(after, "")
	}
	return audit.Record(ctx, tx, entry)
}

// vouched is what a provider says of somebody who has signed in there.
type vouched struct {
	issuer, subject string
	claim           string // the value of the claim that says who it is
	email, name     string
	emailVerified   bool
}

// whois returns the user that somebody of a provider is: the one that they were
// before, or else the one whom the claim names, who may be new.
func (u *Users) whois(ctx context.Context, t identity.Tenant, o OIDC, v vouched) (User, error) {
	unknown := problem.New(problem.Denied, "oidc.unknown_user", "The provider knows you, but this call centre does not. Ask its administrator.")
	id, err := u.store.findSubject(ctx, u.Database, t.ID, v.issuer, v.subject)
	if err != nil {
		return User{}, err
	}
	if id != "" {
		a, err := u.store.findAgent(ctx, u.Database, t.ID, id, false)
		if problem.Of(err).Kind == problem.NotFound {
			return User{}, unknown // was deleted, and does not come back by itself
		}
		return a.User, err
	}
	if v.claim == "" {
		return User{}, problem.New(problem.Denied, "oidc.no_claim", "The provider does not say who you are: it sends no claim %s.", o.Claim)
	}
	if o.Claim == claimEmail && !v.emailVerified {
		return User{}, problem.New(problem.Denied, "oidc.not_verified", "The provider has not verified your e-mail address.")
	}
	found, err := u.store.listByNames(ctx, t.ID, []string{normalLogin(v.claim)})
	switch {
	case err != nil:
		return User{}, err
	case len(found) > 1:
		return User{}, problem.New(problem.Denied, "oidc.ambiguous", "Several agents of this call centre have this login or e-mail address.")
	case len(found) == 0 && !o.CreateUsers:
		return User{}, unknown
	}
	var who User
	if len(found) == 1 {
		who = found[0]
	} else if who, err = u.arrive(ctx, t, o, v); err != nil {
		return User{}, err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return u.store.bindSubject(ctx, tx.Tx, t.ID, v.issuer, v.subject, who.ID, u.now())
	})
	return who, err
}

// arrive makes an agent of somebody whom only the provider knows. They have no
// password, so there is no other way in for them.
func (u *Users) arrive(ctx context.Context, t identity.Tenant, o OIDC, v vouched) (User, error) {
	email := ""
	if v.emailVerified {
		email = v.email
	}
	made, err := u.CreateAgent(ctx, t, Agent{User: User{Login: v.claim, Name: v.name, Email: email, Role: o.Role}}, "")
	return made.User, err
}
