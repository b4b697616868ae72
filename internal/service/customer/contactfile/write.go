// SPDX-License-Identifier: Apache-2.0

package contactfile

import (
	"io"
	"strings"

	"github.com/emersion/go-vcard"
)

// Person is what a vCard says of a contact.
type Person struct {
	ID        string
	FirstName string
	LastName  string
	Name      string // as it is shown
	Gender    string
	Email     string
	Phones    []string // the first one is preferred
	Photo     string   // URL
}

// WriteCard writes a contact as a vCard of version 4 (RFC 6350).
func WriteCard(w io.Writer, p Person) error {
	card := vcard.Card{}
	card.SetValue(vcard.FieldVersion, "4.0")
	name := p.Name
	for _, other := range append([]string{p.Email}, p.Phones...) {
		if name == "" {
			name = other // a card has to have one
		}
	}
	card.SetValue(vcard.FieldFormattedName, oneLine(name))
	if p.FirstName+p.LastName != "" {
		card.SetName(&vcard.Name{GivenName: component(p.FirstName), FamilyName: component(p.LastName)})
	}
	switch p.Gender {
	case "":
	case "female":
		card.SetGender(vcard.SexFemale, "")
	case "male":
		card.SetGender(vcard.SexMale, "")
	default:
		card.SetGender("", component(p.Gender))
	}
	if p.Email != "" {
		card.SetValue(vcard.FieldEmail, oneLine(p.Email))
	}
	for i, number := range p.Phones {
		field := &vcard.Field{Value: oneLine(number), Params: vcard.Params{vcard.ParamValue: {"text"}}}
		if i == 0 && len(p.Phones) > 1 {
			field.Params.Set(vcard.ParamPreferred, "1")
		}
		card.Add(vcard.FieldTelephone, field)
	}
	if p.Photo != "" {
		card.SetValue(vcard.FieldPhoto, oneLine(p.Photo))
	}
	card.SetValue(vcard.FieldUID, "urn:uuid:"+p.ID)
	return vcard.NewEncoder(w).Encode(card)
}

// semicolon makes one look like one. Written with a backslash it would come out
// with two, because the library escapes that.
var semicolon = strings.NewReplacer(";", "\u037e")

// oneLine keeps a value from becoming properties of its own.
func oneLine(text string) string { return Clean(text) }

// component is a part of a structured value, in which a semicolon would begin
// the next part; the library does not escape it.
func component(text string) string { return semicolon.Replace(Clean(text)) }
