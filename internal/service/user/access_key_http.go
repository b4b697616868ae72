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

func (u *Users) softphoneRoutes(api *httpapi.API) []module.Route {
	const key = "/api/v1/access-key"
	return []module.Route{
		httpapi.Get(api, key, identity.KeyRead, "Say whether there is an access key, which signs softphone tokens", u.getAccessKey),
		httpapi.Create(api, key, identity.KeyWrite, "Make the access key, or replace it, which ends all softphone tokens", u.postAccessKey),
		httpapi.Post(api, key+"/reveal", identity.KeyReveal, "Show the access key; the audit trail tells", u.revealAccessKey),
		httpapi.Delete(api, key, identity.KeyWrite, "Remove the access key, which ends all softphone tokens", u.deleteAccessKey),
		httpapi.Create(api, "/api/v1/softphone-tokens", identity.SelfRead, "Make a softphone token of one's own; of others with the right `token.create`", u.postSoftphoneToken),
	}
}

// accessKeyOutput is an access key on the wire, without itself.
type accessKeyOutput struct {
	Set       bool       `json:"set" doc:"Whether there is one"`
	Creator   string     `json:"creator" doc:"_id of the agent or id of the key that made it; empty for Tandem itself"`
	CreatedAt *time.Time `json:"createdAt" doc:"null when there is none"`
}

func accessKeyOnWire(k accessKey) accessKeyOutput {
	return accessKeyOutput{Set: k.sealed != "", Creator: k.creator, CreatedAt: httpapi.Time(k.createdAt)}
}

type (
	accessKeyAnswer struct{ Body accessKeyOutput }
	accessKeyMade   struct {
		Body struct {
			Creator   string    `json:"creator"`
			CreatedAt time.Time `json:"createdAt"`
			Key       string    `json:"key" doc:"What signs tokens with HS256, as it stands here. Keep it on your server"`
		}
	}
	accessKeyReveal struct {
		Body struct {
			Key string `json:"key"`
		}
	}
)

func (u *Users) getAccessKey(ctx context.Context, _ *struct{}) (*accessKeyAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	k, err := u.store.findAccessKey(ctx, u.Database, t.ID)
	if problem.Of(err).Kind == problem.NotFound {
		err = nil
	}
	return &accessKeyAnswer{accessKeyOnWire(k)}, err
}

func (u *Users) postAccessKey(ctx context.Context, _ *struct{}) (*accessKeyMade, error) {
	if _, err := identity.TenantOf(ctx); err != nil {
		return nil, err
	}
	p, _ := identity.From(ctx)
	k, value, err := u.ReplaceAccessKey(ctx, p)
	out := &accessKeyMade{}
	out.Body.Creator, out.Body.CreatedAt, out.Body.Key = k.creator, httpapi.Instant(k.createdAt), value
	return out, err
}

func (u *Users) revealAccessKey(ctx context.Context, _ *struct{}) (*accessKeyReveal, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &accessKeyReveal{}
	out.Body.Key, err = u.RevealAccessKey(ctx, t)
	return out, err
}

func (u *Users) deleteAccessKey(ctx context.Context, _ *struct{}) (*struct{}, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, u.RemoveAccessKey(ctx, t)
}

type softphoneTokenInput struct {
	Body *struct {
		Agent      string `json:"agent,omitempty" maxLength:"254" doc:"_id, login or extension of an agent; oneself when it is left out" example:"200"`
		TTLSeconds int64  `json:"ttlSeconds,omitempty" minimum:"30" maximum:"600" doc:"For how long it is good; ten minutes when it is left out"`
	}
}

type softphoneTokenMade struct {
	Body struct {
		Token     string    `json:"token" doc:"What to send as Authorization: Bearer"`
		Agent     string    `json:"agent" doc:"_id of the agent it is of"`
		ExpiresAt time.Time `json:"expiresAt"`
	}
}

func (u *Users) postSoftphoneToken(ctx context.Context, in *softphoneTokenInput) (*softphoneTokenMade, error) {
	if _, err := identity.TenantOf(ctx); err != nil {
		return nil, err
	}
	p, _ := identity.From(ctx)
	name, ttl := "", tokenTimeMax
	if in.Body != nil {
		name = in.Body.Agent
		if in.Body.TTLSeconds != 0 {
			ttl = time.Duration(in.Body.TTLSeconds) * time.Second
		}
	}
	made, err := u.MakeToken(ctx, p, name, ttl)
	out := &softphoneTokenMade{}
	out.Body.Token, out.Body.Agent, out.Body.ExpiresAt = made.text, made.agent, made.expiresAt
	return out, err
}
