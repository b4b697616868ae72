// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
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
	store, err := database.NewStore(dialect, "migrations_"+owner)
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
