// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tandem/internal/eventlog"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// The events of a contact. Their data is the contact as it was written, its
// CPF masked: events go to other systems.
const (
	typeCreated  = "contact.created"
	typeChanged  = "contact.changed"
	typeDeleted  = "contact.deleted"
	typeRestored = "contact.restored"
	typeMerged   = "contact.merged" // of the contact that took others in
	typeErased   = "contact.erased"

	typeRedacted = "person.erased" // of a call with a person who was erased
)

// Contact is a person or firm. Times are Unix milliseconds.
type Contact struct {
	ID         string   `json:"id"`
	FirstName  string   `json:"first_name"`
	LastName   string   `json:"last_name"`
	Gender     string   `json:"gender"`
	Email      string   `json:"email"`
	Phone      string   `json:"phone"`     // as typed
	MatchKey   string   `json:"match_key"` // of Phone; see [phone.MatchKey]
	Numbers    []Number `json:"numbers"`   // besides Phone
	CPF        string   `json:"cpf"`       // eleven digits, or ""
	Avatar     string   `json:"avatar"`    // URL
	Creator    string   `json:"creator"`   // id of the user or key; "" for a caller that Tandem registered
	CreatedAt  int64    `json:"created_at"`
	UpdatedAt  int64    `json:"updated_at"`
	Deleted    bool     `json:"deleted"`
	MergedInto string   `json:"merged_into,omitempty"` // id of the contact that took this one in
	ErasedAt   int64    `json:"erased_at,omitempty"`

	search string // see searchText
}

// Number is one more number of a contact.
type Number struct {
	Number   string `json:"number"` // as typed
	Label    string `json:"label"`
	MatchKey string `json:"match_key"`
}

const (
	numbersMax     = 20 // numbers of one contact besides its phone
	avatarBytesMax = 2000
)

// Name is how people call the contact; "" if it is known by its number only.
func (c Contact) Name() string { return fullName(c.FirstName, c.LastName) }

func fullName(first, last string) string {
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// keys returns the match keys of the contact's numbers, its phone's first.
func (c Contact) keys() []string {
	var keys []string
	seen := map[string]bool{"": true}
	for _, key := range append([]string{c.MatchKey}, matchKeys(c.Numbers)...) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func matchKeys(numbers []Number) []string {
	keys := make([]string, len(numbers))
	for i, n := range numbers {
		keys[i] = n.MatchKey
	}
	return keys
}

// key sets what follows from the contact's own words.
func (c *Contact) key(region string) {
	c.MatchKey = phone.MatchKey(c.Phone, region)
	numbers := make([]Number, len(c.Numbers))
	for i, n := range c.Numbers {
		numbers[i] = Number{Number: n.Number, Label: n.Label, MatchKey: phone.MatchKey(n.Number, region)}
	}
	c.Numbers = numbers
	c.search = searchText(*c, region)
}

// check refuses what no database can hold and what says nothing. The fields
// are named as on the wire.
func (c Contact) check() error {
	var fields []problem.Field
	refuse := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	text := func(name, value string) {
		if strings.ContainsFunc(value, unprintable) || !utf8.ValidString(value) {
			refuse(name, "must not have control characters, or marks that turn the direction of text")
		}
	}
	text("firstName", c.FirstName)
	text("lastName", c.LastName)
	text("gender", c.Gender)
	text("email", c.Email)
	text("phone", c.Phone)
	text("avatar", c.Avatar)
	if c.Email != "" && (strings.ContainsAny(c.Email, " \t") || !strings.Contains(strings.Trim(c.Email, "@"), "@")) {
		refuse("email", "must be an e-mail address")
	}
	if len(c.Avatar) > avatarBytesMax {
		refuse("avatar", "must be an address of at most 2000 bytes, not the picture itself")
	} else if scheme, _, ok := strings.Cut(c.Avatar, ":"); ok && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		refuse("avatar", "must be an address that begins with https:// or http://, or a path")
	}
	if c.CPF != "" && !validCPF(c.CPF) {
		refuse("cpf", "must be a CPF: eleven digits, the last two of which check the others")
	}
	c.checkNumbers(refuse, text)
	if c.Name() == "" && strings.TrimSpace(c.Email+c.Phone) == "" && len(c.Numbers) == 0 {
		refuse("phone", "must be there when there is neither a name nor an e-mail address")
	}
	if len(fields) > 0 {
		return problem.NewFields("contact.invalid", "The contact cannot be kept so.", fields...)
	}
	return nil
}

func (c Contact) checkNumbers(refuse, text func(name, detail string)) {
	if len(c.Numbers) > numbersMax {
		refuse("numbers", fmt.Sprintf("must be at most %d", numbersMax))
		return
	}
	seen := map[string]bool{c.MatchKey: c.MatchKey != ""}
	for i, n := range c.Numbers {
		name := fmt.Sprintf("numbers[%d].number", i)
		text(name, n.Number)
		text(fmt.Sprintf("numbers[%d].label", i), n.Label)
		switch {
		case n.MatchKey == "":
			refuse(name, "must be a number")
		case seen[n.MatchKey]:
			refuse(name, "must be another number than the others")
		}
		seen[n.MatchKey] = true
	}
}

// unprintable reports characters that have no place in one line of text: what
// controls a terminal, and what shows text in another order than it has.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// event returns the fact that c was written.
func (c Contact) event(tenant int64, typ string) (eventlog.Event, error) {
	return c.eventWith(tenant, typ, c.public())
}

// public is the contact as others than its readers may see it.
func (c Contact) public() Contact {
	c.CPF = maskCPF(c.CPF)
	if c.Numbers == nil {
		c.Numbers = []Number{}
	}
	return c
}

func (c Contact) eventWith(tenant int64, typ string, says any) (eventlog.Event, error) {
	data, err := json.Marshal(says)
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode contact %s: %w", c.ID, err)
	}
	key := typ // a contact is created once, and may be all else often
	if typ != typeCreated {
		change, err := newID()
		if err != nil {
			return eventlog.Event{}, err
		}
		key += "/" + change
	}
	return eventlog.Event{
		Tenant: tenant, Stream: "contact/" + c.ID, Key: key, Type: typ,
		At: c.UpdatedAt, Received: c.UpdatedAt, Timed: true, Data: data,
	}, nil
}

func appendContact(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, contacts ...Contact) error {
	events := make([]eventlog.Event, len(contacts))
	for i, contact := range contacts {
		var err error
		if events[i], err = contact.event(tenant, typ); err != nil {
			return err
		}
	}
	_, err := tx.Append(ctx, events...)
	return err
}
