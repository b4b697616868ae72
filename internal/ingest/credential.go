// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"crypto/sha256"
	"net/http"
	"net/url"

	"tandem/internal/identity"
	"tandem/internal/problem"
)

// keyBytesMax bounds what is hashed for whoever asks.
const keyBytesMax = 128

// identify returns the connector that a webhook request comes from. In order:
// the key in the path; HTTP Basic with <connector>@<tenant> and the key; or
// whoever the gateway found the request to be, which chooses among the
// tenant's connectors. What was shown and is wrong is refused: the next is not
// tried.
//
// The source of a tenant that has no fitting connector has id 0 and comes with
// the refusal. An Unauthenticated problem means that nobody is known.
func (i *Ingest) identify(ctx context.Context, r *http.Request, dialect string) (*source, *refusal, error) {
	all, err := i.roster.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	if key := r.PathValue("key"); key != "" {
		s, err := i.authenticate(ctx, all, key)
		return s, nil, err
	}
	if user, key, ok := r.BasicAuth(); ok {
		s, err := i.authenticate(ctx, all, key)
		if err == nil && !sameKey([]byte(user), []byte(s.name+"@"+s.tenant.Slug)) {
			err = errUnknown
		}
		return s, nil, err
	}
	p, ok := identity.From(ctx)
	if !ok || p.Tenant.ID == 0 || !p.Can(identity.ConnectorWrite) {
		return nil, nil, errUnknown
	}
	return i.choose(ctx, all, p.Tenant.ID, dialect, connectorNamed(r.URL))
}

// errUnknown does not say what is wrong: neither a name nor a key can be tried
// out.
var errUnknown = problem.New(problem.Unauthenticated, "webhook.unauthenticated", "Send the credential of a connector: its key in the path, or HTTP Basic.")

// authenticate returns the connector with this key. It looks again for one that
// is not in the roster: another process may have just made it.
func (i *Ingest) authenticate(ctx context.Context, all *roster, key string) (*source, error) {
	s, err := all.authenticate(key)
	if err == nil {
		return s, nil
	}
	newer, failure := i.roster.newer(ctx, all)
	switch {
	case failure != nil:
		return nil, failure
	case newer == all:
		return nil, err
	}
	return newer.authenticate(key)
}

// authenticate returns the connector with this key.
func (r *roster) authenticate(key string) (*source, error) {
	if len(key) > keyBytesMax {
		return nil, errUnknown
	}
	sum := sha256.Sum256([]byte(key))
	s := r.byHash[string(sum[:])]
	if s == nil || !sameKey(s.keyHash, sum[:]) {
		return nil, errUnknown
	}
	return s, nil
}

// choose returns a connector of a tenant: the one that is named, or the first
// that speaks the dialect.
func (i *Ingest) choose(ctx context.Context, all *roster, tenant int64, dialect, name string) (*source, *refusal, error) {
	s := all.find(tenant, func(s *source) bool {
		return name != "" && s.name == name || name == "" && s.dialect == dialect
	})
	if s != nil {
		return s, nil, nil
	}
	owner, err := i.Tenants.Find(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	reason := "there is no connector of that name"
	if name == "" {
		reason = "there is no connector of the dialect " + dialect
	}
	return &source{tenant: owner}, &refusal{status: http.StatusBadRequest, kind: refusedConnector, reason: reason}, nil
}

func connectorNamed(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	return u.Query().Get("connector")
}
