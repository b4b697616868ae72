// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// dots stand in a shown answer for what differs from one time to the next.
const dots = "…"

// mismatch says why got is not what is shown, or "" if it is.
func mismatch(shown *block, got string) string {
	if shown.language == "json" {
		return mismatchJSON(shown.text, got)
	}
	if !textPattern(shown.text).MatchString(tidy(got) + "\n") {
		return "it is not the text shown"
	}
	return ""
}

// tidy removes what cannot be seen.
func tidy(text string) string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		out = append(out, strings.TrimRight(line, " \t\r\n"))
	}
	return strings.Join(out, "\n")
}

// textPattern returns what fits a shown text: dots are anything, over several
// lines as well, and on a line of their own any number of lines, or none.
func textPattern(shown string) *regexp.Regexp {
	pattern := `(?s)\A`
	for line := range strings.SplitSeq(tidy(shown), "\n") {
		if line == dots {
			pattern += `(?:[^\n]*\n)*?`
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(line), dots, ".*?") + `\n`
	}
	return regexp.MustCompile(pattern + `\z`)
}

func mismatchJSON(shown, got string) string {
	pattern, err := decode(fillDots(shown))
	if err != nil {
		return fmt.Sprintf("what is shown is no JSON: %v", err)
	}
	value, err := decode(got)
	if err != nil {
		return fmt.Sprintf("it is no JSON: %v", err)
	}
	return differs("", pattern, value)
}

func decode(text string) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err == nil && decoder.More() {
		err = fmt.Errorf("something follows at %d", decoder.InputOffset())
	}
	return value, err
}

// fillDots makes JSON of what is shown: dots outside a text become the text
// "…", and where a member would stand the member "…":"…".
func fillDots(shown string) string {
	var (
		out      strings.Builder
		inside   []rune // the brackets that are open
		key      bool   // a member's name comes next
		inString bool
		escaped  bool
	)
	for _, c := range shown {
		switch {
		case inString:
			inString = escaped || c != '"'
			escaped = !escaped && c == '\\'
			out.WriteRune(c)
			continue
		case string(c) == dots && key:
			out.WriteString(`"…":"…"`)
			continue
		case string(c) == dots:
			out.WriteString(`"…"`)
			continue
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			inside = append(inside, c)
			key = c == '{'
		case (c == '}' || c == ']') && len(inside) > 0:
			inside, key = inside[:len(inside)-1], false
		case c == ':':
			key = false
		case c == ',':
			key = len(inside) > 0 && inside[len(inside)-1] == '{'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// differs says where value is not as the pattern, or "".
func differs(at string, pattern, value any) string {
	if pattern == dots {
		return ""
	}
	switch pattern := pattern.(type) {
	case map[string]any:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is no object", at)
		}
		return differsObject(at, pattern, object)
	case []any:
		list, ok := value.([]any)
		if !ok {
			return fmt.Sprintf("%s is no list", at)
		}
		return differsList(at, pattern, list)
	case string:
		text, ok := value.(string)
		if !ok || !textPattern(pattern).MatchString(tidy(text)+"\n") {
			return fmt.Sprintf("%s is %v, shown is %q", at, value, pattern)
		}
	default:
		if pattern != value {
			return fmt.Sprintf("%s is %v, shown is %v", at, value, pattern)
		}
	}
	return ""
}

func differsObject(at string, pattern, object map[string]any) string {
	_, more := pattern[dots]
	for name := range object {
		if _, shown := pattern[name]; !shown && !more {
			return fmt.Sprintf("%s/%s is not shown", at, name)
		}
	}
	for name, want := range pattern {
		got, here := object[name]
		if name == dots {
			continue
		}
		if !here {
			return fmt.Sprintf("%s/%s is shown and not there", at, name)
		}
		if why := differs(at+"/"+name, want, got); why != "" {
			return why
		}
	}
	return ""
}

// differsList takes dots at a list's end for any number of further elements.
func differsList(at string, pattern, list []any) string {
	if n := len(pattern); n > 0 && pattern[n-1] == dots {
		pattern = pattern[:n-1]
		if len(list) < len(pattern) {
			return fmt.Sprintf("%s has %d elements, shown are more", at, len(list))
		}
		list = list[:len(pattern)]
	}
	if len(list) != len(pattern) {
		return fmt.Sprintf("%s has %d elements, shown are %d", at, len(list), len(pattern))
	}
	for i := range pattern {
		if why := differs(fmt.Sprintf("%s/%d", at, i), pattern[i], list[i]); why != "" {
			return why
		}
	}
	return ""
}

// The pages are worth what their comparisons are worth.
func TestMismatch(t *testing.T) {
	t.Parallel()
	got := `{"id":"4f0c","n":9007199254740993,"list":[{"a":1,"b":null},2,3],"text":"call.new at noon"}`
	for shown, want := range map[string]bool{
		got: true,
		`{"id":"4f0c", "text":"call.new at noon", "n":9007199254740993, "list":[{"a":1,"b":null},2,3]}`: true,
		`{"id":"…","n":…,"list":[…],"text":"call.new…"}`:                                                true,
		`{…}`:                                   true,
		`{"id":"4f0c",…}`:                       true,
		`{"id":"4f0d",…}`:                       false,
		`{"list":[{"a":1,…},…],…}`:              true,
		`{"list":[{"a":2,…},…],…}`:              false,
		`{"list":[{"a":1},…],…}`:                false,
		`{"list":[{…},2,3,…],…}`:                true,
		`{"list":[{…},2,3,4,…],…}`:              false,
		`{"list":[{…},2],…}`:                    false,
		`{"absent":…,…}`:                        false,
		`{"text":"call.new",…}`:                 false,
		`{"n":9007199254740992,…}`:              false,
		`{"id":"4f0c","n":…,"list":…,"text":…}`: true,
		`{"id":"4f0c"}`:                         false,
		`[…]`:                                   false,
		`{"id":}`:                               false,
	} {
		if why := mismatchJSON(shown, got); (why == "") != want {
			t.Errorf("%s: %q", shown, why)
		}
	}
	for shown, want := range map[string]bool{
		"ok     schema  …":                        true,
		"ok …\n…\nok     disk  12 MB":             true,
		"…\nok     log\n…\nok     disk  12 MB\n…": true,
		"…\nok     lo\n…":                         false,
		"ok     disk  12 MB":                      false,
		"…":                                       true,
		"ok     schema  6 modules":                false,
	} {
		if why := mismatch(&block{language: "text", text: shown}, "ok     schema  6 modules \r\nok     log\nok     disk  12 MB\n"); (why == "") != want {
			t.Errorf("%s: %q", shown, why)
		}
	}
}
