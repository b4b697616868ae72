// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"database/sql"
	"errors"
	"testing"
	"testing/fstest"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

var tables = fstest.MapFS{
	"migrations/0001_pair.sqlite.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE pair (id BIGINT PRIMARY KEY, note TEXT NOT NULL DEFAULT 'sqlite');")},
	"migrations/0001_pair.postgres.sql": {Data: []byte("-- +goose Up\nCREATE TABLE pair (id BIGINT PRIMARY KEY, note TEXT NOT NULL DEFAULT 'postgres');")},
	"migrations/0002_more.sql":          {Data: []byte("-- +goose Up\nALTER TABLE pair ADD COLUMN more BIGINT NOT NULL DEFAULT 7;")},
}

// Each engine gets its own variant of a file and the files for both; applying
// them twice changes nothing.
func TestMigrate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		for range 2 {
			if err := database.Migrate(t.Context(), "pair", tables); err != nil {
				t.Fatal(err)
			}
		}
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO pair (id) VALUES ($1)`, 1)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var note string
		var more int64
		if err := database.QueryRowContext(t.Context(), `SELECT note, more FROM pair WHERE id = $1`, 1).Scan(&note, &more); err != nil {
			t.Fatal(err)
		}
		if note != string(database.Engine()) || more != 7 {
			t.Errorf("got %q %d, want %q 7", note, more, database.Engine())
		}
		if pending, err := database.Pending(t.Context(), "pair", tables); err != nil || pending {
			t.Errorf("pending %v, %v; want nothing pending", pending, err)
		}
	})
}

// A transaction whose work fails leaves nothing behind.
func TestInTxRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		if err := database.Migrate(t.Context(), "pair", tables); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("refused")
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO pair (id) VALUES ($1)`, 1); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("got %v, want the work's own error", err)
		}
		var n int
		if err := database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pair`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v; want none", n, err)
		}
	})
}

// The readers' pool cannot write on SQLite, so that nobody takes the writer's
// lock by accident.
func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t, t.TempDir()+"/test.db")
	if _, err := database.ExecContext(t.Context(), `CREATE TABLE x (id BIGINT)`); err == nil {
		t.Error("a reader created a table")
	}
	var size int
	if err := database.QueryRowContext(t.Context(), `PRAGMA page_size`).Scan(&size); err != nil || size != 8192 {
		t.Errorf("page size %d, %v; want 8192", size, err)
	}
}
