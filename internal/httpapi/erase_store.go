// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/module"
)

// Erase overwrites, within tx, the answers that are kept for requests that come
// again and that mention a person. The requests still take effect once.
func Erase(ctx context.Context, tx *sql.Tx, p *module.Person) (err error) {
	const read = `
		SELECT asker, key, answer
		FROM httpapi_once
		WHERE tenant = $1`
	const write = `
		UPDATE httpapi_once
		SET answer = $4
		WHERE tenant = $1 AND asker = $2 AND key = $3`
	rows, err := tx.QueryContext(ctx, read, p.Tenant)
	if err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	var found [][2]string
	for rows.Next() {
		var asker, key, answer string
		if err := rows.Scan(&asker, &key, &answer); err != nil {
			return errors.Join(err, rows.Close())
		}
		if p.Mentions(answer) || p.About(answer) {
			found = append(found, [2]string{asker, key})
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("look for answers: %w", err)
	}
	for _, row := range found {
		if _, err := tx.ExecContext(ctx, write, p.Tenant, row[0], row[1], `"`+module.Erased+`"`); err != nil {
			return fmt.Errorf("erase answer: %w", err)
		}
	}
	return nil
}
