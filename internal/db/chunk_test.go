// SPDX-License-Identifier: Apache-2.0

package db

import "testing"

// Placeholders are made nameless only when that means the same.
func TestAnonymous(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`SELECT 1`:                                `SELECT 1`,
		`INSERT INTO a VALUES ($1,$2),($3,$4)`:    `INSERT INTO a VALUES (?,?),(?,?)`,
		`UPDATE a SET b = $1 WHERE c = $2`:        `UPDATE a SET b = ? WHERE c = ?`,
		`UPDATE a SET b = $2 WHERE c = $1`:        `UPDATE a SET b = $2 WHERE c = $1`,
		`SELECT a WHERE b = $1 OR c = $1`:         `SELECT a WHERE b = $1 OR c = $1`,
		`SELECT a WHERE b LIKE '$' AND c = $1`:    `SELECT a WHERE b LIKE '$' AND c = $1`,
		`SELECT '$1'`:                             `SELECT '$1'`,
		`SELECT 'it''s', $1`:                      `SELECT 'it''s', ?`,
		`IN (VALUES ` + Tuples(2, "A", "B") + `)`: `IN (VALUES (CAST(? AS A),CAST(? AS B)),(CAST(? AS A),CAST(? AS B)))`,
	}
	for query, want := range tests {
		if got := anonymous(query); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}
