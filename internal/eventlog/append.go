// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
)

// identityOf is what makes two events the same one.
type identityOf struct {
	tenant      int64
	stream, key string
}

func (e *Event) identity() identityOf { return identityOf{e.Tenant, e.Stream, e.Key} }

// insert adds those events that are not stored yet, at the next positions, and
// returns the outcome of each. The caller holds the append lock.
func (l *Log) insert(ctx context.Context, tx *sql.Tx, events []Event) ([]Outcome, error) {
	if len(events) == 0 {
		return nil, nil
	}
	stored, err := l.findStored(ctx, tx, events)
	if err != nil {
		return nil, fmt.Errorf("look for stored events: %w", err)
	}
	head, err := l.head(ctx, tx)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(events))
	fresh := make([]*Record, 0, len(events))
	first := make(map[identityOf]int, len(events)) // where in outcomes an event of this batch came first
	for i := range events {
		e := &events[i]
		if record, ok := stored[e.identity()]; ok {
			outcomes[i] = Outcome{Record: record, Duplicate: true}
			continue
		}
		if _, ok := first[e.identity()]; ok {
			outcomes[i].Duplicate = true // filled in below, when Late is known
			continue
		}
		first[e.identity()] = i
		head++
		outcomes[i].Record = Record{Position: head, Event: *e}
		if e.Timed {
			outcomes[i].Record.SkewMS = e.Received - e.At
		}
		fresh = append(fresh, &outcomes[i].Record)
	}
	if len(fresh) > 0 {
		for _, inline := range l.inline {
			if err := inline(ctx, tx, fresh); err != nil {
				return nil, fmt.Errorf("project inline: %w", err)
			}
		}
		if err := l.insertRows(ctx, tx, fresh); err != nil {
			return nil, fmt.Errorf("insert events: %w", err)
		}
	}
	for i := range outcomes {
		if outcomes[i].Record.Position == 0 {
			outcomes[i].Record = outcomes[first[events[i].identity()]].Record
		}
	}
	return outcomes, nil
}

// head returns the newest position. It is asked for every batch rather than
// remembered: another process may append, too.
func (l *Log) head(ctx context.Context, tx *sql.Tx) (head int64, err error) {
	rows, err := l.db.Query(ctx, tx, `SELECT COALESCE(MAX(position), 0) FROM events`)
	if err != nil {
		return 0, fmt.Errorf("find the log's head: %w", err)
	}
	defer rows.Close() // rows.Err tells
	for rows.Next() {
		if err := rows.Scan(&head); err != nil {
			return 0, fmt.Errorf("find the log's head: %w", err)
		}
	}
	return head, rows.Err()
}

var identityColumns = db.Columns{"tenant BIGINT", "stream TEXT", "key TEXT"}

// findStored returns those of events that are in the log already.
func (l *Log) findStored(ctx context.Context, tx *sql.Tx, events []Event) (map[identityOf]Record, error) {
	b := db.Batch{Columns: identityColumns, Rows: make([][]any, len(events))}
	for i := range events {
		b.Rows[i] = []any{events[i].Tenant, events[i].Stream, events[i].Key}
	}
	found := map[identityOf]Record{}
	err := l.db.Select(ctx, tx, `SELECT `+columns+` FROM events`, b, func(rows *sql.Rows) error {
		r, err := scanRecord(rows)
		found[r.identity()] = r
		return err
	})
	return found, err
}

var recordColumns = db.Columns{
	"position BIGINT", "tenant BIGINT", "connector BIGINT", "stream TEXT", "key TEXT", "type TEXT",
	"at BIGINT", "received BIGINT", "late INTEGER", "skew_ms BIGINT", "data TEXT", "raw BYTEA",
}

func (l *Log) insertRows(ctx context.Context, tx *sql.Tx, records []*Record) error {
	b := db.Batch{Columns: recordColumns, Rows: make([][]any, len(records))}
	for i, r := range records {
		b.Rows[i] = []any{
			r.Position, r.Tenant, r.Connector, r.Stream, r.Key, r.Type, r.At, r.Received,
			int64(r.Late), r.skew(), string(r.Data), nullable(r.Raw),
		}
	}
	return l.db.Insert(ctx, tx, "events", b, "")
}

func (r *Record) skew() any {
	if !r.Timed {
		return nil
	}
	return r.SkewMS
}

func nullable(raw []byte) any {
	if raw == nil {
		return nil
	}
	return raw
}
