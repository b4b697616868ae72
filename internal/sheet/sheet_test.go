// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/problem"
	"tandem/internal/sheet"
)

// A cell that a spreadsheet would compute becomes text; a phone number stays
// as it is.
func TestGuard(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                       "",
		"Ana":                    "Ana",
		"=1+1":                   "'=1+1",
		"+84 (90) 123-4567":      "+84 (90) 123-4567",
		"-5":                     "-5",
		"+1+cmd|' /C calc'!A0":   "'+1+cmd|' /C calc'!A0",
		"-2+3+cmd|' /C calc'!A0": "'-2+3+cmd|' /C calc'!A0",
		"@SUM(A1)":               "'@SUM(A1)",
		"\t=1":                   "'\t=1",
		"\r=1":                   "'\r=1",
		"|calc":                  "'|calc",
		"a=1":                    "a=1",
	}
	for cell, want := range tests {
		if got := sheet.Guard(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

// What was written is read again as it was, whatever is in it.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// A carriage return before a line feed is one line end in CSV.
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé=+-@|'\";,\t \n1")))
		rows := rapid.SliceOfN(rapid.SliceOfN(text, 2, 2), 0, 5).Draw(t, "rows")
		var file bytes.Buffer
		w, err := sheet.NewWriter(&file, "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if strings.HasPrefix(row[0], "'") || strings.HasPrefix(row[1], "'") {
				t.Skip("an apostrophe of the text's own before a formula is taken for the guard")
			}
			if err := w.Row(row...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r, err := sheet.NewReader(&file)
		if err != nil || !slices.Equal(r.Columns, []string{"a", "b"}) {
			t.Fatalf("columns %q, %v", r.Columns, err)
		}
		for _, want := range rows {
			got, _, err := r.Next()
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("read %q, want %q: %v", got, want, err)
			}
		}
		if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("and then %v", err)
		}
	})
}

// Files come with other separators, marks and encodings, depending on whose
// spreadsheet wrote them.
func TestRead(t *testing.T) {
	t.Parallel()
	utf16 := []byte{0xff, 0xfe}
	for _, c := range "a\tb\n1\té" {
		utf16 = append(utf16, byte(c), byte(c>>8)) //nolint:gosec // all of them fit
	}
	tests := map[string]struct {
		file    string
		columns []string
		rows    [][]string
		code    string
	}{
		"comma":        {"a, b\n1,2\n", []string{"a", "b"}, [][]string{{"1", "2"}}, ""},
		"semicolon":    {"\uFEFFa;b\r\n1,5;2\r\n", []string{"a", "b"}, [][]string{{"1,5", "2"}}, ""},
		"tab, UTF-16":  {string(utf16), []string{"a", "b"}, [][]string{{"1", "é"}}, ""},
		"quoted head":  {"\"a,b,c\";d\n1;2", []string{"a,b,c", "d"}, [][]string{{"1", "2"}}, ""},
		"lines inside": {"a\n\"x\ny\"\nz\n", []string{"a"}, [][]string{{"x\ny"}, {"z"}}, ""},
		"short rows":   {"a,b\n1\n", []string{"a", "b"}, [][]string{{"1"}}, ""},
		"nothing":      {"", nil, nil, "sheet.empty"},
		"open quote":   {"a\n\"x\n", []string{"a"}, nil, "sheet.unreadable"},
		"stray quote":  {"a\nx\"y\n", []string{"a"}, nil, "sheet.unreadable"},
		"Latin-1":      {"a\n\xe9\n", []string{"a"}, nil, "sheet.not_text"},
		"a zero byte":  {"a\nx\x00\n", []string{"a"}, nil, "sheet.not_text"},
	}
	for name, test := range tests {
		r, err := sheet.NewReader(strings.NewReader(test.file))
		var rows [][]string
		for err == nil {
			var cells []string
			if cells, _, err = r.Next(); err == nil {
				rows = append(rows, slices.Clone(cells))
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if problem.Of(err).Code != test.code {
			t.Errorf("%s: %v, want %q", name, err, test.code)
		}
		if r != nil && !slices.Equal(r.Columns, test.columns) || !slices.EqualFunc(rows, test.rows, slices.Equal) {
			t.Errorf("%s: %q", name, rows)
		}
	}
}

// What comes out is what other programs read.
func TestOthersReadIt(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	w, err := sheet.NewWriter(&file, "name", "note")
	if err == nil {
		err = errors.Join(w.Row("Đặng, Ánh", "says \"hello\"\nand goes"), w.Flush())
	}
	rows, readErr := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.String(), "\uFEFF"))).ReadAll()
	if err != nil || readErr != nil || len(rows) != 2 || rows[1][0] != "Đặng, Ánh" || rows[1][1] != "says \"hello\"\nand goes" {
		t.Errorf("%q, %v, %v", rows, err, readErr)
	}
}
