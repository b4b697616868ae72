// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tandem/internal/phone"
)

// Erased is what stands in the place of what was said of a person.
const Erased = "erased"

// Eraser overwrites what the rows of a part say of a person. A part that has
// events about the person alone adds their streams to p. It may be called again
// for the same person, and finds less then.
type Eraser func(ctx context.Context, p *Person) error

// Person is somebody of whom nothing is to be kept. It is not safe for
// concurrent use, and its keys and texts do not change.
type Person struct {
	Tenant   int64    `json:"tenant"`
	Region   string   `json:"region"`   // how their numbers are read
	Contacts []string `json:"contacts"` // ids
	Keys     []string `json:"keys"`     // match keys of the numbers that are theirs alone
	Texts    []string `json:"texts"`    // what else names nobody but them: numbers as typed, addresses, papers
	Names    []string `json:"names"`    // others may be called so as well

	Streams []string `json:"streams"` // of the log: events about them and nothing else
	Calls   []string `json:"calls"`   // of the log: calls with them

	needles []string
}

// textMin is the shortest text that is looked for within others: a shorter one
// stands in all kinds of words.
const textMin = 6

// tailDigits are those of a number that every writing of it has.
const tailDigits = 9

// look returns what is looked for in texts to find those that mention p: each
// is enough, and is without case and without what groups digits.
func (p *Person) look() []string {
	if p.needles != nil {
		return p.needles
	}
	needles := []string{}
	add := func(text string) {
		if text = flat(text); len(text) >= textMin && !slices.Contains(needles, text) {
			needles = append(needles, text)
		}
	}
	for _, key := range p.Keys {
		digits := strings.TrimPrefix(strings.TrimPrefix(key, "+"), "raw:")
		if strings.HasPrefix(key, "+") && len(digits) > tailDigits {
			digits = digits[len(digits)-tailDigits:]
		}
		add(digits)
		// Brazilian and Vietnamese numbers have old writings that end alike.
		add(phone.Digits(key))
	}
	for _, text := range p.Texts {
		add(text)
	}
	p.needles = needles
	return needles
}

// flat writes a text in lower case and without what people group digits with.
func flat(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	digit := false
	held := 0 // characters that only count if no digit follows
	for i := range len(text) {
		c := text[i]
		switch {
		case '0' <= c && c <= '9':
			digit, held = true, 0
		case digit && strings.IndexByte(" .-()/", c) >= 0:
			held++
			continue
		default:
			if held > 0 {
				b.WriteByte(' ')
			}
			digit, held = false, 0
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Mentions reports whether a text says something that only p is called by.
func (p *Person) Mentions(text string) bool {
	smooth := flat(text)
	return slices.ContainsFunc(p.look(), func(needle string) bool { return strings.Contains(smooth, needle) })
}

// Is reports whether a text is a number or another text of p. A short number may
// be a queue's or an agent's as well.
func (p *Person) Is(text string) bool { return p.has(text) || p.Mentions(text) }

func (p *Person) has(number string) bool {
	key := phone.MatchKey(number, p.Region)
	return len(key) >= len("raw:")+textMin && slices.Contains(p.Keys, key)
}

// identities are members that are no text of a person, whatever they look like.
var identities = map[string]bool{"call_id": true, "sid": true, "id": true, "event_id": true, "command_id": true, "contact_id": true}

// private are members that say something of the other side of a call.
var private = map[string]bool{
	"their_number": true, "cpf": true, "cnpj": true, "data": true, "url": true, "contact_name": true, "caller_name": true, "outside_id": true,
}

// Redact returns a JSON text without what it says of p: values that are theirs
// become [Erased]. If about is set, the text is about p, so that what callers
// say and their names are theirs, too.
func (p *Person) Redact(text []byte, about bool) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	redacted, err := json.Marshal(p.redact("", value, about))
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return redacted, nil
}

// Overwrite returns a text without what it says of p, and whether that has
// changed it. A text that is JSON loses the values that are theirs, unless all
// of it is to go.
func (p *Person) Overwrite(text string, whole bool) (string, bool) {
	if !p.Mentions(text) {
		return text, false
	}
	if !whole && text != "" && (text[0] == '{' || text[0] == '[') {
		if redacted, err := p.Redact([]byte(text), false); err == nil && !p.Mentions(string(redacted)) {
			return string(redacted), true
		}
	}
	return Erased, true
}

func (p *Person) redact(name string, value any, about bool) any {
	switch value := value.(type) {
	case map[string]any:
		for member, inner := range value {
			value[member] = p.redact(member, inner, about)
		}
	case []any:
		for i := range value {
			value[i] = p.redact(name, value[i], about)
		}
	case json.Number:
		// Times and counts have digits, too, so a number has to be theirs as a whole.
		if about && private[name] || !identities[name] && p.has(value.String()) {
			return Erased
		}
	case string:
		if p.theirs(name, value, about) {
			return Erased
		}
	}
	return value
}

func (p *Person) theirs(name, text string, about bool) bool {
	switch {
	case text == "" || identities[name]:
		return false
	case about && (private[name] || slices.ContainsFunc(p.Names, func(name string) bool { return strings.EqualFold(name, text) })):
		return true
	}
	return p.Is(text)
}

// About reports whether a text names one of p's contacts by its id.
func (p *Person) About(text string) bool {
	return slices.ContainsFunc(p.Contacts, func(id string) bool { return strings.Contains(text, id) })
}
