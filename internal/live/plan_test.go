// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tandem/internal/db"
)

// What is asked many times a second reads the few calls that are open or stale,
// however many there are besides: on SQLite by the index made for it. A feed
// that read all calls of a tenant for each frame was ten times slower after a
// day of calls.
func TestFewCallsAreReadByTheirIndex(t *testing.T) {
	t.Parallel()
	database, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "plan.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	if err := database.Migrate(t.Context(), "live", Tables); err != nil {
		t.Fatal(err)
	}
	const rows = "SELECT " + callColumns + " FROM live_calls "
	for name, test := range map[string]struct{ query, index string }{
		"waiting":    {waitingQuery, "live_calls_open"},
		"overdue":    {rows + overdueCalls, "live_calls_open"},
		"stale":      {rows + staleCalls, "live_calls_stale"},
		"open, list": {rows + "WHERE tenant = $1 AND open = 1 AND id < $2 ORDER BY id DESC LIMIT $3", "live_calls_open"},
	} {
		if plan := planOf(t.Context(), t, database, test.query); !strings.Contains(plan, "USING INDEX "+test.index) {
			t.Errorf("%s: %s", name, plan)
		}
	}
}

var placeholder = regexp.MustCompile(`\$\d`)

func planOf(ctx context.Context, t *testing.T, database *db.DB, query string) (plan string) {
	t.Helper()
	err := db.EachRow(ctx, database, "EXPLAIN QUERY PLAN "+placeholder.ReplaceAllString(query, "1"), nil, func(rows *sql.Rows) error {
		var id, parent, unused int
		var step string
		err := rows.Scan(&id, &parent, &unused, &step)
		plan += fmt.Sprintln(step)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
