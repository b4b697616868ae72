// SPDX-License-Identifier: Apache-2.0

package contactfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-vcard"

	"tandem/internal/problem"
)

const (
	beginCard = "BEGIN:VCARD"
	endCard   = "END:VCARD"

	cardNumbers = 4 // columns for the numbers of a card besides the first
)

// cardColumns are the columns of a file of vCards; see [Suggest].
var cardColumns = []string{"Given name", "Family name", "Full name", "Gender", "Email", "Phone", "Phone 2", "Phone 3", "Phone 4", "Phone 5", "Photo"}

// openCards reads vCards as a table.
func (t *Table) openCards(text *bufio.Reader) {
	t.Format, t.Columns = VCard, cardColumns
	in, number := &lines{in: text}, 0
	t.next = func() (Row, error) {
		source, fault, err := in.nextCard()
		if err != nil {
			return Row{}, err
		}
		number++
		row := Row{Number: number, Cells: make([]string, len(cardColumns)), Fault: fault}
		if fault != "" {
			return row, nil
		}
		// The library reads a folded line in quadratic time, and any amount of
		// it; so it gets one card at a time, of which only what is short is left.
		card, err := vcard.NewDecoder(strings.NewReader(source)).Decode()
		if err != nil {
			row.Fault = "is not a vCard: " + strings.TrimPrefix(err.Error(), "vcard: ")
			return row, nil
		}
		row.fill(card)
		return row, nil
	}
}

// nextCard returns the text of the next card, without pictures and sounds that
// are inside. It says what is wrong with a card that has no end or is too long.
func (l *lines) nextCard() (source, fault string, err error) {
	var card strings.Builder
	begun, leftOut := false, false
	for {
		line, more, err := l.next()
		switch {
		case errors.Is(err, io.EOF) && begun:
			return "", "is not a vCard: it has no end", nil
		case err != nil:
			return "", "", err
		}
		property := ""
		if !more {
			property = strings.ToUpper(strings.TrimSpace(line[:min(len(line), 100)]))
			leftOut = binary(property)
		}
		switch {
		case begun:
		case property == beginCard:
			begun = true
		case strings.TrimSpace(line) == "":
			continue
		default:
			return "", "", problem.New(problem.Invalid, "contact_import.not_cards", "Between the vCards there is something else.")
		}
		if card.Len()+len(line) > rowBytesMax && !leftOut {
			fault = "is longer than any vCard of a person"
		}
		if !leftOut && fault == "" {
			card.WriteString(line)
		}
		if property == endCard {
			return card.String() + "\r\n", fault, nil
		}
	}
}

// lines are the lines of a file of vCards.
type lines struct {
	in   *bufio.Reader
	open bool // the end of the last one is still to come
}

// next returns a line with its end, and whether it goes on with the one before:
// because it is folded, or because that was too long for the buffer.
func (l *lines) next() (line string, more bool, err error) {
	text, err := l.in.ReadSlice('\n')
	if len(text) == 0 && err != nil {
		return "", false, err
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", false, err
	}
	more = l.open || text[0] == ' ' || text[0] == '\t'
	l.open = errors.Is(err, bufio.ErrBufferFull)
	return string(text), more, nil
}

// binary reports whether a property holds a file: a picture, a sound or a key
// that is there as text and not as an address.
func binary(upper string) bool {
	name, _, _ := strings.Cut(upper, ":")
	if _, rest, ok := strings.Cut(name, "."); ok {
		name = rest // a group's
	}
	name, parameters, _ := strings.Cut(name, ";")
	switch name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return strings.Contains(parameters, "ENCODING=B") || strings.Contains(upper, ":DATA:") || !strings.Contains(upper, "://")
	default:
		return false
	}
}

// fill writes a card's properties into the columns of cardColumns.
func (r *Row) fill(card vcard.Card) {
	if version := card.Value(vcard.FieldVersion); version != "" && version != "3.0" && version != "4.0" {
		r.Fault = fmt.Sprintf("is a vCard of version %s; save it as version 3.0 or 4.0", Clean(version)[:min(len(Clean(version)), 10)])
		return
	}
	name, full := card.Name(), Clean(unescape(card.PreferredValue(vcard.FieldFormattedName)))
	if name != nil {
		given := Clean(unescape(strings.TrimSpace(name.GivenName + " " + name.AdditionalName)))
		family := Clean(unescape(name.FamilyName))
		if family != "" && given != "" && strings.HasPrefix(full, family+" ") {
			given, family = "", "" // people who say the family's name first are called so
		}
		r.Cells[0], r.Cells[1] = given, family
	}
	if r.Cells[0]+r.Cells[1] == "" {
		r.Cells[2] = full
	}
	sex, _ := card.Gender()
	r.Cells[3] = map[vcard.Sex]string{vcard.SexFemale: "female", vcard.SexMale: "male", vcard.SexOther: "other"}[sex]
	r.Cells[4] = Clean(strings.TrimPrefix(card.PreferredValue(vcard.FieldEmail), "mailto:"))
	for i, number := range numbersOf(card) {
		if i > cardNumbers {
			break
		}
		r.Cells[5+i] = number
	}
	r.Cells[10] = Clean(card.PreferredValue(vcard.FieldPhoto))
}

// numbersOf returns a card's numbers, the preferred one first, faxes left out.
func numbersOf(card vcard.Card) (numbers []string) {
	preferred := card.Preferred(vcard.FieldTelephone)
	add := func(f *vcard.Field) {
		number := strings.TrimPrefix(Clean(f.Value), "tel:")
		number, _, _ = strings.Cut(number, ";") // ;ext= and other parameters of a tel: address
		if number != "" && !f.Params.HasType("fax") {
			numbers = append(numbers, number)
		}
	}
	if preferred != nil {
		add(preferred)
	}
	for _, f := range card[vcard.FieldTelephone] {
		if f != preferred {
			add(f)
		}
	}
	return numbers
}

// unescape undoes what the library leaves escaped.
func unescape(text string) string { return strings.ReplaceAll(text, `\;`, ";") }
