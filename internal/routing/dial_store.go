// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const dialColumns = `tenant, id, connector, number, destination, destination_type, rings_first, retries, retry_gap_ms, ttl_ms, agent, created_by, about, created_at`

func scanDial(row interface{ Scan(dest ...any) error }) (d dial, err error) {
	var gap, ttl int64
	var about string
	err = row.Scan(&d.tenant, &d.id, &d.connector, &d.number, &d.destination, &d.destinationType, &d.first, &d.retries, &gap, &ttl, &d.agent, &d.by, &about, &d.createdAt)
	if err != nil {
		return d, err
	}
	d.gap, d.ttl = time.Duration(gap)*time.Millisecond, time.Duration(ttl)*time.Millisecond
	return d, json.Unmarshal([]byte(about), &d.about)
}

// insertDial adds a call that is to be made and reports whether it is news.
func (s *store) insertDial(ctx context.Context, tx *eventlog.Tx, d dial) (fresh bool, err error) {
	const query = `
		INSERT INTO routing_dials (` + dialColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (tenant, id) DO NOTHING`
	if d.about == nil {
		d.about = map[string]string{}
	}
	about, err := json.Marshal(d.about)
	if err != nil {
		return false, fmt.Errorf("encode where call %s came from: %w", d.id, err)
	}
	result, err := tx.ExecContext(ctx, query, d.tenant, d.id, d.connector, d.number, d.destination, d.destinationType, d.first, d.retries,
		d.gap.Milliseconds(), d.ttl.Milliseconds(), d.agent, d.by, string(about), d.createdAt)
	if err != nil {
		return false, fmt.Errorf("add call %s: %w", d.id, err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// findDial returns a call that was to be made; NotFound when there is none.
func (s *store) findDial(ctx context.Context, tenant int64, id string) (dial, error) {
	const query = `
		SELECT ` + dialColumns + `
		FROM routing_dials
		WHERE tenant = $1 AND id = $2`
	missing := problem.New(problem.NotFound, "outgoing_call.not_found", "There is no such outgoing call.")
	if id != storable(id) {
		return dial{}, missing
	}
	d, err := scanDial(s.db.QueryRowContext(ctx, query, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return dial{}, missing
	}
	if err != nil {
		return dial{}, fmt.Errorf("find outgoing call %s: %w", id, err)
	}
	return d, nil
}

// findDials returns those of the calls that exist.
func (s *store) findDials(ctx context.Context, tenant int64, ids []string) (list []dial, err error) {
	for len(ids) > 0 {
		n := db.Chunk(len(ids))
		args := make([]any, 0, 2*n)
		for _, id := range ids[:n] {
			args = append(args, tenant, storable(id))
		}
		ids = ids[n:]
		query := `
			SELECT ` + dialColumns + `
			FROM routing_dials
			WHERE (tenant, id) IN (VALUES ` + db.Tuples(n, "BIGINT", "TEXT") + `)`
		err := db.EachRow(ctx, s.db, query, args, func(rows *sql.Rows) error {
			d, err := scanDial(rows)
			list = append(list, d)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find outgoing calls: %w", err)
		}
	}
	return list, nil
}

// listDials returns up to limit calls that were to be made, the newest first,
// that are older than after ("" for the newest); of one person if who is not "".
func (s *store) listDials(ctx context.Context, tenant int64, who, after string, limit int) (list []dial, err error) {
	const query = `
		SELECT ` + dialColumns + `
		FROM routing_dials
		WHERE tenant = $1 AND (CAST($2 AS TEXT) = '' OR id < $2) AND (CAST($3 AS TEXT) = '' OR agent = $3 OR created_by = $3)
		ORDER BY id DESC
		LIMIT $4`
	rows, err := s.db.QueryContext(ctx, query, tenant, after, who, limit)
	if err != nil {
		return nil, fmt.Errorf("list outgoing calls: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		d, err := scanDial(rows)
		if err != nil {
			return nil, fmt.Errorf("list outgoing calls: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}
