// SPDX-License-Identifier: Apache-2.0

// Package db opens the product's database, SQLite or PostgreSQL, and migrates
// it.
//
// Queries are written once, in the SQL that both engines share, with $1
// placeholders. DB itself is a pool of readers; write transactions begin in
// one place only, eventlog, because several SQLite writers get SQLITE_BUSY
// whatever their timeout, and because positions are given out under one lock.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Engine names the database behind a DB.
type Engine string

// The engines there are.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

const (
	readersMax     = 8    // connections that read
	pageBytes      = 8192 // a fifth faster than 4096 for rows of this size, measured
	walPagesMax    = 4000 // 32 MB of WAL between checkpoints
	writerCacheKiB = 32768
	readerCacheKiB = 4096
)

// DB is an open database. Read through it.
type DB struct {
	*sql.DB

	pool   *sql.DB // connections that may write
	writer writer
	engine Engine
	dsn    string
}

// IsPostgres reports whether dsn names a PostgreSQL server rather than a
// SQLite file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Open opens the database at dsn: a postgres:// URL, or the path of a SQLite
// file, which is created when it does not exist.
func Open(ctx context.Context, dsn string) (*DB, error) {
	open := openSQLite
	if IsPostgres(dsn) {
		open = openPostgres
	}
	d, err := open(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	readers, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	readers.SetMaxOpenConns(readersMax)
	readers.SetMaxIdleConns(readersMax)
	settings, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.Join(err, readers.Close())
	}
	// Plans are kept with the connection, or planning would take a fifth of the
	// append. Made while the tables were still small, they would read whole
	// tables when those have grown; the writer finds what it wants by indexes.
	// Where there is no index the costs look so high that it would compile them.
	for _, whole := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"} {
		settings.RuntimeParams[whole] = "off"
	}
	writers := sql.OpenDB(pipes{stdlib.GetConnector(*settings)})
	// The log's writer holds one; a second lets migrations wait for a lock.
	writers.SetMaxOpenConns(2)
	d := &DB{DB: readers, pool: writers, engine: Postgres, dsn: dsn}
	if err := readers.PingContext(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := prepareSQLite(ctx, path); err != nil {
		return nil, err
	}
	common := fmt.Sprintf("?_pragma=busy_timeout(10000)&_pragma=foreign_keys(ON)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(%d)", walPagesMax)
	readers, err := openKeeping(fileURI(path) + common + fmt.Sprintf("&_pragma=query_only(ON)&_pragma=cache_size(-%d)", readerCacheKiB))
	if err != nil {
		return nil, err
	}
	readers.SetMaxOpenConns(readersMax)
	readers.SetMaxIdleConns(readersMax)
	writers, err := openKeeping(fileURI(path) + common + fmt.Sprintf("&_txlock=immediate&_pragma=cache_size(-%d)", writerCacheKiB))
	if err != nil {
		return nil, errors.Join(err, readers.Close())
	}
	// The log's writer holds one for good; migrations use the second.
	writers.SetMaxOpenConns(2)
	return &DB{DB: readers, pool: writers, engine: SQLite, dsn: path}, nil
}

// prepareSQLite sets what must be set before anything is written: the page
// size counts only on an empty file and before the journal mode; the driver's
// list of pragmas comes too late for it.
func prepareSQLite(ctx context.Context, path string) error {
	first, err := sql.Open("sqlite", fileURI(path)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	first.SetMaxOpenConns(1)
	_, err = first.ExecContext(ctx, fmt.Sprintf("PRAGMA page_size = %d; PRAGMA journal_mode = WAL", pageBytes))
	return errors.Join(err, first.Close())
}

// fileURI escapes what a SQLite URI would read as its own syntax.
func fileURI(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// Engine says which database this is. Only this package and eventlog have a
// reason to ask.
func (d *DB) Engine() Engine { return d.engine }

// Path returns the SQLite file, or "" for PostgreSQL.
func (d *DB) Path() string {
	if d.engine == SQLite {
		return d.dsn
	}
	return ""
}

// Close closes the database.
func (d *DB) Close() error { return errors.Join(d.writer.close(), d.pool.Close(), d.DB.Close()) }

// Snapshot runs read in a transaction that sees one moment of the whole
// database, however long it takes and whatever is written meanwhile.
func (d *DB) Snapshot(ctx context.Context, read func(*sql.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	defer tx.Rollback() // it only read
	return read(tx)
}
