// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/problem"
)

// findKey returns the API key with this hash; NotFound when it is none, or no
// longer one. The hash says which tenant it is of.
func (s store) findKey(ctx context.Context, hash string, now int64) (k key, err error) {
	const query = `
		SELECT tenant, id, name, rights, last_used_at
		FROM user_keys
		WHERE hash = $1 AND deleted = 0 AND (expires_at = 0 OR expires_at > $2)`
	err = s.db.QueryRowContext(ctx, query, hash, now).Scan(&k.tenant, &k.id, &k.name, &k.rights, &k.lastUsedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return key{}, problem.New(problem.NotFound, "user.no_key", "There is no such API key.")
	}
	if err != nil {
		return key{}, fmt.Errorf("find API key: %w", err)
	}
	return k, nil
}

func ensureKey(ctx context.Context, tx *sql.Tx, k key, hash string, now int64) error {
	const add = `
		INSERT INTO user_keys (tenant, id, name, hash, rights, created_at, last_used_at, expires_at, deleted)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)
		ON CONFLICT (hash) DO NOTHING`
	if _, err := tx.ExecContext(ctx, add, k.tenant, k.id, k.name, hash, k.rights, now); err != nil {
		return fmt.Errorf("add API key %s: %w", k.id, err)
	}
	return nil
}

func markKeyUsed(ctx context.Context, tx *sql.Tx, tenant int64, id string, now int64) error {
	const mark = `
		UPDATE user_keys SET last_used_at = $3
		WHERE tenant = $1 AND id = $2 AND last_used_at < $3`
	if _, err := tx.ExecContext(ctx, mark, tenant, id, now); err != nil {
		return fmt.Errorf("mark API key %s: %w", id, err)
	}
	return nil
}

func ensureAccessKey(ctx context.Context, tx *sql.Tx, tenant int64, sealed string, now int64) error {
	const add = `
		INSERT INTO user_access_keys (tenant, key, created_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (tenant) DO NOTHING`
	if _, err := tx.ExecContext(ctx, add, tenant, sealed, now); err != nil {
		return fmt.Errorf("add access key of tenant %d: %w", tenant, err)
	}
	return nil
}
