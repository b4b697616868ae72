// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tandem/internal/phone"
)

// searchWordsMax bounds what one search may cost: each word is looked for in
// every contact of the tenant.
const searchWordsMax = 8

// plain writes s without case and accents: "Đặng Thị Ánh" is "dang thi anh".
func plain(s string) string {
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

// searchText is what a search looks at: the number stands there as typed, as
// people of the region dial it, and as the world does.
func searchText(c Contact, region string) string {
	parts := []string{c.FirstName, c.LastName, c.Email, c.Phone}
	if c.MatchKey != "" {
		parts = append(parts, phone.Digits(c.Phone), phone.Digits(phone.National(c.Phone, region)), strings.TrimPrefix(c.MatchKey, "raw:"))
	}
	return strings.Join(strings.Fields(plain(strings.Join(parts, " "))), " ")
}

// searchPatterns returns a LIKE pattern for each word of a search. A number is
// one word, however its digits are grouped.
func searchPatterns(search string) []string {
	words := strings.Fields(plain(search))
	if number := strings.Trim(search, " "); number != "" && strings.Trim(number, "+0123456789 ().-/") == "" {
		words = []string{phone.Digits(number)}
	}
	if len(words) > searchWordsMax {
		words = words[:searchWordsMax]
	}
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for i := range words {
		words[i] = "%" + escape.Replace(words[i]) + "%"
	}
	return words
}
