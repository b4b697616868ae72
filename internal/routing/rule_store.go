// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// Version is one state of a tenant's rules.
type Version struct {
	Number    int64 // from 1; 0 when the tenant has no rules yet
	Preset    string
	CreatedBy string
	CreatedAt int64 // Unix ms
}

const versionColumns = `version, preset, created_by, created_at`

// currentVersion returns the version that counts; the zero Version when a
// tenant has no rules yet.
func (s *store) currentVersion(ctx context.Context, q db.Querier, tenant int64) (Version, error) {
	versions, err := s.versions(ctx, q, tenant, 0, 1)
	if err != nil || len(versions) == 0 {
		return Version{}, err
	}
	return versions[0], nil
}

// versions returns up to limit versions below before (0 for the newest), the
// newest first.
func (s *store) versions(ctx context.Context, q db.Querier, tenant, before int64, limit int) ([]Version, error) {
	const query = `
		SELECT ` + versionColumns + `
		FROM routing_versions
		WHERE tenant = $1 AND (CAST($2 AS BIGINT) = 0 OR version < $2)
		ORDER BY version DESC
		LIMIT $3`
	var versions []Version
	err := db.EachRow(ctx, q, query, []any{tenant, before, limit}, func(rows *sql.Rows) error {
		var v Version
		err := rows.Scan(&v.Number, &v.Preset, &v.CreatedBy, &v.CreatedAt)
		versions = append(versions, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list versions of rules: %w", err)
	}
	return versions, nil
}

// rules returns the rules of a version, in order.
func (s *store) rules(ctx context.Context, q db.Querier, tenant, version int64) ([]Rule, error) {
	const query = `
		SELECT id, name, enabled, conditions, destination
		FROM routing_rules
		WHERE tenant = $1 AND version = $2
		ORDER BY place`
	var rules []Rule
	err := db.EachRow(ctx, q, query, []any{tenant, version}, func(rows *sql.Rows) error {
		var r Rule
		var enabled int
		var when string
		if err := rows.Scan(&r.ID, &r.Name, &enabled, &when, &r.Destination); err != nil {
			return err
		}
		r.Enabled = enabled != 0
		rules = append(rules, r)
		return json.Unmarshal([]byte(when), &rules[len(rules)-1].When)
	})
	if err != nil {
		return nil, fmt.Errorf("find rules: %w", err)
	}
	return rules, nil
}

// insertVersion adds a version and its rules.
func (s *store) insertVersion(ctx context.Context, tx *eventlog.Tx, tenant int64, v Version, rules []Rule) error {
	const addVersion = `INSERT INTO routing_versions (tenant, ` + versionColumns + `) VALUES ($1, $2, $3, $4, $5)`
	if _, err := tx.ExecContext(ctx, addVersion, tenant, v.Number, v.Preset, v.CreatedBy, v.CreatedAt); err != nil {
		return fmt.Errorf("add version of rules: %w", err)
	}
	const addRule = `
		INSERT INTO routing_rules (tenant, version, place, id, name, enabled, conditions, destination)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	for i, rule := range rules {
		when, err := json.Marshal(rule.When)
		if err != nil {
			return fmt.Errorf("encode rule: %w", err)
		}
		if _, err := tx.ExecContext(ctx, addRule, tenant, v.Number, i, rule.ID, rule.Name, number(rule.Enabled), string(when), rule.Destination); err != nil {
			return fmt.Errorf("add rule: %w", err)
		}
	}
	return nil
}
