// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/tenant"
)

// installation are the tables that belong to no call centre, each with what it
// holds. Everything else has a column tenant.
var installation = map[string]string{
	"tenants":            "the call centres themselves",
	"checkpoints":        "how far readers of the log have come",
	"events_epoch":       "a counter",
	"user_setup":         "links that set an installation up",
	"user_sip_providers": "the operator's carriers",
	"customer_rules":     "by which rules contacts were read",
	"thirdparty_leases":  "which process sends",
}

// schema returns all tables with their columns.
func schema(t *testing.T, tools *app.Tools) map[string][]string {
	t.Helper()
	var columns map[string][]string
	err := tools.DB.Snapshot(t.Context(), func(tx *sql.Tx) (err error) {
		columns, err = tools.DB.Columns(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// What belongs to a call centre is recognised by the column tenant; a table
// without it is one of those that belong to nobody.
func TestEveryTableSaysWhose(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := prepared(t, dsn)
		s.tools(func(tools *app.Tools) {
			all := schema(t, tools)
			for table, columns := range all {
				if slices.Contains(columns, "tenant") == (installation[table] != "") {
					t.Errorf("table %s has the columns %v: give it a column tenant, or say in this test why it belongs to nobody", table, columns)
				}
			}
			for table := range installation {
				if all[table] == nil {
					t.Errorf("there is no table %s any more", table)
				}
			}
		})
	})
}

// prepared is a site that does not run.
func prepared(t *testing.T, dsn string) *site {
	t.Helper()
	args := []string{"--data", t.TempDir()}
	if strings.HasPrefix(dsn, "postgres") {
		args = append(args, "--database", dsn)
	}
	return &site{T: t, common: settings(t, args...).Common}
}

// An erased call centre leaves no row in any table of the schema, whoever owns
// it, and nothing that its events said; another one's rows are all there.
func TestErasedFromEveryTable(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := prepared(t, dsn)
		s.tools(func(tools *app.Tools) {
			var ids []int64
			for _, slug := range []string{"north", "south"} {
				a, err := tools.Settings.Create(t.Context(), tenant.New{Slug: slug}, "admin-"+slug, password)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, a.ID)
				fill(t, tools, a.ID)
			}
			north, err := tools.Tenants.FindBySlug(t.Context(), "north")
			if err != nil {
				t.Fatal(err)
			}
			before := count(t, tools, ids[1])
			if err := tools.Settings.Erase(t.Context(), north.UUID, "north"); err != nil {
				t.Fatal(err)
			}
			for table, rows := range count(t, tools, ids[0]) {
				if table != "events" && rows != 0 {
					t.Errorf("table %s still has %d rows", table, rows)
				}
			}
			const said = `SELECT COUNT(*) FROM events WHERE tenant = $1 AND (data <> '{}' OR raw IS NOT NULL OR stream NOT LIKE 'erased/%') AND type <> 'tenant.erased'`
			var n int
			if err := tools.DB.QueryRowContext(t.Context(), said, ids[0]).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d events still say something, %v", n, err)
			}
			for table, rows := range count(t, tools, ids[1]) {
				if rows != before[table] || rows == 0 {
					t.Errorf("table %s has %d rows of another call centre, had %d", table, rows, before[table])
				}
			}
		})
	})
}

// count returns how many rows of a tenant each table has.
func count(t *testing.T, tools *app.Tools, id int64) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for table, columns := range schema(t, tools) {
		if !slices.Contains(columns, "tenant") {
			continue
		}
		var n int
		if err := tools.DB.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+db.Quote(table)+` WHERE tenant = $1`, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		rows[table] = n
	}
	return rows
}

// fill puts a row of a tenant into every table that has none.
func fill(t *testing.T, tools *app.Tools, id int64) {
	t.Helper()
	have := count(t, tools, id)
	for table := range have {
		if have[table] > 0 || table == "events" {
			continue
		}
		err := tools.Log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error { return insert(ctx, tx, table, id) })
		if err != nil {
			t.Fatalf("fill %s: %v", table, err)
		}
	}
}

var number = regexp.MustCompile(`(?i)int|bool|numeric|real|double|float`)

// insert adds a row with a value in every column, unlike that of another
// tenant.
func insert(ctx context.Context, tx *eventlog.Tx, table string, id int64) error {
	types, err := columnsOf(ctx, tx, table)
	if err != nil {
		return err
	}
	var names, places []string
	var values []any
	for i, column := range types {
		names, places = append(names, db.Quote(column.Name())), append(places, fmt.Sprint("$", i+1))
		switch kind := column.DatabaseTypeName(); {
		case column.Name() == "tenant":
			values = append(values, id)
		case number.MatchString(kind) || kind == "": // SQLite makes a text of it where it has to
			values = append(values, 9_000+id)
		case strings.EqualFold(kind, "BYTEA") || strings.EqualFold(kind, "BLOB"):
			values = append(values, []byte{1})
		default:
			values = append(values, fmt.Sprint(`{"of":`, id, `}`))
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+db.Quote(table)+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
	return err
}

func columnsOf(ctx context.Context, tx *eventlog.Tx, table string) ([]*sql.ColumnType, error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+db.Quote(table)+` LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	return types, errors.Join(err, rows.Err())
}
