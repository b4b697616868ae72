// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tandem/internal/db"
	"tandem/internal/problem"
)

// store reads this service's tables. What writes them takes a transaction.
type store struct{ db *db.DB }

// querier is the pool of readers, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const (
	userColumns = `tenant, id, login, name, email, role, extension`
	namesMax    = 200 // names in one statement
)

func (u *User) fields() []any {
	return []any{&u.Tenant, &u.ID, &u.Login, &u.Name, &u.Email, &u.Role, &u.Extension}
}

// findByLogin returns the user with this login; NotFound when there is none. A
// login is unique in the whole installation, and says which tenant it is of.
func (s store) findByLogin(ctx context.Context, login string) (a account, err error) {
	const query = `
		SELECT ` + userColumns + `, password_hash
		FROM user_users
		WHERE login = $1 AND deleted = 0`
	err = s.db.QueryRowContext(ctx, query, login).Scan(append(a.fields(), &a.passwordHash)...)
	if errors.Is(err, sql.ErrNoRows) {
		return account{}, problem.New(problem.NotFound, "user.not_found", "There is no user with this login.")
	}
	if err != nil {
		return account{}, fmt.Errorf("find user by login: %w", err)
	}
	return a, nil
}

// listByNames returns a tenant's users whose e-mail or login is among names,
// the oldest first.
func (s store) listByNames(ctx context.Context, tenant int64, names []string) ([]User, error) {
	var users []User
	for len(names) > 0 {
		n := min(len(names), namesMax)
		args := []any{tenant}
		places := make([]string, n)
		for i, name := range names[:n] {
			args = append(args, name)
			places[i] = "$" + strconv.Itoa(i+2)
		}
		names = names[n:]
		list := strings.Join(places, ",")
		query := `
			SELECT ` + userColumns + `
			FROM user_users
			WHERE tenant = $1 AND deleted = 0 AND (email IN (` + list + `) OR login IN (` + list + `))
			ORDER BY id`
		found, err := s.query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		users = append(users, found...)
	}
	return users, nil
}

func (s store) query(ctx context.Context, query string, args ...any) ([]User, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	defer rows.Close()
	var users []User
	for rows.Next() {
		var u User
		if err := rows.Scan(u.fields()...); err != nil {
			return nil, fmt.Errorf("read user: %w", err)
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// anyUser reports whether anybody could sign in.
func (s store) anyUser(ctx context.Context, q querier) (bool, error) {
	const query = `SELECT COUNT(*) FROM user_users WHERE deleted = 0`
	var rows int
	if err := q.QueryRowContext(ctx, query).Scan(&rows); err != nil {
		return false, fmt.Errorf("count users: %w", err)
	}
	return rows > 0, nil
}

// isLoginFree returns a Conflict if somebody has a login, in whichever tenant,
// be they deleted.
func isLoginFree(ctx context.Context, tx *sql.Tx, login string) error {
	const query = `SELECT COUNT(*) FROM user_users WHERE login = $1`
	var rows int
	if err := tx.QueryRowContext(ctx, query, login).Scan(&rows); err != nil {
		return fmt.Errorf("look for login: %w", err)
	}
	if rows > 0 {
		return problem.New(problem.Conflict, "user.login_taken", "There is somebody with this login already.")
	}
	return nil
}

// addUser adds a user. A login that is taken is a Conflict.
func (s store) addUser(ctx context.Context, tx *sql.Tx, a account) error {
	if err := isLoginFree(ctx, tx, a.Login); err != nil {
		return err
	}
	const add = `
		INSERT INTO user_users (` + userColumns + `, id_sip, device, queues, creator, search, password_hash, created_at, updated_at, deleted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0)`
	args := []any{
		a.Tenant, a.ID, a.Login, a.Name, a.Email, a.Role, a.Extension, a.IDSip, a.Device, joined(a.Queues), a.Creator,
		a.search(), a.passwordHash, a.CreatedAt, a.UpdatedAt,
	}
	if _, err := tx.ExecContext(ctx, add, args...); err != nil {
		return fmt.Errorf("add user %s: %w", a.ID, err)
	}
	return nil
}

func setPasswordHash(ctx context.Context, tx *sql.Tx, tenant int64, id, hash string, now int64) error {
	const set = `
		UPDATE user_users SET password_hash = $3, updated_at = $4
		WHERE tenant = $1 AND id = $2`
	if _, err := tx.ExecContext(ctx, set, tenant, id, hash, now); err != nil {
		return fmt.Errorf("set password of user %s: %w", id, err)
	}
	return nil
}

// checkSetup returns nil if hash is of a set-up link that is still good. It is
// a Conflict when the installation is set up, whatever the link.
func (s store) checkSetup(ctx context.Context, q querier, hash string, now int64) error {
	if done, err := s.anyUser(ctx, q); err != nil {
		return err
	} else if done {
		return problem.New(problem.Conflict, "user.already_set_up", "This installation is set up already; sign in.")
	}
	const query = `SELECT COUNT(*) FROM user_setup WHERE hash = $1 AND expires_at > $2`
	var rows int
	if err := q.QueryRowContext(ctx, query, hash, now).Scan(&rows); err != nil {
		return fmt.Errorf("find set-up link: %w", err)
	}
	if rows == 0 {
		return problem.New(problem.Denied, "user.bad_setup_token", "This set-up link is not, or no longer, good. Starting Tandem prints a new one.")
	}
	return nil
}

func addSetup(ctx context.Context, tx *sql.Tx, hash string, expiresAt int64) error {
	const add = `INSERT INTO user_setup (hash, expires_at) VALUES ($1, $2)`
	if _, err := tx.ExecContext(ctx, add, hash, expiresAt); err != nil {
		return fmt.Errorf("add set-up link: %w", err)
	}
	return nil
}

func deleteSetups(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_setup`); err != nil {
		return fmt.Errorf("delete set-up links: %w", err)
	}
	return nil
}
