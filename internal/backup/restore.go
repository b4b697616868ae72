// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tandem/internal/db"
)

// readTable inserts the rows of one table's file.
func readTable(ctx context.Context, tx *sql.Tx, archive *zip.Reader, table string) (count int64, err error) {
	file, err := archive.Open(rowsName + table + rowsSuffix)
	if err != nil {
		return 0, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	lines := json.NewDecoder(file)
	lines.UseNumber()
	var columns []string
	if err := lines.Decode(&columns); err != nil {
		return 0, fmt.Errorf("read columns: %w", err)
	}
	var batch []row
	for {
		var values row
		err := lines.Decode(&values)
		if err != nil && !errors.Is(err, io.EOF) {
			return count, fmt.Errorf("read row %d: %w", count+int64(len(batch))+1, err)
		}
		if err == nil {
			if len(values) != len(columns) {
				return count, fmt.Errorf("row %d has %d values, want %d", count+int64(len(batch))+1, len(values), len(columns))
			}
			batch = append(batch, values)
			if len(batch) < db.Chunk(1<<20) {
				continue
			}
		}
		for len(batch) > 0 {
			n := db.Chunk(len(batch))
			if err := insert(ctx, tx, table, columns, batch[:n]); err != nil {
				return count, err
			}
			count += int64(n)
			batch = batch[n:]
		}
		if err != nil {
			return count, nil
		}
	}
}

func insert(ctx context.Context, tx *sql.Tx, table string, columns []string, rows []row) error {
	var b strings.Builder
	args := make([]any, 0, len(rows)*len(columns))
	for _, values := range rows {
		for i, value := range values {
			arg, err := decode(value)
			if err != nil {
				return fmt.Errorf("column %s: %w", columns[i], err)
			}
			args = append(args, arg)
			separator := ","
			if i == 0 {
				separator = "),("
			}
			b.WriteString(separator + "$" + strconv.Itoa(len(args)))
		}
	}
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = quote(column)
	}
	query := `INSERT INTO ` + quote(table) + ` (` + strings.Join(names, ",") + `) VALUES ` + strings.TrimPrefix(b.String(), "),") + `)`
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// decode returns a JSON value as the database takes it.
func decode(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case map[string]any:
		text, _ := v["base64"].(string)
		return base64.StdEncoding.DecodeString(text)
	default:
		return v, nil
	}
}
