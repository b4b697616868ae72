// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"slices"
	"strings"
	"unicode"

	"tandem/internal/phone"
	"tandem/internal/search"
)

// What stands before those words that are no plain ones.
const (
	backwards  = "~" // the digits of a number, the last one first
	furtherKey = "=" // the match key of a number besides the phone
	cpfMark    = "#"
)

const (
	backwardsMin = 4  // digits of a number that is found by its end
	wordBytesMax = 64 // what of a word is looked at
	lastWord     = "\U0010FFFF"
)

// searchText is what a search looks at: names and e-mail address without case
// and accents; the digits of each number as typed, as people of the region
// dial it, and as the world does.
func searchText(c Contact, region string) string {
	parts := []string{c.FirstName, c.LastName, c.Email}
	for _, n := range append([]Number{{Number: c.Phone, MatchKey: c.MatchKey}}, c.Numbers...) {
		if n.MatchKey == "" {
			continue
		}
		world := strings.TrimPrefix(n.MatchKey, "raw:")
		for _, digits := range []string{phone.Digits(n.Number), phone.Digits(phone.National(n.Number, region)), world} {
			if !slices.Contains(parts, digits) && (digits == world || digits != strings.TrimPrefix(world, "+")) {
				parts = append(parts, digits)
			}
		}
	}
	return search.Text(parts...)
}

// words returns the words that a contact is found by, each once. They follow
// from what its row holds and nothing else, so that a row's words are known
// when it changes.
func (c Contact) words() []string {
	if c.ErasedAt != 0 {
		return nil
	}
	var words []string
	for field := range strings.FieldsSeq(c.search) {
		if strings.Contains(field, "@") {
			field = withoutEnd(field)
		}
		for _, word := range parts(field) {
			words = append(words, word)
			if len(word) >= backwardsMin && isDigits(word) {
				words = append(words, backwards+reverse(word))
			}
		}
	}
	for _, key := range matchKeys(c.Numbers) {
		words = append(words, furtherKey+cut(key))
	}
	if c.CPF != "" {
		words = append(words, cpfMark+c.CPF)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// withoutEnd returns an address without its last part, such as .com: half of
// all have the same.
func withoutEnd(address string) string {
	if at := strings.LastIndexByte(address, '.'); at > 0 {
		return address[:at]
	}
	return address
}

// parts splits a text, which has no case or accents any more, at what is no
// letter and no digit.
func parts(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i := range list {
		list[i] = cut(list[i])
	}
	return list
}

// cut returns what of a word is looked at.
func cut(word string) string {
	if len(word) > wordBytesMax {
		word = strings.ToValidUTF8(word[:wordBytesMax], "")
	}
	return word
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func reverse(digits string) string {
	b := []byte(digits)
	slices.Reverse(b)
	return string(b)
}

// query is what a search asks for.
type query struct {
	// groups have to be met, all of them: a contact meets one if one of its
	// words begins with one of the group's.
	groups [][]string
	plain  []string // texts that have to stand in the search text as well
}

// parse reads a search. A number is one word, however its digits are grouped:
// it is found by its beginning, by its end, or, whatever the way it is
// written, whole. A CPF is found only by those who may see it.
func parse(text, region string, seesCPF bool) query {
	text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), ""))
	if digits := phone.Digits(text); digits != "" && strings.Trim(strings.TrimPrefix(search.Plain(text), "tel:"), "+0123456789 ().-/") == "" {
		digits = cut(digits)
		group := []string{digits}
		if len(digits) >= backwardsMin {
			group = append(group, backwards+reverse(digits))
		}
		if key, ok := strings.CutPrefix(phone.MatchKey(text, region), "+"); ok && key != digits {
			group = append(group, key)
		}
		if seesCPF {
			group = append(group, cpfMark+digits)
		}
		return query{groups: [][]string{group}}
	}
	var q query
	for i, word := range strings.Fields(search.Plain(text)) {
		if i == wordsMax {
			break
		}
		whole := parts(word)
		if len(whole) != 1 || whole[0] != word {
			q.plain = append(q.plain, word)
			whole = parts(withoutEnd(word)) // it may be an address, and stands in the text anyway
		}
		for _, part := range whole {
			q.groups = append(q.groups, []string{part})
		}
	}
	return q
}

// wordsMax bounds what one search may cost.
const wordsMax = 8

// also adds what other asks for.
func (q *query) also(other query) {
	q.groups, q.plain = append(q.groups, other.groups...), append(q.plain, other.plain...)
}

func (q query) empty() bool { return len(q.groups) == 0 && len(q.plain) == 0 }

// finds reports whether a contact is what q asks for.
func (q query) finds(c Contact) bool {
	words := c.words()
	for _, group := range q.groups {
		if !slices.ContainsFunc(group, func(start string) bool {
			at, _ := slices.BinarySearch(words, start)
			return at < len(words) && strings.HasPrefix(words[at], start)
		}) {
			return false
		}
	}
	for _, text := range q.plain {
		if !strings.Contains(c.search, text) {
			return false
		}
	}
	return true
}

// narrow returns what a scan of the table has to meet, in AND of OR, as
// columns and patterns for LIKE. They find at least what q finds.
func (q query) narrow() [][]like {
	var list [][]like
	for _, group := range q.groups {
		var either []like
		for _, start := range group {
			switch start[:1] {
			case backwards: // stands in the text forwards as well
			case cpfMark:
				either = append(either, like{"cpf", search.Pattern(start[1:])})
			default:
				either = append(either, like{"search", search.Pattern(start)})
			}
		}
		list = append(list, either)
	}
	for _, text := range q.plain {
		list = append(list, []like{{"search", search.Pattern(text)}})
	}
	return list
}

// like is a condition on a column.
type like struct{ column, pattern string }
