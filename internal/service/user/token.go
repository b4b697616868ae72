// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const (
	tokenAudience = "tandem"
	tokenTimeMax  = 10 * time.Minute // the longest life of a token
	tokenLeeway   = 10 * time.Second // by which the clock of whoever signs may differ
	tokenNameMax  = 254              // bytes of what names a tenant or an agent
)

// lasting are the rights that no token has, whoever it is of: with them it would
// make other ways in that stay when it has ended.
var lasting = []string{
	identity.AgentWrite, identity.RoleWrite, identity.KeyWrite, identity.KeyReveal, identity.TokenCreate,
	identity.ConnectorRead, identity.ConnectorWrite, identity.IntegrationWrite, // keys of webhooks, and where events go
}

// newParser returns what reads tokens. Which key may have signed one, and whose
// it is, it does not know.
func newParser(now func() time.Time) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithTimeFunc(now), jwt.WithLeeway(tokenLeeway), jwt.WithIssuedAt(), jwt.WithExpirationRequired(),
	)
}

var (
	// errSignature does not say whether there is such a call centre, nor whether
	// it has an access key.
	errSignature = problem.New(problem.Unauthenticated, "identity.unauthenticated",
		"The token is not signed with the access key of the call centre that its iss names.")
	errNoToken = problem.New(problem.Unauthenticated, "token.unreadable",
		"The token cannot be read: it must be a JWT with the claims iss, sub, iat and exp, the times as seconds since 1970.")
)

// byToken returns the agent of a softphone's token, which is whoever the
// tenant's access key has signed it for.
func (u *Users) byToken(ctx context.Context, text string) (identity.Principal, error) {
	var (
		claims jwt.RegisteredClaims
		tenant int64
		failed error
	)
	token, err := u.tokens.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) {
		var key string
		tenant, key, failed = u.signer(ctx, claims.Issuer)
		return []byte(key), failed
	})
	if failed != nil {
		return identity.Principal{}, failed
	}
	if err != nil {
		return identity.Principal{}, tokenProblem(token, err)
	}
	if err := checkClaims(token, &claims); err != nil {
		return identity.Principal{}, err
	}
	who, err := u.findCalled(ctx, tenant, claims.Subject)
	if problem.Of(err).Kind == problem.NotFound {
		return identity.Principal{}, problem.New(problem.Unauthenticated, "token.no_agent",
			"The sub of the token must be the _id, login or extension of exactly one agent of the call centre.")
	}
	if err != nil {
		return identity.Principal{}, err
	}
	p, err := u.principal(ctx, who)
	p.Until = claims.ExpiresAt.UnixMilli()
	p.Rights = slices.DeleteFunc(slices.Clone(p.Rights), func(right string) bool { return slices.Contains(lasting, right) })
	return p, err
}

// signer returns the tenant that iss names, by UUID or slug, and its access key.
func (u *Users) signer(ctx context.Context, iss string) (tenant int64, key string, err error) {
	find := u.Tenants.FindBySlug
	if id, err := uuid.Parse(iss); err == nil {
		find, iss = u.Tenants.FindByUUID, id.String()
	}
	if !isName(iss) {
		return 0, "", errSignature
	}
	found, err := find(ctx, iss)
	if err == nil {
		key, err = u.openAccessKey(ctx, found.ID)
	}
	if problem.Of(err).Kind == problem.NotFound {
		err = errSignature
	}
	return found.ID, key, err
}

// isName reports whether a claim may name something; a database takes no NUL.
func isName(claim string) bool {
	return claim != "" && len(claim) <= tokenNameMax && !strings.ContainsRune(claim, 0)
}

// tokenProblem says why the parser refused a token. What it finds first is said
// first: before the signature is right nothing of the claims.
func tokenProblem(token *jwt.Token, err error) error {
	if token == nil || token.Header["alg"] == nil {
		return errNoToken
	}
	switch {
	case token.Header["alg"] != jwt.SigningMethodHS256.Alg():
		return problem.New(problem.Unauthenticated, "token.algorithm", "A token must be signed with HS256 and nothing else.")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return errSignature
	case errors.Is(err, jwt.ErrTokenExpired):
		return problem.New(problem.Unauthenticated, "token.expired", "The token has expired; have another one signed.")
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued), errors.Is(err, jwt.ErrTokenNotValidYet):
		return problem.New(problem.Unauthenticated, "token.not_yet", "The token is not good yet, by its iat or nbf; compare the clock of the server that signs with Tandem's.")
	default:
		return errNoToken
	}
}

// checkClaims returns what the parser does not look at.
func checkClaims(token *jwt.Token, claims *jwt.RegisteredClaims) error {
	if _, critical := token.Header["crit"]; critical || claims.IssuedAt == nil {
		return errNoToken // RFC 7515 §4.1.11: we understand none that would have to be
	}
	if claims.ExpiresAt.Sub(claims.IssuedAt.Time) > tokenTimeMax {
		return problem.New(problem.Unauthenticated, "token.too_long", "The token lives too long: exp must be at most ten minutes after iat.")
	}
	if len(claims.Audience) > 0 && !slices.Contains(claims.Audience, tokenAudience) {
		return problem.New(problem.Unauthenticated, "token.audience", "The token is for somebody else: aud must be %s, or left out.", tokenAudience)
	}
	return nil
}

// findCalled returns the agent whose id, login or extension a name is; NotFound
// when there is none, or several: a guess could be the wrong one. What is an id
// is no other's login.
func (u *Users) findCalled(ctx context.Context, tenant int64, name string) (User, error) {
	missing := problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
	if !isName(name) {
		return User{}, missing
	}
	found, err := u.store.listCalled(ctx, tenant, name)
	switch {
	case err != nil:
		return User{}, err
	case len(found) == 0:
		return User{}, missing
	}
	if i := slices.IndexFunc(found, func(f User) bool { return f.ID == name }); i >= 0 {
		return found[i], nil
	}
	if len(found) > 1 {
		return User{}, missing
	}
	return found[0], nil
}

// softphoneToken is a token that was just made.
type softphoneToken struct {
	text      string
	agent     string // id
	expiresAt time.Time
}

// MakeToken signs a token of the agent that a name is of; without one, of the
// principal's own. For others the principal needs the right to, and all that
// they may.
func (u *Users) MakeToken(ctx context.Context, p identity.Principal, name string, ttl time.Duration) (softphoneToken, error) {
	if p.Until != 0 {
		return softphoneToken{}, problem.New(problem.Denied, "token.by_token", "A token cannot make another, or it would never end. Have your server sign the next, or sign in.")
	}
	who, err := u.tokenOwner(ctx, p, name)
	if err != nil {
		return softphoneToken{}, err
	}
	key, err := u.openAccessKey(ctx, p.Tenant.ID)
	if problem.Of(err).Kind == problem.NotFound {
		err = problem.New(problem.Conflict, "access_key.missing", "Softphone tokens are off: the call centre has no access key. An administrator makes one under API keys, or with POST /api/v1/access-key.")
	}
	if err != nil {
		return softphoneToken{}, err
	}
	now := u.Now().Truncate(time.Second) // what a token says of times is not finer
	made := softphoneToken{agent: who.ID, expiresAt: now.Add(ttl).UTC()}
	made.text, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: p.Tenant.UUID, Subject: who.ID, Audience: jwt.ClaimStrings{tokenAudience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(made.expiresAt),
	}).SignedString([]byte(key))
	if err != nil || who.ID == p.ID {
		return made, err
	}
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := u.mayHandleAgent(ctx, tx, who); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: who.Tenant, Action: "softphone-token.created", Object: objectOf(who)})
	})
	if err != nil {
		return softphoneToken{}, err
	}
	return made, nil
}

// tokenOwner returns whose token a principal may make by this name.
func (u *Users) tokenOwner(ctx context.Context, p identity.Principal, name string) (User, error) {
	asked := name
	if asked == "" {
		asked = p.ID
	}
	who, err := u.findCalled(ctx, p.Tenant.ID, asked)
	switch {
	case err == nil && who.ID == p.ID:
		return who, nil
	case err != nil && problem.Of(err).Kind == problem.Internal:
		return User{}, err
	case name == "":
		return User{}, problem.NewFields("token.invalid", "The token cannot be made.",
			problem.Field{Name: "body.agent", Detail: "must be there: you are no agent of this call centre"})
	case !p.Can(identity.TokenCreate):
		return User{}, problem.New(problem.Denied, "identity.denied", "Tokens of others need the right %s.", identity.TokenCreate)
	case err != nil:
		return User{}, problem.NewFields("token.invalid", "The token cannot be made.",
			problem.Field{Name: "body.agent", Detail: "must be the _id, login or extension of exactly one agent"})
	}
	return who, nil
}
