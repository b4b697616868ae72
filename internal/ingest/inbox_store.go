// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// newestFirst is behind every id of the inbox.
const newestFirst = "g"

const itemColumns = `tenant, id, received_at, connector, path, status, reason, content_type, size, body_bytes, reprocessed_at, event_position`

// addItem stores a refused request.
func addItem(ctx context.Context, tx *sql.Tx, item *InboxItem) error {
	const add = `
		INSERT INTO ingest_inbox (tenant, id, received_at, connector, path, status, reason, content_type, size, body, body_bytes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	body := item.Body
	if body == nil {
		body = []byte{} // nil would be NULL
	}
	_, err := tx.ExecContext(ctx, add, item.Tenant, item.ID, item.ReceivedAt, item.Connector, item.Path, item.Status, item.Reason,
		item.ContentType, item.Size, body, item.BodyBytes)
	if err != nil {
		return fmt.Errorf("add to inbox: %w", err)
	}
	return resize(ctx, tx, item.Tenant, 1, item.BodyBytes)
}

// resize notes that a tenant's part of the inbox has grown, or shrunk.
func resize(ctx context.Context, tx *sql.Tx, tenant, items, bytes int64) error {
	const query = `
		INSERT INTO ingest_inbox_sizes (tenant, items, bytes)
		VALUES ($1, $2, $3)
		ON CONFLICT (tenant) DO UPDATE SET
			items = ingest_inbox_sizes.items + excluded.items,
			bytes = ingest_inbox_sizes.bytes + excluded.bytes`
	if _, err := tx.ExecContext(ctx, query, tenant, items, bytes); err != nil {
		return fmt.Errorf("note size of inbox: %w", err)
	}
	return nil
}

// makeRoom removes the oldest requests of whoever takes the most, until the
// inbox is within its bounds; the one called keep stays. It returns how many
// of them had waited to be read again.
func makeRoom(ctx context.Context, tx *sql.Tx, bounds Bounds, keep string) (dropped int, err error) {
	const sums = `SELECT COALESCE(SUM(items), 0), COALESCE(SUM(bytes), 0) FROM ingest_inbox_sizes`
	for {
		var items, bytes int64
		if err := tx.QueryRowContext(ctx, sums).Scan(&items, &bytes); err != nil {
			return 0, fmt.Errorf("sum inbox: %w", err)
		}
		var largest string
		switch {
		case bounds.Bytes > 0 && bytes > bounds.Bytes:
			largest = `SELECT tenant FROM ingest_inbox_sizes ORDER BY bytes DESC, tenant LIMIT 1`
		case bounds.Rows > 0 && items > bounds.Rows:
			largest = `SELECT tenant FROM ingest_inbox_sizes ORDER BY items DESC, tenant LIMIT 1`
		default:
			return dropped, nil
		}
		var tenant int64
		if err := tx.QueryRowContext(ctx, largest).Scan(&tenant); err != nil {
			return 0, fmt.Errorf("find the largest inbox: %w", err)
		}
		removed, waiting, err := removeOldest(ctx, tx, tenant, keep)
		if err != nil {
			return 0, err
		}
		if removed == 0 {
			return dropped, nil // what was just kept is larger than the bound
		}
		dropped += waiting
	}
}

// removeOldest removes the oldest request of a tenant unless it is keep.
func removeOldest(ctx context.Context, tx *sql.Tx, tenant int64, keep string) (removed, waiting int, err error) {
	const query = `
		DELETE FROM ingest_inbox
		WHERE tenant = $1 AND id <> $2 AND id = (SELECT MIN(id) FROM ingest_inbox WHERE tenant = $1)
		RETURNING tenant, body_bytes, reprocessed_at`
	return remove(ctx, tx, query, tenant, keep)
}

// removeOld removes requests of all tenants with ids before oldest, some at a
// time.
func removeOld(ctx context.Context, tx *sql.Tx, oldest string) (removed, waiting int, err error) {
	const tenants = `SELECT tenant FROM ingest_inbox_sizes WHERE items > 0 ORDER BY tenant`
	rows, err := tx.QueryContext(ctx, tenants)
	if err != nil {
		return 0, 0, fmt.Errorf("list inboxes: %w", err)
	}
	ids, err := scanInts(rows)
	if err != nil {
		return 0, 0, fmt.Errorf("list inboxes: %w", err)
	}
	for _, tenant := range ids {
		r, w, err := removeOldOf(ctx, tx, tenant, oldest)
		if err != nil {
			return 0, 0, err
		}
		removed, waiting = removed+r, waiting+w
	}
	return removed, waiting, nil
}

// removeOldOf removes some of a tenant's requests with ids before oldest.
func removeOldOf(ctx context.Context, tx *sql.Tx, tenant int64, oldest string) (removed, waiting int, err error) {
	const query = `
		DELETE FROM ingest_inbox
		WHERE tenant = $1 AND id IN (SELECT id FROM ingest_inbox WHERE tenant = $1 AND id < $2 ORDER BY id LIMIT 200)
		RETURNING tenant, body_bytes, reprocessed_at`
	return remove(ctx, tx, query, tenant, oldest)
}

// removeItem removes one request; NotFound when there is none.
func removeItem(ctx context.Context, tx *sql.Tx, tenant int64, id string) error {
	const query = `
		DELETE FROM ingest_inbox
		WHERE tenant = $1 AND id = $2
		RETURNING tenant, body_bytes, reprocessed_at`
	removed, _, err := remove(ctx, tx, query, tenant, id)
	if err == nil && removed == 0 {
		return errNoItem
	}
	return err
}

var errNoItem = problem.New(problem.NotFound, "inbox.not_found", "There is no such request in the inbox.")

// remove runs a DELETE that returns what it removed, and keeps the sizes.
func remove(ctx context.Context, tx *sql.Tx, query string, tenant int64, arg string) (removed, waiting int, err error) {
	rows, err := tx.QueryContext(ctx, query, tenant, arg)
	if err != nil {
		return 0, 0, fmt.Errorf("remove from inbox: %w", err)
	}
	removed, waiting, bytes, err := scanRemoved(rows)
	if err != nil {
		return 0, 0, fmt.Errorf("remove from inbox: %w", err)
	}
	if removed == 0 {
		return 0, 0, nil
	}
	return removed, waiting, resize(ctx, tx, tenant, int64(-removed), -bytes)
}

func scanRemoved(rows *sql.Rows) (removed, waiting int, bytes int64, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var owner, size, reprocessed int64
		if err := rows.Scan(&owner, &size, &reprocessed); err != nil {
			return 0, 0, 0, err
		}
		bytes += size
		removed++
		if reprocessed == 0 {
			waiting++
		}
	}
	return removed, waiting, bytes, rows.Err()
}

func scanInts(rows *sql.Rows) (list []int64, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// markReprocessed notes which event a request became. A request that was
// removed meanwhile needs no mark.
func markReprocessed(ctx context.Context, tx *sql.Tx, item *InboxItem, now, position int64) error {
	const query = `
		UPDATE ingest_inbox SET reprocessed_at = $1, event_position = $2
		WHERE tenant = $3 AND id = $4`
	if _, err := tx.ExecContext(ctx, query, now, position, item.Tenant, item.ID); err != nil {
		return fmt.Errorf("mark inbox item %s: %w", item.ID, err)
	}
	return nil
}

// markFailed notes why a request is still refused.
func markFailed(ctx context.Context, tx *sql.Tx, item *InboxItem, reason string) error {
	const query = `UPDATE ingest_inbox SET reason = $1 WHERE tenant = $2 AND id = $3`
	if _, err := tx.ExecContext(ctx, query, reason, item.Tenant, item.ID); err != nil {
		return fmt.Errorf("mark inbox item %s: %w", item.ID, err)
	}
	return nil
}

func (s *store) findItem(ctx context.Context, tenant int64, id string) (InboxItem, error) {
	items, err := s.queryItems(ctx, s.db, `body`, `WHERE tenant = $1 AND id = $2`, tenant, id)
	if err != nil {
		return InboxItem{}, fmt.Errorf("find inbox item: %w", err)
	}
	if len(items) == 0 {
		return InboxItem{}, errNoItem
	}
	return items[0], nil
}

// listInbox returns requests with ids before after, the newest first.
func (s *store) listInbox(ctx context.Context, tenant int64, after string, limit int) ([]InboxItem, error) {
	if after == "" {
		after = newestFirst
	}
	items, err := s.queryItems(ctx, s.db, fmt.Sprintf(`SUBSTR(body, 1, %d)`, inboxShown),
		`WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list inbox: %w", err)
	}
	return items, nil
}

// listWaiting returns requests behind id after that wait to be read again, the
// oldest first, with their bodies.
func (s *store) listWaiting(ctx context.Context, tenant int64, after string, limit int) ([]InboxItem, error) {
	items, err := s.queryItems(ctx, s.db, `body`,
		`WHERE tenant = $1 AND id > $2 AND reprocessed_at = 0 ORDER BY id LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list waiting requests: %w", err)
	}
	return items, nil
}

func (s *store) queryItems(ctx context.Context, q eventlog.Querier, body, rest string, args ...any) (items []InboxItem, err error) {
	rows, err := q.QueryContext(ctx, `SELECT `+itemColumns+`, `+body+` FROM ingest_inbox `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m InboxItem
		if err := rows.Scan(&m.Tenant, &m.ID, &m.ReceivedAt, &m.Connector, &m.Path, &m.Status, &m.Reason, &m.ContentType, &m.Size,
			&m.BodyBytes, &m.ReprocessedAt, &m.EventPosition, &m.Body); err != nil {
			return nil, err
		}
		items = append(items, m)
	}
	return items, rows.Err()
}
