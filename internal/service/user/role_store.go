// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const roleColumns = `id, name, description, rights, created_at, updated_at, deleted`

func (r *Role) scan(row interface{ Scan(dest ...any) error }) error {
	var rights string
	err := row.Scan(&r.ID, &r.Name, &r.Description, &rights, &r.CreatedAt, &r.UpdatedAt, &r.Deleted)
	r.Rights = strings.Fields(rights)
	return err
}

// findOwnRole returns a role that a tenant made, deleted or not; NotFound when
// there is none.
func (s store) findOwnRole(ctx context.Context, q querier, tenant int64, id string, deleted bool) (r Role, err error) {
	const query = `
		SELECT ` + roleColumns + `
		FROM user_roles
		WHERE tenant = $1 AND id = $2 AND deleted = $3`
	missing := problem.New(problem.NotFound, "role.not_found", "There is no such role.")
	if uuid.Validate(id) != nil {
		return Role{}, missing
	}
	err = r.scan(q.QueryRowContext(ctx, query, tenant, id, flag(deleted)))
	if errors.Is(err, sql.ErrNoRows) {
		return Role{}, missing
	}
	if err != nil {
		return Role{}, fmt.Errorf("find role %s: %w", id, err)
	}
	return r, nil
}

// listOwnRoles returns the roles that a tenant made, the oldest first.
func (s store) listOwnRoles(ctx context.Context, q querier, tenant int64, deleted bool) (roles []Role, err error) {
	const query = `
		SELECT ` + roleColumns + `
		FROM user_roles
		WHERE tenant = $1 AND deleted <= $2
		ORDER BY id`
	rows, err := q.QueryContext(ctx, query, tenant, flag(deleted))
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Role
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("list roles: %w", err)
		}
		roles = append(roles, r)
	}
	return roles, rows.Err()
}

func (s store) putRole(ctx context.Context, tx *eventlog.Tx, tenant int64, r Role) error {
	const put = `
		INSERT INTO user_roles (tenant, ` + roleColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (tenant, id) DO UPDATE
		SET name = EXCLUDED.name, description = EXCLUDED.description, rights = EXCLUDED.rights,
			updated_at = EXCLUDED.updated_at, deleted = EXCLUDED.deleted`
	_, err := tx.ExecContext(ctx, put, tenant, r.ID, r.Name, r.Description, strings.Join(r.Rights, " "), r.CreatedAt, r.UpdatedAt, flag(r.Deleted))
	if err != nil {
		return fmt.Errorf("write role %s: %w", r.ID, err)
	}
	return nil
}

// loginsOfRole returns who has a role.
func (s store) loginsOfRole(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) (logins []string, err error) {
	const query = `
		SELECT login
		FROM user_users
		WHERE tenant = $1 AND role = $2 AND deleted = 0
		ORDER BY login`
	err = eachText(ctx, tx, query, []any{tenant, id}, func(login string) { logins = append(logins, login) })
	if err != nil {
		return nil, fmt.Errorf("list who has role %s: %w", id, err)
	}
	return logins, nil
}

// isAdministered reports whether somebody of a tenant can sign in and has all
// rights of an administrator.
func (s store) isAdministered(ctx context.Context, tx *eventlog.Tx, tenant int64) (bool, error) {
	const query = `
		SELECT DISTINCT role
		FROM user_users
		WHERE tenant = $1 AND deleted = 0 AND password_hash <> ''`
	var roles []string
	if err := eachText(ctx, tx, query, []any{tenant}, func(role string) { roles = append(roles, role) }); err != nil {
		return false, fmt.Errorf("list roles in use: %w", err)
	}
	for _, id := range roles {
		r, err := s.findRole(ctx, tx, tenant, id)
		if problem.Of(err).Kind == problem.NotFound {
			continue
		}
		if err != nil {
			return false, err
		}
		lacks := func(right string) bool { return !covers(r.may(), right) }
		if !slices.ContainsFunc(identity.RightsOf(RoleAdmin), lacks) {
			return true, nil
		}
	}
	return false, nil
}

// eachText hands each row of a query of one text column to use.
func eachText(ctx context.Context, q querier, query string, args []any, use func(string)) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		use(text)
	}
	return rows.Err()
}
