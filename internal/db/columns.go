// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Columns returns the names of every table's columns, in their order, of all
// tables that hold the product's rows.
func (d *DB) Columns(ctx context.Context, tx *sql.Tx) (columns map[string][]string, err error) {
	query := `
		SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
		ORDER BY m.name, c.cid`
	if d.engine == Postgres {
		query = `
			SELECT c.table_name, c.column_name
			FROM information_schema.columns c
			JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
			ORDER BY c.table_name, c.ordinal_position`
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list columns: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns = map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, fmt.Errorf("list columns: %w", err)
		}
		if !strings.HasPrefix(table, versionPrefix) {
			columns[table] = append(columns[table], column)
		}
	}
	return columns, rows.Err()
}

// DeleteSome deletes up to limit rows of a table that belong to a tenant, and
// returns how many it has deleted. The table has a column tenant.
func (d *DB) DeleteSome(ctx context.Context, tx *sql.Tx, table string, tenant int64, limit int) (int64, error) {
	key, err := d.rowKey(ctx, tx, table)
	if err != nil {
		return 0, err
	}
	table = Quote(table)
	result, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND (`+key+`) IN (
		SELECT `+key+` FROM `+table+` WHERE tenant = $1 LIMIT $2)`, tenant, limit)
	if err != nil {
		return 0, fmt.Errorf("delete rows of tenant %d from %s: %w", tenant, table, err)
	}
	return result.RowsAffected()
}

// rowKey returns what tells a table's rows apart.
func (d *DB) rowKey(ctx context.Context, tx *sql.Tx, table string) (key string, err error) {
	if d.engine == Postgres {
		return "ctid", nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, table)
	if err != nil {
		return "", fmt.Errorf("find key of %s: %w", table, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", fmt.Errorf("find key of %s: %w", table, err)
		}
		names = append(names, Quote(name))
	}
	if len(names) == 0 {
		names = []string{"rowid"}
	}
	return strings.Join(names, ", "), rows.Err()
}

// Quote makes a name safe to stand in a statement.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// HasSome reports whether a table holds rows of a tenant.
func (d *DB) HasSome(ctx context.Context, table string, tenant int64) (bool, error) {
	var n int64
	query := `SELECT COUNT(*) FROM (SELECT 1 FROM ` + Quote(table) + ` WHERE tenant = $1 LIMIT 1) AS found`
	if err := d.QueryRowContext(ctx, query, tenant).Scan(&n); err != nil {
		return false, fmt.Errorf("look for rows of tenant %d in %s: %w", tenant, table, err)
	}
	return n > 0, nil
}
