// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/module"
)

// Erase overwrites, within tx, the answers that are kept for requests that come
// again and that mention a person. The requests still take effect once.
func Erase(ctx context.Context, tx *sql.Tx, p *module.Person) error {
	const read = `
		SELECT asker, key, answer
		FROM httpapi_once
		WHERE tenant = $1`
	const write = `
		UPDATE httpapi_once
		SET answer = $4
		WHERE tenant = $1 AND asker = $2 AND key = $3`
	var found [][2]string
	err := db.EachRow(ctx, tx, read, []any{p.Tenant}, func(rows *sql.Rows) error {
		var asker, key, answer string
		err := rows.Scan(&asker, &key, &answer)
		if p.Mentions(answer) || p.About(answer) {
			found = append(found, [2]string{asker, key})
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	for _, row := range found {
		if _, err := tx.ExecContext(ctx, write, p.Tenant, row[0], row[1], `"`+module.Erased+`"`); err != nil {
			return fmt.Errorf("erase answer: %w", err)
		}
	}
	return nil
}
