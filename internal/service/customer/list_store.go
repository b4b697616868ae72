// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"tandem/internal/db"
)

// drift is how far, in milliseconds, the time in a contact's id may be from
// the time it was created.
const drift = 10_000

// scan returns up to limit contacts that f chooses but for its search, and
// that meet narrow, newest first.
func (s *store) scan(ctx context.Context, tenant int64, f Filter, narrow [][]like, limit int) ([]Contact, error) {
	query := `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1`
	args := []any{tenant}
	arg := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	where := func(condition string, value any) {
		query += ` AND ` + strings.ReplaceAll(condition, "?", arg(value))
	}
	if !f.deleted {
		query += ` AND deleted = 0`
	}
	if f.after != "" {
		where(`id < ?`, f.after)
	}
	if f.only != "" {
		where(createdBy, f.only)
	}
	f.conditions(where)
	if f.also != nil {
		f.also.conditions(where)
	}
	if f.group != "" {
		where(`id IN (SELECT contact_id FROM customer_group_contacts WHERE tenant = $1 AND group_id = ?)`, f.group)
	}
	for _, either := range narrow {
		conditions := make([]string, len(either))
		for i, one := range either {
			conditions[i] = one.column + ` LIKE ` + arg(one.pattern) + ` ESCAPE '\'`
		}
		query += ` AND (` + strings.Join(conditions, ` OR `) + `)`
	}
	query += ` ORDER BY id DESC LIMIT ` + arg(limit)
	contacts, err := s.query(ctx, s.db, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return contacts, nil
}

const createdBy = `creator = ? AND creator <> ''` // the index has only those

// conditions adds what f says of the contacts themselves.
func (f Filter) conditions(where func(condition string, value any)) {
	if f.Creator != "" {
		where(createdBy, f.Creator)
	}
	if f.From != 0 {
		where(`id >= ?`, idAt(f.From-drift)) // the index knows ids only
		where(`created_at >= ?`, f.From)
	}
	if f.To != 0 {
		where(`id < ?`, idAt(f.To+drift))
		where(`created_at < ?`, f.To)
	}
	// Conditions that PostgreSQL can estimate: of others it thinks that they
	// leave few, and sorts all to find those.
	switch {
	case f.HasNumber == nil:
	case *f.HasNumber:
		where(`(match_key <> '' OR numbers <> ?)`, noNumbers)
	default:
		where(`match_key = '' AND numbers = ?`, noNumbers)
	}
}

// members returns the contacts in a list; none if group is "".
func (s *store) members(ctx context.Context, tenant int64, group string) (map[string]bool, error) {
	members := map[string]bool{}
	const query = `
		SELECT contact_id
		FROM customer_group_contacts
		WHERE tenant = $1 AND group_id = $2`
	err := db.EachRow(ctx, s.db, query, []any{tenant, group}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		members[id] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find members of group %s: %w", group, err)
	}
	return members, nil
}
