// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"strconv"
	"time"

	"tandem/internal/identity"
	"tandem/internal/problem"
)

// filter returns what a list is asked to choose.
func (c *Customer) filter(ctx context.Context, t identity.Tenant, in *contactListInput) (Filter, error) {
	if err := checkCursor(in.After); err != nil {
		return Filter{}, err
	}
	from, err := moment("query.from", in.From)
	if err != nil {
		return Filter{}, err
	}
	to, err := moment("query.to", in.To)
	if err != nil {
		return Filter{}, err
	}
	p, _ := identity.From(ctx)
	f := Filter{
		Search: in.Search, Creator: in.Creator, From: from, To: to,
		deleted: in.Deleted, only: onlyOf(ctx, identity.ContactRead), seesCPF: p.Can(identity.ContactIdentity),
		region: t.Region, after: in.After, limit: in.Limit + 1,
	}
	if in.HasNumber != "" {
		has := in.HasNumber == "true"
		f.HasNumber = &has
	}
	if in.Group == "" {
		return f, nil
	}
	group, err := c.findGroup(ctx, c.store.db, t.ID, in.Group, identity.ContactRead)
	if err != nil {
		return Filter{}, err
	}
	return f.within(group), nil
}

// within narrows f to a group.
func (f Filter) within(g Group) Filter {
	if g.Kind == kindList {
		f.group = g.ID
		return f
	}
	f.also = &g.Filter
	return f
}

// moment reads a time: RFC 3339, or Unix milliseconds; 0 for "".
func moment(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UnixMilli(), nil
	}
	return 0, problem.NewFields("request.invalid", "The time cannot be read.",
		problem.Field{Name: name, Detail: "must be a time such as 2026-01-31T08:00:00Z, or Unix milliseconds"})
}
