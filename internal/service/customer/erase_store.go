// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/module"
)

const erasureColumns = `contact, person, events, created_at`

// findErasure returns an erasure that has begun; nil if there is none.
func (s *store) findErasure(ctx context.Context, q db.Querier, tenant int64, contact string) (*erasure, error) {
	const query = `
		SELECT ` + erasureColumns + `
		FROM customer_erasures
		WHERE tenant = $1 AND contact = $2`
	list, err := s.queryErasures(ctx, q, query, tenant, contact)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// erasures returns those of all tenants that began before a time.
func (s *store) erasures(ctx context.Context, before int64) ([]erasure, error) {
	const query = `
		SELECT ` + erasureColumns + `
		FROM customer_erasures
		WHERE created_at < $1
		ORDER BY created_at`
	return s.queryErasures(ctx, s.db, query, before)
}

func (s *store) queryErasures(ctx context.Context, q db.Querier, query string, args ...any) (list []erasure, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var e erasure
		var person string
		if err := rows.Scan(&e.contact, &person, &e.events, &e.createdAt); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(person), &e.person)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find erasures: %w", err)
	}
	return list, nil
}

// keepErasure notes an erasure, and how far it has come.
func (s *store) keepErasure(ctx context.Context, tx *eventlog.Tx, tenant int64, e erasure) error {
	const query = `
		INSERT INTO customer_erasures (tenant, contact, person, events, created_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, contact) DO UPDATE SET person = excluded.person, events = excluded.events`
	person, err := json.Marshal(e.person)
	if err != nil {
		return fmt.Errorf("encode person: %w", err)
	}
	if _, err := tx.ExecContext(ctx, query, tenant, e.contact, string(person), e.events, e.createdAt); err != nil {
		return fmt.Errorf("note erasure: %w", err)
	}
	return nil
}

// dropErasure ends an erasure, and reports whether there was one.
func (s *store) dropErasure(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) (bool, error) {
	const query = `DELETE FROM customer_erasures WHERE tenant = $1 AND contact = $2`
	result, err := tx.ExecContext(ctx, query, tenant, contact)
	if err != nil {
		return false, fmt.Errorf("end erasure: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// keepErasedCalls notes calls with a person who is erased.
func (s *store) keepErasedCalls(ctx context.Context, tx *eventlog.Tx, tenant int64, streams []string) error {
	const query = `
		INSERT INTO customer_erased_calls (tenant, stream)
		SELECT tenant, key
		FROM batch
		WHERE tenant > 0 -- SQLite asks for a condition before ON CONFLICT
		ON CONFLICT (tenant, stream) DO NOTHING`
	if err := s.db.Update(ctx, tx.Tx, query, keys(tenant, streams)); err != nil {
		return fmt.Errorf("note erased calls: %w", err)
	}
	return nil
}

// erasedCalls returns which streams are calls with a person who was erased.
func (s *store) erasedCalls(ctx context.Context, tenant int64, streams []string) (map[string]bool, error) {
	const query = `
		SELECT stream
		FROM customer_erased_calls
		WHERE (tenant, stream) IN (SELECT tenant, key FROM batch)`
	erased := map[string]bool{}
	err := s.db.Find(ctx, s.db, query, keys(tenant, streams), func(rows *sql.Rows) error {
		var stream string
		err := rows.Scan(&stream)
		erased[stream] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find erased calls: %w", err)
	}
	return erased, nil
}

// mergedInto returns the contacts that a contact took in, and those that they
// did.
func (s *store) mergedInto(ctx context.Context, q db.Querier, tenant int64, id string) ([]Contact, error) {
	const query = `
		SELECT ` + contactColumns + `
		FROM customer_contacts
		WHERE tenant = $1 AND merged_into = $2 AND merged_into <> ''`
	var all []Contact
	for into := []string{id}; len(into) > 0; into = into[1:] {
		contacts, err := s.query(ctx, q, query, tenant, into[0])
		if err != nil {
			return nil, fmt.Errorf("find merged contacts: %w", err)
		}
		for _, contact := range contacts {
			all, into = append(all, contact), append(into, contact.ID)
		}
	}
	return all, nil
}

// EraseMentions overwrites what imports and groups say of a person. It is an
// Eraser.
func (c *Customer) EraseMentions(ctx context.Context, p *module.Person) error {
	for _, sweep := range []eventlog.Sweep{
		{
			Read:  `SELECT id, about, progress FROM customer_imports WHERE tenant = $1`,
			Write: `UPDATE customer_imports SET about = $3, progress = $4 WHERE tenant = $1 AND id = $2`,
		},
		{
			Read:  `SELECT id, name, description, filter FROM customer_groups WHERE tenant = $1`,
			Write: `UPDATE customer_groups SET name = $3, description = $4, filter = $5 WHERE tenant = $1 AND id = $2`,
		},
	} {
		if err := c.log.Sweep(ctx, p, sweep); err != nil {
			return err
		}
	}
	return c.eraseRows(ctx, p)
}
