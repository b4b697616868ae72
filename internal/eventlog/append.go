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
	stored, begins, err := l.look(ctx, tx, events)
	if err != nil {
		return nil, fmt.Errorf("look for stored events: %w", err)
	}
	outcomes := make([]Outcome, len(events))
	fresh := make([]Fresh, 0, len(events))
	var first map[identityOf]int // where in outcomes an event of this batch came first
	if len(events) > 1 {
		first = make(map[identityOf]int, len(events))
	}
	head := l.now.head
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
		if first != nil {
			first[e.identity()] = i
		}
		head++
		outcomes[i].Record = Record{Position: head, Event: *e}
		if e.Timed {
			outcomes[i].Record.SkewMS = e.Received - e.At
		}
		fresh = append(fresh, Fresh{Record: &outcomes[i].Record, Begins: begins[streamOf{e.Tenant, e.Stream}]})
	}
	if err := l.store(ctx, tx, fresh); err != nil {
		return nil, err
	}
	for i := range outcomes {
		if outcomes[i].Record.Position == 0 {
			outcomes[i].Record = outcomes[first[events[i].identity()]].Record
		}
	}
	return outcomes, nil
}

// store projects new records and writes their rows.
func (l *Log) store(ctx context.Context, tx *sql.Tx, fresh []Fresh) error {
	if len(fresh) == 0 {
		return nil
	}
	for _, f := range fresh {
		l.fresh = append(l.fresh, f.Record)
		l.memory.add(&f.Event)
	}
	for _, inline := range l.inline {
		if err := inline.Project(ctx, tx, fresh); err != nil {
			return fmt.Errorf("project inline: %w", err)
		}
	}
	if err := l.insertRows(ctx, tx, fresh); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	l.now.head += int64(len(fresh))
	return nil
}

// look returns those of events that are in the log already, and which of
// their streams are empty.
func (l *Log) look(ctx context.Context, tx *sql.Tx, events []Event) (stored map[identityOf]Record, begins map[streamOf]bool, err error) {
	var unknown []streamOf
	var asked map[streamOf]bool
	for i := range events {
		name := streamOf{events[i].Tenant, events[i].Stream}
		if !l.memory.knows(name) && !asked[name] {
			if asked == nil {
				asked = map[streamOf]bool{}
			}
			asked[name] = true
			unknown = append(unknown, name)
		}
	}
	if begins, err = l.findEmpty(ctx, tx, unknown); err != nil {
		return nil, nil, err
	}
	for _, name := range unknown {
		l.memory.begin(name, begins[name])
	}
	var doubtful []*Event
	for i := range events {
		if l.memory.mayHold(&events[i]) {
			doubtful = append(doubtful, &events[i])
		}
	}
	stored, err = l.findStored(ctx, tx, doubtful)
	return stored, begins, err
}

var streamColumns = db.Columns{"tenant BIGINT", "stream TEXT"}

// findEmpty returns those of streams that hold no event.
func (l *Log) findEmpty(ctx context.Context, tx *sql.Tx, streams []streamOf) (map[streamOf]bool, error) {
	// The offset keeps PostgreSQL from joining the tables: each stream is one
	// look at the index, however long it is.
	const query = `
		SELECT tenant, stream
		FROM batch
		WHERE EXISTS (
			SELECT 1 FROM events
			WHERE events.tenant = batch.tenant AND events.stream = batch.stream
			LIMIT 1 OFFSET 0)`
	if len(streams) == 0 {
		return nil, nil
	}
	b := db.NewBatch(streamColumns, len(streams))
	empty := make(map[streamOf]bool, len(streams))
	for _, name := range streams {
		b.Add(name.tenant, name.stream)
		empty[name] = true
	}
	err := l.db.Select(ctx, tx, query, b, func(rows *sql.Rows) error {
		var name streamOf
		err := rows.Scan(&name.tenant, &name.stream)
		delete(empty, name)
		return err
	})
	return empty, err
}

var identityColumns = db.Columns{"tenant BIGINT", "stream TEXT", "key TEXT"}

// findStored returns those of events that are in the log.
func (l *Log) findStored(ctx context.Context, tx *sql.Tx, events []*Event) (map[identityOf]Record, error) {
	if len(events) == 0 {
		return nil, nil
	}
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE (tenant, stream, key) IN (SELECT tenant, stream, key FROM batch)`
	b := db.NewBatch(identityColumns, len(events))
	for _, e := range events {
		b.Add(e.Tenant, e.Stream, e.Key)
	}
	found := map[identityOf]Record{}
	err := l.db.Select(ctx, tx, query, b, func(rows *sql.Rows) error {
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

func (l *Log) insertRows(ctx context.Context, tx *sql.Tx, records []Fresh) error {
	b := db.NewBatch(recordColumns, len(records))
	for _, r := range records {
		b.Add(r.Position, r.Tenant, r.Connector, r.Stream, r.Key, r.Type, r.At, r.Received,
			int64(r.Late), r.skew(), string(r.Data), nullable(r.Raw))
	}
	return l.db.Insert(ctx, tx, "events", b)
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
