// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const sipAccountColumns = `id, domain, extension, password, proxy, created_at, updated_at, deleted`

func (a *SIPAccount) fields() []any {
	return []any{&a.ID, &a.Domain, &a.Extension, &a.sealed, &a.Proxy, &a.CreatedAt, &a.UpdatedAt, &a.Deleted}
}

func (a SIPAccount) search() string {
	return strings.ToLower(strings.Join([]string{a.ID, a.Domain, a.Extension, a.Proxy}, " "))
}

// findSIPAccount returns an account that is deleted, or that is not; NotFound
// when there is none.
func (s store) findSIPAccount(ctx context.Context, q querier, tenant int64, id string, deleted bool) (a SIPAccount, err error) {
	const query = `
		SELECT ` + sipAccountColumns + `
		FROM user_sip_accounts
		WHERE tenant = $1 AND id = $2 AND deleted = $3`
	missing := problem.New(problem.NotFound, "sip_account.not_found", "There is no such SIP account.")
	if !hotlineForm.MatchString(id) {
		return SIPAccount{}, missing
	}
	err = q.QueryRowContext(ctx, query, tenant, id, flag(deleted)).Scan(a.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return SIPAccount{}, missing
	}
	if err != nil {
		return SIPAccount{}, fmt.Errorf("find SIP account %s: %w", id, err)
	}
	return a, nil
}

// sipFilter chooses accounts or providers.
type sipFilter struct {
	search  string
	deleted bool // deleted ones too
	after   string
	limit   int
}

// like returns the pattern of texts that hold s, whatever its capitals.
func like(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// listSIPAccounts returns accounts in the order of their numbers.
func (s store) listSIPAccounts(ctx context.Context, tenant int64, f sipFilter) (accounts []SIPAccount, err error) {
	const query = `
		SELECT ` + sipAccountColumns + `
		FROM user_sip_accounts
		WHERE tenant = $1 AND id > $2 AND deleted <= $3 AND search LIKE $4 ESCAPE '\'
		ORDER BY id
		LIMIT $5`
	rows, err := s.db.QueryContext(ctx, query, tenant, f.after, flag(f.deleted), like(f.search), f.limit)
	if err != nil {
		return nil, fmt.Errorf("list SIP accounts: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a SIPAccount
		if err := rows.Scan(a.fields()...); err != nil {
			return nil, fmt.Errorf("list SIP accounts: %w", err)
		}
		accounts = append(accounts, a)
	}
	return accounts, rows.Err()
}

// addSIPAccount adds an account in the place of one that was deleted, if any.
func (s store) addSIPAccount(ctx context.Context, tx *eventlog.Tx, tenant int64, a SIPAccount) error {
	const forget = `DELETE FROM user_sip_accounts WHERE tenant = $1 AND id = $2 AND deleted = 1`
	if _, err := tx.ExecContext(ctx, forget, tenant, a.ID); err != nil {
		return fmt.Errorf("forget deleted SIP account %s: %w", a.ID, err)
	}
	const add = `
		INSERT INTO user_sip_accounts (tenant, ` + sipAccountColumns + `, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant, id) DO NOTHING`
	result, err := tx.ExecContext(ctx, add, tenant, a.ID, a.Domain, a.Extension, a.sealed, a.Proxy, a.CreatedAt, a.UpdatedAt, flag(a.Deleted), a.search())
	if err != nil {
		return fmt.Errorf("add SIP account %s: %w", a.ID, err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return errors.Join(err, problem.New(problem.Conflict, "sip_account.taken", "This number has a SIP account already."))
	}
	return nil
}

func (s store) updateSIPAccount(ctx context.Context, tx *eventlog.Tx, tenant int64, a SIPAccount) error {
	const query = `
		UPDATE user_sip_accounts
		SET domain = $3, extension = $4, password = $5, proxy = $6, updated_at = $7, deleted = $8, search = $9
		WHERE tenant = $1 AND id = $2`
	_, err := tx.ExecContext(ctx, query, tenant, a.ID, a.Domain, a.Extension, a.sealed, a.Proxy, a.UpdatedAt, flag(a.Deleted), a.search())
	if err != nil {
		return fmt.Errorf("change SIP account %s: %w", a.ID, err)
	}
	return nil
}

// usersOfSIPAccount returns the names of the agents who use an account.
func (s store) usersOfSIPAccount(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) ([]string, error) {
	const query = `
		SELECT name
		FROM user_users
		WHERE tenant = $1 AND id_sip = $2 AND deleted = 0
		ORDER BY name`
	return names(ctx, tx, query, tenant, id)
}

// names returns the single column of a query.
func names(ctx context.Context, tx *eventlog.Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list names: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list names: %w", err)
		}
		list = append(list, name)
	}
	return list, rows.Err()
}
