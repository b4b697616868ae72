// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/problem"
)

// link is a link with which somebody sets their password, once.
type link struct {
	kind      string
	expiresAt int64
	user      User
}

// findLink returns the link with this hash that is still good; NotFound when
// there is none. The hash says which tenant it is of.
func (s store) findLink(ctx context.Context, q querier, hash string, now int64) (l link, err error) {
	const query = `
		SELECT l.kind, l.expires_at, u.tenant, u.id, u.login, u.name, u.email, u.role, u.extension
		FROM user_links l
		JOIN user_users u ON u.tenant = l.tenant AND u.id = l.user_id
		WHERE l.hash = $1 AND l.expires_at > $2 AND u.deleted = 0`
	err = q.QueryRowContext(ctx, query, hash, now).Scan(append([]any{&l.kind, &l.expiresAt}, l.user.fields()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return link{}, problem.New(problem.NotFound, "user.bad_link", "This link is not, or no longer, good; ask for another one.")
	}
	if err != nil {
		return link{}, fmt.Errorf("find link: %w", err)
	}
	return l, nil
}

func addLink(ctx context.Context, tx *sql.Tx, hash string, l link, now int64) error {
	const add = `
		INSERT INTO user_links (hash, tenant, user_id, kind, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6)`
	if _, err := tx.ExecContext(ctx, add, hash, l.user.Tenant, l.user.ID, l.kind, now, l.expiresAt); err != nil {
		return fmt.Errorf("add link: %w", err)
	}
	return nil
}

func deleteLinksOf(ctx context.Context, tx *sql.Tx, tenant int64, user string) error {
	const remove = `DELETE FROM user_links WHERE tenant = $1 AND user_id = $2`
	if _, err := tx.ExecContext(ctx, remove, tenant, user); err != nil {
		return fmt.Errorf("delete links of user %s: %w", user, err)
	}
	return nil
}
