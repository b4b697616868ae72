// SPDX-License-Identifier: Apache-2.0

// Package identity says who is asking: the tenant, the person or key, and
// their rights. It verifies nothing; the user service does, and the gateway
// puts the result on the request.
package identity

import (
	"context"
	"slices"

	"tandem/internal/problem"
)

// Tenant is one call centre, as far as others need to know it.
type Tenant struct {
	ID       int64  `json:"-"`
	UUID     string `json:"uuid"`     // version 4; `tenant-uuid` on the wire
	Slug     string `json:"slug"`     // the `domain` of the softphone's clients
	Name     string `json:"name"`     // for people
	Region   string `json:"region"`   // ISO 3166-1 alpha-2; how its phone numbers are read
	TimeZone string `json:"timeZone"` // IANA name; when its day begins
}

// Principal is a person, a service account or a key that has shown who it is.
type Principal struct {
	Tenant Tenant   // the zero Tenant for an operator outside any tenant
	ID     string   // of the user or key
	Login  string   // empty for a key
	Name   string   // for people
	Role   string   // admin, agent, operator or key
	Rights []string // what it may do; see Rights
	Until  int64    // Unix ms when what it showed ends by itself, as a softphone's token does; 0 for all else
}

// Can reports whether the principal has a right. What was not granted is
// denied.
func (p Principal) Can(right string) bool { return slices.Contains(p.Rights, right) }

// OnlyOwn reports whether the principal may use right on its own data alone.
func (p Principal) OnlyOwn(right string) bool { return !p.Can(right) && p.Can(Own(right)) }

type (
	key       struct{}
	originKey struct{}
)

// Origin is where a request came from, for those who look at it later.
type Origin struct {
	Address   string `json:"address,omitempty"` // of the client, without its port
	RequestID string `json:"requestId,omitempty"`
}

// WithOrigin returns a context that carries o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns where the request of ctx came from; the zero Origin for what
// no request caused.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// With returns a context that carries p.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, key{}, p)
}

// From returns who is asking, and whether anyone is.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(key{}).(Principal)
	return p, ok
}

// TenantOf returns the tenant that ctx acts in. It is a Denied problem when
// there is none: an operator has to name one with the tenant-uuid header.
func TenantOf(ctx context.Context) (Tenant, error) {
	p, ok := From(ctx)
	if !ok || p.Tenant.ID == 0 {
		return Tenant{}, problem.New(problem.Denied, "identity.no_tenant", "Name the tenant to act in with the header tenant-uuid.")
	}
	return p.Tenant, nil
}
