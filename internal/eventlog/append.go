// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

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
	head, err := headOf(ctx, tx)
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

func headOf(ctx context.Context, tx *sql.Tx) (head int64, err error) {
	const query = `SELECT COALESCE(MAX(position), 0) FROM events`
	if err := tx.QueryRowContext(ctx, query).Scan(&head); err != nil {
		return 0, fmt.Errorf("find the log's head: %w", err)
	}
	return head, nil
}

// findStored returns those of events that are in the log already.
func (l *Log) findStored(ctx context.Context, tx *sql.Tx, events []Event) (map[identityOf]Record, error) {
	found := map[identityOf]Record{}
	for rest := events; len(rest) > 0; {
		n := db.Chunk(len(rest))
		args := make([]any, 0, 3*n)
		for i := range n {
			e := &rest[i]
			args = append(args, e.Tenant, e.Stream, e.Key)
		}
		rest = rest[n:]
		query := `SELECT ` + columns + ` FROM events
			WHERE (tenant, stream, key) IN (VALUES ` + db.Tuples(n, "BIGINT", "TEXT", "TEXT") + `)`
		rows, err := l.db.Query(ctx, tx, query, args...)
		if err != nil {
			return nil, err
		}
		records, err := scanRecords(rows)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			found[r.identity()] = r
		}
	}
	return found, nil
}

// insertRows is the one place where the engines differ: PostgreSQL takes a
// whole batch as arrays in one round trip; SQLite has no arrays, and no round
// trip to save, so it takes rows of a few fixed counts whose statements its
// driver need not parse again.
func (l *Log) insertRows(ctx context.Context, tx *sql.Tx, records []*Record) error {
	if l.db.Engine() == db.Postgres {
		return insertArrays(ctx, tx, records)
	}
	for rest := records; len(rest) > 0; {
		n := db.Chunk(len(rest))
		args := make([]any, 0, 12*n)
		for _, r := range rest[:n] {
			args = append(args, r.Position, r.Tenant, r.Connector, r.Stream, r.Key, r.Type, r.At, r.Received,
				int(r.Late), r.skew(), string(r.Data), nullable(r.Raw))
		}
		rest = rest[n:]
		query := `INSERT INTO events (` + columns + `) VALUES ` + rows(n)
		if err := l.db.Exec(ctx, tx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func insertArrays(ctx context.Context, tx *sql.Tx, records []*Record) error {
	const query = `
		INSERT INTO events (` + columns + `)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
			$7::bigint[], $8::bigint[], $9::integer[], $10::bigint[], $11::text[], $12::bytea[])`
	n := len(records)
	position, tenant, connector := make([]int64, n), make([]int64, n), make([]int64, n)
	stream, key, kind, data := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	at, received, late := make([]int64, n), make([]int64, n), make([]int32, n)
	skew, raw := make([]*int64, n), make([][]byte, n)
	for i, r := range records {
		position[i], tenant[i], connector[i] = r.Position, r.Tenant, r.Connector
		stream[i], key[i], kind[i], data[i] = r.Stream, r.Key, r.Type, string(r.Data)
		at[i], received[i], late[i], raw[i] = r.At, r.Received, int32(r.Late), r.Raw
		if r.Timed {
			skew[i] = &r.SkewMS
		}
	}
	_, err := tx.ExecContext(ctx, query, position, tenant, connector, stream, key, kind, at, received, late, skew, data, raw)
	return err
}

// rows returns n parenthesised rows of twelve placeholders.
func rows(n int) string {
	return strings.TrimSuffix(strings.Repeat("(?,?,?,?,?,?,?,?,?,?,?,?),", n), ",")
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
