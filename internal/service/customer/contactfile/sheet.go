// SPDX-License-Identifier: Apache-2.0

package contactfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"tandem/internal/phone"
	"tandem/internal/problem"
	"tandem/internal/sheet"
)

// openSheet reads the columns of a CSV file. A first line that has contacts in
// it already is a row like the others, and the columns get numbers for names.
func (t *Table) openSheet(text *bufio.Reader) error {
	t.Format = CSV
	first := 1
	if line, err := text.Peek(6); err == nil && strings.HasPrefix(string(line), "sep=") {
		if _, err := text.ReadString('\n'); err != nil {
			return problem.New(problem.Invalid, "sheet.empty", "There is nothing in the file.")
		}
		first = 2
	}
	in, err := sheet.NewReader(&bounded{in: text, line: first})
	if err != nil {
		return err
	}
	if len(in.Columns) > columnsMax {
		return tooWide(first)
	}
	t.Columns = make([]string, len(in.Columns))
	for i, title := range in.Columns {
		t.Columns[i] = Clean(title)
	}
	var ahead []string
	if !titles(t.Columns) {
		ahead = t.Columns
		t.Columns = make([]string, len(ahead))
		for i := range t.Columns {
			t.Columns[i] = fmt.Sprintf("%d", i+1)
		}
	}
	t.next = func() (Row, error) {
		if ahead != nil {
			row := Row{Number: first, Cells: ahead}
			ahead = nil
			return row, nil
		}
		cells, line, err := in.Next()
		if err != nil {
			return Row{}, err
		}
		row := Row{Number: line + first - 1, Cells: make([]string, len(t.Columns))}
		for i, cell := range cells {
			cell = Clean(cell)
			switch {
			case i < len(row.Cells):
				row.Cells[i] = cell
			case cell != "" && row.Fault == "":
				row.Fault = fmt.Sprintf("has %d cells, but the first line has %d", len(cells), len(t.Columns))
			}
		}
		return row, nil
	}
	return nil
}

// titles reports whether cells name columns: neither numbers nor e-mail
// addresses stand in such a line, and at least one name.
func titles(cells []string) bool {
	named := false
	for _, cell := range cells {
		digits := len(phone.Digits(cell))
		if strings.Contains(strings.Trim(cell, "@"), "@") || digits >= 6 && digits*2 > len(cell) {
			return false
		}
		named = named || cell != ""
	}
	return named
}

// bounded passes a CSV file on as long as no row of it is a bomb: a quote that
// is never closed, or a line of nothing but separators.
type bounded struct {
	in io.Reader

	line       int
	bytes      int // of the row, so far
	separators int
	quoted     bool
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	for _, c := range p[:n] {
		b.bytes++
		switch c {
		case '"':
			b.quoted = !b.quoted
		case ',', ';', '\t':
			if !b.quoted {
				b.separators++
			}
		case '\n':
			if !b.quoted {
				b.line++
				b.bytes, b.separators = 0, 0
			}
		}
		if b.bytes > rowBytesMax {
			return 0, problem.New(problem.Invalid, "contact_import.row_too_large",
				"The row that begins near line %d is longer than %d kB; perhaps a quote is not closed there.", b.line, rowBytesMax>>10)
		}
		if b.separators > columnsMax*8 {
			return 0, tooWide(b.line)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read file: %w", err)
	}
	return n, err
}

func tooWide(line int) error {
	return problem.New(problem.Invalid, "contact_import.too_many_columns", "Line %d has more than %d columns.", line, columnsMax)
}
