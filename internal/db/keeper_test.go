// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"
)

// keptOf opens a database whose one connection the test can look into.
func keptOf(t *testing.T) (*sql.DB, func() *keeping) {
	t.Helper()
	pool, err := openKeeping("file:" + t.TempDir() + "/kept.db")
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return pool, func() (found *keeping) {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.Raw(func(inner any) error {
			found, _ = inner.(*keeping)
			return nil
		})
		return found
	}
}

func exec(t *testing.T, pool interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, query string, args ...any,
) {
	t.Helper()
	if _, err := pool.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func number(t *testing.T, pool interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, args ...any,
) (n int) {
	t.Helper()
	if err := pool.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// A text that runs again is not parsed again, in and outside of transactions.
func TestKeepsStatements(t *testing.T) {
	t.Parallel()
	pool, conn := keptOf(t)
	exec(t, pool, `CREATE TABLE a (n BIGINT)`)
	const insert, count = `INSERT INTO a (n) VALUES ($1)`, `SELECT COUNT(*) FROM a WHERE n >= $1`
	exec(t, pool, insert, 1)
	first := conn().kept[insert]
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, insert, 2)
	if n := number(t, tx, count, 2); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := number(t, pool, count, 0); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	kept := conn().kept
	if kept[insert] != first || len(kept) != 2 {
		t.Errorf("the statement was prepared again, or something else is kept: %v", kept)
	}
	for text, k := range kept {
		if k.busy {
			t.Errorf("%s counts as running", text)
		}
	}
}

// Texts that are made anew each time, as those of searches are, do not pile up,
// and do not push out what runs often.
func TestKeepsFewStatements(t *testing.T) {
	t.Parallel()
	pool, conn := keptOf(t)
	const often = `SELECT 0`
	number(t, pool, often)
	first := conn().kept[often]
	for i := range 3 * keptMax {
		if n := number(t, pool, fmt.Sprintf("SELECT %d + $1", i), 1); n != i+1 {
			t.Fatalf("got %d, want %d", n, i+1)
		}
		number(t, pool, often)
	}
	if kept := conn().kept; len(kept) != keptMax || kept[often] != first {
		t.Errorf("%d statements are kept, want %d with the frequent one", len(kept), keptMax)
	}
}

// Whose rows are still read stays what it is: neither the same text again nor
// being pushed out disturbs it.
func TestKeepsStatementsInUse(t *testing.T) {
	t.Parallel()
	pool, conn := keptOf(t)
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const list = `SELECT value FROM json_each('[0,1,2,3]') WHERE value >= $1 ORDER BY value`
	outer, err := tx.QueryContext(t.Context(), list, 0)
	if err != nil {
		t.Fatal(err)
	}
	for want := range 4 {
		var got int
		if !outer.Next() || outer.Scan(&got) != nil || got != want {
			t.Fatalf("got %d, want %d (%v)", got, want, outer.Err())
		}
		if n := number(t, tx, list, 3); n != 3 {
			t.Errorf("the inner query got %d, want 3", n)
		}
		for i := range keptMax {
			number(t, tx, fmt.Sprintf("SELECT %d", i+want*keptMax))
		}
	}
	if err := errors.Join(outer.Err(), outer.Close(), tx.Rollback()); err != nil { //nolint:sqlclosecheck // when it is closed matters here
		t.Fatal(err)
	}
	if kept := conn().kept; len(kept) != keptMax || kept[list] != nil {
		t.Errorf("%d statements are kept, want %d without the one that was pushed out", len(kept), keptMax)
	}
}

// A statement that failed works the next time, and one that was prepared before
// its table changed sees the change.
func TestKeptStatementsRecover(t *testing.T) {
	t.Parallel()
	pool, _ := keptOf(t)
	exec(t, pool, `CREATE TABLE a (n BIGINT PRIMARY KEY)`)
	const insert, all = `INSERT INTO a (n) VALUES ($1)`, `SELECT * FROM a`
	exec(t, pool, insert, 1)
	if _, err := pool.ExecContext(t.Context(), insert, 1); err == nil {
		t.Error("the same key was stored twice")
	}
	exec(t, pool, insert, 2)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pool.ExecContext(ended, insert, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	exec(t, pool, insert, 3)
	var n int
	if err := pool.QueryRowContext(t.Context(), all).Scan(&n); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `ALTER TABLE a ADD COLUMN more BIGINT NOT NULL DEFAULT 7`)
	var more int
	if err := pool.QueryRowContext(t.Context(), all).Scan(&n, &more); err != nil || more != 7 {
		t.Errorf("got %d, %v; want the new column", more, err)
	}
	exec(t, pool, `DROP TABLE a`) // no kept statement holds a lock on it
}

// Some pragmas take effect when they are prepared.
func TestKeepsNoPragmas(t *testing.T) {
	t.Parallel()
	pool, conn := keptOf(t)
	for range 2 {
		for _, value := range []int{1, 0} {
			exec(t, pool, fmt.Sprintf("PRAGMA foreign_keys = %d", value))
			if n := number(t, pool, "PRAGMA foreign_keys"); n != value {
				t.Errorf("foreign_keys is %d, want %d", n, value)
			}
		}
	}
	if kept := conn().kept; len(kept) != 0 {
		t.Errorf("kept %v, want nothing", kept)
	}
}

// database/sql finds on a keeping connection what it looks for.
var (
	_ driver.QueryerContext  = (*keeping)(nil)
	_ driver.SessionResetter = (*keeping)(nil)
	_ driver.Validator       = (*keeping)(nil)
)
