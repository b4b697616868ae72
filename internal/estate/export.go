// SPDX-License-Identifier: Apache-2.0

package estate

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tandem/internal/db"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

const exportFormat = 1

// Manifest is what an export says of itself: the last file of the archive, so
// that one which was cut short has none.
type Manifest struct {
	Format  int              `json:"format"`
	Created time.Time        `json:"created"`
	Tenant  Owner            `json:"tenant"`
	Rows    map[string]int64 `json:"rows"`    // by table
	LeftOut []LeftOut        `json:"leftOut"` // the columns that are not in it
}

// Owner is the call centre that an export is of.
type Owner struct {
	UUID      string           `json:"uuid"`
	Slug      string           `json:"slug"`
	Name      string           `json:"name"`
	Region    string           `json:"region"`
	TimeZone  string           `json:"timeZone"`
	Locales   []string         `json:"locales"`
	Retention tenant.Retention `json:"retentionDays"`
	Limits    tenant.Limits    `json:"limits"`
	CreatedAt time.Time        `json:"createdAt"`
}

// LeftOut is a column that an export does not have, and why.
type LeftOut struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// Export writes everything of a call centre as one zip: tables/<table>.ndjson
// with an object per row, log.ndjson with an object per event, manifest.json.
// It is one moment of it, read while Tandem runs on. Nothing in it opens
// anything: secrets are left out, and the manifest says which.
func (e *Estate) Export(ctx context.Context, a tenant.Account, out io.Writer) (Manifest, error) {
	m := Manifest{
		Format: exportFormat, Created: time.Now().UTC(), Rows: map[string]int64{}, LeftOut: []LeftOut{},
		Tenant: Owner{
			UUID: a.UUID, Slug: a.Slug, Name: a.Name, Region: a.Region, TimeZone: a.TimeZone, Locales: a.Locales,
			Retention: a.Retention, Limits: a.Limits, CreatedAt: time.UnixMilli(a.CreatedAt).UTC(),
		},
	}
	archive := &dated{zip.NewWriter(out), m.Created}
	secret := e.Secret()
	err := e.Database.Snapshot(ctx, func(tx *sql.Tx) error {
		names, columns, err := e.tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range names {
			shown := m.leaveOut(table, columns[table], secret)
			if m.Rows[table], err = writeTable(ctx, tx, archive, table, shown, a.ID); err != nil {
				return fmt.Errorf("copy table %s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("export tenant %s: %w", a.Slug, err)
	}
	w, err := archive.create("manifest.json")
	if err != nil {
		return m, fmt.Errorf("export tenant %s: %w", a.Slug, err)
	}
	lines := json.NewEncoder(w)
	lines.SetIndent("", "  ")
	return m, errors.Join(lines.Encode(m), archive.Close())
}

// dated is a zip whose files are all of one moment.
type dated struct {
	*zip.Writer

	at time.Time
}

func (d *dated) create(name string) (io.Writer, error) {
	return d.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.at})
}

// leaveOut returns the columns that are exported, and notes the others.
func (m *Manifest) leaveOut(table string, columns []string, secret []module.Column) (shown []string) {
	for _, column := range columns {
		at := slices.IndexFunc(secret, func(c module.Column) bool { return c.Table == table && c.Column == column })
		switch {
		case column == "tenant":
		case at < 0:
			shown = append(shown, column)
		case secret[at].Purpose != "":
			m.LeftOut = append(m.LeftOut, LeftOut{table, column, "a secret, which is kept encrypted"})
		default:
			m.LeftOut = append(m.LeftOut, LeftOut{table, column, "what a credential is recognised by"})
		}
	}
	return shown
}

// fileOf returns the name of a table's file in the archive.
func fileOf(table string) string {
	if table == events {
		return "log.ndjson"
	}
	return "tables/" + table + ".ndjson"
}

func writeTable(ctx context.Context, tx *sql.Tx, archive *dated, table string, columns []string, id int64) (count int64, err error) {
	w, err := archive.create(fileOf(table))
	if err != nil || len(columns) == 0 {
		return 0, err
	}
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = db.Quote(column)
	}
	order := ""
	if table == events {
		order = ` ORDER BY position`
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+strings.Join(quoted, ", ")+` FROM `+db.Quote(table)+` WHERE tenant = $1`+order, id)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	buffered := bufio.NewWriter(w)
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return count, err
		}
		if err := writeRow(buffered, columns, values); err != nil {
			return count, err
		}
		count++
	}
	return count, errors.Join(rows.Err(), buffered.Flush())
}

// writeRow writes an object with the columns in their order. Bytes that are no
// text are base64.
func writeRow(w *bufio.Writer, columns []string, values []any) error {
	before := `{`
	for i, column := range columns {
		value := values[i]
		if b, ok := value.([]byte); ok {
			value = base64.StdEncoding.EncodeToString(b)
		}
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("write column %s: %w", column, err)
		}
		fmt.Fprintf(w, "%s%q:%s", before, column, text)
		before = `,`
	}
	_, err := w.WriteString("}\n")
	return err
}
