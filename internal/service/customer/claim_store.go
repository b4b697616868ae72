// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/eventlog"
)

// findClaims returns the claims on numbers by their match keys; numbers that
// are nobody's are absent.
func (s *store) findClaims(ctx context.Context, q querier, tenant int64, keys []string) (map[string]claim, error) {
	claims := map[string]claim{}
	const query = `
		SELECT match_key, contact_id, connector, call_id
		FROM customer_claims
		WHERE (tenant, match_key) IN (VALUES `
	err := s.eachKey(ctx, q, query, `)`, tenant, keys, func(rows *sql.Rows) error {
		var c claim
		if err := rows.Scan(&c.key, &c.contact, &c.connector, &c.callID); err != nil {
			return err
		}
		claims[c.key] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find claims: %w", err)
	}
	return claims, nil
}

// claim makes numbers their contacts' own, unless they are somebody's already.
func (s *store) claim(ctx context.Context, tx *eventlog.Tx, tenant int64, claims []claim) error {
	var rows [][]any
	for _, c := range claims {
		if c.key != "" {
			rows = append(rows, []any{tenant, c.key, c.contact, c.connector, c.callID})
		}
	}
	const into = `INSERT INTO customer_claims (tenant, match_key, contact_id, connector, call_id) VALUES `
	const ending = ` ON CONFLICT (tenant, match_key) DO NOTHING`
	if err := s.insertRows(ctx, tx, into, rows, ending, "BIGINT", "TEXT", "TEXT", "BIGINT", "TEXT"); err != nil {
		return fmt.Errorf("claim numbers: %w", err)
	}
	return nil
}

// release ends a contact's claim on a number. The oldest other contact with
// the number inherits it.
func (s *store) release(ctx context.Context, tx *eventlog.Tx, tenant int64, key, contact string) error {
	const inherit = `
		UPDATE customer_claims
		SET contact_id = (
			SELECT MIN(id) FROM customer_contacts
			WHERE tenant = $1 AND match_key = $2 AND deleted = 0 AND id <> $3)
		WHERE tenant = $1 AND match_key = $2 AND contact_id = $3
			AND EXISTS (
				SELECT 1 FROM customer_contacts
				WHERE tenant = $1 AND match_key = $2 AND deleted = 0 AND id <> $3)`
	const end = `DELETE FROM customer_claims WHERE tenant = $1 AND match_key = $2 AND contact_id = $3`
	for _, query := range []string{inherit, end} {
		if _, err := tx.ExecContext(ctx, query, tenant, key, contact); err != nil {
			return fmt.Errorf("release number: %w", err)
		}
	}
	return nil
}
