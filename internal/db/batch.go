// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"fmt"
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
	Columns Columns
	Rows    [][]any // each as long as Columns
}

// Insert runs "INSERT INTO table (columns) <the batch> tail" within tx.
func (d *DB) Insert(ctx context.Context, tx *sql.Tx, table string, b Batch, tail string) error {
	return d.each(b, func(source string, args []any) error {
		query := `INSERT INTO ` + table + ` (` + b.names() + `) ` + source + ` ` + tail
		return d.Exec(ctx, tx, query, args...)
	})
}

// Select runs "query WHERE (columns) IN (<the batch>)" within tx and gives
// each result to scan, which does not close it.
func (d *DB) Select(ctx context.Context, tx *sql.Tx, query string, b Batch, scan func(*sql.Rows) error) error {
	return d.each(b, func(source string, args []any) error {
		rows, err := d.Query(ctx, tx, query+` WHERE (`+b.names()+`) IN (`+source+`)`, args...)
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

// each calls run with the batch, or piece by piece, as a source of rows and its
// arguments.
func (d *DB) each(b Batch, run func(source string, args []any) error) error {
	if len(b.Rows) == 0 {
		return nil
	}
	if d.engine == Postgres {
		return run(b.arrays())
	}
	for rest := b.Rows; len(rest) > 0; {
		n := Chunk(len(rest))
		args := make([]any, 0, n*len(b.Columns))
		for _, row := range rest[:n] {
			args = append(args, row...)
		}
		rest = rest[n:]
		if err := run(values(n, len(b.Columns)), args); err != nil {
			return err
		}
	}
	return nil
}

func (b Batch) names() string {
	names := make([]string, len(b.Columns))
	for i, column := range b.Columns {
		names[i], _, _ = strings.Cut(column, " ")
	}
	return strings.Join(names, ", ")
}

// arrays returns the batch as PostgreSQL takes it.
func (b Batch) arrays() (source string, args []any) {
	marks := make([]string, len(b.Columns))
	for i, column := range b.Columns {
		_, kind, _ := strings.Cut(column, " ")
		marks[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
		values := make([]any, len(b.Rows))
		for k, row := range b.Rows {
			values[k] = row[i]
		}
		args = append(args, values)
	}
	return `SELECT * FROM unnest(` + strings.Join(marks, ",") + `)`, args
}

// texts remembers the lists of placeholders, of which there are few.
var texts sync.Map

// values returns n rows of placeholders as SQLite takes them. They have no
// numbers: the driver would look each up by name among all of them, which for
// a thousand costs more than the statement.
func values(n, columns int) string {
	name := [2]int{n, columns}
	if text, ok := texts.Load(name); ok {
		return text.(string) //nolint:forcetypeassert // only strings are stored
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + "),"
	text := "VALUES " + strings.TrimSuffix(strings.Repeat(row, n), ",")
	texts.Store(name, text)
	return text
}
