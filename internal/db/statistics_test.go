// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// PostgreSQL knows of a new table what it needs to plan with, long before it
// would look by itself; SQLite needs nothing.
func TestStatisticsOfNewTables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		if err := database.Migrate(t.Context(), "pair", tables); err != nil {
			t.Fatal(err)
		}
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			b := db.NewBatch(db.Columns{"id BIGINT", "note TEXT"}, 0)
			for i := range int64(1000) {
				b.Add(i, "new")
			}
			return database.Insert(t.Context(), tx, "pair", b)
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- database.KeepStatistics(ctx) }()
		if database.Engine() == db.Postgres {
			const known = `SELECT COUNT(*) FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'pair'`
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for columns := 0; columns == 0; <-tick.C {
				if err := database.QueryRowContext(t.Context(), known).Scan(&columns); err != nil {
					t.Fatal(err)
				}
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}
