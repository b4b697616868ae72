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

const keyColumns = `tenant, id, name, rights, prefix, creator, replaced_by, created_at, last_used_at, expires_at`

func (k *key) fields() []any {
	return []any{&k.tenant, &k.id, &k.name, &k.rights, &k.prefix, &k.creator, &k.replacedBy, &k.createdAt, &k.lastUsedAt, &k.expiresAt}
}

// findKeyByID returns an API key of a tenant that is good; NotFound when there
// is none.
func (s store) findKeyByID(ctx context.Context, q querier, tenant int64, id string, now int64) (k key, err error) {
	const query = `
		SELECT ` + keyColumns + `
		FROM user_keys
		WHERE tenant = $1 AND id = $2 AND deleted = 0 AND (expires_at = 0 OR expires_at > $3)`
	err = q.QueryRowContext(ctx, query, tenant, id, now).Scan(k.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return key{}, problem.New(problem.NotFound, "key.not_found", "There is no such API key.")
	}
	if err != nil {
		return key{}, fmt.Errorf("find API key %s: %w", id, err)
	}
	return k, nil
}

// listKeys returns up to limit of a tenant's API keys that are good, behind
// the id after, the oldest first.
func (s store) listKeys(ctx context.Context, tenant int64, after string, limit int, now int64) (keys []key, err error) {
	const query = `
		SELECT ` + keyColumns + `
		FROM user_keys
		WHERE tenant = $1 AND id > $2 AND deleted = 0 AND (expires_at = 0 OR expires_at > $3)
		ORDER BY id
		LIMIT $4`
	rows, err := s.db.QueryContext(ctx, query, tenant, after, now, limit)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var k key
		if err := rows.Scan(k.fields()...); err != nil {
			return nil, fmt.Errorf("list API keys: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

func countKeys(ctx context.Context, q querier, tenant, now int64) (n int64, err error) {
	const query = `SELECT COUNT(*) FROM user_keys WHERE tenant = $1 AND deleted = 0 AND (expires_at = 0 OR expires_at > $2)`
	if err := q.QueryRowContext(ctx, query, tenant, now).Scan(&n); err != nil {
		return 0, fmt.Errorf("count API keys: %w", err)
	}
	return n, nil
}

// ensureKey adds a key unless its value is one already.
func ensureKey(ctx context.Context, tx *sql.Tx, k key, hash string) error {
	const add = `
		INSERT INTO user_keys (` + keyColumns + `, hash, deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
		ON CONFLICT (hash) DO NOTHING`
	_, err := tx.ExecContext(ctx, add, k.tenant, k.id, k.name, k.rights, k.prefix, k.creator, k.replacedBy, k.createdAt, k.lastUsedAt, k.expiresAt, hash)
	if err != nil {
		return fmt.Errorf("add API key %s: %w", k.id, err)
	}
	return nil
}

// replaceKey writes that a key was rotated, and until when it is good.
func replaceKey(ctx context.Context, tx *sql.Tx, k key) error {
	const set = `UPDATE user_keys SET replaced_by = $3, expires_at = $4 WHERE tenant = $1 AND id = $2`
	if _, err := tx.ExecContext(ctx, set, k.tenant, k.id, k.replacedBy, k.expiresAt); err != nil {
		return fmt.Errorf("rotate API key %s: %w", k.id, err)
	}
	return nil
}

func deleteKey(ctx context.Context, tx *sql.Tx, tenant int64, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE user_keys SET deleted = 1 WHERE tenant = $1 AND id = $2`, tenant, id); err != nil {
		return fmt.Errorf("revoke API key %s: %w", id, err)
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
