// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"strings"

	"tandem/internal/phone"
	"tandem/internal/search"
)

// searchText is what a search looks at: the number stands there as typed, as
// people of the region dial it, and as the world does.
func searchText(c Contact, region string) string {
	parts := []string{c.FirstName, c.LastName, c.Email, c.Phone}
	if c.MatchKey != "" {
		parts = append(parts, phone.Digits(c.Phone), phone.Digits(phone.National(c.Phone, region)), strings.TrimPrefix(c.MatchKey, "raw:"))
	}
	return search.Text(parts...)
}

// searchPatterns returns a LIKE pattern for each word of a search. A number is
// one word, however its digits are grouped.
func searchPatterns(words string) []string {
	if number := strings.Trim(words, " "); number != "" && strings.Trim(number, "+0123456789 ().-/") == "" {
		return []string{search.Pattern(phone.Digits(number))}
	}
	return search.Patterns(words)
}
