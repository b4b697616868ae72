// SPDX-License-Identifier: Apache-2.0

// Package search says what a search finds. A row keeps a text of its own to be
// looked through, written with [Text]; the words of a search become patterns
// for LIKE with [Patterns]. Both are without case and accents, so that "nguyen
// van a" finds "Nguyễn Văn A".
package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// wordsMax bounds what one search may cost: each word is looked for in every
// row of the tenant.
const wordsMax = 8

// Plain writes s without case and accents: "Đặng Thị Ánh" is "dang thi anh".
func Plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cc, r) && !unicode.IsSpace(r):
		case r == 'đ', r == 'Đ':
			b.WriteByte('d') // a letter of its own, which has no decomposition
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Text joins parts to what a search looks through.
func Text(parts ...string) string {
	return strings.Join(strings.Fields(Plain(strings.Join(parts, " "))), " ")
}

var escape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Pattern returns what finds word anywhere in a text, for LIKE with \ as its
// ESCAPE.
func Pattern(word string) string { return "%" + escape.Replace(word) + "%" }

// Patterns returns a pattern for each word of a search; a row is found when all
// of them are in its text.
func Patterns(search string) []string {
	words := strings.Fields(Plain(search))
	if len(words) > wordsMax {
		words = words[:wordsMax]
	}
	for i := range words {
		words[i] = Pattern(words[i])
	}
	return words
}
