// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/search"
)

// store reads the entries.
type store struct{ db *db.DB }

// entry is an Entry as it was recorded.
type entry struct {
	id                     string
	at                     int64 // Unix ms
	actor, actorName, role string
	address, requestID     string
	action, object         string
	before, after          string // JSON; "" for nothing
}

// filter chooses entries; the zero filter chooses all.
type filter struct {
	object, actor, action string
	from, to              int64 // Unix ms; 0 for no bound
	after                 string
	limit                 int
}

// drift is how far the time in an entry's id may be from its own.
const drift = 10_000 // ms

// list returns entries of a tenant, the newest first.
func (s store) list(ctx context.Context, tenant int64, f filter) (entries []entry, err error) {
	query := `
		SELECT id, at, actor, actor_name, role, address, request_id, action, object, before, after
		FROM audit_entries
		WHERE tenant = $1`
	args := []any{tenant}
	where := func(condition string, value any) {
		args = append(args, value)
		query += ` AND ` + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if f.after != "" {
		where(`id < ?`, f.after)
	}
	if f.from != 0 {
		where(`id >= ?`, idAt(f.from-drift)) // the index knows ids only
		where(`at >= ?`, f.from)
	}
	if f.to != 0 {
		where(`id < ?`, idAt(f.to+drift))
		where(`at < ?`, f.to)
	}
	whole(f.object, "/", where, "object")
	whole(f.action, ".", where, "action")
	if f.actor != "" {
		where(`(actor = ? OR actor_name = ?)`, f.actor)
	}
	args = append(args, f.limit)
	query += ` ORDER BY id DESC LIMIT $` + strconv.Itoa(len(args))
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list audit entries: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.id, &e.at, &e.actor, &e.actorName, &e.role, &e.address, &e.requestID, &e.action, &e.object,
			&e.before, &e.after); err != nil {
			return nil, fmt.Errorf("list audit entries: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// whole adds a condition on a column: its value, or how it begins when what is
// asked for is all of one kind, as agent/ and session. are.
func whole(value, end string, where func(string, any), column string) {
	switch {
	case value == "":
	case strings.HasSuffix(value, end):
		where(column+` LIKE ? ESCAPE '\'`, strings.TrimPrefix(search.Pattern(value), "%"))
	default:
		where(column+` = ?`, value)
	}
}

// idAt returns the smallest id of a time in Unix milliseconds.
func idAt(ms int64) string {
	var id uuid.UUID
	for i := range 6 {
		id[i] = byte(max(ms, 0) >> (40 - 8*i)) //nolint:gosec // one byte at a time
	}
	return id.String()
}

const erasedJSON = `"` + Erased + `"`

func eraseObject(ctx context.Context, tx *eventlog.Tx, tenant int64, object string) error {
	const values = `
		UPDATE audit_entries
		SET before = CASE WHEN before = '' THEN '' ELSE $3 END, after = CASE WHEN after = '' THEN '' ELSE $3 END
		WHERE tenant = $1 AND object = $2`
	if _, err := tx.ExecContext(ctx, values, tenant, object, erasedJSON); err != nil {
		return err
	}
	agent, isAgent := strings.CutPrefix(object, "agent/")
	if !isAgent {
		return nil
	}
	const deeds = `
		UPDATE audit_entries
		SET actor_name = $3, address = $3
		WHERE tenant = $1 AND actor = $2`
	_, err := tx.ExecContext(ctx, deeds, tenant, agent, Erased)
	return err
}

// deleteBefore removes up to limit of a tenant's oldest entries, if they are
// older than a time in Unix milliseconds, and returns how many.
func deleteBefore(ctx context.Context, tx *eventlog.Tx, tenant, before int64, limit int) (int64, error) {
	const remove = `
		DELETE FROM audit_entries
		WHERE tenant = $1 AND id IN (
			SELECT id FROM audit_entries WHERE tenant = $1 AND id < $2 AND at < $3 ORDER BY id LIMIT $4)`
	result, err := tx.ExecContext(ctx, remove, tenant, idAt(before+drift), before, limit)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
