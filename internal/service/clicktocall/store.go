// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of the buttons and what came of them.
type store struct{ db *db.DB }

// querier is what reads: the pool of readers, or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// find returns a tenant's button, deleted or not, and whether there is one.
func (s *store) find(ctx context.Context, q querier, tenant int64) (b Button, there bool, err error) {
	const query = `
		SELECT id, header, content, color, position, delay_ms, activated, destination, destination_type,
			origins, countries, hours, consent, created_at, updated_at, deleted
		FROM clicktocall_buttons
		WHERE tenant = $1`
	var origins, countries, hours string
	err = q.QueryRowContext(ctx, query, tenant).Scan(&b.ID, &b.Header, &b.Content, &b.Color, &b.Position, &b.DelayMS, &b.Activated,
		&b.Destination, &b.DestinationType, &origins, &countries, &hours, &b.Consent, &b.CreatedAt, &b.UpdatedAt, &b.Deleted)
	if errors.Is(err, sql.ErrNoRows) {
		return Button{}, false, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(origins), &b.Origins), json.Unmarshal([]byte(countries), &b.Countries))
	}
	if err == nil && hours != "" {
		err = json.Unmarshal([]byte(hours), &b.Hours)
	}
	if err != nil {
		return Button{}, false, fmt.Errorf("find call button: %w", err)
	}
	return b, true, nil
}

// put writes a tenant's button over the one there is.
func (s *store) put(ctx context.Context, tx *eventlog.Tx, tenant int64, b Button) error {
	const query = `
		INSERT INTO clicktocall_buttons (tenant, id, header, content, color, position, delay_ms, activated, destination, destination_type,
			origins, countries, hours, consent, created_at, updated_at, deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (tenant) DO UPDATE SET
			id = excluded.id, header = excluded.header, content = excluded.content, color = excluded.color,
			position = excluded.position, delay_ms = excluded.delay_ms, activated = excluded.activated,
			destination = excluded.destination, destination_type = excluded.destination_type, origins = excluded.origins,
			countries = excluded.countries, hours = excluded.hours, consent = excluded.consent,
			created_at = excluded.created_at, updated_at = excluded.updated_at, deleted = excluded.deleted`
	origins, errOrigins := json.Marshal(append([]string{}, b.Origins...))
	countries, errCountries := json.Marshal(append([]string{}, b.Countries...))
	hours, errHours := []byte(nil), error(nil)
	if b.Hours != nil {
		hours, errHours = json.Marshal(b.Hours)
	}
	if err := errors.Join(errOrigins, errCountries, errHours); err != nil {
		return fmt.Errorf("encode call button: %w", err)
	}
	_, err := tx.ExecContext(ctx, query, tenant, b.ID, b.Header, b.Content, b.Color, b.Position, b.DelayMS, flag(b.Activated), b.Destination,
		b.DestinationType, string(origins), string(countries), string(hours), b.Consent, b.CreatedAt, b.UpdatedAt, flag(b.Deleted))
	if err != nil {
		return fmt.Errorf("put call button: %w", err)
	}
	return nil
}

// countSince returns how many requests came since an instant: of the tenant,
// from a visitor, and for a number.
func (s *store) countSince(ctx context.Context, q querier, tenant, since int64, visitor, matchKey string) (all, ofVisitor, ofNumber int, err error) {
	const query = `
		SELECT
			(SELECT COUNT(*) FROM clicktocall_requests WHERE tenant = $1 AND created_at >= $2),
			(SELECT COUNT(*) FROM clicktocall_requests WHERE tenant = $1 AND created_at >= $2 AND visitor = $3),
			(SELECT COUNT(*) FROM clicktocall_requests WHERE tenant = $1 AND created_at >= $2 AND match_key = $4)`
	if err := q.QueryRowContext(ctx, query, tenant, since, visitor, matchKey).Scan(&all, &ofVisitor, &ofNumber); err != nil {
		return 0, 0, 0, fmt.Errorf("count requests to be called: %w", err)
	}
	return all, ofVisitor, ofNumber, nil
}

// insertRequest adds a request; a Conflict when its token was used before.
func (s *store) insertRequest(ctx context.Context, tx *eventlog.Tx, tenant int64, r Request) error {
	const query = `
		INSERT INTO clicktocall_requests (tenant, id, token, number, match_key, visitor, origin, page, language, consent, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (tenant, token) DO NOTHING`
	result, err := tx.ExecContext(ctx, query, tenant, r.ID, r.token, r.Number, r.matchKey, r.visitor, r.Origin, r.Page, r.Language, r.Consent, r.CreatedAt)
	if err != nil {
		return fmt.Errorf("add request to be called: %w", err)
	}
	added, err := result.RowsAffected()
	if err == nil && added == 0 {
		err = problem.New(problem.Conflict, "click_to_call.token_used", "This request was sent already.")
	}
	return err
}

// listRequests returns up to limit requests, newest first, that are older than
// after ("" for the newest).
func (s *store) listRequests(ctx context.Context, tenant int64, after string, limit int) (requests []Request, err error) {
	const query = `
		SELECT id, number, origin, page, language, consent, created_at
		FROM clicktocall_requests
		WHERE tenant = $1 AND (CAST($2 AS TEXT) = '' OR id < $2)
		ORDER BY id DESC
		LIMIT $3`
	rows, err := s.db.QueryContext(ctx, query, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list requests to be called: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Request
		if err := rows.Scan(&r.ID, &r.Number, &r.Origin, &r.Page, &r.Language, &r.Consent, &r.CreatedAt); err != nil {
			return nil, fmt.Errorf("list requests to be called: %w", err)
		}
		requests = append(requests, r)
	}
	return requests, rows.Err()
}

// prune drops the requests from before an instant.
func (s *store) prune(ctx context.Context, tx *eventlog.Tx, before int64) error {
	const query = `DELETE FROM clicktocall_requests WHERE created_at < $1`
	if _, err := tx.ExecContext(ctx, query, before); err != nil {
		return fmt.Errorf("drop old requests to be called: %w", err)
	}
	return nil
}

// ForgetOld removes what visitors of a tenant's web sites asked for before a time
// (Unix ms).
func (c *ClickToCall) ForgetOld(ctx context.Context, tenant, before int64) error {
	const query = `
		DELETE FROM clicktocall_requests
		WHERE tenant = $1 AND id IN (SELECT id FROM clicktocall_requests WHERE tenant = $1 AND created_at < $2 LIMIT 500)`
	for removed := int64(1); removed > 0; {
		err := c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			result, err := tx.ExecContext(ctx, query, tenant, before)
			if err != nil {
				return fmt.Errorf("remove old requests to be called: %w", err)
			}
			removed, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
