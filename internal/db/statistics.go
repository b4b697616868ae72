// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	statisticsRows  = 200 // rows that tell enough about a table
	statisticsFirst = time.Second
	statisticsMost  = 30 * time.Second
)

// KeepStatistics has PostgreSQL look at each table once that has got its first
// rows, until ctx ends. By itself it does so after up to a minute, and until
// then believes that of a tenant's rows there are one or two, and joins whole
// tables with each other inside the append. SQLite goes by the indexes.
func (d *DB) KeepStatistics(ctx context.Context) error {
	seen := map[string]bool{} // whoever may not look at a table is not told so by an error
	pause := statisticsFirst
	for {
		before := len(seen)
		if d.engine == Postgres {
			if err := d.analyzeNew(ctx, seen); err != nil && ctx.Err() == nil {
				return err
			}
		}
		pause = min(2*pause, statisticsMost)
		if len(seen) > before {
			pause = statisticsFirst
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// analyzeNew looks at the tables that have rows and were never looked at.
func (d *DB) analyzeNew(ctx context.Context, seen map[string]bool) error {
	const query = `
		SELECT relname
		FROM pg_stat_user_tables
		WHERE schemaname = current_schema() AND last_analyze IS NULL AND last_autoanalyze IS NULL AND n_mod_since_analyze >= $1`
	var names []string
	err := EachRow(ctx, d.DB, query, []any{statisticsRows}, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("find tables without statistics: %w", err)
	}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		if _, err := d.ExecContext(ctx, "ANALYZE "+pgx.Identifier{name}.Sanitize()); err != nil {
			return fmt.Errorf("analyze %s: %w", name, err)
		}
	}
	return nil
}
