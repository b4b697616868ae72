// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
)

// CountUsers returns how many people of a tenant may sign in.
func (u *Users) CountUsers(ctx context.Context, tenant int64) (int64, error) {
	return u.count(ctx, `SELECT COUNT(*) FROM user_users WHERE tenant = $1 AND deleted = 0`, tenant)
}

// CountKeys returns how many API keys of a tenant are good.
func (u *Users) CountKeys(ctx context.Context, tenant int64) (int64, error) {
	return countKeys(ctx, u.Database, tenant, u.now())
}

func (u *Users) count(ctx context.Context, query string, args ...any) (n int64, err error) {
	if err := u.Database.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count what a limit is for: %w", err)
	}
	return n, nil
}
