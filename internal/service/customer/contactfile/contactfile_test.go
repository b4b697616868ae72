// SPDX-License-Identifier: Apache-2.0

package contactfile_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"tandem/internal/problem"
	"tandem/internal/service/customer/contactfile"
)

// read returns all rows of a file, those with faults as the fault alone.
func read(file, region string) (table *contactfile.Table, rows [][]string, err error) {
	if table, err = contactfile.Open(strings.NewReader(file), region); err != nil {
		return nil, nil, err
	}
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return table, rows, nil
		}
		if err != nil {
			return table, rows, err
		}
		if row.Fault != "" {
			row.Cells = []string{"!" + row.Fault}
		}
		rows = append(rows, row.Cells)
	}
}

func encode(t *testing.T, how encoding.Encoding, text string) string {
	t.Helper()
	out, err := how.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A file says the same in whichever encoding and with whichever separator the
// spreadsheet of a country writes it.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const viet, port = "Họ tên;Điện thoại\r\nNguyễn Thị Ánh;0901234567\r\n", "Nome;Telefone\r\nJoão Conceição;11 95555-0123\r\n"
	// Windows-1258 writes some accents as characters of their own, and has no
	// letters with two of them.
	viet1258 := strings.NewReplacer(
		"ễ", "ê\u0303", "ạ", "a\u0323", "ị", "i\u0323", "Á", "A\u0301", "ọ", "o\u0323", "ệ", "ê\u0323").Replace(viet)
	tests := map[string]struct {
		file, region, encoding, want string
	}{
		"UTF-8":                  {viet, "VN", "utf-8", viet},
		"UTF-8 with a mark":      {"\uFEFF" + viet, "VN", "utf-8", viet},
		"UTF-8, decomposed":      {norm.NFD.String(viet), "VN", "utf-8", viet},
		"UTF-16LE with a mark":   {encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), viet), "VN", "utf-16le", viet},
		"UTF-16BE with a mark":   {encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), viet), "VN", "utf-16be", viet},
		"UTF-16LE without":       {encode(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), port), "BR", "utf-16le", port},
		"Windows-1258":           {encode(t, charmap.Windows1258, viet1258), "VN", "windows-1258", viet},
		"Windows-1258, from far": {encode(t, charmap.Windows1258, viet1258), "US", "windows-1258", viet},
		"Windows-1252":           {encode(t, charmap.Windows1252, port), "BR", "windows-1252", port},
		"Windows-1252 in Hanoi":  {encode(t, charmap.Windows1252, port), "VN", "windows-1252", port},
		"commas":                 {strings.ReplaceAll(port, ";", ","), "BR", "utf-8", port},
		"tabs":                   {strings.ReplaceAll(port, ";", "\t"), "BR", "utf-8", port},
		"said by Excel":          {"sep=;\r\n" + port, "BR", "utf-8", port},
		"blank lines":            {port + "\r\n;\r\n;\r\n", "BR", "utf-8", port},
	}
	for name, test := range tests {
		table, rows, err := read(test.file, test.region)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := strings.Split(strings.TrimSpace(test.want), "\r\n")
		want := [][]string{strings.Split(lines[1], ";")}
		if diff := cmp.Diff(want, rows); diff != "" || table.Encoding != test.encoding || !slices.Equal(table.Columns, strings.Split(lines[0], ";")) {
			t.Errorf("%s: %s, %q (-want +got):\n%s", name, table.Encoding, table.Columns, diff)
		}
	}
}

// Cells come as people would have typed them.
func TestClean(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		" Ana ":                       "Ana",
		"Ana\u00a0 \nSouza":           "Ana Souza",
		"\u202a+84 90 123 4567\u202c": "+84 90 123 4567",
		`="0901234567"`:               "0901234567",
		"'0901234567":                 "0901234567",
		"O'Neill":                     "O'Neill",
		"Zoe\u0308":                   "Zoë",
		"\u200bAna\uFEFF":             "Ana",
		"=1+1":                        "=1+1",
		"":                            "",
	}
	for cell, want := range tests {
		if got := contactfile.Clean(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := contactfile.Clean(rapid.String().Draw(t, "cell"))
		if strings.ContainsAny(once, "\n\r\t\u202e") {
			t.Fatalf("%q is not one line", once)
		}
	})
}

// A list without titles is one all the same.
func TestNoTitles(t *testing.T) {
	t.Parallel()
	table, rows, err := read("Ana,0901234567\nBo,0907654321\n", "VN")
	if err != nil || !slices.Equal(table.Columns, []string{"1", "2"}) || len(rows) != 2 || rows[0][0] != "Ana" {
		t.Errorf("%q, %q, %v", table.Columns, rows, err)
	}
	table, rows, err = read("name,phone\nBo,0907654321\n", "VN")
	if err != nil || table.Columns[0] != "name" || len(rows) != 1 {
		t.Errorf("%q, %q, %v", table.Columns, rows, err)
	}
}

// endless is a file of one text again and again.
type endless struct {
	head, text string
	size, at   int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.at >= e.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.size-e.at))
	for i := range n {
		if at := e.at + int64(i); at < int64(len(e.head)) {
			p[i] = e.head[at]
		} else {
			p[i] = e.text[(at-int64(len(e.head)))%int64(len(e.text))]
		}
	}
	e.at += int64(n)
	return n, nil
}

func (e *endless) Seek(offset int64, _ int) (int64, error) {
	e.at = offset
	return offset, nil
}

// What is made to fill memory is refused in the beginning, and by name.
func TestBombs(t *testing.T) {
	t.Parallel()
	const size = 49 << 20
	tests := map[string]struct {
		file endless
		code string
	}{
		"separators":         {endless{text: ",", size: size}, "contact_import.too_many_columns"},
		"quoted separators":  {endless{text: "\"\n\",", size: size}, "contact_import.too_many_columns"},
		"one cell":           {endless{text: "x", size: size}, "contact_import.row_too_large"},
		"a quote never ends": {endless{head: "a,b\n1,\"", text: "x\n", size: size}, "contact_import.row_too_large"},
		"rows":               {endless{text: "a\n", size: size}, "contact_import.too_many_rows"},
		"too large":          {endless{text: "a\n", size: 60 << 20}, "contact_import.too_large"},
		"wide titles":        {endless{head: strings.Repeat("a,", 300) + "\n", text: "a\n", size: 1000}, "contact_import.too_many_columns"},
		"a workbook":         {endless{head: "PK\x03\x04\x14\x00", text: "x", size: 1000}, "contact_import.workbook"},
		"no text":            {endless{head: "a,b\n\x00", text: "x", size: 1000}, "contact_import.not_text"},
		"nothing":            {endless{}, "sheet.empty"},
		"a stray quote":      {endless{head: "a,b\n1,x\"y\n", text: "1,2\n", size: 1000}, "sheet.unreadable"},
		"cards":              {endless{text: "BEGIN:VCARD\nVERSION:4.0\nFN:A\nEND:VCARD\n", size: size}, "contact_import.too_many_rows"},
		"no cards":           {endless{head: "BEGIN:VCARD\nVERSION:4.0\nFN:A\nEND:VCARD\n", text: "<html>\n", size: 1000}, "contact_import.not_cards"},
		"a folded line":      {endless{head: "BEGIN:VCARD\nVERSION:4.0\nNOTE:", text: "x\n ", size: size}, ""},
		"a picture":          {endless{head: "BEGIN:VCARD\nVERSION:4.0\nPHOTO;ENCODING=b:", text: "QUJD\n ", size: size}, ""},
		"a line":             {endless{head: "BEGIN:VCARD\nVERSION:4.0\nNOTE:", text: "x", size: size}, ""},
		"a card in a card":   {endless{text: "BEGIN:VCARD\n", size: 1 << 20}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			table, err := contactfile.Open(&test.file, "VN")
			rows := 0
			for err == nil {
				var row contactfile.Row
				if row, err = table.Next(); err == nil {
					rows++
				}
				if len(row.Cells) > 300 || rows > contactfile.RowsMax {
					t.Fatalf("row %d has %d cells", rows, len(row.Cells))
				}
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			if got := problem.Of(err).Code; got != test.code {
				t.Errorf("%v, want %q", err, test.code)
			}
			if took := time.Since(started); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// Address books of phones and of mail programs are read alike.
func TestCards(t *testing.T) {
	t.Parallel()
	const file = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Souza;Ana;Maria;;\r\nFN:Ana Maria Souza\r\nitem1.EMAIL;TYPE=INTERNET:ana@example.com\r\n" +
		"TEL;TYPE=CELL:+55 11 95555-0123\r\nTEL;TYPE=FAX:+55 11 4000-0000\r\nTEL;TYPE=pref,HOME:(11) 4000-1111\r\n" +
		"PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n SkZJRgAB\r\nNOTE:a very\r\n  long note\r\nEND:VCARD\r\n\r\n" +
		"begin:vcard\nversion:4.0\nN:Nguyễn;Ánh;Thị;;\nFN:Nguyễn Thị Ánh\nGENDER:F\nTEL;VALUE=uri:tel:+84-90-123-4567;ext=12\nPHOTO:https://x.example/a.png\nend:vcard\n" +
		"BEGIN:VCARD\nVERSION:2.1\nN:Old\nEND:VCARD\n" +
		"BEGIN:VCARD\nVERSION:4.0\nFN:Cut off"
	table, rows, err := read(file, "VN")
	want := [][]string{
		{"Ana Maria", "Souza", "", "", "ana@example.com", "(11) 4000-1111", "+55 11 95555-0123", "", "", "", ""},
		{"", "", "Nguyễn Thị Ánh", "female", "", "+84-90-123-4567", "", "", "", "", "https://x.example/a.png"},
		{"!is a vCard of version 2.1; save it as version 3.0 or 4.0"},
		{"!is not a vCard: it has no end"},
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got := contactfile.Suggest(table.Columns, nil); slices.Contains(got, contactfile.LeftOut) {
		t.Errorf("suggested %q", got)
	}
}

// What is written as a vCard is read again, and stays one contact whatever is
// in it.
func TestCardRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé :;,\\\n\r\"BEGIN"))) // and what a card is made of
		p := contactfile.Person{
			ID: "0198f000-0000-7000-8000-000000000000", FirstName: text.Draw(t, "first"), LastName: text.Draw(t, "last"),
			Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), Phones: []string{"0901234567", "+84 28 1234 5678"},
		}
		var file bytes.Buffer
		if err := contactfile.WriteCard(&file, p); err != nil {
			t.Fatal(err)
		}
		_, rows, err := read(file.String(), "VN")
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d cards, %v:\n%s", len(rows), err, file.String())
		}
		if rows[0][5] != "0901234567" || rows[0][6] != "+84 28 1234 5678" || strings.HasPrefix(rows[0][0], "!") {
			t.Fatalf("%q of:\n%s", rows[0], file.String())
		}
	})
}

// Whatever bytes come, reading ends, and rows are as wide as the table.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("name;phone\nAna;0901234567\n"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Add([]byte("BEGIN:VCARD\nVERSION:4.0\nTEL;TYPE=\"a:1\nEND:VCARD\n"))
	f.Add([]byte("sep=,\n\"a\"\"\",b\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		table, err := contactfile.Open(bytes.NewReader(file), "VN")
		for err == nil {
			var row contactfile.Row
			row, err = table.Next()
			if err == nil && len(row.Cells) != len(table.Columns) {
				t.Fatalf("%d cells in %d columns", len(row.Cells), len(table.Columns))
			}
		}
		if !errors.Is(err, io.EOF) && problem.Of(err).Kind == problem.Internal {
			t.Fatalf("not a problem of the file: %v", err)
		}
	})
}
