// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tandem/internal/phone"
	"tandem/internal/problem"
	"tandem/internal/service/customer/contactfile"
)

// importRow is what one row of a file says of a contact.
type importRow struct {
	number int
	words  Contact // only what the row says
	whole  bool    // the name is all of it: without a last name the contact has none
	errors []rowError
}

// reader turns rows into contacts.
type rowReader struct {
	region  string
	columns []string
	mapping []contactfile.Field
}

// none are cells that people write to say that there is nothing.
var none = []string{"-", "--", "---", ".", "/", "n/a", "na", "#n/a", "null", "none", "nil", "không có", "khong co", "não tem", "nao tem"}

// rounded is a number that a spreadsheet has written as 8.49E+10.
var rounded = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+\d+$`)

// digitsMin is how many digits the shortest numbers have: those for help.
const digitsMin = 3

// lengthMax is how many characters a field may have, as in the API.
var lengthMax = map[contactfile.Field]int{
	contactfile.FirstName: 200, contactfile.LastName: 200, contactfile.Name: 200, contactfile.Gender: 50, contactfile.Email: 254,
	contactfile.Phone: 100, contactfile.Number: 100, contactfile.CPF: 20, contactfile.Avatar: avatarBytesMax,
}

// read returns what a row says, and what is wrong with it.
func (r *rowReader) read(row contactfile.Row) importRow {
	read := importRow{number: row.Number}
	if row.Fault != "" {
		read.fault("", row.Fault)
		return read
	}
	name := ""
	for n, field := range r.mapping {
		cell := row.Cells[n]
		if field == contactfile.LeftOut || cell == "" || slices.Contains(none, strings.ToLower(cell)) {
			continue
		}
		if utf8.RuneCountInString(cell) > lengthMax[field] {
			read.fault(field, fmt.Sprintf("must have at most %d characters", lengthMax[field]))
			continue
		}
		if field == contactfile.Name {
			name = cell
			continue
		}
		read.set(field, cell, r.columns[n])
	}
	if w := &read.words; w.FirstName == "" && w.LastName == "" && name != "" {
		w.FirstName, w.LastName, _ = strings.Cut(name, " ")
		read.whole = true
	}
	read.check(r.region)
	return read
}

func (r *importRow) set(field contactfile.Field, cell, title string) {
	w := &r.words
	switch field {
	case contactfile.FirstName:
		w.FirstName = cell
	case contactfile.LastName:
		w.LastName = cell
	case contactfile.Gender:
		w.Gender = cell
	case contactfile.Email:
		w.Email = cell
	case contactfile.CPF:
		w.CPF = cleanCPF(cell)
	case contactfile.Avatar:
		w.Avatar = cell
	case contactfile.Phone, contactfile.Number:
		if rounded.MatchString(cell) {
			r.fault(field, "was rounded by a spreadsheet; format the column as text there, and save the file again")
			return
		}
		if len(phone.Digits(cell)) < digitsMin {
			r.fault(field, "is not a number")
			return
		}
		if field == contactfile.Phone {
			w.Phone = cell
		} else {
			w.Numbers = append(w.Numbers, Number{Number: cell, Label: cutRunes(title, lengthMax[contactfile.Number])})
		}
	case contactfile.LeftOut, contactfile.Name:
	}
}

func cutRunes(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func (r *importRow) fault(field contactfile.Field, detail string) {
	r.errors = append(r.errors, rowError{Row: r.number, Field: string(field), Detail: detail})
}

// check completes the words and adds what is wrong with them.
func (r *importRow) check(region string) {
	w := &r.words
	if w.Phone == "" && len(w.Numbers) > 0 {
		w.Phone, w.Numbers = w.Numbers[0].Number, w.Numbers[1:]
	}
	w.key(region)
	seen := map[string]bool{w.MatchKey: true}
	w.Numbers = slices.DeleteFunc(w.Numbers, func(n Number) bool { // files repeat numbers
		twice := seen[n.MatchKey]
		seen[n.MatchKey] = true
		return twice && n.MatchKey != ""
	})
	if len(r.errors) > 0 {
		return
	}
	r.errors = append(r.errors, errorsOf(r.number, w.check())...)
}

// errorsOf returns what a problem says of a row.
func errorsOf(row int, err error) (errors []rowError) {
	p := problem.Of(err)
	for _, field := range p.Fields {
		errors = append(errors, rowError{Row: row, Field: strings.TrimPrefix(field.Name, "body."), Detail: field.Detail})
	}
	if err != nil && len(errors) == 0 {
		errors = append(errors, rowError{Row: row, Detail: p.Detail})
	}
	return errors
}

// over returns before with what the row says over it. What the row leaves out
// stays; a number it had before stays as one more.
func (r *importRow) over(before Contact, region string) (Contact, []rowError) {
	c, w := before, r.words
	c.Numbers = slices.Clone(before.Numbers)
	if r.whole {
		c.FirstName, c.LastName = w.FirstName, w.LastName
	}
	for _, text := range []struct {
		to   *string
		says string
	}{{&c.FirstName, w.FirstName}, {&c.LastName, w.LastName}, {&c.Gender, w.Gender}, {&c.Avatar, w.Avatar}} {
		if text.says != "" {
			*text.to = text.says
		}
	}
	if w.Email != "" && !strings.EqualFold(w.Email, c.Email) {
		c.Email = w.Email
	}
	switch {
	case w.CPF == "", w.CPF == c.CPF:
	case c.CPF == "":
		c.CPF = w.CPF
	default:
		return before, []rowError{{Row: r.number, Field: string(contactfile.CPF), Detail: "is another than the contact has"}}
	}
	has := map[string]bool{}
	for _, key := range c.keys() {
		has[key] = true
	}
	if w.Phone != "" && !has[w.MatchKey] {
		if c.Phone != "" && c.MatchKey != "" {
			c.Numbers = append(c.Numbers, Number{Number: c.Phone})
		}
		c.Phone, has[w.MatchKey] = w.Phone, true
	}
	for _, n := range w.Numbers {
		if !has[n.MatchKey] {
			c.Numbers, has[n.MatchKey] = append(c.Numbers, n), true
		}
	}
	if sameWords(before, c) {
		return before, nil
	}
	c.key(region)
	return c, errorsOf(r.number, c.check())
}

// sameWords reports whether two contacts say the same of a person.
func sameWords(a, b Contact) bool {
	return a.FirstName == b.FirstName && a.LastName == b.LastName && a.Gender == b.Gender && a.Email == b.Email && a.Phone == b.Phone &&
		a.CPF == b.CPF && a.Avatar == b.Avatar && slices.EqualFunc(a.Numbers, b.Numbers, func(a, b Number) bool {
		return a.Number == b.Number && a.Label == b.Label
	})
}
