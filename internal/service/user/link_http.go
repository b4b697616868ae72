// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"strings"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
)

func (u *Users) linkRoutes(api *httpapi.API) []module.Route {
	const write = identity.AgentWrite
	return []module.Route{
		httpapi.Create(api, "/api/v1/agents/{id}/invitation", write, "Invite an agent who has no password yet", u.createInvitation),
		httpapi.Create(api, "/api/v1/agents/{id}/password-reset", write, "Make a link with which an agent sets another password", u.createPasswordReset),
		httpapi.Post(api, "/api/v1/password-resets", module.Public, "Set a password with the link of an invitation or reset, and sign in", u.postPasswordReset),
		httpapi.Post(api, "/api/v1/password-resets/check", module.Public, "Say whose a link is", u.checkPasswordReset),
	}
}

type linkInput struct {
	browser

	ID string `path:"id" maxLength:"100" doc:"The agent's _id"`
}

// linkOutput is a link, which is shown this once.
type linkOutput struct {
	URL       string    `json:"url" doc:"Shown once; it opens the account, so hand it to the agent alone" example:"https://tandem.example/invitation?token=…"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type linkAnswer struct{ Body linkOutput }

func (u *Users) createInvitation(ctx context.Context, in *linkInput) (*linkAnswer, error) {
	return u.createLink(ctx, in, kindInvitation)
}

func (u *Users) createPasswordReset(ctx context.Context, in *linkInput) (*linkAnswer, error) {
	return u.createLink(ctx, in, kindReset)
}

func (u *Users) createLink(ctx context.Context, in *linkInput, kind string) (*linkAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	token, l, err := u.makeLink(ctx, t, in.ID, kind)
	if err != nil {
		return nil, err
	}
	return &linkAnswer{linkOutput{u.linkTo(in.browser, kind, token), httpapi.Instant(l.expiresAt)}}, nil
}

// address is where people reach Tandem: the public URL, or else where the
// request came to.
func (u *Users) address(from browser) string {
	switch {
	case u.PublicURL != "":
		return strings.TrimSuffix(u.PublicURL, "/")
	case from.encrypted:
		return "https://" + from.host
	default:
		return "http://" + from.host
	}
}

type passwordResetInput struct {
	browser

	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"200" doc:"From the link"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"At least 8 characters"`
	}
}

func (u *Users) postPasswordReset(ctx context.Context, in *passwordResetInput) (*meOutput, error) {
	who, token, err := u.useLink(ctx, in.Body.Token, in.Body.Password, in.browser)
	if err != nil {
		return nil, err
	}
	p, err := u.principal(ctx, who)
	if err != nil {
		return nil, err
	}
	return &meOutput{SetCookie: u.cookie(token, in.browser), Body: meOf(p)}, nil
}

type (
	linkCheckInput struct {
		Body struct {
			Token string `json:"token" minLength:"1" maxLength:"200" doc:"From the link"`
		}
	}
	linkCheckAnswer struct {
		Body struct {
			Kind      string          `json:"kind" enum:"invitation,reset"`
			Login     string          `json:"login"`
			Name      string          `json:"name"`
			Tenant    identity.Tenant `json:"tenant"`
			ExpiresAt time.Time       `json:"expiresAt"`
		}
	}
)

func (u *Users) checkPasswordReset(ctx context.Context, in *linkCheckInput) (*linkCheckAnswer, error) {
	l, err := u.store.findLink(ctx, u.Database, hashOf(in.Body.Token), u.now())
	if err != nil {
		return nil, err
	}
	p, err := u.principal(ctx, l.user)
	if err != nil {
		return nil, err
	}
	out := &linkCheckAnswer{}
	out.Body.Kind, out.Body.Login, out.Body.Name = l.kind, l.user.Login, l.user.Name
	out.Body.Tenant, out.Body.ExpiresAt = p.Tenant, httpapi.Instant(l.expiresAt)
	return out, nil
}
