// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/service/customer/contactfile"
	"tandem/internal/tenant"
)

const (
	chunkRows      = 128       // rows that one transaction imports, two of SQLite's largest statements
	chunkBytesMax  = 256 << 10 // of their texts
	uploadBytesMax = 512 << 10 // of chunks that one transaction stores
	uploadsAtOnce  = 4         // at one process; each may need a file of 50 MB
	uploadWait     = 5 * time.Second
	sampleRows     = 20 // that a mapping is guessed from
	rowsShown      = 5  // of those
)

// fileRow is a row of a file as it waits to be imported.
type fileRow struct {
	Number int      `json:"n"`
	Cells  []string `json:"c,omitempty"`
	Fault  string   `json:"f,omitempty"`
}

// Upload keeps a file until it is imported, parsed and checked as far as that
// goes without knowing what its columns mean.
func (c *Customer) Upload(ctx context.Context, t identity.Tenant, name string, body io.Reader) (i Import, err error) {
	limits, err := c.tenants.Limits(ctx, t.ID)
	if err != nil {
		return Import{}, err
	}
	file, err := os.CreateTemp("", "tandem-import-*")
	if err != nil {
		return Import{}, fmt.Errorf("make file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	size, err := io.Copy(file, io.LimitReader(body, contactfile.FileBytesMax+1))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return Import{}, contactfile.ErrTooLarge
	}
	if err != nil {
		return Import{}, problem.New(problem.Malformed, "contact_import.broken_off", "The file did not come as a whole.")
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Import{}, fmt.Errorf("read file: %w", err)
	}
	table, err := contactfile.Open(file, t.Region)
	if err != nil {
		return Import{}, err
	}
	p, _ := identity.From(ctx)
	u := upload{c: c, rowsMax: limits.ImportRows, Import: Import{
		State: importUploading, Creator: p.ID, CreatedAt: c.now().UnixMilli(), tenant: t.ID,
		About: importAbout{Name: contactfile.Clean(name), Format: table.Format, Encoding: table.Encoding, Columns: table.Columns, Bytes: size},
	}}
	if u.ID, err = newID(); err != nil {
		return Import{}, err
	}
	if err := u.store(ctx, table); err != nil {
		return Import{}, err
	}
	return u.Import, nil
}

// upload is a file on its way into the database.
type upload struct {
	Import

	c       *Customer
	rowsMax int64 // 0 for no limit
	sample  [][]string

	rows    []fileRow
	bytes   int // of the texts of rows
	chunks  [][]byte
	waiting int // bytes of chunks
}

// store stores a file, or nothing of it.
func (u *upload) store(ctx context.Context, table *contactfile.Table) error {
	err := u.c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return u.c.store.insertImport(ctx, tx, u.Import) })
	if err != nil {
		return err
	}
	if err = u.read(ctx, table); err != nil {
		_ = u.c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { // else it goes with the stale ones
			return u.c.store.deleteImport(ctx, tx, u.tenant, u.ID)
		})
	}
	return err
}

func (u *upload) read(ctx context.Context, table *contactfile.Table) error {
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.add(ctx, row)
		}
		if err != nil {
			return err
		}
	}
	if u.About.Rows == 0 {
		return problem.New(problem.Invalid, "contact_import.no_rows", "There is a line of titles in the file, and nothing below it.")
	}
	if err := u.cut(); err != nil {
		return err
	}
	u.State = importUploaded
	u.About.Suggested = contactfile.Suggest(u.About.Columns, u.sample)
	return u.flush(ctx)
}

func (u *upload) add(ctx context.Context, row contactfile.Row) error {
	if u.About.Rows++; u.rowsMax != 0 && u.About.Rows > u.rowsMax {
		return problem.Retry(tenant.RoomTime,
			problem.New(problem.TooMany, "limit.reached", "An import of this call centre may have %d rows.", u.rowsMax))
	}
	if len(u.sample) < sampleRows && row.Fault == "" {
		u.sample = append(u.sample, row.Cells)
	}
	u.rows = append(u.rows, fileRow{row.Number, row.Cells, row.Fault})
	for _, cell := range row.Cells {
		u.bytes += len(cell)
	}
	if len(u.rows) < chunkRows && u.bytes < chunkBytesMax {
		return nil
	}
	if err := u.cut(); err != nil {
		return err
	}
	if u.waiting < uploadBytesMax {
		return nil
	}
	return u.flush(ctx)
}

// cut makes a chunk of the rows that are there.
func (u *upload) cut() error {
	if len(u.rows) == 0 {
		return nil
	}
	packed, err := pack(u.rows)
	if err != nil {
		return err
	}
	u.chunks = append(u.chunks, packed)
	u.waiting += len(packed)
	u.rows, u.bytes = u.rows[:0], 0
	u.About.Chunks++
	return nil
}

// flush stores the chunks that are there, and what is known of the file.
func (u *upload) flush(ctx context.Context) error {
	err := u.c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := u.c.store.insertChunks(ctx, tx, u.Import, u.About.Chunks-int64(len(u.chunks)), u.chunks); err != nil {
			return err
		}
		return u.c.store.turnImport(ctx, tx, u.Import)
	})
	u.chunks, u.waiting = u.chunks[:0], 0
	return err
}

// pack makes a chunk of rows.
func pack(rows []fileRow) ([]byte, error) {
	var packed bytes.Buffer
	out, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err == nil {
		err = errors.Join(json.NewEncoder(out).Encode(rows), out.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("pack rows: %w", err)
	}
	return packed.Bytes(), nil
}

// rowsOf unpacks a chunk.
func rowsOf(data []byte) (rows []contactfile.Row, err error) {
	in, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpack rows: %w", err)
	}
	var packed []fileRow
	if err := json.NewDecoder(in).Decode(&packed); err != nil {
		return nil, fmt.Errorf("unpack rows: %w", err)
	}
	for _, row := range packed {
		rows = append(rows, contactfile.Row{Number: row.Number, Cells: row.Cells, Fault: row.Fault})
	}
	return rows, nil
}

// sampleOf returns the first rows of a file that waits to be imported.
func (c *Customer) sampleOf(ctx context.Context, i Import) ([][]string, error) {
	sample := [][]string{}
	if i.State != importUploaded {
		return sample, nil
	}
	data, _, err := c.store.findChunk(ctx, c.store.db, i, 0)
	if err != nil || data == nil {
		return sample, err
	}
	rows, err := rowsOf(data)
	for _, row := range rows {
		if len(sample) < rowsShown && row.Fault == "" {
			sample = append(sample, row.Cells)
		}
	}
	return sample, err
}
