// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

var wordColumns = db.Columns{"tenant BIGINT", "word TEXT", "contact TEXT"}

// setWords makes the words of a contact that was before those that it has now.
func (s *store) setWords(ctx context.Context, tx *eventlog.Tx, tenant int64, before, c Contact) error {
	had, has := before.words(), c.words()
	gone, fresh := db.NewBatch(wordColumns, len(had)), db.NewBatch(wordColumns, len(has))
	changed := false
	for _, word := range had {
		if _, stays := slices.BinarySearch(has, word); !stays {
			gone.Add(tenant, word, c.ID)
			changed = true
		}
	}
	for _, word := range has {
		if _, was := slices.BinarySearch(had, word); !was {
			fresh.Add(tenant, word, c.ID)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	const remove = `
		DELETE FROM customer_words
		WHERE (tenant, word, contact) IN (SELECT tenant, word, contact FROM batch)`
	if err := s.db.Update(ctx, tx.Tx, remove, gone); err != nil {
		return fmt.Errorf("remove words of contact %s: %w", c.ID, err)
	}
	if err := s.addWords(ctx, tx, fresh); err != nil {
		return fmt.Errorf("add words of contact %s: %w", c.ID, err)
	}
	return nil
}

// addWords adds words that may be there already.
func (s *store) addWords(ctx context.Context, tx *eventlog.Tx, words db.Batch) error {
	const add = `
		INSERT INTO customer_words (tenant, word, contact)
		SELECT tenant, word, contact
		FROM batch
		WHERE tenant > 0 -- SQLite asks for a condition before ON CONFLICT
		ON CONFLICT (tenant, word, contact) DO NOTHING`
	return s.db.Update(ctx, tx.Tx, add, words)
}

// countWords returns how many words begin with start, up to limit.
func (s *store) countWords(ctx context.Context, tenant int64, start string, limit int) (n int, err error) {
	const query = `
		SELECT COUNT(*) FROM (
			SELECT 1 FROM customer_words
			WHERE tenant = $1 AND word >= $2 AND word < $3
			LIMIT $4) AS found`
	if err := s.db.QueryRowContext(ctx, query, tenant, start, start+lastWord, limit).Scan(&n); err != nil {
		return 0, fmt.Errorf("count words: %w", err)
	}
	return n, nil
}

// contactsOf returns the contacts with a word that begins with one of starts,
// in the order of their ids, each once.
func (s *store) contactsOf(ctx context.Context, q db.Querier, tenant int64, starts []string) (ids []string, err error) {
	const query = `
		SELECT contact
		FROM customer_words
		WHERE tenant = $1 AND word >= $2 AND word < $3`
	for _, start := range starts {
		err := db.EachRow(ctx, q, query, []any{tenant, start, start + lastWord}, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find words: %w", err)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
