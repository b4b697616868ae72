// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const cookieName = "tandem_session"

// routes is the table of contents of this module's API.
func (u *Users) routes(api *httpapi.API) []module.Route {
	return slices.Concat([]module.Route{
		httpapi.Post(api, "/api/v1/session", module.Public, "Sign in", u.postSession),
		httpapi.Get(api, "/api/v1/session", identity.SelfRead, "Say who is signed in", u.getSession),
		httpapi.Delete(api, "/api/v1/session", identity.SelfRead, "Sign out", u.deleteSession),
		httpapi.Post(api, "/api/v1/setup", module.Public, "Set up a new installation with the link it printed", u.postSetup),
	}, u.selfRoutes(api), u.agentRoutes(api), u.linkRoutes(api), u.roleRoutes(api), u.sipRoutes(api), u.keyRoutes(api),
		u.softphoneRoutes(api), u.oidcRoutes(api))
}

// browser is what a request says beside its body.
type browser struct {
	session   string // the cookie's value
	name      string // what it says it is
	host      string
	encrypted bool
}

const browserNameMax = 200

// Resolve implements [huma.Resolver].
func (b *browser) Resolve(ctx huma.Context) []error {
	b.encrypted, b.host = ctx.TLS() != nil, ctx.Host()
	b.name = browserName(ctx.Header("User-Agent"))
	// Cookies that cannot be read are as good as none.
	cookies, _ := http.ParseCookie(ctx.Header("Cookie"))
	for _, cookie := range cookies {
		if cookie.Name == cookieName {
			b.session = cookie.Value
			break
		}
	}
	return nil
}

// browserName returns what a browser says it is, as it may be stored.
func browserName(header string) string {
	if len(header) > browserNameMax {
		header = header[:browserNameMax]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(header, "\x00", ""), "")
}

// userMe is who is signed in.
type userMe struct {
	ID     string          `json:"id" doc:"_id of the agent, or id of the key"`
	Login  string          `json:"login" doc:"Empty for an API key"`
	Name   string          `json:"name"`
	Role   string          `json:"role" doc:"admin, agent, operator, key, or the name of a role of the call centre"`
	Rights []string        `json:"rights"`
	Tenant identity.Tenant `json:"tenant" doc:"Its members are empty for an operator outside any tenant"`
}

func meOf(p identity.Principal) userMe {
	return userMe{ID: p.ID, Login: p.Login, Name: p.Name, Role: p.Role, Rights: p.Rights, Tenant: p.Tenant}
}

type meOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      userMe
}

type signInInput struct {
	browser

	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"254"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

func (u *Users) postSession(ctx context.Context, in *signInInput) (*meOutput, error) {
	a, err := u.byPassword(ctx, in.Body.Login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return u.welcome(ctx, a.User, in.browser)
}

// welcome signs somebody in.
func (u *Users) welcome(ctx context.Context, who User, from browser) (*meOutput, error) {
	p, err := u.principal(ctx, who)
	if err != nil {
		return nil, err
	}
	token, err := u.signIn(identity.With(ctx, p), who, from)
	if err != nil {
		return nil, err
	}
	return &meOutput{SetCookie: u.cookie(token, from), Body: meOf(p)}, nil
}

// cookie returns the header that sets the session's cookie, or removes it when
// there is no token.
func (u *Users) cookie(token string, to browser) string {
	cookie := http.Cookie{
		Name: cookieName, Value: token, Path: "/", MaxAge: int(u.SessionTTL.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: to.encrypted || strings.HasPrefix(u.PublicURL, "https://"),
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

// getSession also gives the browser's cookie its time again, since the session
// has it.
func (u *Users) getSession(ctx context.Context, in *browser) (*meOutput, error) {
	p, _ := identity.From(ctx)
	out := &meOutput{Body: meOf(p)}
	if in.session == "" {
		return out, nil
	}
	if s, err := u.store.findSession(ctx, u.Database, hashOf(in.session), u.now()); err == nil && s.user.ID == p.ID {
		out.SetCookie = u.cookie(in.session, *in)
	}
	return out, nil
}

type signOutOutput struct {
	SetCookie string `header:"Set-Cookie"`
}

func (u *Users) deleteSession(ctx context.Context, in *browser) (*signOutOutput, error) {
	if in.session != "" {
		if err := u.signOut(ctx, in.session); err != nil {
			return nil, err
		}
	}
	return &signOutOutput{SetCookie: u.cookie("", *in)}, nil
}

type setupInput struct {
	browser

	Body struct {
		Token  string `json:"token" minLength:"1" maxLength:"200" doc:"From the link that the first start printed"`
		Tenant struct {
			Name     string `json:"name" maxLength:"200"`
			Slug     string `json:"slug" maxLength:"63" doc:"Its name in addresses"`
			Region   string `json:"region" maxLength:"2" doc:"Country whose way of writing numbers is meant" example:"VN"`
			TimeZone string `json:"timeZone" maxLength:"64" example:"Asia/Ho_Chi_Minh"`
		} `json:"tenant"`
		Admin struct {
			Login    string `json:"login" maxLength:"254"`
			Password string `json:"password" maxLength:"1024"`
		} `json:"admin"`
	}
}

func (u *Users) postSetup(ctx context.Context, in *setupInput) (*meOutput, error) {
	t, admin := in.Body.Tenant, in.Body.Admin
	who, err := u.setUp(ctx, in.Body.Token,
		tenant.New{Slug: t.Slug, Name: t.Name, Region: t.Region, TimeZone: t.TimeZone},
		NewUser{Login: admin.Login, Password: admin.Password})
	if p := problem.Of(err); p.Code == "tenant.invalid" {
		err = problem.Within("tenant", err)
	}
	if err != nil {
		return nil, problem.Within("body", err)
	}
	return u.welcome(ctx, who, in.browser)
}
