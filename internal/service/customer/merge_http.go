// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/base64"
	"unicode/utf8"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// contactMerge says which contacts become one.
type contactMerge struct {
	Keep  string   `json:"keep" maxLength:"100" doc:"_id of the contact that stays"`
	Merge []string `json:"merge" minItems:"1" maxItems:"50" doc:"_id of each contact that it takes in"`
}

// contactTwins are contacts that may be the same.
type contactTwins struct {
	Reason   string          `json:"reason" enum:"number,email" doc:"What they have in common"`
	Contacts []contactOutput `json:"contacts" doc:"The oldest first, up to 50"`
}

type (
	contactMergeInput  struct{ Body contactMerge }
	contactTwinsInput  struct{ httpapi.Page }
	contactTwinsAnswer struct{ Body httpapi.List[contactTwins] }
)

func (c *Customer) mergeContacts(ctx context.Context, in *contactMergeInput) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.Merge(ctx, t, in.Body.Keep, in.Body.Merge)
	return &contactAnswer{contactOnWire(ctx, contact)}, err
}

func (c *Customer) listDuplicates(ctx context.Context, in *contactTwinsInput) (*contactTwinsAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := base64.RawURLEncoding.DecodeString(in.After)
	if err != nil || !utf8.Valid(after) || storable(string(after)) != string(after) {
		return nil, problem.NewFields("request.invalid", "The page does not exist.",
			problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
	}
	list, next, err := c.Duplicates(ctx, t, string(after), in.Limit)
	if err != nil {
		return nil, err
	}
	out := &contactTwinsAnswer{httpapi.List[contactTwins]{Items: []contactTwins{}, Next: base64.RawURLEncoding.EncodeToString([]byte(next))}}
	for _, twins := range list {
		t := contactTwins{Reason: twins.Reason, Contacts: []contactOutput{}}
		for _, contact := range twins.Contacts {
			t.Contacts = append(t.Contacts, contactOnWire(ctx, contact))
		}
		out.Body.Items = append(out.Body.Items, t)
	}
	return out, nil
}
