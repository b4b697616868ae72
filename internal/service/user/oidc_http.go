// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/oauth2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

const (
	oidcCookie   = "tandem_oidc"
	oidcPath     = "/api/v1/oidc"
	oidcLogin    = oidcPath + "/login"
	oidcCallback = oidcPath + "/callback"
	oidcTime     = 10 * time.Minute // to sign in at the provider
	loginPage    = "/login"         // of the console
)

func (u *Users) oidcRoutes(api *httpapi.API) []module.Route {
	const settings = "/api/v1/settings/oidc"
	describeOIDC(api)
	return []module.Route{
		{Method: http.MethodGet, Pattern: oidcLogin, Right: module.Public, Handler: http.HandlerFunc(u.beginOIDC)},
		{Method: http.MethodGet, Pattern: oidcCallback, Right: module.Public, Handler: http.HandlerFunc(u.endOIDC)},
		httpapi.Get(api, settings, identity.SettingsWrite, "Read how people sign in with a provider of their own", u.getOIDC),
		httpapi.Put(api, settings, identity.SettingsWrite, "Have people sign in with a provider of their own (OpenID Connect)", u.putOIDC),
		httpapi.Delete(api, settings, identity.SettingsWrite, "End signing in with a provider", u.deleteOIDC),
	}
}

func describeOIDC(api *httpapi.API) {
	query := func(name, description string, required bool) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Required: required, Schema: &huma.Schema{Type: "string"}}
	}
	api.Describe(&huma.Operation{
		Method: http.MethodGet, Path: oidcLogin, Tags: []string{"oidc"}, Summary: "Sign in with the provider of a call centre",
		Description: "Open to everyone. For browsers: leads to the provider, which leads back to the console.",
		Parameters:  []*huma.Param{query("tenant", "Slug of the call centre", true), query("return", "Page of the console to come back to", false)},
		Responses:   map[string]*huma.Response{"302": {Description: "To the provider; or to the console's sign-in page, which is told the code of a problem"}},
	})
	api.Describe(&huma.Operation{
		Method: http.MethodGet, Path: oidcCallback, Tags: []string{"oidc"}, Summary: "Come back from a provider",
		Description: "Open to everyone. The address that providers are told to lead back to.",
		Parameters:  []*huma.Param{query("code", "", false), query("state", "", false), query("error", "", false)},
		Responses:   map[string]*huma.Response{"302": {Description: "To the console, signed in; or to its sign-in page, which is told the code of a problem"}},
	})
}

// journey is what a browser carries to the provider and back, sealed.
type journey struct {
	Tenant   string    `json:"tenant"` // UUID
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE (RFC 7636)
	Return   string    `json:"return"`
	Until    time.Time `json:"until"`
}

const journeyPurpose = "oidc-journey"

// beginOIDC leads a browser to the provider.
func (u *Users) beginOIDC(w http.ResponseWriter, r *http.Request) {
	from := browserOf(r)
	target, cookie, err := u.leaveFor(r.Context(), r.URL.Query().Get("tenant"), r.URL.Query().Get("return"), from)
	if err != nil {
		u.backToLogin(w, r, err)
		return
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, target, http.StatusFound)
}

func (u *Users) leaveFor(ctx context.Context, slug, back string, from browser) (target string, cookie *http.Cookie, err error) {
	found, err := u.Tenants.FindBySlug(ctx, slug)
	if err != nil {
		return "", nil, err
	}
	if err := u.Tenants.Suspended(ctx, found.ID); err != nil {
		return "", nil, err
	}
	o, flow, err := u.flowOf(ctx, found.Tenant, from)
	if err != nil {
		return "", nil, err
	}
	j := journey{
		Tenant: found.UUID, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Return: localPath(back), Until: u.Now().Add(oidcTime),
	}
	text, err := json.Marshal(j)
	if err != nil {
		return "", nil, err
	}
	if o.Claim == claimEmail {
		flow.Scopes = append(flow.Scopes, claimEmail)
	}
	target = flow.AuthCodeURL(j.State, oauth2.S256ChallengeOption(j.Verifier), oauth2.SetAuthURLParam("nonce", j.Nonce))
	return target, u.journeyCookie(u.Box.Seal(journeyPurpose, string(text)), from), nil
}

// flowOf returns how a call centre's people sign in with their provider.
func (u *Users) flowOf(ctx context.Context, t identity.Tenant, from browser) (OIDC, *oauth2.Config, error) {
	o, err := u.store.findOIDC(ctx, u.Database, t.ID)
	if err == nil && !o.Enabled {
		err = problem.New(problem.NotFound, "oidc.not_set_up", "This call centre has no sign-in with a provider of its own.")
	}
	if err != nil {
		return OIDC{}, nil, err
	}
	provider, err := u.providers.find(ctx, o.Issuer)
	if err != nil {
		return OIDC{}, nil, err
	}
	secret, err := u.Box.Open(oidcPurposeOf(t.ID), o.sealed)
	if err != nil {
		return OIDC{}, nil, err
	}
	return o, &oauth2.Config{
		ClientID: o.ClientID, ClientSecret: secret, Endpoint: provider.Endpoint(),
		RedirectURL: u.address(from) + oidcCallback, Scopes: []string{"openid", "profile"},
	}, nil
}

// journeyCookie carries a journey; an empty one ends it. It comes back from
// another site, so it is Lax, and to the callback only.
func (u *Users) journeyCookie(value string, to browser) *http.Cookie {
	c := &http.Cookie{
		Name: oidcCookie, Value: value, Path: oidcPath, MaxAge: int(oidcTime.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: to.encrypted || strings.HasPrefix(u.PublicURL, "https://"),
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// endOIDC signs a browser in that comes back from the provider.
func (u *Users) endOIDC(w http.ResponseWriter, r *http.Request) {
	from := browserOf(r)
	http.SetCookie(w, u.journeyCookie("", from)) // whatever comes of it, once
	out, back, err := u.arriveFrom(r, from)
	if err != nil {
		u.backToLogin(w, r, err)
		return
	}
	w.Header().Add("Set-Cookie", out.SetCookie)
	http.Redirect(w, r, back, http.StatusFound)
}

func (u *Users) arriveFrom(r *http.Request, from browser) (out *meOutput, back string, err error) {
	lost := problem.New(problem.Denied, "oidc.lost", "Signing in took too long, or began in another browser; begin again.")
	query := r.URL.Query()
	var j journey
	cookie, err := r.Cookie(oidcCookie)
	if err != nil {
		return nil, "", lost
	}
	text, err := u.Box.Open(journeyPurpose, cookie.Value)
	if err != nil || json.Unmarshal([]byte(text), &j) != nil || u.Now().After(j.Until) {
		return nil, "", lost
	}
	if subtle.ConstantTimeCompare([]byte(j.State), []byte(query.Get("state"))) != 1 {
		return nil, "", lost
	}
	if query.Get("error") != "" {
		return nil, "", problem.New(problem.Denied, "oidc.refused", "The provider does not confirm that it was you; sign in again.")
	}
	ctx := r.Context()
	found, err := u.Tenants.FindByUUID(ctx, j.Tenant)
	if err != nil {
		return nil, "", err
	}
	if err := u.Tenants.Suspended(ctx, found.ID); err != nil {
		return nil, "", err
	}
	o, flow, err := u.flowOf(ctx, found.Tenant, from)
	if err != nil {
		return nil, "", err
	}
	v, err := u.providers.vouch(ctx, o, flow, query.Get("code"), j.Verifier, j.Nonce)
	if err != nil {
		return nil, "", err
	}
	who, err := u.whois(ctx, found.Tenant, o, v)
	if err != nil {
		return nil, "", err
	}
	out, err = u.welcome(ctx, who, from)
	return out, j.Return, err
}

// backToLogin leads a browser to the page where one signs in, which is told
// what went wrong.
func (u *Users) backToLogin(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.Of(err)
	if p.Kind == problem.Internal {
		u.Logger.ErrorContext(r.Context(), "sign-in with a provider failed", "error", err)
	}
	http.Redirect(w, r, loginPage+"?problem="+url.QueryEscape(p.Code), http.StatusFound)
}

// localPath returns a page of the console to come back to: nothing that leads
// elsewhere.
func localPath(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.Host != "" || parsed.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// browserOf is [browser.Resolve] for a plain request.
func browserOf(r *http.Request) browser {
	b := browser{host: r.Host, encrypted: r.TLS != nil, name: browserName(r.UserAgent())}
	if cookie, err := r.Cookie(cookieName); err == nil {
		b.session = cookie.Value
	}
	return b
}

// oidcOutput is how people sign in with a provider.
type oidcOutput struct {
	Enabled     bool   `json:"enabled"`
	Issuer      string `json:"issuer"`
	ClientID    string `json:"clientId"`
	HasSecret   bool   `json:"hasSecret" doc:"Whether a client secret is stored; it is not shown"`
	Claim       string `json:"claim"`
	CreateUsers bool   `json:"createUsers"`
	Role        string `json:"role"`
	RedirectURL string `json:"redirectUrl" doc:"What to enter at the provider as the address to lead back to"`
}

func oidcOnWire(o *OIDC, address string) oidcOutput {
	return oidcOutput{
		Enabled: o.Enabled, Issuer: o.Issuer, ClientID: o.ClientID, HasSecret: o.sealed != "", Claim: o.Claim,
		CreateUsers: o.CreateUsers, Role: o.Role, RedirectURL: address + oidcCallback,
	}
}

type (
	oidcInput    struct{ browser }
	oidcAnswer   struct{ Body oidcOutput }
	oidcNothing  struct{}
	oidcPutInput struct {
		browser

		Body struct {
			Enabled      bool    `json:"enabled"`
			Issuer       string  `json:"issuer" maxLength:"500" example:"https://accounts.example.com"`
			ClientID     string  `json:"clientId" maxLength:"200"`
			ClientSecret *string `json:"clientSecret,omitempty" maxLength:"1000" writeOnly:"true" doc:"What is left out stays; empty for a provider that asks for none"`
			Claim        string  `json:"claim,omitempty" maxLength:"100" doc:"Which of the provider's claims is the login or e-mail of an agent; email, which the provider must have verified, when left out" example:"email"`
			CreateUsers  bool    `json:"createUsers,omitempty" doc:"Whether somebody whom the provider knows and the call centre does not becomes an agent"`
			Role         string  `json:"role,omitempty" maxLength:"100" doc:"_id of the role of those; agent when left out"`

			HasSecret   bool   `json:"hasSecret,omitempty" readOnly:"true"`
			RedirectURL string `json:"redirectUrl,omitempty" readOnly:"true"`
		}
	}
)

func (u *Users) getOIDC(ctx context.Context, in *oidcInput) (*oidcAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	o, err := u.store.findOIDC(ctx, u.Database, t.ID)
	if err != nil {
		return nil, err
	}
	return &oidcAnswer{oidcOnWire(&o, u.address(in.browser))}, nil
}

func (u *Users) putOIDC(ctx context.Context, in *oidcPutInput) (*oidcAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	if b.Claim == "" {
		b.Claim = claimEmail
	}
	o, err := u.SetOIDC(ctx, t, OIDC{
		Enabled: b.Enabled, Issuer: b.Issuer, ClientID: b.ClientID, Claim: b.Claim, CreateUsers: b.CreateUsers, Role: b.Role,
	}, b.ClientSecret)
	if err != nil {
		return nil, err
	}
	return &oidcAnswer{oidcOnWire(&o, u.address(in.browser))}, nil
}

func (u *Users) deleteOIDC(ctx context.Context, _ *oidcInput) (*oidcNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, u.DeleteOIDC(ctx, t)
}
