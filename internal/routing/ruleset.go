// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// anyVersion is what replaces the rules whatever their version.
const anyVersion = -1

// Rules returns a version of a tenant's rules, or the current one for 0;
// NotFound when there is no such version.
func (r *Routing) Rules(ctx context.Context, tenant, version int64) (Version, []Rule, error) {
	v, err := r.store.currentVersion(ctx, r.db, tenant)
	if err != nil {
		return Version{}, nil, err
	}
	if version != 0 && version != v.Number {
		below, err := r.store.versions(ctx, r.db, tenant, version+1, 1)
		if err != nil {
			return Version{}, nil, err
		}
		if len(below) == 0 || below[0].Number != version {
			return Version{}, nil, problem.New(problem.NotFound, "routing.no_such_version", "There is no version %d of the rules.", version)
		}
		v = below[0]
	}
	rules, err := r.store.rules(ctx, r.db, tenant, v.Number)
	return v, rules, err
}

// ReplaceRules makes rules the next version of a tenant's. They must have been
// written with the current version in sight: if another has come since, they
// are a Conflict. With anyVersion they replace whatever there is.
func (r *Routing) ReplaceRules(ctx context.Context, t identity.Tenant, version int64, preset, by string, rules []Rule) (Version, []Rule, error) {
	if _, err := Compile(0, preset, rules, zoneOf(t.TimeZone)); err != nil {
		return Version{}, nil, err
	}
	next := Version{Preset: preset, CreatedBy: by}
	err := r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		current, err := r.store.currentVersion(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if version != anyVersion && version != current.Number {
			return problem.New(problem.Conflict, "routing.stale", "The rules have been changed since; version %d counts now.", current.Number)
		}
		next.Number = current.Number + 1
		return r.writeRules(ctx, tx, t.ID, next, rules)
	})
	if err != nil {
		return Version{}, nil, err
	}
	r.bus.Ring(ask.BellRules)
	return r.Rules(ctx, t.ID, next.Number)
}

// writeRules adds a version, its rules with ids, and its event.
func (r *Routing) writeRules(ctx context.Context, tx *eventlog.Tx, tenant int64, v Version, rules []Rule) error {
	v.CreatedAt = r.now().UnixMilli()
	for i := range rules {
		if isID(rules[i].ID) {
			continue
		}
		var err error
		if rules[i].ID, err = newID(); err != nil {
			return err
		}
	}
	if err := r.store.insertVersion(ctx, tx, tenant, v, rules); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"version": v.Number, "preset": v.Preset, "by": v.CreatedBy, "rules": rules})
	if err != nil {
		return fmt.Errorf("encode rules: %w", err)
	}
	_, err = tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: ownStream, Key: fmt.Sprintf("routing.rules_changed/%d", v.Number), Type: "routing.rules_changed",
		At: v.CreatedAt, Received: v.CreatedAt, Timed: true, Data: data,
	})
	return err
}
