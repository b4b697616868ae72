// SPDX-License-Identifier: Apache-2.0

// Package dbtest gives tests a database of their own.
package dbtest

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tandem/internal/db"
)

// Each runs test once per engine, each time on a fresh and empty database.
// PostgreSQL takes part when TANDEM_TEST_POSTGRES names a server.
func Each(t *testing.T, test func(*testing.T, *db.DB)) {
	t.Helper()
	EachDSN(t, func(t *testing.T, dsn string) { test(t, Open(t, dsn)) })
}

// EachDSN is Each for tests that open the database themselves, or twice.
func EachDSN(t *testing.T, test func(*testing.T, string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "test.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// Postgres returns the address of a fresh and empty PostgreSQL database, or
// skips the test when TANDEM_TEST_POSTGRES names no server.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TANDEM_TEST_POSTGRES")
	if server == "" {
		t.Skip("TANDEM_TEST_POSTGRES is not set; make test sets it")
	}
	return freshSchema(t, server)
}

// Open opens the database at dsn until the test ends.
func Open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	database, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { database.Close() })
	return database
}

var schemas atomic.Int64 // that this process has made

// freshSchema returns the server's URL pointed at a schema that only t uses.
func freshSchema(t testing.TB, server string) string {
	t.Helper()
	// A hash, because PostgreSQL cuts names at 63 bytes and tests' names are long.
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s/%d/%d", t.Name(), os.Getpid(), schemas.Add(1))
	schema := fmt.Sprintf("t_%x", hash.Sum64())
	admin := Open(t, server)
	for _, statement := range []string{"DROP SCHEMA IF EXISTS %s CASCADE", "CREATE SCHEMA %s"} {
		if _, err := admin.ExecContext(t.Context(), fmt.Sprintf(statement, schema)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		last, err := db.Open(ctx, server)
		if err != nil {
			t.Error(err)
			return
		}
		defer last.Close()
		if _, err := last.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	address, err := url.Parse(strings.TrimSpace(server))
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	return address.String()
}
