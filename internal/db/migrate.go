// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Migrate applies each file of files/migrations that owner has not applied
// yet. 0001_events.postgres.sql is for PostgreSQL only, 0002_records.sql for
// either engine. Processes that start together wait for each other.
func (d *DB) Migrate(ctx context.Context, owner string, files fs.FS) error {
	provider, err := d.provider(owner, files)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", owner, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", owner, err)
	}
	return nil
}

// Pending reports whether owner has files that Migrate would still apply.
func (d *DB) Pending(ctx context.Context, owner string, files fs.FS) (bool, error) {
	provider, err := d.provider(owner, files)
	if err != nil {
		return false, fmt.Errorf("look at migrations of %s: %w", owner, err)
	}
	return provider.HasPending(ctx)
}

// Version returns the number of the last file of owner that was applied; 0 if
// none was.
func (d *DB) Version(ctx context.Context, owner string, files fs.FS) (int64, error) {
	provider, err := d.provider(owner, files)
	if err != nil {
		return 0, fmt.Errorf("look at migrations of %s: %w", owner, err)
	}
	return provider.GetDBVersion(ctx)
}

// MigrateTo is Migrate up to the file with the given number, for bringing back
// rows that were written under an older schema.
func (d *DB) MigrateTo(ctx context.Context, owner string, files fs.FS, version int64) error {
	if version == 0 {
		return nil
	}
	provider, err := d.provider(owner, files)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", owner, err)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate %s to %d: %w", owner, version, err)
	}
	return nil
}

// Tables returns the names of all tables that hold the product's rows.
func (d *DB) Tables(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
	if d.engine == Postgres {
		query = `SELECT table_name FROM information_schema.tables
			WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		if !strings.HasPrefix(name, versionPrefix) {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}

const versionPrefix = "migrations_" // of the tables that count a module's migrations

func (d *DB) provider(owner string, files fs.FS) (*goose.Provider, error) {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	// A version table of its own lets each module number its files from 1.
	store, err := database.NewStore(dialect, versionPrefix+owner)
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithStore(store))
	return goose.NewProvider("", d.pool, engineFiles{sub, d.engine}, options...)
}

// engineFiles hides the files that are for the other engine.
type engineFiles struct {
	fs.FS
	engine Engine
}

// ReadDir implements [fs.ReadDirFS].
func (f engineFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	if err != nil {
		return nil, err
	}
	var mine []fs.DirEntry
	for _, entry := range all {
		if engine := engineOf(entry.Name()); engine == "" || engine == f.engine {
			mine = append(mine, entry)
		}
	}
	return mine, nil
}

// engineOf returns the engine a file is for, or "" if it suits both.
func engineOf(name string) Engine {
	parts := strings.Split(name, ".")
	if len(parts) == 3 {
		return Engine(parts[1])
	}
	return ""
}
