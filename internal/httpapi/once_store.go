// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/db"
)

// onceRow is a request that is to take effect once.
type onceRow struct {
	tenant    int64
	asker     string
	key       string
	request   string
	effect    string
	status    int // 0 while there is no answer
	kind      string
	answer    string
	heldUntil int64
	expiresAt int64
}

type onceStore struct{ db *db.DB }

// forget drops what is too old.
func (s onceStore) forget(ctx context.Context, tx *sql.Tx, tenant, now int64) error {
	const query = `DELETE FROM httpapi_once WHERE tenant = $1 AND expires_at <= $2`
	if _, err := tx.ExecContext(ctx, query, tenant, now); err != nil {
		return fmt.Errorf("forget old keys: %w", err)
	}
	return nil
}

// find returns what is known under row's key, and whether anything is.
func (s onceStore) find(ctx context.Context, tx *sql.Tx, row onceRow) (onceRow, bool, error) {
	const query = `
		SELECT request, effect, status, kind, answer, held_until, expires_at
		FROM httpapi_once
		WHERE tenant = $1 AND asker = $2 AND key = $3`
	err := tx.QueryRowContext(ctx, query, row.tenant, row.asker, row.key).
		Scan(&row.request, &row.effect, &row.status, &row.kind, &row.answer, &row.heldUntil, &row.expiresAt)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("find key: %w", err)
	}
	return row, true, nil
}

// write adds or replaces a row.
func (s onceStore) write(ctx context.Context, tx *sql.Tx, row onceRow) error {
	const query = `
		INSERT INTO httpapi_once (tenant, asker, key, request, effect, status, kind, answer, held_until, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant, asker, key) DO UPDATE
		SET status = excluded.status, kind = excluded.kind, answer = excluded.answer, held_until = excluded.held_until`
	_, err := tx.ExecContext(ctx, query, row.tenant, row.asker, row.key, row.request, row.effect, row.status, row.kind, row.answer,
		row.heldUntil, row.expiresAt)
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	return nil
}

// remove drops a row.
func (s onceStore) remove(ctx context.Context, tx *sql.Tx, row onceRow) error {
	const query = `DELETE FROM httpapi_once WHERE tenant = $1 AND asker = $2 AND key = $3`
	if _, err := tx.ExecContext(ctx, query, row.tenant, row.asker, row.key); err != nil {
		return fmt.Errorf("drop key: %w", err)
	}
	return nil
}
