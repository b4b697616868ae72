// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of the contacts and their claims.
type store struct{ db *db.DB }

const contactColumns = `id, first_name, last_name, gender, email, phone, match_key, numbers, cpf, avatar, creator, search,
	created_at, updated_at, deleted, merged_into, erased_at`

var errNoContact = problem.New(problem.NotFound, "contact.not_found", "There is no such contact.")

// find returns a contact that is not deleted; NotFound when there is none.
func (s *store) find(ctx context.Context, q db.Querier, tenant int64, id string) (Contact, error) {
	contact, err := s.findAny(ctx, q, tenant, id)
	if err == nil && contact.Deleted {
		return Contact{}, errNoContact
	}
	return contact, err
}

// findAny returns a contact, deleted or not; NotFound when there is none.
func (s *store) findAny(ctx context.Context, q db.Querier, tenant int64, id string) (Contact, error) {
	const query = `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1 AND id = $2`
	if !isID(id) {
		return Contact{}, errNoContact
	}
	contacts, err := s.query(ctx, q, query, tenant, id)
	if err != nil {
		return Contact{}, fmt.Errorf("find contact %s: %w", id, err)
	}
	if len(contacts) == 0 {
		return Contact{}, errNoContact
	}
	return contacts[0], nil
}

// findAll returns those of ids that are contacts, deleted or not, the newest
// first.
func (s *store) findAll(ctx context.Context, q db.Querier, tenant int64, ids []string) ([]Contact, error) {
	const query = `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE (tenant, id) IN (SELECT tenant, key FROM batch)`
	var contacts []Contact
	err := s.db.Find(ctx, q, query, keys(tenant, ids), func(rows *sql.Rows) error {
		contact, err := scanContact(rows)
		contacts = append(contacts, contact)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	newestFirst(contacts)
	return contacts, nil
}

func (s *store) query(ctx context.Context, q db.Querier, query string, args ...any) (contacts []Contact, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		contact, err := scanContact(rows)
		contacts = append(contacts, contact)
		return err
	})
	return contacts, err
}

func scanContact(rows *sql.Rows) (c Contact, err error) {
	var deleted int
	var numbers string
	err = rows.Scan(&c.ID, &c.FirstName, &c.LastName, &c.Gender, &c.Email, &c.Phone, &c.MatchKey, &numbers, &c.CPF, &c.Avatar,
		&c.Creator, &c.search, &c.CreatedAt, &c.UpdatedAt, &deleted, &c.MergedInto, &c.ErasedAt)
	if err != nil {
		return c, err
	}
	c.Deleted = deleted != 0
	if numbers != noNumbers {
		err = json.Unmarshal([]byte(numbers), &c.Numbers)
	}
	return c, err
}

const noNumbers = `[]`

func (c Contact) numbersText() (string, error) {
	if len(c.Numbers) == 0 {
		return noNumbers, nil
	}
	text, err := json.Marshal(c.Numbers)
	if err != nil {
		return "", fmt.Errorf("encode numbers of contact %s: %w", c.ID, err)
	}
	return string(text), nil
}

var insertColumns = db.Columns{
	"tenant BIGINT", "id TEXT", "first_name TEXT", "last_name TEXT", "gender TEXT", "email TEXT", "phone TEXT", "match_key TEXT",
	"numbers TEXT", "cpf TEXT", "avatar TEXT", "creator TEXT", "search TEXT", "created_at BIGINT", "updated_at BIGINT", "deleted BIGINT",
}

// insert adds contacts that are not deleted, with the words they are found by.
func (s *store) insert(ctx context.Context, tx *eventlog.Tx, tenant int64, contacts []Contact) error {
	b := db.NewBatch(insertColumns, len(contacts))
	w := db.NewBatch(wordColumns, 8*len(contacts))
	for _, c := range contacts {
		numbers, err := c.numbersText()
		if err != nil {
			return err
		}
		b.Add(tenant, c.ID, c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.MatchKey, numbers, c.CPF, c.Avatar, c.Creator,
			c.search, c.CreatedAt, c.UpdatedAt, int64(number(c.Deleted)))
		for _, word := range c.words() {
			w.Add(tenant, word, c.ID)
		}
	}
	if err := s.db.Insert(ctx, tx.Tx, "customer_contacts", b); err != nil {
		return fmt.Errorf("add contacts: %w", err)
	}
	if err := s.db.Insert(ctx, tx.Tx, "customer_words", w); err != nil {
		return fmt.Errorf("add words of contacts: %w", err)
	}
	return nil
}

// update stores a contact that was before, and its words.
func (s *store) update(ctx context.Context, tx *eventlog.Tx, tenant int64, before, c Contact) error {
	const query = `
		UPDATE customer_contacts
		SET first_name = $3, last_name = $4, gender = $5, email = $6, phone = $7, match_key = $8, numbers = $9, cpf = $10,
			avatar = $11, creator = $12, search = $13, updated_at = $14, deleted = $15, merged_into = $16, erased_at = $17
		WHERE tenant = $1 AND id = $2`
	numbers, err := c.numbersText()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, tenant, c.ID, c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.MatchKey, numbers, c.CPF,
		c.Avatar, c.Creator, c.search, c.UpdatedAt, number(c.Deleted), c.MergedInto, c.ErasedAt)
	if err != nil {
		return fmt.Errorf("change contact %s: %w", c.ID, err)
	}
	return s.setWords(ctx, tx, tenant, before, c)
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
