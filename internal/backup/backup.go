// SPDX-License-Identifier: Apache-2.0

// Package backup copies a running system into one file and brings it back.
//
// The file is a zip of one JSON line per row. It is read in a single snapshot,
// so it is consistent while Tandem runs on, and it does not know the engine: a
// backup of SQLite can be brought back into PostgreSQL. The key that secrets
// are encrypted with is not in it and must be kept apart.
package backup

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"tandem/internal/db"
	"tandem/internal/problem"
)

const (
	format       = 1
	manifestName = "manifest.json"
	rowsName     = "rows/" // and the table's name, and .ndjson
	rowsSuffix   = ".ndjson"
)

// Manifest is what a backup says of itself.
type Manifest struct {
	Format   int              `json:"format"`
	Created  time.Time        `json:"created"`
	Product  string           `json:"product"` // the version that wrote it
	SecretID string           `json:"secretKeyId"`
	Versions map[string]int64 `json:"versions"` // of each module's tables
	Tables   []string         `json:"tables"`
	Rows     map[string]int64 `json:"-"`
}

// Modules maps the owner of tables to its migrations.
type Modules map[string]fs.FS

// Write copies the database into out. The manifest's Product, SecretID and
// Created are the caller's to give; the rest is filled in.
func Write(ctx context.Context, database *db.DB, modules Modules, m Manifest, out io.Writer) (Manifest, error) {
	m.Format, m.Versions, m.Rows = format, map[string]int64{}, map[string]int64{}
	for owner, files := range modules {
		version, err := database.Version(ctx, owner, files)
		if err != nil {
			return m, err
		}
		m.Versions[owner] = version
	}
	archive := zip.NewWriter(out)
	err := database.Snapshot(ctx, func(tx *sql.Tx) (err error) {
		if m.Tables, err = database.Tables(ctx, tx); err != nil {
			return err
		}
		w, err := archive.Create(manifestName)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(w).Encode(m); err != nil {
			return err
		}
		for _, table := range m.Tables {
			if m.Rows[table], err = writeTable(ctx, tx, archive, table); err != nil {
				return fmt.Errorf("copy table %s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	return m, archive.Close()
}

// row is one line of a table's file: column names first, then rows.
type row []any

func writeTable(ctx context.Context, tx *sql.Tx, archive *zip.Writer, table string) (count int64, err error) {
	w, err := archive.Create(rowsName + table + rowsSuffix)
	if err != nil {
		return 0, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+quote(table))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(columns); err != nil {
		return 0, err
	}
	values, places := make(row, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return count, err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				values[i] = map[string]string{"base64": base64.StdEncoding.EncodeToString(b)}
			}
		}
		if err := lines.Encode(values); err != nil {
			return count, err
		}
		count++
	}
	return count, errors.Join(rows.Err(), buffered.Flush())
}

// ReadManifest returns what a backup says of itself. A file that is none, or
// one of a later format, is an Invalid problem.
func ReadManifest(archive *zip.Reader) (m Manifest, err error) {
	file, err := archive.Open(manifestName)
	if err != nil {
		return m, problem.New(problem.Invalid, "backup.unreadable", "The file is not a backup of Tandem.")
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err := json.NewDecoder(file).Decode(&m); err != nil || m.Format != format {
		return m, problem.New(problem.Invalid, "backup.unreadable", "The backup has a format that this version cannot read.")
	}
	return m, nil
}

// Restore brings a backup back into an empty database, and then up to this
// version's tables. A database that holds rows already is a Conflict.
func Restore(ctx context.Context, database *db.DB, modules Modules, archive *zip.Reader) (Manifest, error) {
	m, err := ReadManifest(archive)
	if err != nil {
		return m, err
	}
	if err := prepare(ctx, database, modules, m); err != nil {
		return m, err
	}
	m.Rows = map[string]int64{}
	err = database.InTx(ctx, func(tx *sql.Tx) error {
		if err := mustBeEmpty(ctx, database, tx); err != nil {
			return err
		}
		for _, table := range m.Tables {
			if m.Rows[table], err = readTable(ctx, tx, archive, table); err != nil {
				return fmt.Errorf("bring back table %s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	for _, owner := range slices.Sorted(maps.Keys(modules)) {
		if err := database.Migrate(ctx, owner, modules[owner]); err != nil {
			return m, err
		}
	}
	return m, nil
}

// prepare makes the tables as they were when the backup was written.
func prepare(ctx context.Context, database *db.DB, modules Modules, m Manifest) error {
	for _, owner := range slices.Sorted(maps.Keys(m.Versions)) {
		files, ok := modules[owner]
		if !ok {
			return problem.New(problem.Invalid, "backup.unknown_module", "The backup has tables of %s, which this version does not know.", owner)
		}
		if err := database.MigrateTo(ctx, owner, files, m.Versions[owner]); err != nil {
			return err
		}
		version, err := database.Version(ctx, owner, files)
		if err != nil {
			return err
		}
		if version < m.Versions[owner] {
			return problem.New(problem.Invalid, "backup.later_version", "The backup was written by a later version, %s; restore it with that one or a newer.", m.Product)
		}
	}
	return nil
}

func mustBeEmpty(ctx context.Context, database *db.DB, tx *sql.Tx) error {
	tables, err := database.Tables(ctx, tx)
	if err != nil {
		return err
	}
	for _, table := range tables {
		var some int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM `+quote(table)+` LIMIT 1`).Scan(&some)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look into table %s: %w", table, err)
		}
		return problem.New(problem.Conflict, "backup.not_empty", "The database is not empty (table %s has rows); restore into a new one.", table)
	}
	return nil
}

// quote makes a name safe to stand in a statement.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
