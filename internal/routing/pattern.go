// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"strings"

	"tandem/internal/phone"
)

// glob reports whether text is what pattern describes: * stands for any number
// of digits, ? for one. Its time is at most the product of their lengths.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0 // the last *, and the text from which it may take more
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// writings returns the digits of a number in each way that a person who writes
// a pattern may think of: as the phone system sent it, as it is dialled in the
// region, and with the country's code. A withheld number has none.
func writings(number, region string) []string {
	if phone.Withheld(number) {
		return nil
	}
	list := []string{phone.Digits(number)}
	for _, other := range []string{phone.Digits(phone.National(number, region)), phone.Digits(phone.MatchKey(number, region))} {
		if other != list[0] && other != "" {
			list = append(list, other)
		}
	}
	return list
}

func matchesAny(pattern string, texts []string) bool {
	for _, text := range texts {
		if glob(pattern, text) {
			return true
		}
	}
	return false
}
