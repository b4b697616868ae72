// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/problem"
)

// findOIDC returns how a tenant's people sign in with their provider; NotFound
// when they do not.
func (s store) findOIDC(ctx context.Context, q querier, tenant int64) (o OIDC, err error) {
	const query = `
		SELECT enabled, issuer, client_id, client_secret, claim, create_users, role
		FROM user_oidc
		WHERE tenant = $1`
	var enabled, create int
	err = q.QueryRowContext(ctx, query, tenant).Scan(&enabled, &o.Issuer, &o.ClientID, &o.sealed, &o.Claim, &create, &o.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return OIDC{}, problem.New(problem.NotFound, "oidc.not_set_up", "This call centre has no sign-in with a provider of its own.")
	}
	if err != nil {
		return OIDC{}, fmt.Errorf("find OIDC settings: %w", err)
	}
	o.Enabled, o.CreateUsers = enabled == 1, create == 1
	return o, nil
}

func saveOIDC(ctx context.Context, tx *sql.Tx, tenant int64, o OIDC, now int64) error {
	const save = `
		INSERT INTO user_oidc (tenant, enabled, issuer, client_id, client_secret, claim, create_users, role, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant) DO UPDATE SET enabled = excluded.enabled, issuer = excluded.issuer, client_id = excluded.client_id,
			client_secret = excluded.client_secret, claim = excluded.claim, create_users = excluded.create_users,
			role = excluded.role, updated_at = excluded.updated_at`
	_, err := tx.ExecContext(ctx, save, tenant, flag(o.Enabled), o.Issuer, o.ClientID, o.sealed, o.Claim, flag(o.CreateUsers), o.Role, now)
	if err != nil {
		return fmt.Errorf("save OIDC settings: %w", err)
	}
	return nil
}

func deleteOIDC(ctx context.Context, tx *sql.Tx, tenant int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_oidc WHERE tenant = $1`, tenant); err != nil {
		return fmt.Errorf("delete OIDC settings: %w", err)
	}
	return nil
}

// findSubject returns the id of the user that somebody of a provider is; "" for
// a subject that is new.
func (s store) findSubject(ctx context.Context, q querier, tenant int64, issuer, subject string) (id string, err error) {
	const query = `SELECT user_id FROM user_oidc_subjects WHERE tenant = $1 AND issuer = $2 AND subject = $3`
	err = q.QueryRowContext(ctx, query, tenant, issuer, subject).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find subject: %w", err)
	}
	return id, nil
}

// bindSubject says who somebody of a provider is from now on. A user who is
// somebody else of that provider already is Denied: their name there may have
// been given to another person.
func (s store) bindSubject(ctx context.Context, tx *sql.Tx, tenant int64, issuer, subject, user string, now int64) error {
	const query = `SELECT COUNT(*) FROM user_oidc_subjects WHERE tenant = $1 AND issuer = $2 AND user_id = $3 AND subject <> $4`
	var others int
	if err := tx.QueryRowContext(ctx, query, tenant, issuer, user, subject).Scan(&others); err != nil {
		return fmt.Errorf("look for subjects of user %s: %w", user, err)
	}
	if others > 0 {
		return problem.New(problem.Denied, "oidc.other_subject", "This agent has signed in as somebody else of the provider before.")
	}
	const bind = `
		INSERT INTO user_oidc_subjects (tenant, issuer, subject, user_id, created_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, issuer, subject) DO NOTHING`
	if _, err := tx.ExecContext(ctx, bind, tenant, issuer, subject, user, now); err != nil {
		return fmt.Errorf("bind subject to user %s: %w", user, err)
	}
	return nil
}

// unbindSubjects forgets who of a tenant's providers is whom.
func unbindSubjects(ctx context.Context, tx *sql.Tx, tenant int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_oidc_subjects WHERE tenant = $1`, tenant); err != nil {
		return fmt.Errorf("forget subjects: %w", err)
	}
	return nil
}
