// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"database/sql"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// However many rows a batch has, each is inserted, changed and found once, and
// what comes back says which were.
func TestBatchTellsWhichRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		if err := database.Migrate(t.Context(), "pair", tables); err != nil {
			t.Fatal(err)
		}
		const rows = 200
		columns := db.Columns{"id BIGINT", "note TEXT"}
		batch := func(n int) db.Batch {
			b := db.NewBatch(columns, n)
			for i := range n {
				b.Add(int64(i), "new")
			}
			return b
		}
		times := map[int64]int{}
		count := func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			times[id]++
			return err
		}
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			selected := func(query string, b db.Batch) map[int64]int {
				times = map[int64]int{}
				if err := database.Find(t.Context(), tx, query, b, count); err != nil {
					t.Fatal(err)
				}
				return times
			}
			const insert = `INSERT INTO pair (id, note) SELECT id, note FROM batch WHERE 1 = 1 ON CONFLICT (id) DO NOTHING RETURNING id`
			if got := selected(insert, batch(3)); len(got) != 3 {
				t.Errorf("inserted %v, want the first three", got)
			}
			if got := selected(insert, batch(rows)); len(got) != rows-3 || got[0] != 0 || got[3] != 1 {
				t.Errorf("inserted %d more, want all but the first three", len(got))
			}
			const update = `
				UPDATE pair SET note = batch.note FROM batch
				WHERE pair.id = batch.id AND pair.more = 7
				RETURNING pair.id`
			if got := selected(update, batch(rows)); len(got) != rows || got[7] != 1 {
				t.Errorf("changed %d, want all", len(got))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		const find = `SELECT id FROM pair WHERE (id, note) IN (SELECT id, note FROM batch)`
		times = map[int64]int{}
		if err := database.Find(t.Context(), database, find, batch(rows), count); err != nil || len(times) != rows || times[rows-1] != 1 {
			t.Errorf("found %d, %v; want all once", len(times), err)
		}
		times = map[int64]int{}
		if err := database.Find(t.Context(), database, find, batch(0), count); err != nil || len(times) != 0 {
			t.Errorf("an empty batch found %v, %v", times, err)
		}
	})
}
