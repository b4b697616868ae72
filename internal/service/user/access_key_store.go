// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/problem"
)

// findAccessKey returns a tenant's access key; NotFound when it has none.
func (s store) findAccessKey(ctx context.Context, q querier, tenant int64) (k accessKey, err error) {
	const query = `
		SELECT key, creator, created_at
		FROM user_access_keys
		WHERE tenant = $1`
	err = q.QueryRowContext(ctx, query, tenant).Scan(&k.sealed, &k.creator, &k.createdAt)
	if errors.Is(err, sql.ErrNoRows) {
		return accessKey{}, problem.New(problem.NotFound, "access_key.not_found", "This call centre has no access key.")
	}
	if err != nil {
		return accessKey{}, fmt.Errorf("find access key of tenant %d: %w", tenant, err)
	}
	return k, nil
}

func ensureAccessKey(ctx context.Context, tx *sql.Tx, tenant int64, k accessKey) error {
	const add = `
		INSERT INTO user_access_keys (tenant, key, creator, created_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant) DO NOTHING`
	if _, err := tx.ExecContext(ctx, add, tenant, k.sealed, k.creator, k.createdAt); err != nil {
		return fmt.Errorf("add access key of tenant %d: %w", tenant, err)
	}
	return nil
}

func setAccessKey(ctx context.Context, tx *sql.Tx, tenant int64, k accessKey) error {
	if err := deleteAccessKey(ctx, tx, tenant); err != nil {
		return err
	}
	return ensureAccessKey(ctx, tx, tenant, k)
}

func deleteAccessKey(ctx context.Context, tx *sql.Tx, tenant int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_access_keys WHERE tenant = $1`, tenant); err != nil {
		return fmt.Errorf("remove access key of tenant %d: %w", tenant, err)
	}
	return nil
}

// listCalled returns up to three of a tenant's users whose id, login or
// extension a name is.
func (s store) listCalled(ctx context.Context, tenant int64, name string) ([]User, error) {
	const query = `
		SELECT ` + userColumns + `
		FROM user_users
		WHERE tenant = $1 AND deleted = 0 AND (id = $2 OR login = $3 OR extension = $2)
		ORDER BY id
		LIMIT 3`
	return s.query(ctx, query, tenant, name, normalLogin(name))
}
