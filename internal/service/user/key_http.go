// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

func (u *Users) keyRoutes(api *httpapi.API) []module.Route {
	const read, write = identity.KeyRead, identity.KeyWrite
	return []module.Route{
		httpapi.Get(api, "/api/v1/keys", read, "List the API keys that are good", u.listKeys),
		httpapi.Create(api, "/api/v1/keys", write, "Make an API key; it is shown this once", u.postKey),
		httpapi.Get(api, "/api/v1/keys/{id}", read, "Get an API key, without what proves it", u.getKey),
		httpapi.Create(api, "/api/v1/keys/{id}/rotate", write, "Make another key like this one, which stays good for a while", u.rotateKey),
		httpapi.Delete(api, "/api/v1/keys/{id}", write, "Revoke an API key, at once", u.revokeKey),
	}
}

// keyOutput is an API key on the wire.
type keyOutput struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix" example:"tdm_K7XQ2M" doc:"How the key begins; empty for the demo's"`
	Rights     []string   `json:"rights" nullable:"true" doc:"null for all that a key can have"`
	Creator    string     `json:"creator" doc:"_id of the agent or id of the key that made it; empty for Tandem itself"`
	CreatedAt  time.Time  `json:"createdAt"`
	ExpiresAt  *time.Time `json:"expiresAt" doc:"null for never"`
	LastUsedAt *time.Time `json:"lastUsedAt" doc:"Up to a minute behind; null for never"`
	ReplacedBy string     `json:"replacedBy,omitempty" doc:"id of the key that it was rotated to"`
}

func keyOnWire(k *key) keyOutput {
	out := keyOutput{
		ID: k.id, Name: k.name, Prefix: k.prefix, Creator: k.creator, CreatedAt: httpapi.Instant(k.createdAt),
		ExpiresAt: httpapi.Time(k.expiresAt), LastUsedAt: httpapi.Time(k.lastUsedAt), ReplacedBy: k.replacedBy,
	}
	if k.rights != "" {
		out.Rights = strings.Fields(k.rights)
	}
	return out
}

type (
	keyInput struct {
		ID string `path:"id" maxLength:"36"`
	}
	keyAnswer    struct{ Body keyOutput }
	keyListInput struct{ httpapi.Page }
	keyList      struct {
		Body httpapi.List[keyOutput]
	}
	keyNothing struct{}
)

// keyMade is a key that was just made. It is the only answer that has its
// value.
type keyMade struct {
	Body keyWithValue
}

type keyWithValue struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Prefix    string     `json:"prefix"`
	Rights    []string   `json:"rights" nullable:"true"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt"`
	Key       string     `json:"key" doc:"What to send as Authorization: Bearer or X-API-Key. It is not stored and cannot be shown again"`
}

func madeOnWire(k key, value string, err error) (*keyMade, error) {
	if err != nil {
		return nil, err
	}
	seen := keyOnWire(&k)
	return &keyMade{keyWithValue{
		ID: seen.ID, Name: seen.Name, Prefix: seen.Prefix, Rights: seen.Rights, CreatedAt: seen.CreatedAt, ExpiresAt: seen.ExpiresAt, Key: value,
	}}, nil
}

func (u *Users) listKeys(ctx context.Context, in *keyListInput) (*keyList, error) {
	of, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := uuid.Parse(in.After); err != nil && in.After != "" {
		return nil, problem.NewFields("request.invalid", "The page does not exist.",
			problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
	}
	keys, err := u.store.listKeys(ctx, of.ID, in.After, in.Limit+1, u.now())
	if err != nil {
		return nil, err
	}
	items := make([]keyOutput, len(keys))
	for i := range keys {
		items[i] = keyOnWire(&keys[i])
	}
	return &keyList{httpapi.Cut(items, in.Limit, func(k keyOutput) string { return k.ID })}, nil
}

func (u *Users) getKey(ctx context.Context, in *keyInput) (*keyAnswer, error) {
	of, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	k, err := u.store.findKeyByID(ctx, u.Database, of.ID, in.ID, u.now())
	if err != nil {
		return nil, err
	}
	return &keyAnswer{keyOnWire(&k)}, nil
}

type keyCreateInput struct {
	Body struct {
		Name      string     `json:"name" maxLength:"400" doc:"What it is for" example:"CRM"`
		Rights    []string   `json:"rights,omitempty" nullable:"true" maxItems:"200" doc:"Those of yours that it shall have; null for all of them" example:"[\"contact.read\"]"`
		ExpiresAt *time.Time `json:"expiresAt,omitempty" nullable:"true" doc:"Until when it is good; null for ever"`
	}
}

func (u *Users) postKey(ctx context.Context, in *keyCreateInput) (*keyMade, error) {
	if _, err := identity.TenantOf(ctx); err != nil {
		return nil, err
	}
	p, _ := identity.From(ctx)
	n := NewKey{Name: in.Body.Name, Rights: in.Body.Rights}
	if in.Body.ExpiresAt != nil {
		n.ExpiresAt = in.Body.ExpiresAt.UnixMilli()
	}
	return madeOnWire(u.CreateKey(ctx, p, n))
}

type keyRotateInput struct {
	ID   string `path:"id" maxLength:"36"`
	Body *struct {
		KeepSeconds *int64 `json:"keepSeconds,omitempty" minimum:"0" maximum:"2592000" doc:"For how long the old key stays good; a day when left out"`
	}
}

func (u *Users) rotateKey(ctx context.Context, in *keyRotateInput) (*keyMade, error) {
	if _, err := identity.TenantOf(ctx); err != nil {
		return nil, err
	}
	p, _ := identity.From(ctx)
	keep := keyKeepUsual
	if in.Body != nil && in.Body.KeepSeconds != nil {
		keep = time.Duration(*in.Body.KeepSeconds) * time.Second
	}
	return madeOnWire(u.RotateKey(ctx, p, in.ID, keep))
}

func (u *Users) revokeKey(ctx context.Context, in *keyInput) (*keyNothing, error) {
	if _, err := identity.TenantOf(ctx); err != nil {
		return nil, err
	}
	p, _ := identity.From(ctx)
	return nil, u.RevokeKey(ctx, p, in.ID)
}
