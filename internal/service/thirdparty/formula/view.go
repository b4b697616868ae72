// SPDX-License-Identifier: Apache-2.0

package formula

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// eventBytesMax is how large an event may be to be seen by formulas. What
// phone systems send has a few hundred bytes.
const eventBytesMax = 32 << 10

// View is what formulas see of an event. Members are as on the wire; what is
// not there is an empty object.
type View struct {
	ID       string         `expr:"id"`   // of the event, a UUID
	Type     string         `expr:"type"` // call.finished …
	Time     string         `expr:"time"` // RFC 3339
	Position int            `expr:"position"`
	Tenant   map[string]any `expr:"tenant"`   // uuid, slug, name
	Endpoint map[string]any `expr:"endpoint"` // id, name
	Settings map[string]any `expr:"settings"` // those of the endpoint
	Event    map[string]any `expr:"event"`    // as the phone system sent it
	Call     map[string]any `expr:"call"`     // as /api/v1/calls shows it
	Contact  map[string]any `expr:"contact"`  // as the CRM knows it
	Answer   any            `expr:"answer"`   // of the CRM
	Number   map[string]any `expr:"number"`   // raw, e164, digits, national of who is looked up

	Fill        func(string) string `expr:"fill"`
	FillEscaped func(string) string `expr:"fillEscaped"`
}

// roots are the names a placeholder may begin with.
var roots = []string{"id", "type", "time", "position", "tenant", "endpoint", "settings", "event", "call", "contact", "answer", "number"}

// root returns the value behind a name.
func (v *View) root(name string) any {
	switch name {
	case "id":
		return v.ID
	case "type":
		return v.Type
	case "time":
		return v.Time
	case "position":
		return v.Position
	case "tenant":
		return v.Tenant
	case "endpoint":
		return v.Endpoint
	case "settings":
		return v.Settings
	case "event":
		return v.Event
	case "call":
		return v.Call
	case "contact":
		return v.Contact
	case "answer":
		return v.Answer
	case "number":
		return v.Number
	default:
		return nil
	}
}

// Object reads JSON as formulas see it: empty if it is none or too large, and
// with long lists, objects and texts cut.
func Object(data []byte) map[string]any {
	object := map[string]any{}
	if len(data) > eventBytesMax || json.Unmarshal(data, &object) != nil || object == nil {
		return map[string]any{}
	}
	cut, _ := clip(object).(map[string]any)
	return cut
}

// The most of a list, an object and a text that formulas see: a loop over a
// long list that adds up long texts would cost without bound.
const (
	elementsMax  = 100
	membersMax   = 200
	textBytesMax = 4 << 10
)

func clip(value any) any {
	switch v := value.(type) {
	case string:
		if len(v) > textBytesMax {
			return strings.ToValidUTF8(v[:textBytesMax], "")
		}
	case []any:
		v = v[:min(len(v), elementsMax)]
		for i := range v {
			v[i] = clip(v[i])
		}
		return v
	case map[string]any:
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i >= membersMax {
				delete(v, name)
				continue
			}
			v[name] = clip(v[name])
		}
	}
	return value
}

// ObjectOf returns a value as formulas see it, by its JSON members.
func ObjectOf(value any) map[string]any {
	data, err := json.Marshal(value)
	if err != nil {
		return map[string]any{}
	}
	return Object(data)
}

// Walk follows a path of names and numbers into a JSON value; nil where there
// is nothing.
func Walk(value any, path []string) any {
	for _, name := range path {
		switch at := value.(type) {
		case map[string]any:
			value = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			value = at[i]
		default:
			return nil
		}
	}
	return value
}

// Text writes a value as a person would: texts as they are, whole numbers
// without exponent, nothing for null.
func Text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int, int64:
		return fmt.Sprint(v)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(data)
	}
}

func known(root string) bool { return slices.Contains(roots, root) }
