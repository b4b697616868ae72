// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"tandem/internal/db"
	"tandem/internal/projection"
)

// postgresVariable says where PostgreSQL is, as it does for the tests.
const postgresVariable = "TANDEM_TEST_POSTGRES"

// drainMax is how long readers may take to read what was stored at once.
const drainMax = 10 * time.Minute

// store is where a Tandem keeps its data.
type store struct{ data, dsn string }

// sqlite returns a new folder.
func (p *plan) sqlite() (store, error) {
	folder, err := os.MkdirTemp(p.folder, "data-")
	return store{data: folder, dsn: filepath.Join(folder, "tandem.db")}, err
}

// postgres returns a new database, and what removes it; ok is false when there
// is no PostgreSQL.
func (p *plan) postgres(ctx context.Context) (s store, drop func(), ok bool, err error) {
	server := os.Getenv(postgresVariable)
	if server == "" {
		return s, nil, false, nil
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return s, nil, false, err
	}
	name := fmt.Sprintf("tandem_bench_%d", time.Now().UnixNano())
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		admin.Close()
		return s, nil, false, fmt.Errorf("create database: %w", err)
	}
	address, err := url.Parse(server)
	if err != nil {
		admin.Close()
		return s, nil, false, err
	}
	address.Path = "/" + name
	folder, err := os.MkdirTemp(p.folder, "data-")
	drop = func() {
		defer admin.Close()
		if _, err := admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			p.say("drop %s: %v", name, err)
		}
	}
	return store{data: folder, dsn: address.String()}, drop, true, err
}

// drained waits until every reader of the log has read it to its end, and
// returns how long that took.
func (s store) drained(ctx context.Context) (took time.Duration, err error) {
	database, err := db.Open(ctx, s.dsn)
	if err != nil {
		return 0, err
	}
	defer database.Close()
	began := time.Now()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		behind, err := lag(ctx, database)
		if err != nil || behind == 0 {
			return time.Since(began), err
		}
		if time.Since(began) > drainMax {
			return 0, fmt.Errorf("a reader is %d events behind after %s", behind, drainMax)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-ticker.C:
		}
	}
}

// lag returns how many events the slowest reader has before it.
func lag(ctx context.Context, database *db.DB) (behind int64, err error) {
	positions, err := projection.Checkpoints(ctx, database)
	if err != nil {
		return 0, err
	}
	var head int64
	if err := database.QueryRowContext(ctx, `SELECT COALESCE(MAX(position), 0) FROM events`).Scan(&head); err != nil {
		return 0, err
	}
	for _, position := range positions {
		behind = max(behind, head-position)
	}
	return behind, nil
}
