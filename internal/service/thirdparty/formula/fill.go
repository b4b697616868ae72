// SPDX-License-Identifier: Apache-2.0

package formula

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// filledMax is how long a text may become.
const filledMax = 64 << 10

// placeholder is a path in braces: {call.theirNumber}.
var placeholder = regexp.MustCompile(`\{([a-zA-Z]\w*(?:\.[\w-]+)*)\}`)

// Escape writes a value so that it stays one within its surroundings.
type Escape func(string) string

// The surroundings.
var (
	Plain  Escape = func(s string) string { return s }
	Markup Escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace // of Slack and its kin
	// InURL is for any place in an address. Slashes of values are escaped too, so
	// that a value cannot lead to another path.
	InURL Escape = func(s string) string {
		if strings.Trim(s, ".") == "" {
			return "" // "..", which no escape hides, would climb
		}
		return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
)

// Fill replaces the placeholders of text by what v has there.
func Fill(text string, v *View, escape Escape) string {
	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		return escape(Text(find(found, v)))
	})
	if len(filled) > filledMax {
		filled = strings.ToValidUTF8(filled[:filledMax], "")
	}
	return filled
}

func find(found string, v *View) any {
	path := strings.Split(strings.Trim(found, "{}"), ".")
	return Walk(v.root(path[0]), path[1:])
}

// FillJSON replaces the placeholders in all texts of a JSON value. A text that
// is one placeholder and nothing else becomes that value, whatever its kind.
func FillJSON(value any, v *View) any {
	switch at := value.(type) {
	case string:
		if at != "" && placeholder.FindString(at) == at {
			return find(at, v)
		}
		return Fill(at, v, Plain)
	case map[string]any:
		out := make(map[string]any, len(at))
		for name, member := range at {
			out[name] = FillJSON(member, v)
		}
		return out
	case []any:
		out := make([]any, len(at))
		for i, element := range at {
			out[i] = FillJSON(element, v)
		}
		return out
	default:
		return value
	}
}

// CheckFill says what is wrong with the placeholders of a text; nil if nothing
// is.
func CheckFill(text string) error {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		root, _, _ := strings.Cut(found[1], ".")
		if !known(root) {
			return fmt.Errorf("has the placeholder {%s}; placeholders begin with %s", found[1], strings.Join(roots, ", "))
		}
	}
	return nil
}

// CheckFillJSON is [CheckFill] for every text of a JSON value.
func CheckFillJSON(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return CheckFill(string(data))
}
