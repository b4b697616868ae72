// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// writer is the connection that writes. On SQLite it is kept, with the
// statements that it keeps prepared; see [keeper].
type writer struct {
	mu   sync.Mutex // held for a whole transaction
	conn *sql.Conn
}

// InTx runs work in a write transaction and commits it if work returns nil.
// It is for eventlog, and for tools that run alone; everyone else writes
// through eventlog's Transact.
func (d *DB) InTx(ctx context.Context, work func(*sql.Tx) error) error {
	d.writer.mu.Lock()
	defer d.writer.mu.Unlock()
	conn, err := d.connection(ctx)
	if err != nil {
		return err
	}
	if d.engine == Postgres {
		defer d.writer.close() //nolint:errcheck // it goes back to its pool
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		d.forgetBroken(err)
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // a no-op after commit
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Lock makes tx wait until no other transaction holds the same name, and hold
// it until it ends; then it reads one row with query into dest. SQLite needs no
// lock: it has one writer anyway.
func (d *DB) Lock(ctx context.Context, tx *sql.Tx, name, query string, dest ...any) error {
	if d.engine == Postgres {
		return d.piped(func(p *pipe) error {
			// A statement of its own: what query sees has to begin after the wait.
			p.keep(`SELECT pg_advisory_xact_lock(hashtext($1))`, name)
			p.keep(query)
			_, err := p.send(ctx, func(results pgx.BatchResults) error { return results.QueryRow().Scan(dest...) })
			return err
		})
	}
	rows, err := d.Query(ctx, tx, query)
	if err != nil {
		return err
	}
	defer rows.Close() // rows.Err tells
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Apart runs work behind a savepoint of tx and undoes what it has done if it
// fails with an error that is undone. Other errors are returned as they are.
func (d *DB) Apart(ctx context.Context, tx *sql.Tx, work func() error, undone func(error) bool) error {
	if err := d.Exec(ctx, tx, `SAVEPOINT work`); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	failed := work()
	if failed != nil && !undone(failed) {
		return failed
	}
	if failed != nil {
		if d.engine == Postgres {
			_ = d.piped(func(p *pipe) error { p.drop(); return nil })
		}
		if err := d.Exec(ctx, tx, `ROLLBACK TO SAVEPOINT work`); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", err)
		}
	}
	if err := d.Exec(ctx, tx, `RELEASE SAVEPOINT work`); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return failed
}

// piped gives use the connection that writes to PostgreSQL.
func (d *DB) piped(use func(*pipe) error) error {
	return d.writer.conn.Raw(func(conn any) error {
		return use(conn.(*pipe)) //nolint:forcetypeassert // the pool makes no others
	})
}

// Exec runs a statement within tx.
func (d *DB) Exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// Send is [DB.Exec] for a statement whose result nobody waits for: it may be run
// later, but before the next query and before the commit, which then fail when
// it does.
func (d *DB) Send(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	if d.engine == Postgres {
		return d.piped(func(p *pipe) error { p.keep(query, args...); return nil })
	}
	return d.Exec(ctx, tx, query, args...)
}

// Query is [DB.Exec] for statements that return rows.
func (d *DB) Query(ctx context.Context, tx *sql.Tx, query string, args ...any) (*sql.Rows, error) {
	return tx.QueryContext(ctx, query, args...)
}

// connection returns the writing connection, opened when there is none.
func (d *DB) connection(ctx context.Context) (*sql.Conn, error) {
	if d.writer.conn != nil {
		return d.writer.conn, nil
	}
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open writing connection: %w", err)
	}
	d.writer.conn = conn
	return conn, nil
}

// forgetBroken lets the next transaction open a new connection when this one
// will never work again.
func (d *DB) forgetBroken(err error) {
	if d.writer.conn == nil || !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		return
	}
	_ = d.writer.close()
}

func (w *writer) close() error {
	if w.conn == nil {
		return nil
	}
	conn := w.conn
	w.conn = nil
	return conn.Close()
}
