// SPDX-License-Identifier: Apache-2.0

package backup_test

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/backup"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/problem"
)

var modules = backup.Modules{"eventlog": eventlog.Tables}

func event(i int) eventlog.Event {
	e := eventlog.Event{
		Tenant: 1, Stream: "call/1/c", Key: fmt.Sprint(i), Type: "call.new", At: 1_767_225_600_123, Received: 1_767_225_600_456,
		Data: []byte(`{"name":"Nguyễn 🎧 \u0000","id":1767225600123456789}`),
	}
	if i%2 == 0 {
		e.Raw, e.Timed = []byte{0, 0xff, byte(i)}, true
	}
	return e
}

func write(t *testing.T, database *db.DB) *zip.Reader {
	t.Helper()
	var out bytes.Buffer
	if _, err := backup.Write(t.Context(), database, modules, backup.Manifest{Product: "test"}, &out); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func records(t *testing.T, database *db.DB) []eventlog.Record {
	t.Helper()
	log := eventlog.New(database, nil, nil)
	records, err := log.ReadAfter(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// What comes back is what was there, to the byte, in either engine and from
// one to the other.
func TestThereAndBack(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		source := dbtest.Open(t, dsn)
		log := eventlogtest.Start(t, source)
		for i := range 150 { // more than one chunk
			if _, err := log.Append(t.Context(), event(i)); err != nil {
				t.Fatal(err)
			}
		}
		archive := write(t, source)
		want := records(t, source)
		for name, target := range targets(t) {
			if _, err := backup.Restore(t.Context(), target, modules, archive); err != nil {
				t.Fatalf("into %s: %v", name, err)
			}
			if diff := cmp.Diff(want, records(t, target)); diff != "" {
				t.Errorf("into %s (-want +got): %s", name, diff)
			}
			_, err := backup.Restore(t.Context(), target, modules, archive)
			if problem.Of(err).Kind != problem.Conflict {
				t.Errorf("into %s again: %v, want Conflict", name, err)
			}
		}
	})
}

// targets returns an empty database of each engine there is.
func targets(t *testing.T) map[string]*db.DB {
	t.Helper()
	all := map[string]*db.DB{"sqlite": dbtest.Open(t, t.TempDir()+"/target.db")}
	if os.Getenv("TANDEM_TEST_POSTGRES") != "" {
		all["postgres"] = dbtest.Open(t, dbtest.Postgres(t))
	}
	return all
}

// A backup of a system that is being written to is one moment of it: no
// position is missing before its last.
func TestConsistentWhileWriting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log := eventlogtest.Start(t, database)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for w := range 4 {
			group.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					if _, err := log.Append(t.Context(), event(10_000*w+i)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		archive := write(t, database)
		cancel()
		group.Wait()
		target := dbtest.Open(t, t.TempDir()+"/target.db")
		if _, err := backup.Restore(t.Context(), target, modules, archive); err != nil {
			t.Fatal(err)
		}
		for i, r := range records(t, target) {
			if r.Position != int64(i+1) {
				t.Fatalf("position %d at place %d", r.Position, i+1)
			}
		}
	})
}

// A backup of an older version comes back and is brought up to this one.
func TestOlderBackup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		old := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE thing (id BIGINT PRIMARY KEY);")}}
		newer := fstest.MapFS{
			"migrations/0001_a.sql": old["migrations/0001_a.sql"],
			"migrations/0002_b.sql": {Data: []byte("-- +goose Up\nALTER TABLE thing ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';")},
		}
		if err := database.Migrate(t.Context(), "thing", old); err != nil {
			t.Fatal(err)
		}
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO thing (id) VALUES (7)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := backup.Write(t.Context(), database, backup.Modules{"thing": old}, backup.Manifest{}, &out); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		target := dbtest.Open(t, t.TempDir()+"/target.db")
		if _, err := backup.Restore(t.Context(), target, backup.Modules{"thing": newer}, archive); err != nil {
			t.Fatal(err)
		}
		var colour string
		if err := target.QueryRowContext(t.Context(), `SELECT colour FROM thing WHERE id = 7`).Scan(&colour); err != nil || colour != "blue" {
			t.Errorf("colour %q, %v", colour, err)
		}
	})
}

// A backup of a later version is refused: what its tables mean is not known
// here.
func TestLaterBackup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		now := fstest.MapFS{"migrations/0001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE thing (id BIGINT PRIMARY KEY);")}}
		later := fstest.MapFS{
			"migrations/0001_a.sql": now["migrations/0001_a.sql"],
			"migrations/0002_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE other (id BIGINT PRIMARY KEY);")},
		}
		if err := database.Migrate(t.Context(), "thing", later); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := backup.Write(t.Context(), database, backup.Modules{"thing": later}, backup.Manifest{Product: "9.9"}, &out); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		target := dbtest.Open(t, t.TempDir()+"/target.db")
		_, err = backup.Restore(t.Context(), target, backup.Modules{"thing": now}, archive)
		if problem.Of(err).Code != "backup.later_version" {
			t.Errorf("got %v", err)
		}
	})
}

// A file that is no backup is refused with a problem, and touches nothing.
func TestNoBackup(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := zip.NewWriter(&out).Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	target := dbtest.Open(t, t.TempDir()+"/target.db")
	if _, err := backup.Restore(t.Context(), target, modules, archive); problem.Of(err).Code != "backup.unreadable" {
		t.Errorf("got %v", err)
	}
}
