// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipes makes connections to PostgreSQL that can keep statements back.
type pipes struct{ driver.Connector }

func (p pipes) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pipe{Conn: conn.(*stdlib.Conn)}, nil //nolint:forcetypeassert // that is what stdlib makes
}

// pipe is a connection that keeps back statements whose result nobody waits
// for, the beginning of the transaction among them, and sends them with the
// next one that somebody waits for. A round trip costs PostgreSQL and us more
// than a small statement does. database/sql serves the rest as ever.
type pipe struct {
	*stdlib.Conn

	kept pgx.Batch
}

// keep keeps a statement back.
func (p *pipe) keep(query string, args ...any) { p.kept.Queue(query, args...) }

// drop gives up what was kept back.
func (p *pipe) drop() { p.kept = pgx.Batch{} }

// send sends what was kept back and returns what became of the last of it.
// With read set, read takes the last one's result.
func (p *pipe) send(ctx context.Context, read func(pgx.BatchResults) error) (tag pgconn.CommandTag, err error) {
	count := p.kept.Len()
	if count == 0 {
		return tag, nil
	}
	if p.Conn.Conn().IsClosed() {
		return tag, driver.ErrBadConn
	}
	batch := p.kept
	p.drop()
	results := p.Conn.Conn().SendBatch(ctx, &batch)
	for i := range count {
		if i == count-1 && read != nil {
			err = read(results)
		} else {
			tag, err = results.Exec()
		}
		if err != nil {
			break
		}
	}
	return tag, errors.Join(err, results.Close())
}

// BeginTx implements [driver.ConnBeginTx].
func (p *pipe) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options != (driver.TxOptions{}) {
		return p.Conn.BeginTx(ctx, options)
	}
	p.drop()
	p.keep("begin")
	return pipeTx{ctx: ctx, pipe: p}, nil
}

// ExecContext implements [driver.ExecerContext].
func (p *pipe) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if p.kept.Len() == 0 || len(args) == 0 { // without arguments it may be several statements
		if _, err := p.send(ctx, nil); err != nil {
			return nil, err
		}
		return p.Conn.ExecContext(ctx, query, args)
	}
	values := make([]any, len(args))
	for i := range args {
		values[i] = args[i].Value
	}
	p.keep(query, values...)
	tag, err := p.send(ctx, nil)
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements [driver.QueryerContext].
func (p *pipe) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if _, err := p.send(ctx, nil); err != nil {
		return nil, err
	}
	return p.Conn.QueryContext(ctx, query, args)
}

// PrepareContext implements [driver.ConnPrepareContext].
func (p *pipe) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if _, err := p.send(ctx, nil); err != nil {
		return nil, err
	}
	return p.Conn.PrepareContext(ctx, query)
}

// pipeTx is the transaction of a pipe.
type pipeTx struct {
	ctx  context.Context //nolint:containedctx // database/sql gives it at the beginning only
	pipe *pipe
}

// Commit implements [driver.Tx].
func (t pipeTx) Commit() error {
	t.pipe.keep("commit")
	tag, err := t.pipe.send(t.ctx, nil)
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	if tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// Rollback implements [driver.Tx].
func (t pipeTx) Rollback() error {
	t.pipe.drop()
	conn := t.pipe.Conn.Conn()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil // it is over, or has not been begun
	}
	_, err := conn.Exec(t.ctx, "rollback")
	return err
}
