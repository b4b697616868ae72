// SPDX-License-Identifier: Apache-2.0

package contactfile

import (
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tandem/internal/problem"
)

// ErrTooLarge is the TooLarge problem of a file.
var ErrTooLarge = problem.New(problem.TooLarge, "contact_import.too_large", "The file is larger than %d MB; split it.", FileBytesMax>>20)

// coding is how the text of a file becomes bytes.
type coding struct {
	name string
	how  encoding.Encoding // nil for UTF-8
}

func (c coding) reader(r io.Reader) io.Reader {
	if c.how == nil {
		return r
	}
	return c.how.NewDecoder().Reader(r)
}

var (
	utf8Coding  = coding{name: "utf-8"}
	utf16Little = coding{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	utf16Big    = coding{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	western     = coding{"windows-1252", charmap.Windows1252}
	vietnamese  = coding{"windows-1258", charmap.Windows1258}
)

// detect reads a whole file and says how its text is encoded. It is UTF-8 when
// it can be; one that is neither that nor UTF-16 comes from an old spreadsheet
// of Windows.
func detect(file io.Reader, region string) (coding, error) {
	var s signs
	buffer := make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		s.add(buffer[:n])
		if s.bytes > FileBytesMax {
			return coding{}, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return coding{}, err
		}
	}
	return s.coding(region)
}

// signs are what tells one encoding from another.
type signs struct {
	bytes      int64
	begin      []byte // the first few bytes
	zeros      [2]int64
	rest       []byte // of a character that the next bytes complete
	notUTF8    bool
	vietnamese int // letters that only Vietnamese has
	portuguese int // and those that only the others have
	last       byte
}

func (s *signs) add(text []byte) {
	if len(s.begin) < 8 {
		s.begin = append(s.begin, text[:min(8, len(text))]...)
	}
	for i, c := range text {
		if c == 0 {
			s.zeros[(s.bytes+int64(i))%2]++
		}
		if c >= 0x80 {
			s.count(c)
		}
		s.last = c
	}
	s.bytes += int64(len(text))
	if s.notUTF8 {
		return
	}
	text = append(s.rest, text...)
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			if utf8.FullRune(text) {
				s.notUTF8 = true
				return
			}
			break
		}
		text = text[size:]
	}
	s.rest = append(s.rest[:0:0], text...)
}

// count counts what a byte means in one of the code pages and hardly ever in
// the other: 1258 has combining accents where 1252 has Ì, Ò, Þ, ì and ò, and đ,
// Đ, ư and Ư where that has ð, Ð, ý and Ý; ç and õ belong to Portuguese.
func (s *signs) count(c byte) {
	switch c {
	case 0xCC, 0xD2, 0xDE, 0xEC, 0xF2:
		if s.last >= 'A' { // an accent stands on a letter
			s.vietnamese++
		}
	case 0xD0, 0xF0, 0xDD, 0xFD:
		s.vietnamese++
	case 0xC7, 0xE7:
		s.portuguese++
	}
}

func (s *signs) coding(region string) (coding, error) {
	begins := func(mark string) bool { return len(s.begin) >= len(mark) && string(s.begin[:len(mark)]) == mark }
	zeros := s.zeros[0] + s.zeros[1]
	switch {
	case begins("PK\x03\x04"), begins("\xd0\xcf\x11\xe0"):
		return coding{}, problem.New(problem.Invalid, "contact_import.workbook",
			"This is a workbook of a spreadsheet program. Open it there, choose Save as, and save it as CSV (UTF-8).")
	case begins("\xff\xfe"):
		return utf16Little, nil
	case begins("\xfe\xff"):
		return utf16Big, nil
	case s.zeros[1] > s.bytes/8 && s.zeros[0] == 0:
		return utf16Little, nil
	case s.zeros[0] > s.bytes/8 && s.zeros[1] == 0:
		return utf16Big, nil
	case zeros > 0 || begins("%PDF") || begins("\x1f\x8b") || begins("\x89PNG") || begins("\xff\xd8\xff"):
		return coding{}, problem.New(problem.Invalid, "contact_import.not_text", "The file is no text; choose a CSV file or vCards.")
	case !s.notUTF8 && len(s.rest) == 0:
		return utf8Coding, nil
	case s.vietnamese > s.portuguese, region == "VN" && s.vietnamese >= s.portuguese:
		return vietnamese, nil
	default:
		return western, nil
	}
}
