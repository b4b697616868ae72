// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// headerTenant names the tenant to act in. It may narrow what a credential
// gives, never widen it.
const headerTenant = "tenant-uuid"

// gate stands before one route.
type gate struct {
	gateway *gateway
	route   module.Route
	classes [6]atomic.Pointer[prometheus.Observer] // by the first digit of the status; see observe
}

// ServeHTTP lets those through who may, and tells the others why not.
func (s *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := w.(*probe).answer // the gateway is the only one who calls
	a.gate = s
	// What depends on who asks is nobody else's to keep.
	a.Header()["Cache-Control"] = noStore
	principal, err := s.admit(r)
	a.principal = principal
	if err != nil {
		s.refuse(a, r, err)
		return
	}
	ctx := r.Context()
	if principal != nil {
		ctx = identity.With(ctx, *principal)
	}
	if principal != nil || !s.route.Wire { // events of phone systems are nobody's doing, and many
		ctx = identity.WithOrigin(ctx, originOf(r))
	}
	ctx, cancel := s.limit(ctx, a)
	defer cancel()
	if ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	s.route.Handler.ServeHTTP(a, r)
}

// originOf returns where a request came from: the client's address without its
// port, and the request's id.
func originOf(r *http.Request) identity.Origin {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return identity.Origin{Address: host, RequestID: r.Header.Get(headerRequestID)}
}

// admit returns who is asking, nil for nobody in particular, and why they may
// not ask this if they may not.
func (s *gate) admit(r *http.Request) (*identity.Principal, error) {
	if s.route.Right == module.Public {
		return s.admitAnyone(r)
	}
	shown := credentialOf(r)
	principal, err := s.identify(r, shown)
	switch {
	case err != nil:
		return nil, err
	case principal == nil:
		return nil, problem.New(problem.Unauthenticated, "identity.unauthenticated", "Sign in, or send a login and password, an API key or a token.")
	}
	if err := s.gateway.Tenants.AdmitRequest(r.Context(), principal.Tenant.ID); err != nil {
		return principal, err
	}
	if !principal.Can(s.route.Right) && (!s.route.Own || !principal.OnlyOwn(s.route.Right)) {
		return principal, problem.New(problem.Denied, "identity.denied", "This needs the right %s.", s.route.Right)
	}
	return s.gateway.narrow(r, principal)
}

// admitAnyone lets everybody through. A wire-compatible route is told who it
// is when they say so, except by Basic: that is the credential of a phone
// system, which the route knows and nobody else.
func (s *gate) admitAnyone(r *http.Request) (*identity.Principal, error) {
	if s.route.AnyOrigin {
		return nil, nil //nolint:nilnil // nobody in particular
	}
	if !s.route.Wire {
		return nil, s.gateway.sameOrigin(r, kindNone) // nobody may be signed in by another site
	}
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Basic") {
		return nil, nil //nolint:nilnil // nobody in particular
	}
	shown := credentialOf(r)
	if shown.kind == kindUnreadable {
		return nil, nil //nolint:nilnil // nobody in particular
	}
	principal, err := s.identify(r, shown)
	if err != nil || principal == nil {
		return nil, err
	}
	// What a phone system may send is counted by whoever takes it.
	if err := s.gateway.Tenants.Suspended(r.Context(), principal.Tenant.ID); err != nil {
		return principal, err
	}
	return s.gateway.narrow(r, principal)
}

// identify returns whose credential it is; nil when there is none.
func (s *gate) identify(r *http.Request, shown credential) (*identity.Principal, error) {
	switch shown.kind {
	case kindNone:
		// A key in the path is a credential, which the route knows.
		if s.route.Wire && s.gateway.Dev && r.PathValue("key") == "" && isLocal(r) {
			return found(s.gateway.DevTenant(r.Context()))
		}
		return nil, nil //nolint:nilnil // nobody
	case kindUnreadable:
		return nil, problem.New(problem.Unauthenticated, "identity.unauthenticated", "The header Authorization cannot be read.")
	case kindSession, kindBasic:
		// Only these come along without the caller's doing: a browser that was
		// once told a password sends it again by itself.
		if err := s.gateway.sameOrigin(r, shown.kind); err != nil {
			return nil, err
		}
	}
	return found(s.gateway.authenticate(r, shown))
}

func found(p identity.Principal, err error) (*identity.Principal, error) {
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// narrow applies the header that names a tenant.
func (g *gateway) narrow(r *http.Request, p *identity.Principal) (*identity.Principal, error) {
	header := r.Header.Get(headerTenant)
	if header == "" {
		return p, nil
	}
	id, err := uuid.Parse(header)
	if err != nil {
		return p, problem.New(problem.Malformed, "identity.bad_tenant", "The header tenant-uuid is not a UUID.")
	}
	if p.Tenant.ID != 0 {
		if id.String() != p.Tenant.UUID {
			return p, problem.New(problem.Denied, "identity.other_tenant", "This credential belongs to another call centre.")
		}
		return p, nil
	}
	named, err := g.Tenants.FindByUUID(r.Context(), id.String())
	if err != nil {
		return p, err
	}
	inside := *p
	inside.Tenant = named.Tenant
	return &inside, nil
}

// sameOrigin refuses what another site makes a browser send: requests that
// change something, and WebSockets, which browsers let any site open. A program
// that sends a password names no origin, and none is asked of it.
func (g *gateway) sameOrigin(r *http.Request, shown kind) error {
	if err := g.origins.Check(r); err != nil {
		return errCrossOrigin
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return nil
	}
	header := r.Header.Get("Origin")
	if header == "" && shown == kindBasic {
		return nil
	}
	origin, err := url.Parse(header)
	if err != nil || origin.Host == "" {
		return errCrossOrigin
	}
	public, err := url.Parse(g.PublicURL)
	if origin.Host == r.Host || err == nil && origin.Host == public.Host && origin.Scheme == public.Scheme {
		return nil
	}
	return errCrossOrigin
}

var errCrossOrigin = problem.New(problem.Denied, "identity.cross_origin", "The request comes from another site.")

// isLocal reports whether the request was meant for this machine's own name,
// and comes from a page of this machine if it comes from a page. Without it any
// site that a developer visits could reach the demo through their browser.
func isLocal(r *http.Request) bool {
	if !isLoopback(r.Host) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	address, err := url.Parse(origin)
	return err == nil && isLoopback(address.Host)
}

func isLoopback(host string) bool {
	name := host
	if split, _, err := net.SplitHostPort(host); err == nil {
		name = split
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || ip != nil && ip.IsLoopback()
}

// limit gives the request its deadline, unless its route sets one itself; a
// stream has none, but ends when the server stops.
func (s *gate) limit(ctx context.Context, a *answer) (context.Context, context.CancelFunc) {
	if s.route.Brief {
		return ctx, func() {}
	}
	if !s.route.Stream {
		return context.WithTimeout(ctx, requestTime)
	}
	controller := http.NewResponseController(a)
	// A writer that has no deadlines, as in tests, needs none lifted.
	_ = controller.SetReadDeadline(time.Time{})
	_ = controller.SetWriteDeadline(time.Time{})
	return untilStopped(ctx)
}

// refuse tells the caller why not. A browser's fetch is not told that a
// password would do, because the browser would ask for one itself.
func (s *gate) refuse(a *answer, r *http.Request, err error) {
	kind := problem.Of(err).Kind
	if kind == problem.Unauthenticated && r.Header.Get("Sec-Fetch-Mode") == "" {
		a.Header().Set("WWW-Authenticate", `Basic realm="Tandem"`)
	}
	if kind == problem.Internal && r.Context().Err() == nil {
		s.gateway.Logger.ErrorContext(r.Context(), "request not admitted", "route", s.route.Pattern, "error", err)
	}
	httpapi.WriteProblem(a, err)
}
