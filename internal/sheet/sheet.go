// SPDX-License-Identifier: Apache-2.0

// Package sheet reads and writes tables the way spreadsheets do: CSV as in RFC
// 4180, with what spreadsheets of this world make of it. What is written can be
// opened in one without running anything that a stranger typed.
package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tandem/internal/problem"
)

// mark tells a spreadsheet that the text is UTF-8.
const mark = "\uFEFF"

// formula is what a spreadsheet takes for a formula when a cell begins with it.
const formula = "=+-@\t\r\n|"

// number is what begins like a formula and computes nothing: +84 901 234 567.
var number = regexp.MustCompile(`^[+-]?[0-9][0-9 .()/-]*$`)

// Guard returns a cell that no spreadsheet takes for a formula (OWASP, CSV
// Injection).
func Guard(cell string) string {
	if cell == "" || !strings.Contains(formula, cell[:1]) || number.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// bare undoes Guard.
func bare(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.Contains(formula, cell[1:2]) {
		return cell[1:]
	}
	return cell
}

// Writer writes rows, each cell guarded.
type Writer struct {
	out *csv.Writer
	row []string
}

// NewWriter begins a table on w with the names of its columns.
func NewWriter(w io.Writer, columns ...string) (*Writer, error) {
	if _, err := io.WriteString(w, mark); err != nil {
		return nil, err
	}
	s := &Writer{out: csv.NewWriter(w)}
	s.out.UseCRLF = true
	return s, s.Row(columns...)
}

// Row adds a row.
func (w *Writer) Row(cells ...string) error {
	w.row = w.row[:0]
	for _, cell := range cells {
		w.row = append(w.row, Guard(cell))
	}
	return w.out.Write(w.row)
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error {
	w.out.Flush()
	return w.out.Error()
}

// Reader reads rows. Which of comma, semicolon and tab stands between cells
// the first line tells; UTF-16 is read where a mark says so, all else is UTF-8.
type Reader struct {
	Columns []string // as the first line names them, without space around

	in *csv.Reader
}

const peekBytes = 64 << 10 // in which the first line has to end

// NewReader reads the first line of a table. What is none is an Invalid
// problem.
func NewReader(r io.Reader) (*Reader, error) {
	text := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(transform.Nop)), peekBytes)
	begin, err := text.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	s := &Reader{in: csv.NewReader(text)}
	s.in.Comma, s.in.FieldsPerRecord, s.in.ReuseRecord = separator(string(begin)), -1, true
	columns, _, err := s.Next()
	if errors.Is(err, io.EOF) {
		return nil, problem.New(problem.Invalid, "sheet.empty", "There is nothing in the file.")
	}
	if err != nil {
		return nil, err
	}
	for _, column := range columns {
		s.Columns = append(s.Columns, strings.TrimSpace(column))
	}
	return s, nil
}

// separator returns what stands most often in the first line, outside quotes.
func separator(text string) rune {
	counts, quoted := map[rune]int{}, false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && c == '\n' {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := ','
	for _, c := range ";\t" {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// Next returns the cells of the next row, good until the one after it is read,
// and the line it begins on, which is 1 for that of the columns. At the end it
// returns io.EOF; what is not a table is an Invalid problem that names the
// line.
func (r *Reader) Next() (cells []string, line int, err error) {
	cells, err = r.in.Read()
	var fault *csv.ParseError
	switch {
	case errors.As(err, &fault):
		return nil, fault.StartLine, problem.New(problem.Invalid, "sheet.unreadable", "Line %d is not CSV: %v.", fault.StartLine, fault.Err)
	case errors.Is(err, io.EOF):
		return nil, 0, io.EOF
	case err != nil:
		return nil, 0, fmt.Errorf("read table: %w", err)
	}
	line, _ = r.in.FieldPos(0)
	for i, cell := range cells {
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
			return nil, line, problem.New(problem.Invalid, "sheet.not_text", "Line %d is not text in UTF-8.", line)
		}
		cells[i] = bare(cell)
	}
	return cells, line, nil
}
