// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// rules returns the rules by which all keys are made; 0 for the first ones.
func (s *store) rules(ctx context.Context) (made int, err error) {
	const query = `SELECT rules FROM customer_rules WHERE id = 1`
	err = s.db.QueryRowContext(ctx, query).Scan(&made)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("find rules of keys: %w", err)
	}
	return made, nil
}

func (s *store) setRules(ctx context.Context, tx *eventlog.Tx, made int) error {
	const query = `
		INSERT INTO customer_rules (id, rules) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET rules = excluded.rules`
	if _, err := tx.ExecContext(ctx, query, made); err != nil {
		return fmt.Errorf("note rules of keys: %w", err)
	}
	return nil
}

// oldest returns up to limit contacts, deleted or not, behind after.
func (s *store) oldest(ctx context.Context, tenant int64, after string, limit int) ([]Contact, error) {
	const query = `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1 AND id > $2
		ORDER BY id
		LIMIT $3`
	contacts, err := s.query(ctx, s.db, query, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return contacts, nil
}

// rekey stores the keys, words and claims of a contact that had others before.
// Of two contacts that have come to have one number, the older one keeps it.
func (s *store) rekey(ctx context.Context, tx *eventlog.Tx, tenant int64, before, c Contact) error {
	if err := s.update(ctx, tx, tenant, before, c); err != nil {
		return err
	}
	words := db.NewBatch(wordColumns, 8) // there may have been none before
	for _, word := range c.words() {
		words.Add(tenant, word, c.ID)
	}
	if err := s.addWords(ctx, tx, words); err != nil {
		return fmt.Errorf("add words of contact %s: %w", c.ID, err)
	}
	if c.Deleted || slices.Equal(before.keys(), c.keys()) {
		return nil
	}
	const take = `
		INSERT INTO customer_claims (tenant, match_key, contact_id, connector, call_id)
		VALUES ($1, $2, $3, 0, '')
		ON CONFLICT (tenant, match_key) DO UPDATE SET contact_id = excluded.contact_id
		WHERE excluded.contact_id < customer_claims.contact_id`
	for _, key := range c.keys() {
		if slices.Contains(before.keys(), key) {
			continue
		}
		if _, err := tx.ExecContext(ctx, take, tenant, key, c.ID); err != nil {
			return fmt.Errorf("claim number: %w", err)
		}
	}
	for _, key := range before.keys() {
		if slices.Contains(c.keys(), key) {
			continue
		}
		if err := s.release(ctx, tx, tenant, key, c.ID); err != nil {
			return err
		}
	}
	return nil
}
