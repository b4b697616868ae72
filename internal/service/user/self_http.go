// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

func (u *Users) selfRoutes(api *httpapi.API) []module.Route {
	const read, write = identity.SelfRead, identity.SelfWrite
	return []module.Route{
		httpapi.Get(api, "/api/v1/me", read, "Say whose the credential is, whichever it is", u.getMe),
		httpapi.Put(api, "/api/v1/me/password", write, "Change the own password, which ends all other sessions", u.putPassword),
		httpapi.Get(api, "/api/v1/me/sessions", read, "List the own sessions, the newest first", u.listMySessions),
		httpapi.Delete(api, "/api/v1/me/sessions", write, "End all own sessions but this one", u.deleteMySessions),
		httpapi.Delete(api, "/api/v1/me/sessions/{id}", write, "End one of the own sessions", u.deleteMySession),
	}
}

type meAnswer struct{ Body userMe }

func (u *Users) getMe(ctx context.Context, _ *struct{}) (*meAnswer, error) {
	p, _ := identity.From(ctx)
	return &meAnswer{meOf(p)}, nil
}

type passwordInput struct {
	browser

	Body struct {
		Current  string `json:"current" minLength:"1" maxLength:"1024" doc:"The present password"`
		Password string `json:"password" minLength:"1" maxLength:"1024" doc:"The new one: at least 8 characters"`
	}
}

func (u *Users) putPassword(ctx context.Context, in *passwordInput) (*meOutput, error) {
	p, _ := identity.From(ctx)
	token, err := u.changePassword(ctx, p, in.Body.Current, in.Body.Password, in.browser)
	if err != nil {
		return nil, err
	}
	out := &meOutput{Body: meOf(p)}
	if token != "" {
		out.SetCookie = u.cookie(token, in.browser)
	}
	return out, nil
}

// sessionOutput is one browser in which somebody is signed in.
type sessionOutput struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt" doc:"When it was last used; up to a minute behind"`
	ExpiresAt time.Time `json:"expiresAt" doc:"Unless it is used before"`
	Address   string    `json:"address" doc:"Of the client when it signed in"`
	Browser   string    `json:"browser" doc:"What it says it is"`
	Current   bool      `json:"current" doc:"The session of this very request"`
}

type sessionList struct {
	Body httpapi.List[sessionOutput]
}

func (u *Users) listMySessions(ctx context.Context, in *browser) (*sessionList, error) {
	p, _ := identity.From(ctx)
	sessions, err := u.store.listSessions(ctx, u.Database, home(p), p.ID, u.now())
	if err != nil {
		return nil, err
	}
	items := make([]sessionOutput, len(sessions))
	for i, s := range sessions {
		items[i] = sessionOutput{
			ID: s.publicID(), CreatedAt: httpapi.Instant(s.createdAt), SeenAt: httpapi.Instant(s.seenAt),
			ExpiresAt: httpapi.Instant(s.expiresAt), Address: s.address, Browser: s.browser,
			Current: in.session != "" && s.id == hashOf(in.session),
		}
	}
	return &sessionList{httpapi.List[sessionOutput]{Items: items}}, nil
}

func (u *Users) deleteMySessions(ctx context.Context, in *browser) (*struct{}, error) {
	p, _ := identity.From(ctx)
	err := u.endSessions(ctx, p, func(s session) bool { return in.session == "" || s.id != hashOf(in.session) })
	if problem.Of(err).Code == "user.no_session" {
		return nil, nil //nolint:nilnil // none is left, which is what was asked for
	}
	return nil, err
}

type mySessionPath struct {
	ID string `path:"id" maxLength:"100"`
}

func (u *Users) deleteMySession(ctx context.Context, in *mySessionPath) (*struct{}, error) {
	p, _ := identity.From(ctx)
	return nil, u.endSessions(ctx, p, func(s session) bool { return s.publicID() == in.ID })
}
