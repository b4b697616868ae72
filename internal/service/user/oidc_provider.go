// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tandem/internal/guard"
	"tandem/internal/problem"
)

const (
	providerTime    = 10 * time.Second // longest that one request to a provider takes
	providerKept    = time.Hour        // for which what a provider says of itself is believed
	providerRest    = 5 * time.Second  // for which one that did not answer is not asked again
	providersMax    = 1_000
	providerReply   = 1 << 20 // bytes
	claimName       = "name"
	claimVerified   = "email_verified"
	providerFailure = "The provider does not answer as one; check the issuer."
)

// providers remembers what providers say of themselves: where people sign in,
// and the keys that they sign with.
type providers struct {
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]knownProvider
}

type knownProvider struct {
	provider *oidc.Provider // nil for one that did not answer
	until    time.Time
}

func newProviders(allowPrivate bool, now func() time.Time) *providers {
	// An administrator of a call centre is not to look around in the network
	// that Tandem stands in.
	dialer := &net.Dialer{Timeout: providerTime, Control: guard.Control(allowPrivate)}
	return &providers{
		now: now, known: map[string]knownProvider{},
		client: &http.Client{Timeout: providerTime, Transport: short{&http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: providerTime, MaxResponseHeaderBytes: providerReply,
		}}},
	}
}

// short cuts what providers answer: their libraries read it to its end.
type short struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (s short) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, providerReply), response.Body}
	return response, nil
}

// context returns ctx with the client that reaches providers.
func (p *providers) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// find returns what a provider says of itself. One that is none, or does not
// answer, is an Invalid problem.
func (p *providers) find(ctx context.Context, issuer string) (*oidc.Provider, error) {
	none := problem.NewFields("oidc.no_provider", providerFailure,
		problem.Field{Name: "body.issuer", Detail: "is not the address of a provider that can be reached from here"})
	p.mu.Lock()
	found, ok := p.known[issuer]
	p.mu.Unlock()
	switch {
	case !ok || !p.now().Before(found.until):
	case found.provider == nil:
		return nil, none // or whoever asks for the sign-in page could have us ask it without end
	default:
		return found.provider, nil
	}
	provider, err := oidc.NewProvider(p.context(ctx), issuer)
	if err != nil {
		if ctx.Err() == nil {
			p.keep(issuer, nil, providerRest)
		}
		return nil, none
	}
	p.keep(issuer, provider, providerKept)
	return provider, nil
}

func (p *providers) keep(issuer string, provider *oidc.Provider, long time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= providersMax {
		clear(p.known)
	}
	p.known[issuer] = knownProvider{provider, p.now().Add(long)}
}

// vouch exchanges a code for what the provider says of whoever brought it.
func (p *providers) vouch(ctx context.Context, o OIDC, flow *oauth2.Config, code, verifier, nonce string) (vouched, error) {
	refused := problem.New(problem.Denied, "oidc.refused", "The provider does not confirm that it was you; sign in again.")
	ctx = p.context(ctx)
	provider, err := p.find(ctx, o.Issuer)
	if err != nil {
		return vouched{}, err
	}
	token, err := flow.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return vouched{}, refused
	}
	raw, _ := token.Extra("id_token").(string)
	signed, err := provider.Verifier(&oidc.Config{ClientID: o.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil || signed.Nonce != nonce {
		return vouched{}, refused
	}
	claims := map[string]any{}
	if err := signed.Claims(&claims); err != nil {
		return vouched{}, refused
	}
	if _, ok := claims[o.Claim]; !ok {
		// Many say in the token only who it is for, and the rest when asked.
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != signed.Subject || info.Claims(&claims) != nil {
			return vouched{}, refused
		}
	}
	text := func(name string) string { value, _ := claims[name].(string); return value }
	return vouched{
		issuer: signed.Issuer, subject: signed.Subject, claim: text(o.Claim), email: text(claimEmail), name: text(claimName),
		emailVerified: claims[claimVerified] == true || claims[claimVerified] == "true",
	}, nil
}
