// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of the contacts and their claims.
type store struct{ db *db.DB }

const contactColumns = `id, first_name, last_name, gender, email, phone, match_key, avatar, search, created_at, updated_at, deleted`

// find returns a contact that is not deleted; NotFound when there is none.
func (s *store) find(ctx context.Context, q db.Querier, tenant int64, id string) (Contact, error) {
	const query = `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1 AND id = $2 AND deleted = 0`
	missing := problem.New(problem.NotFound, "contact.not_found", "There is no such contact.")
	if !isID(id) {
		return Contact{}, missing
	}
	contacts, err := s.query(ctx, q, query, tenant, id)
	if err != nil {
		return Contact{}, fmt.Errorf("find contact %s: %w", id, err)
	}
	if len(contacts) == 0 {
		return Contact{}, missing
	}
	return contacts[0], nil
}

// list returns up to limit contacts, newest first, that are older than after
// ("" for the newest) and in which every pattern is found.
func (s *store) list(ctx context.Context, tenant int64, patterns []string, after string, limit int) ([]Contact, error) {
	query := `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1 AND deleted = 0`
	args := []any{tenant}
	where := func(condition string, value any) {
		args = append(args, value)
		query += ` AND ` + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if after != "" {
		where(`id < ?`, after)
	}
	for _, pattern := range patterns {
		where(`search LIKE ? ESCAPE '\'`, pattern)
	}
	args = append(args, limit)
	query += ` ORDER BY id DESC LIMIT $` + strconv.Itoa(len(args))
	contacts, err := s.query(ctx, s.db, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return contacts, nil
}

func (s *store) query(ctx context.Context, q db.Querier, query string, args ...any) (contacts []Contact, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var c Contact
		var deleted int
		err := rows.Scan(&c.ID, &c.FirstName, &c.LastName, &c.Gender, &c.Email, &c.Phone, &c.MatchKey, &c.Avatar,
			&c.search, &c.CreatedAt, &c.UpdatedAt, &deleted)
		c.Deleted = deleted != 0
		contacts = append(contacts, c)
		return err
	})
	return contacts, err
}

var insertColumns = db.Columns{
	"tenant BIGINT", "id TEXT", "first_name TEXT", "last_name TEXT", "gender TEXT", "email TEXT", "phone TEXT", "match_key TEXT",
	"avatar TEXT", "search TEXT", "created_at BIGINT", "updated_at BIGINT", "deleted BIGINT",
}

func (s *store) insert(ctx context.Context, tx *eventlog.Tx, tenant int64, contacts []Contact) error {
	b := db.NewBatch(insertColumns, len(contacts))
	for _, c := range contacts {
		b.Add(tenant, c.ID, c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.MatchKey, c.Avatar, c.search,
			c.CreatedAt, c.UpdatedAt, int64(number(c.Deleted)))
	}
	if err := s.db.Insert(ctx, tx.Tx, "customer_contacts", b); err != nil {
		return fmt.Errorf("add contacts: %w", err)
	}
	return nil
}

func (s *store) update(ctx context.Context, tx *eventlog.Tx, tenant int64, c Contact) error {
	const query = `
		UPDATE customer_contacts
		SET first_name = $3, last_name = $4, gender = $5, email = $6, phone = $7, match_key = $8, avatar = $9,
			search = $10, updated_at = $11, deleted = $12
		WHERE tenant = $1 AND id = $2`
	_, err := tx.ExecContext(ctx, query, tenant, c.ID, c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.MatchKey,
		c.Avatar, c.search, c.UpdatedAt, number(c.Deleted))
	if err != nil {
		return fmt.Errorf("change contact %s: %w", c.ID, err)
	}
	return nil
}

var keyColumns = db.Columns{"tenant BIGINT", "key TEXT"}

// keys is a batch of keys of one tenant.
func keys(tenant int64, keys []string) db.Batch {
	b := db.NewBatch(keyColumns, len(keys))
	for _, key := range keys {
		b.Add(tenant, key)
	}
	return b
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
