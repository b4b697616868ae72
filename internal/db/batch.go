// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Columns are columns of a batch, each with its SQL type, which PostgreSQL
// cannot guess: "tenant BIGINT".
type Columns []string

// Batch is many rows for one statement. It is where the engines differ most:
// PostgreSQL takes a whole batch as one array per column, in one round trip
// and with one small plan. SQLite has no arrays, and no round trip to save; it
// takes rows in a few fixed counts, each a statement that stays prepared.
type Batch struct {
	columns Columns
	values  []any // row after row
}

// NewBatch returns a batch with room for so many rows.
func NewBatch(columns Columns, rows int) Batch {
	return Batch{columns: columns, values: make([]any, 0, rows*len(columns))}
}

// Add adds a row: a value for each column, int64 for the integers.
func (b *Batch) Add(values ...any) { b.values = append(b.values, values...) }

// Insert runs "INSERT INTO table (columns) <the batch>" within tx; like
// [DB.Send] it may do so later. When it fails, some of the rows may be there,
// so that tx, or the savepoint it is behind, is to be rolled back.
func (d *DB) Insert(ctx context.Context, tx *sql.Tx, table string, b Batch) error {
	insert := "INSERT INTO "
	if d.engine == SQLite {
		// To undo the statement alone, SQLite would first copy each page it writes.
		insert = "INSERT OR FAIL INTO "
	}
	return d.each(b, insert+table+" (", ") ", "", func(query string, args []any) error {
		return d.Send(ctx, tx, query, args...)
	})
}

// Update runs statement, which reads the batch as a table of that name, within
// tx; like [DB.Send] it may do so later.
func (d *DB) Update(ctx context.Context, tx *sql.Tx, statement string, b Batch) error {
	return d.each(b, "WITH batch (", ") AS (", ") "+statement, func(query string, args []any) error {
		return d.Send(ctx, tx, query, args...)
	})
}

// Set sets the columns of those rows of table whose last columns, so many, are
// as in the batch; like [DB.Send] it may do so later. SQLite gets the rows
// one by one: joining them to the table costs it half as much again.
func (d *DB) Set(ctx context.Context, tx *sql.Tx, table string, b Batch, keys int) error {
	if len(b.values) == 0 {
		return nil
	}
	width := len(b.columns)
	if d.engine == Postgres {
		name := textOf{columns: &b.columns[0], head: table, rows: -keys}
		return d.Send(ctx, tx, text(name, func() string {
			return "WITH batch (" + b.columns.names() + ") AS (" + b.columns.unnest() + ") UPDATE " + table +
				" SET " + b.columns[:width-keys].equal("", " = batch.", ", ") + " FROM batch" +
				" WHERE " + b.columns[width-keys:].equal(table+".", " = batch.", " AND ")
		}), b.arrays()...)
	}
	name := textOf{columns: &b.columns[0], head: table, rows: keys}
	query := text(name, func() string {
		return "UPDATE " + table + " SET " + b.columns[:width-keys].equal("", "?", ", ") +
			" WHERE " + b.columns[width-keys:].equal("", "?", " AND ")
	})
	for row := range slices.Chunk(b.values, width) {
		if err := d.Send(ctx, tx, query, row...); err != nil {
			return err
		}
	}
	return nil
}

// Select runs query, which reads the batch as a table of that name, within tx
// and gives each result to scan, which does not close it.
func (d *DB) Select(ctx context.Context, tx *sql.Tx, query string, b Batch, scan func(*sql.Rows) error) error {
	return d.each(b, "WITH batch (", ") AS (", ") "+query, func(query string, args []any) error {
		rows, err := d.Query(ctx, tx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// each calls run with the batch, or piece by piece: with the statement that is
// made of head, the columns, middle, the rows and tail, and its arguments.
func (d *DB) each(b Batch, head, middle, tail string, run func(query string, args []any) error) error {
	if len(b.values) == 0 {
		return nil
	}
	name := textOf{columns: &b.columns[0], head: head, middle: middle, tail: tail}
	if d.engine == Postgres {
		return run(b.text(name, Columns.unnest), b.arrays())
	}
	width := len(b.columns)
	for rest := b.values; len(rest) > 0; {
		name.rows = Chunk(len(rest) / width)
		args := rest[:name.rows*width]
		rest = rest[len(args):]
		if err := run(b.text(name, func(c Columns) string { return c.values(name.rows) }), args); err != nil {
			return err
		}
	}
	return nil
}

// textOf names a statement's text; rows is 0 on PostgreSQL.
type textOf struct {
	columns            *string
	head, middle, tail string
	rows               int
}

// texts remembers the statements, of which there are few.
var texts sync.Map

func (b *Batch) text(name textOf, source func(Columns) string) string {
	return text(name, func() string {
		return name.head + b.columns.names() + name.middle + source(b.columns) + name.tail
	})
}

func text(name textOf, write func() string) string {
	if text, ok := texts.Load(name); ok {
		return text.(string) //nolint:forcetypeassert // only strings are stored
	}
	text := write()
	texts.Store(name, text)
	return text
}

// equal returns a condition or an assignment for each column: with the column
// of the same name behind sign, or with a placeholder if sign is one.
func (c Columns) equal(before, sign, between string) string {
	list := make([]string, len(c))
	for i := range c {
		name, _ := c.column(i)
		if sign == "?" {
			list[i] = before + name + " = ?"
		} else {
			list[i] = before + name + sign + name
		}
	}
	return strings.Join(list, between)
}

func (c Columns) names() string {
	names := make([]string, len(c))
	for i := range c {
		names[i], _ = c.column(i)
	}
	return strings.Join(names, ", ")
}

func (c Columns) column(i int) (name, kind string) {
	name, kind, _ = strings.Cut(c[i], " ")
	return name, kind
}

// unnest returns the rows as PostgreSQL takes them.
func (c Columns) unnest() string {
	marks := make([]string, len(c))
	for i := range c {
		_, kind := c.column(i)
		marks[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
	}
	return `SELECT * FROM unnest(` + strings.Join(marks, ",") + `)`
}

// values returns n rows of placeholders as SQLite takes them. They have no
// numbers: the driver would look each up by name among all of them, which for
// a thousand costs more than the statement.
func (c Columns) values(n int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(c)), ",") + "),"
	return "VALUES " + strings.TrimSuffix(strings.Repeat(row, n), ",")
}

// arrays returns the columns' values. Slices of a type that the driver knows
// cost it half of what a slice of any does.
func (b *Batch) arrays() []any {
	width := len(b.columns)
	args := make([]any, width)
	for i := range args {
		switch _, kind := b.columns.column(i); kind {
		case "TEXT":
			args[i] = column[string](b.values[i:], width)
		case "BIGINT", "INTEGER":
			args[i] = column[int64](b.values[i:], width)
		default:
			args[i] = column[[]byte](b.values[i:], width)
		}
	}
	return args
}

// column returns each width-th of values: as a slice of T, or if one of them
// is no T, such as NULL, of any.
func column[T any](values []any, width int) any {
	rows := (len(values) + width - 1) / width
	list := make([]T, rows)
	for i := range rows {
		value, ok := values[i*width].(T)
		if !ok {
			mixed := make([]any, rows)
			for i := range mixed {
				mixed[i] = values[i*width]
			}
			return mixed
		}
		list[i] = value
	}
	return list
}
