// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of the activities.
type store struct{ db *db.DB }

const entryColumns = `id, type, origin, creator, contact_id, reminded_agent, status, call, at, due_at, text, body, search, created_at, updated_at, deleted, erased`

// errMissing says that an activity is not there, or not for who asks.
var errMissing = problem.New(problem.NotFound, "activity.not_found", "There is no such activity.")

// filter chooses activities. Its zero value chooses all that are not deleted.
type filter struct {
	contact, creator, kind, status, reminded, origin string
	kinds                                            []string
	of                                               string // id of a person: only those they wrote or are reminded of
	from, to                                         int64  // Unix ms; 0 for any
	patterns                                         []string
	deleted                                          bool // deleted ones as well
}

// find returns an activity; NotFound when there is none. Deleted ones are
// found only if asked for.
func (s store) find(ctx context.Context, q db.Querier, tenant int64, id string, deleted bool) (Activity, error) {
	const query = `
		SELECT ` + entryColumns + `
		FROM activity_entries
		WHERE tenant = $1 AND id = $2 AND deleted <= $3`
	if !isID(id) {
		return Activity{}, errMissing
	}
	list, err := s.query(ctx, q, query, tenant, id, number(deleted))
	if err != nil {
		return Activity{}, fmt.Errorf("find activity %s: %w", id, err)
	}
	if len(list) == 0 {
		return Activity{}, errMissing
	}
	return list[0], nil
}

// list returns up to limit activities, the newest first, behind a place.
func (s store) list(ctx context.Context, tenant int64, f filter, after place, limit int) ([]Activity, error) {
	w := where{text: `WHERE tenant = $1`, args: []any{tenant}}
	for _, equal := range []struct{ column, value string }{
		{"contact_id", f.contact},
		{"creator", f.creator},
		{"type", f.kind},
		{"status", f.status},
		{"reminded_agent", f.reminded},
		{"origin", f.origin},
	} {
		if equal.value != "" {
			w.and(equal.column+` = ?`, equal.value)
		}
	}
	if len(f.kinds) > 0 {
		w.and(`type IN (?`+strings.Repeat(`, ?`, len(f.kinds)-1)+`)`, anys(f.kinds)...)
	}
	if f.of != "" {
		w.and(`(creator = ? OR reminded_agent = ?)`, f.of, f.of)
	}
	if f.from != 0 {
		w.and(`at >= ?`, f.from)
	}
	if f.to != 0 {
		w.and(`at < ?`, f.to)
	}
	for _, pattern := range f.patterns {
		w.and(`search LIKE ? ESCAPE '\'`, pattern)
	}
	if !f.deleted {
		w.and(`deleted = 0`)
	}
	if after != (place{}) {
		w.and(`at <= ?`, after.at)
		w.and(`(at < ? OR id < ?)`, after.at, after.id)
	}
	list, err := s.query(ctx, s.db, `SELECT `+entryColumns+` FROM activity_entries `+w.text+` ORDER BY at DESC, id DESC LIMIT $`+strconv.Itoa(len(w.args)+1),
		append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list activities: %w", err)
	}
	return list, nil
}

// where collects conditions and their arguments.
type where struct {
	text string
	args []any
}

// and adds a condition, in which each ? is the next of values.
func (w *where) and(condition string, values ...any) {
	for _, value := range values {
		w.args = append(w.args, value)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.text += ` AND ` + condition
}

func anys(texts []string) []any {
	values := make([]any, len(texts))
	for i := range texts {
		values[i] = texts[i]
	}
	return values
}

func (s store) query(ctx context.Context, q db.Querier, query string, args ...any) (list []Activity, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		a, err := scanEntry(rows)
		list = append(list, a)
		return err
	})
	return list, err
}

func scanEntry(rows *sql.Rows) (a Activity, err error) {
	var body, ignored string
	var due int64
	var deleted, erased int
	err = rows.Scan(&a.ID, &a.Type, &a.Origin, &a.Creator, &a.ContactID, &ignored, &ignored, &a.Call, &a.At, &due, &a.Text, &body, &ignored,
		&a.CreatedAt, &a.UpdatedAt, &deleted, &erased)
	if err != nil {
		return a, err
	}
	a.Deleted, a.erased = deleted != 0, erased != 0
	if err := json.Unmarshal([]byte(body), &a.Body); err != nil {
		return a, fmt.Errorf("read body of activity %s: %w", a.ID, err)
	}
	return a, nil
}

var entryBatch = db.Columns{
	"tenant BIGINT", "id TEXT", "type TEXT", "origin TEXT", "creator TEXT", "contact_id TEXT", "reminded_agent TEXT", "status TEXT",
	"call BIGINT", "at BIGINT", "due_at BIGINT", "text TEXT", "body TEXT", "search TEXT", "created_at BIGINT", "updated_at BIGINT",
	"deleted INTEGER", "erased INTEGER",
}

// write adds or replaces activities of a tenant.
func (s store) write(ctx context.Context, tx *eventlog.Tx, tenant int64, list ...Activity) error {
	const statement = `
		INSERT INTO activity_entries (tenant, ` + entryColumns + `)
		SELECT tenant, ` + entryColumns + `
		FROM batch
		WHERE true
		ON CONFLICT (tenant, id) DO UPDATE SET
			creator = excluded.creator, contact_id = excluded.contact_id, reminded_agent = excluded.reminded_agent,
			status = excluded.status, at = excluded.at, due_at = excluded.due_at, text = excluded.text, body = excluded.body,
			search = excluded.search, updated_at = excluded.updated_at, deleted = excluded.deleted, erased = excluded.erased`
	batch := db.NewBatch(entryBatch, len(list))
	for i := range list {
		a := &list[i]
		body, err := json.Marshal(a.Body)
		if err != nil {
			return fmt.Errorf("encode body of activity %s: %w", a.ID, err)
		}
		batch.Add(tenant, a.ID, a.Type, a.Origin, a.Creator, a.ContactID, a.Body.RemindedAgent, a.Body.Status,
			a.Call, a.At, a.Body.DueAt, a.Text, string(body), a.search(), a.CreatedAt, a.UpdatedAt, number(a.Deleted), number(a.erased))
	}
	if err := s.db.Update(ctx, tx.Tx, statement, batch); err != nil {
		return fmt.Errorf("write activities: %w", err)
	}
	return nil
}

var idBatch = db.Columns{"tenant BIGINT", "id TEXT"}

// contact is what is needed of a contact here.
type contact struct{ ID, Name, Phone, Creator string }

// findContacts returns those of the contacts that exist, by their ids.
func (s store) findContacts(ctx context.Context, q db.Querier, tenant int64, ids ...string) (map[string]contact, error) {
	const query = `
		SELECT id, first_name, last_name, phone, creator
		FROM customer_contacts
		WHERE deleted = 0 AND (tenant, id) IN (SELECT tenant, id FROM batch)`
	batch := db.NewBatch(idBatch, len(ids))
	for _, id := range ids {
		if isID(id) {
			batch.Add(tenant, id)
		}
	}
	found := map[string]contact{}
	err := s.db.Find(ctx, q, query, batch, func(rows *sql.Rows) error {
		var c contact
		var first, last string
		err := rows.Scan(&c.ID, &first, &last, &c.Phone, &c.Creator)
		c.Name = fullName(first, last)
		found[c.ID] = c
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	return found, nil
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
