// SPDX-License-Identifier: Apache-2.0

package rekey

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/module"
	"tandem/internal/secret"
)

// older is the condition for values that the key with the prefix $1 has not
// sealed.
func older(c module.Column) string {
	column := db.Quote(c.Column)
	return ` FROM ` + db.Quote(c.Table) + ` WHERE ` + column + ` <> '' AND substr(` + column + `, 1, length($1)) <> $1`
}

func (r *Rekeyer) count(ctx context.Context, c module.Column) (n int, err error) {
	err = r.Database.QueryRowContext(ctx, `SELECT COUNT(*)`+older(c), secret.Prefix(r.Box.KeyID())).Scan(&n)
	return n, err
}

// find returns up to limit values that an older key has sealed.
func (r *Rekeyer) find(ctx context.Context, c module.Column, limit int) (values []value, err error) {
	names := append(columnsOf(c), c.Column)
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = db.Quote(name)
	}
	rows, err := r.Database.QueryContext(ctx, `SELECT `+strings.Join(quoted, ", ")+older(c)+` LIMIT $2`, secret.Prefix(r.Box.KeyID()), limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		scanned, places := make([]any, len(names)), make([]any, len(names))
		for i := range scanned {
			places[i] = &scanned[i]
		}
		v := value{row: map[string]any{}}
		places[len(places)-1] = &v.sealed
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		for i, name := range names[:len(names)-1] {
			v.row[name] = scanned[i]
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

// replace writes a value that was sealed anew, unless somebody has written
// another in the meantime.
func replace(ctx context.Context, tx *eventlog.Tx, c module.Column, v *value) error {
	args := []any{v.fresh, v.sealed}
	where := make([]string, len(c.Keys))
	for i, name := range c.Keys {
		args = append(args, v.row[name])
		where[i] = fmt.Sprintf("%s = $%d AND ", db.Quote(name), len(args))
	}
	column := db.Quote(c.Column)
	_, err := tx.ExecContext(ctx, `UPDATE `+db.Quote(c.Table)+` SET `+column+` = $1 WHERE `+strings.Join(where, "")+column+` = $2`, args...)
	return err
}
