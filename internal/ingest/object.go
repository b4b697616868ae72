// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"tandem/internal/eventlog"
)

var errNoObject = errors.New("not a JSON object")

// object is a JSON object, taken apart once. Its parts are slices of the text
// it was read from, which must be valid UTF-8 and must not change. Of members
// with the same name the last counts, as everywhere in Tandem.
type object struct {
	members []member
}

// member is one member of an object.
type member struct {
	name  []byte // decoded
	value []byte // JSON text without space around it
	plain bool   // both name and value stand as canonical JSON has them
}

// read takes text apart. It accepts exactly what encoding/json accepts.
func (o *object) read(text []byte) error {
	o.members = o.members[:0]
	s := reader{text: text}
	if s.next() != '{' {
		return errNoObject
	}
	s.pos++
	for first := true; ; first = false {
		c := s.next()
		if c == '}' && first {
			break
		}
		if c != '"' {
			return errNoObject
		}
		name, plainName := s.str()
		if s.next() != ':' || name == nil {
			return errNoObject
		}
		s.pos++
		value, plainValue := s.value()
		if value == nil {
			return errNoObject
		}
		bare := name[1 : len(name)-1]
		if !plainName {
			bare = []byte(unquote(name))
		}
		o.members = append(o.members, member{name: bare, value: value, plain: plainName && plainValue})
		c = s.next()
		if c == '}' {
			break
		}
		if c != ',' {
			return errNoObject
		}
		s.pos++
	}
	s.pos++
	if s.next() != 0 || s.pos != len(text) {
		return errNoObject
	}
	return nil
}

// find returns the JSON text of a member, or nil.
func (o *object) find(name string) []byte {
	for i := len(o.members) - 1; i >= 0; i-- {
		if string(o.members[i].name) == name {
			return o.members[i].value
		}
	}
	return nil
}

// str returns a member that is a string, or "".
func (o *object) str(name string) string {
	if value := o.find(name); len(value) > 0 && value[0] == '"' {
		return unquote(value)
	}
	return ""
}

// text returns a member that is a string or a number as text; "" for null and
// for what is not there. ok is false for any other kind.
func (o *object) text(name string) (text string, ok bool) {
	value := o.find(name)
	switch {
	case len(value) == 0 || value[0] == 'n':
		return "", true
	case value[0] == '"':
		return unquote(value), true
	case value[0] == '-' || value[0] >= '0' && value[0] <= '9':
		return string(value), true
	}
	return "", false
}

// canonical appends to out the same text that [eventlog.Canonical] returns for
// the object, usually without decoding anything.
func (o *object) canonical(out []byte) []byte {
	var room [24]int
	order := room[:0]
	for i := range o.members {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(o.members[a].name, o.members[b].name) })
	out = append(out, '{')
	for i, at := range order {
		m := &o.members[at]
		if i+1 < len(order) && bytes.Equal(m.name, o.members[order[i+1]].name) {
			continue // a later one of the same name counts
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = appendQuoted(out, string(m.name))
		out = append(out, ':')
		switch {
		case m.plain:
			out = append(out, m.value...)
		default:
			// Canonical cannot fail: read has checked the value.
			value, _ := eventlog.Canonical(m.value)
			out = append(out, value...)
		}
	}
	return append(out, '}')
}

// appendQuoted appends s as a JSON string, as encoding/json writes it without
// HTML escapes.
func appendQuoted(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			var buffer bytes.Buffer
			encoder := json.NewEncoder(&buffer)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(s) // a string cannot fail
			return append(out, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

// unquote decodes a JSON string that was checked.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // it was checked
	return text
}

// reader walks over JSON text.
type reader struct {
	text []byte
	pos  int
}

// next returns the next byte that is no space, 0 at the end.
func (r *reader) next() byte {
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// str moves past the string that begins here and returns it with its quotes,
// nil if it is none. plain says that canonical JSON writes it the same.
func (r *reader) str() (quoted []byte, plain bool) {
	start := r.pos
	plain = true
	for r.pos++; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			quoted = r.text[start:r.pos]
			if !plain && !json.Valid(quoted) {
				return nil, false
			}
			return quoted, plain
		case c == '\\':
			plain = false
			r.pos++
		case c < ' ':
			return nil, false
		case c == 0xE2:
			plain = false // perhaps U+2028, which canonical JSON escapes
		}
	}
	return nil, false
}

// value moves past the value that comes next and returns its text, nil if it
// is none.
func (r *reader) value() (text []byte, plain bool) {
	switch r.next() {
	case '"':
		return r.str()
	case '{', '[':
		return r.nested(), false
	}
	start := r.pos
	for r.pos < len(r.text) && bytes.IndexByte([]byte(",}] \t\n\r"), r.text[r.pos]) < 0 {
		r.pos++
	}
	text = r.text[start:r.pos]
	if !json.Valid(text) {
		return nil, false
	}
	return text, true
}

// nested moves past an object or a list. json.Valid bounds its depth.
func (r *reader) nested() []byte {
	start, depth := r.pos, 0
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case '"':
			if quoted, _ := r.str(); quoted == nil {
				return nil
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		r.pos++
		if depth == 0 {
			break
		}
	}
	text := r.text[start:r.pos]
	if depth != 0 || !json.Valid(text) {
		return nil
	}
	return text
}
