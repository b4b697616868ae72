// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const sipProviderColumns = `id, name, phone, phone_list, firm, currency, costs, created_at, updated_at, deleted`

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

func scanSIPProvider(row scanner) (p SIPProvider, err error) {
	var list, costs string
	err = row.Scan(&p.ID, &p.Name, &p.Phone, &list, &p.Firm, &p.Currency, &costs, &p.CreatedAt, &p.UpdatedAt, &p.Deleted)
	if err != nil {
		return p, err
	}
	return p, errors.Join(json.Unmarshal([]byte(list), &p.PhoneList), json.Unmarshal([]byte(costs), &p.Costs))
}

// findSIPProvider returns a carrier that is deleted, or that is not; NotFound
// when there is none.
func (s store) findSIPProvider(ctx context.Context, q querier, id string, deleted bool) (SIPProvider, error) {
	const query = `
		SELECT ` + sipProviderColumns + `
		FROM user_sip_providers
		WHERE id = $1 AND deleted = $2`
	missing := problem.New(problem.NotFound, "sip_provider.not_found", "There is no such SIP provider.")
	if _, err := uuid.Parse(id); err != nil {
		return SIPProvider{}, missing
	}
	p, err := scanSIPProvider(q.QueryRowContext(ctx, query, strings.ToLower(id), flag(deleted)))
	if errors.Is(err, sql.ErrNoRows) {
		return SIPProvider{}, missing
	}
	if err != nil {
		return SIPProvider{}, fmt.Errorf("find SIP provider %s: %w", id, err)
	}
	return p, nil
}

// listSIPProviders returns carriers in the order in which they were added.
func (s store) listSIPProviders(ctx context.Context, f sipFilter) (providers []SIPProvider, err error) {
	const query = `
		SELECT ` + sipProviderColumns + `
		FROM user_sip_providers
		WHERE id > $1 AND deleted <= $2 AND search LIKE $3 ESCAPE '\'
		ORDER BY id
		LIMIT $4`
	rows, err := s.db.QueryContext(ctx, query, f.after, flag(f.deleted), like(f.search), f.limit)
	if err != nil {
		return nil, fmt.Errorf("list SIP providers: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanSIPProvider(rows)
		if err != nil {
			return nil, fmt.Errorf("list SIP providers: %w", err)
		}
		providers = append(providers, p)
	}
	return providers, rows.Err()
}

// writeSIPProvider adds or replaces a carrier.
func (s store) writeSIPProvider(ctx context.Context, tx *eventlog.Tx, p SIPProvider) error {
	const query = `
		INSERT INTO user_sip_providers (` + sipProviderColumns + `, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE
		SET name = excluded.name, phone = excluded.phone, phone_list = excluded.phone_list, firm = excluded.firm,
			currency = excluded.currency, costs = excluded.costs, updated_at = excluded.updated_at,
			deleted = excluded.deleted, search = excluded.search`
	if p.PhoneList == nil {
		p.PhoneList = []string{}
	}
	list, err := json.Marshal(p.PhoneList)
	if err != nil {
		return fmt.Errorf("encode numbers of SIP provider: %w", err)
	}
	costs, err := json.Marshal(p.Costs)
	if err != nil {
		return fmt.Errorf("encode costs of SIP provider: %w", err)
	}
	search := strings.ToLower(strings.Join(append([]string{p.Name, p.Firm}, p.numbers()...), " "))
	_, err = tx.ExecContext(ctx, query, p.ID, p.Name, p.Phone, string(list), p.Firm, p.Currency, string(costs),
		p.CreatedAt, p.UpdatedAt, flag(p.Deleted), search)
	if err != nil {
		return fmt.Errorf("write SIP provider %s: %w", p.ID, err)
	}
	return nil
}

// usersOfNumbers says which SIP accounts stand for the numbers, in any tenant,
// and which agents use those. Numbers are the operator's, so this is the one
// query here that looks over all tenants.
func (s store) usersOfNumbers(ctx context.Context, tx *eventlog.Tx, numbers []string) ([]string, error) {
	var users []string
	for len(numbers) > 0 {
		n := db.Chunk(len(numbers))
		args := make([]any, n)
		for i, number := range numbers[:n] {
			args[i] = number
		}
		numbers = numbers[n:]
		query := `
			SELECT a.id || CASE WHEN u.name IS NULL THEN '' ELSE ' (' || u.name || ')' END
			FROM user_sip_accounts a
			LEFT JOIN user_users u ON u.tenant = a.tenant AND u.id_sip = a.id AND u.deleted = 0
			WHERE a.deleted = 0 AND a.id IN (VALUES ` + db.Tuples(n, "TEXT") + `)
			ORDER BY a.tenant, a.id, u.name`
		found, err := names(ctx, tx, query, args...)
		if err != nil {
			return nil, err
		}
		users = append(users, found...)
	}
	return users, nil
}
