// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// keptMax is how many statements one connection keeps prepared: about twice as
// many as there are texts in the program that run often.
const keptMax = 256

// keeper opens SQLite connections that keep the statements they have run.
// Parsing a statement costs SQLite more than running it, and database/sql
// prepares anew what is not a [sql.Stmt], in transactions even that.
type keeper struct{ driver.Connector }

// openKeeping opens a pool of connections to SQLite, each of which keeps its
// statements.
func openKeeping(dsn string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeper{connector}), nil
}

// Connect implements [driver.Connector].
func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("driver's connection %T lacks methods", conn), conn.Close())
	}
	return &keeping{sqliteConn: whole, kept: map[string]*kept{}}, nil
}

// sqliteConn is what database/sql uses of a connection to SQLite.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is a connection that keeps statements. database/sql lets one
// goroutine at a time use it, its statements and its rows.
type keeping struct {
	sqliteConn

	kept map[string]*kept
	runs int64 // of statements, which is the clock that tells the oldest
}

// statement is what database/sql uses of a statement of SQLite.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// kept is a statement and what became of it.
type kept struct {
	statement

	text string
	used int64 // run that used it last
	busy bool  // it runs, or rows of it are open
}

// ExecContext implements [driver.ExecerContext].
func (c *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !keepable(query) {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	k, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := k.ExecContext(ctx, args)
	return result, errors.Join(err, c.give(k))
}

// QueryContext implements [driver.QueryerContext].
func (c *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !keepable(query) {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	k, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := k.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.give(k))
	}
	return &keptRows{Rows: rows, conn: c, of: k}, nil
}

// Close implements [driver.Conn].
func (c *keeping) Close() error {
	var errs []error
	for _, k := range c.kept {
		errs = append(errs, k.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keepable reports whether a statement may be prepared once and run often.
// Some pragmas take effect when they are prepared, so only the usual ones are.
func keepable(query string) bool {
	query = strings.TrimLeft(query, " \t\r\n")
	first := query[:max(0, strings.IndexAny(query, " \t\r\n"))]
	switch first {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK":
		return true
	}
	return false
}

// take returns the statement with this text for one run. It is another one than
// is kept while that one's rows are being read.
func (c *keeping) take(ctx context.Context, query string) (*kept, error) {
	c.runs++
	k, known := c.kept[query]
	if known && !k.busy {
		k.busy, k.used = true, c.runs
		return k, nil
	}
	prepared, err := c.PrepareContext(ctx, anonymous(query))
	if err != nil {
		return nil, err
	}
	whole, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("driver's statement %T lacks methods", prepared), prepared.Close())
	}
	k = &kept{statement: whole, text: query, used: c.runs, busy: true}
	if known {
		return k, nil
	}
	if len(c.kept) >= keptMax {
		if err := c.dropOldest(); err != nil {
			return nil, errors.Join(err, k.Close())
		}
	}
	c.kept[query] = k
	return k, nil
}

// give ends a run.
func (c *keeping) give(k *kept) error {
	k.busy = false
	if c.kept[k.text] == k {
		return nil
	}
	return k.Close()
}

// dropOldest forgets the statement that has not run for longest. One that is
// in use is closed when it is given back.
func (c *keeping) dropOldest() error {
	var oldest *kept
	for _, k := range c.kept {
		if oldest == nil || k.used < oldest.used {
			oldest = k
		}
	}
	delete(c.kept, oldest.text)
	if oldest.busy {
		return nil
	}
	return oldest.Close()
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	driver.Rows

	conn *keeping
	of   *kept
}

// Close implements [driver.Rows].
func (r *keptRows) Close() error {
	if r.of == nil {
		return nil
	}
	k := r.of
	r.of = nil
	return errors.Join(r.Rows.Close(), r.conn.give(k))
}
