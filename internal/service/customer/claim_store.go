// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// findClaims returns the claims on numbers by their match keys, with the names
// of their contacts; numbers that are nobody's are absent.
func (s *store) findClaims(ctx context.Context, q db.Querier, tenant int64, numbers []string) (map[string]claim, error) {
	const query = `
		SELECT c.match_key, c.contact_id, c.connector, c.call_id, COALESCE(k.first_name, ''), COALESCE(k.last_name, '')
		FROM customer_claims c
		LEFT JOIN customer_contacts k ON k.tenant = c.tenant AND k.id = c.contact_id
		WHERE `
	const one, several = query + `c.tenant = $1 AND c.match_key = $2`, query + `(c.tenant, c.match_key) IN (SELECT tenant, key FROM batch)`
	claims := make(map[string]claim, len(numbers))
	scan := func(rows *sql.Rows) error {
		var c claim
		var first, last string
		err := rows.Scan(&c.key, &c.contact, &c.connector, &c.callID, &first, &last)
		c.name = fullName(first, last)
		claims[c.key] = c
		return err
	}
	var err error
	if len(numbers) == 1 { // a third sooner than a batch of one
		err = db.EachRow(ctx, q, one, []any{tenant, numbers[0]}, scan)
	} else {
		err = s.db.Find(ctx, q, several, keys(tenant, numbers), scan)
	}
	if err != nil {
		return nil, fmt.Errorf("find claims: %w", err)
	}
	return claims, nil
}

var claimColumns = db.Columns{"tenant BIGINT", "match_key TEXT", "contact_id TEXT", "connector BIGINT", "call_id TEXT"}

// claim makes numbers their contacts' own, unless they are somebody's already.
func (s *store) claim(ctx context.Context, tx *eventlog.Tx, tenant int64, claims []claim) error {
	const query = `
		INSERT INTO customer_claims (tenant, match_key, contact_id, connector, call_id)
		SELECT tenant, match_key, contact_id, connector, call_id
		FROM batch
		WHERE match_key <> '' -- a contact may have no number
		ON CONFLICT (tenant, match_key) DO NOTHING`
	b := db.NewBatch(claimColumns, len(claims))
	for _, c := range claims {
		b.Add(tenant, c.key, c.contact, c.connector, c.callID)
	}
	if err := s.db.Update(ctx, tx.Tx, query, b); err != nil {
		return fmt.Errorf("claim numbers: %w", err)
	}
	return nil
}

// release ends a contact's claim on a number. The oldest other contact with
// the number inherits it.
func (s *store) release(ctx context.Context, tx *eventlog.Tx, tenant int64, key, contact string) error {
	// One look at each index: an OR of the two would read all contacts.
	const oldest = `
		SELECT COALESCE(MIN(id), '')
		FROM (
			SELECT k.id
			FROM customer_contacts k
			WHERE k.tenant = $1 AND k.match_key = $2 AND k.deleted = 0 AND k.id <> $3
			UNION ALL
			SELECT k.id
			FROM customer_words w
			JOIN customer_contacts k ON k.tenant = w.tenant AND k.id = w.contact
			WHERE w.tenant = $1 AND w.word = $4 AND k.deleted = 0 AND k.id <> $3) AS heirs`
	const inherit = `
		UPDATE customer_claims
		SET contact_id = $4
		WHERE tenant = $1 AND match_key = $2 AND contact_id = $3`
	const end = `DELETE FROM customer_claims WHERE tenant = $1 AND match_key = $2 AND contact_id = $3`
	heir := ""
	err := db.EachRow(ctx, tx, oldest, []any{tenant, key, contact, furtherKey + cut(key)}, func(rows *sql.Rows) error {
		return rows.Scan(&heir)
	})
	if err == nil && heir != "" {
		_, err = tx.ExecContext(ctx, inherit, tenant, key, contact, heir)
	} else if err == nil {
		_, err = tx.ExecContext(ctx, end, tenant, key, contact)
	}
	if err != nil {
		return fmt.Errorf("release number: %w", err)
	}
	return nil
}
