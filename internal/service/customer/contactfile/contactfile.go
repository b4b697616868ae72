// SPDX-License-Identifier: Apache-2.0

// Package contactfile reads and writes files of contacts: CSV, whatever
// spreadsheet of whatever country it comes from, and vCard 3 and 4. A file is
// read as a table of texts; which column means what, a mapping says. What it
// reads comes from strangers, so everything it holds in memory is bounded.
package contactfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tandem/internal/problem"
)

// What a file may be at most.
const (
	FileBytesMax = 50 << 20
	RowsMax      = 200_000
	rowBytesMax  = 64 << 10
	columnsMax   = 200
)

// Format is how a file is written.
type Format string

// The formats there are.
const (
	CSV   Format = "csv"
	VCard Format = "vcard"
)

// Row is one contact of a file, as texts.
type Row struct {
	Number int      // of a CSV file the line, the first being 1; of vCards which one
	Cells  []string // as many as the table has columns
	Fault  string   // why the row cannot be read; "" if it can
}

// Table is a file that is being read.
type Table struct {
	Format   Format
	Encoding string // utf-8, utf-16le, utf-16be, windows-1252 or windows-1258
	Columns  []string

	next func() (Row, error)
	rows int
}

// Open finds out how a file is written and reads its columns. Region, as ISO
// 3166 names it, decides between encodings that look alike. What is no such
// file is an Invalid problem, what is too large a TooLarge one.
func Open(file io.ReadSeeker, region string) (*Table, error) {
	encoding, err := detect(file, region)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(encoding.reader(file), 4<<10)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = text.Discard(3) // what was peeked can be discarded
	}
	t := &Table{Encoding: encoding.name}
	begin, err := text.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if begin = bytes.TrimSpace(begin); len(begin) >= len(beginCard) && strings.EqualFold(string(begin[:len(beginCard)]), beginCard) {
		t.openCards(text)
		return t, nil
	}
	return t, t.openSheet(text)
}

// Next returns the next row; at the end io.EOF. A file that cannot be read any
// further, or has too many rows, is a problem.
func (t *Table) Next() (Row, error) {
	for {
		row, err := t.next()
		if err != nil {
			return Row{}, err
		}
		if empty(row.Cells) && row.Fault == "" {
			continue // spreadsheets like to end with these
		}
		if t.rows++; t.rows > RowsMax {
			return Row{}, problem.New(problem.TooLarge, "contact_import.too_many_rows",
				"The file has more than %d rows; split it.", RowsMax)
		}
		return row, nil
	}
}

func empty(cells []string) bool {
	for _, cell := range cells {
		if cell != "" {
			return false
		}
	}
	return true
}

// Clean returns a cell as people would have typed it: composed, in one line,
// without what cannot be seen. Phones wrap numbers in marks of direction when
// they are copied, and spreadsheets write ="0901" so that the zero stays.
func Clean(cell string) string {
	if plain(cell) {
		return strings.TrimSpace(cell)
	}
	cell = norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r == '\u00a0', r == '\u202f', r == '\u2028', r == '\u2029':
			return ' '
		case r == '\u200b', r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u2069', r == '\uFEFF':
			return -1
		default:
			return r
		}
	}, cell))
	cell = strings.Join(strings.Fields(cell), " ")
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		cell = strings.TrimSuffix(inner, `"`)
	}
	if number, ok := strings.CutPrefix(cell, "'"); ok && number != "" && (number[0] == '+' || number[0] >= '0' && number[0] <= '9') {
		cell = number
	}
	return cell
}

// plain reports whether nothing of a cell has to be cleaned but the space
// around it; it nearly always is.
func plain(cell string) bool {
	for i := range len(cell) {
		if c := cell[i]; c < ' ' || c >= 0x7f || c == '=' || c == '\'' || c == ' ' && i+1 < len(cell) && cell[i+1] == ' ' {
			return false
		}
	}
	return true
}
