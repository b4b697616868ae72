// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of the contacts and their claims.
type store struct{ db *db.DB }

// querier is what reads: the pool of readers, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

const contactColumns = `id, first_name, last_name, gender, email, phone, match_key, avatar, search, created_at, updated_at, deleted`

// find returns a contact that is not deleted; NotFound when there is none.
func (s *store) find(ctx context.Context, q querier, tenant int64, id string) (Contact, error) {
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

func (s *store) query(ctx context.Context, q querier, query string, args ...any) (contacts []Contact, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Contact
		var deleted int
		if err := rows.Scan(&c.ID, &c.FirstName, &c.LastName, &c.Gender, &c.Email, &c.Phone, &c.MatchKey, &c.Avatar,
			&c.search, &c.CreatedAt, &c.UpdatedAt, &deleted); err != nil {
			return nil, err
		}
		c.Deleted = deleted != 0
		contacts = append(contacts, c)
	}
	return contacts, rows.Err()
}

func (s *store) insert(ctx context.Context, tx *eventlog.Tx, tenant int64, contacts []Contact) error {
	rows := make([][]any, len(contacts))
	for i, c := range contacts {
		rows[i] = []any{
			tenant, c.ID, c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.MatchKey, c.Avatar, c.search,
			c.CreatedAt, c.UpdatedAt, number(c.Deleted),
		}
	}
	const into = `INSERT INTO customer_contacts (tenant, ` + contactColumns + `) VALUES `
	err := s.insertRows(ctx, tx, into, rows, "", "BIGINT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT", "TEXT",
		"BIGINT", "BIGINT", "INTEGER")
	if err != nil {
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

// names returns the names of contacts by their ids; those without are absent.
func (s *store) names(ctx context.Context, tenant int64, ids []string) (map[string]string, error) {
	names := map[string]string{}
	const query = `
		SELECT id, first_name, last_name
		FROM customer_contacts
		WHERE (tenant, id) IN (VALUES `
	err := s.eachKey(ctx, s.db, query, `)`, tenant, ids, func(rows *sql.Rows) error {
		var id, first, last string
		if err := rows.Scan(&id, &first, &last); err != nil {
			return err
		}
		if name := fullName(first, last); name != "" {
			names[id] = name
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find names: %w", err)
	}
	return names, nil
}

// insertRows inserts rows a few fixed counts at a time, so that their
// statements stay prepared.
func (s *store) insertRows(ctx context.Context, tx *eventlog.Tx, into string, rows [][]any, ending string, types ...string) error {
	for len(rows) > 0 {
		n := db.Chunk(len(rows))
		var args []any
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		rows = rows[n:]
		if err := s.db.Exec(ctx, tx.Tx, into+db.Tuples(n, types...)+ending, args...); err != nil {
			return err
		}
	}
	return nil
}

// eachKey runs query, whose text goes on after the list of (tenant, key), for
// a few keys at a time and hands each row to scan.
func (s *store) eachKey(ctx context.Context, q querier, query, ending string, tenant int64, keys []string, scan func(*sql.Rows) error) error {
	for len(keys) > 0 {
		n := db.Chunk(len(keys))
		args := make([]any, 0, 2*n)
		for _, key := range keys[:n] {
			args = append(args, tenant, key)
		}
		keys = keys[n:]
		if err := eachRow(ctx, q, query+db.Tuples(n, "BIGINT", "TEXT")+ending, args, scan); err != nil {
			return err
		}
	}
	return nil
}

func eachRow(ctx context.Context, q querier, query string, args []any, scan func(*sql.Rows) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
