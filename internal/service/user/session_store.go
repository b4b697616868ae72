// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/problem"
)

// session is a browser that is signed in.
type session struct {
	id                           string // the hash of its cookie's value
	user                         User
	createdAt, seenAt, expiresAt int64
	address                      string // of the client, when it began
	browser                      string // what it says it is
}

// findSession returns the session with this id; NotFound when there is none
// any more. The id says which tenant it is of.
func (s store) findSession(ctx context.Context, q querier, id string, now int64) (found session, err error) {
	const query = `
		SELECT s.id, s.seen_at, u.tenant, u.id, u.login, u.name, u.email, u.role, u.extension
		FROM user_sessions s
		JOIN user_users u ON u.tenant = s.tenant AND u.id = s.user_id
		WHERE s.id = $1 AND s.expires_at > $2 AND u.deleted = 0`
	err = q.QueryRowContext(ctx, query, id, now).Scan(append([]any{&found.id, &found.seenAt}, found.user.fields()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return session{}, problem.New(problem.NotFound, "user.no_session", "There is no such session.")
	}
	if err != nil {
		return session{}, fmt.Errorf("find session: %w", err)
	}
	return found, nil
}

// listSessions returns a user's sessions, the newest first.
func (s store) listSessions(ctx context.Context, q querier, tenant int64, user string, now int64) (sessions []session, err error) {
	const query = `
		SELECT id, created_at, seen_at, expires_at, address, browser
		FROM user_sessions
		WHERE tenant = $1 AND user_id = $2 AND expires_at > $3
		ORDER BY created_at DESC, id`
	rows, err := q.QueryContext(ctx, query, tenant, user, now)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one session
		if err := rows.Scan(&one.id, &one.createdAt, &one.seenAt, &one.expiresAt, &one.address, &one.browser); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		sessions = append(sessions, one)
	}
	return sessions, rows.Err()
}

func addSession(ctx context.Context, tx *sql.Tx, s session) error {
	const add = `
		INSERT INTO user_sessions (id, tenant, user_id, created_at, seen_at, expires_at, address, browser)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	if _, err := tx.ExecContext(ctx, add, s.id, s.user.Tenant, s.user.ID, s.createdAt, s.seenAt, s.expiresAt, s.address, s.browser); err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// extendSession moves a session's end on. Of several uses at once only the
// first writes.
func extendSession(ctx context.Context, tx *sql.Tx, id string, seenAt, expiresAt int64) error {
	const extend = `
		UPDATE user_sessions SET seen_at = $2, expires_at = $3
		WHERE id = $1 AND seen_at <= $4`
	if _, err := tx.ExecContext(ctx, extend, id, seenAt, expiresAt, seenAt-seenEvery.Milliseconds()); err != nil {
		return fmt.Errorf("extend session: %w", err)
	}
	return nil
}

func deleteSession(ctx context.Context, tx *sql.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_sessions WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

func deleteSessionsOf(ctx context.Context, tx *sql.Tx, tenant int64, user string) error {
	const remove = `DELETE FROM user_sessions WHERE tenant = $1 AND user_id = $2`
	if _, err := tx.ExecContext(ctx, remove, tenant, user); err != nil {
		return fmt.Errorf("delete sessions of user %s: %w", user, err)
	}
	return nil
}

// deleteExpired removes sessions and links that are no longer good.
func deleteExpired(ctx context.Context, tx *sql.Tx, now int64) error {
	for _, remove := range []string{
		`DELETE FROM user_sessions WHERE expires_at <= $1`,
		`DELETE FROM user_setup WHERE expires_at <= $1`,
		`DELETE FROM user_links WHERE expires_at <= $1`,
	} {
		if _, err := tx.ExecContext(ctx, remove, now); err != nil {
			return fmt.Errorf("delete what has expired: %w", err)
		}
	}
	return nil
}
