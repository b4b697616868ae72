// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// holders returns the contacts that have a number and are not deleted, in the
// order of their ids.
func (s *store) holders(ctx context.Context, q db.Querier, tenant int64, key string) (ids []string, err error) {
	const query = `
		SELECT id FROM customer_contacts
		WHERE tenant = $1 AND match_key = $2 AND deleted = 0
		UNION
		SELECT k.id FROM customer_contacts k
		JOIN customer_words w ON w.tenant = k.tenant AND w.contact = k.id
		WHERE k.tenant = $1 AND w.tenant = $1 AND w.word = $3 AND k.deleted = 0
		ORDER BY 1`
	err = db.EachRow(ctx, q, query, []any{tenant, key, furtherKey + cut(key)}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find contacts of a number: %w", err)
	}
	return ids, nil
}

// moveClaims makes the claims of some contacts those of another.
func (s *store) moveClaims(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error {
	const query = `
		UPDATE customer_claims
		SET contact_id = $3
		WHERE tenant = $1 AND contact_id = $2`
	for _, id := range from {
		if _, err := tx.ExecContext(ctx, query, tenant, id, to); err != nil {
			return fmt.Errorf("move claims: %w", err)
		}
	}
	return nil
}

// twin names contacts that have something in common.
type twin struct {
	key string // the match key, or the address behind addressMark
	ids []string
}

// addressMark stands before an address, and before no match key. It sorts
// behind all of them.
const addressMark = "~"

// twins returns up to limit keys behind after that several contacts have, with
// those: all of them, or those that only has created.
func (s *store) twins(ctx context.Context, tenant int64, only, after string, limit int) (list []twin, err error) {
	const query = `
		SELECT key
		FROM (
			SELECT match_key AS key, id FROM customer_contacts
			WHERE tenant = $1 AND deleted = 0 AND match_key <> '' AND ($2 = '' OR creator = $2)
			UNION ALL
			SELECT SUBSTR(w.word, 2) AS key, w.contact AS id FROM customer_words w
			JOIN customer_contacts k ON k.tenant = w.tenant AND k.id = w.contact
			WHERE w.tenant = $1 AND w.word >= '=' AND w.word < '>' AND k.deleted = 0 AND ($2 = '' OR k.creator = $2)
			UNION ALL
			SELECT '~' || LOWER(email) AS key, id FROM customer_contacts
			WHERE tenant = $1 AND deleted = 0 AND email <> '' AND ($2 = '' OR creator = $2)) AS all_keys
		WHERE key > $3
		GROUP BY key
		HAVING COUNT(*) > 1
		ORDER BY key
		LIMIT $4`
	err = db.EachRow(ctx, s.db, query, []any{tenant, only, after, limit}, func(rows *sql.Rows) error {
		var t twin
		err := rows.Scan(&t.key)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find duplicates: %w", err)
	}
	for i := range list {
		address, isAddress := strings.CutPrefix(list[i].key, addressMark)
		if isAddress {
			list[i].ids, err = s.addressees(ctx, tenant, address)
		} else {
			list[i].ids, err = s.holders(ctx, s.db, tenant, list[i].key)
		}
		if err != nil {
			return nil, err
		}
		list[i].ids = list[i].ids[:min(len(list[i].ids), twinsMost)]
	}
	return list, nil
}

// addressees returns the contacts that have an e-mail address, in lower case.
func (s *store) addressees(ctx context.Context, tenant int64, address string) (ids []string, err error) {
	const query = `
		SELECT id
		FROM customer_contacts
		WHERE tenant = $1 AND deleted = 0 AND email <> '' AND LOWER(email) = $2
		ORDER BY id
		LIMIT $3`
	err = db.EachRow(ctx, s.db, query, []any{tenant, address, twinsMost}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find contacts of an address: %w", err)
	}
	return ids, nil
}
