// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// user returns the part of an address that names somebody: of
// `"Ana" <sip:+84912345678;phone-context=x@pbx.example>` it is +84912345678.
func user(raw string) string {
	s := strings.TrimSpace(raw)
	if _, inner, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(inner, ">")
	}
	if scheme, rest, ok := strings.Cut(s, ":"); ok {
		switch strings.ToLower(scheme) {
		case "sip", "sips", "tel":
			s = rest
		}
	}
	s, _, _ = strings.Cut(s, "@")
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimSpace(s)
}

// named reports whether a user part is a name rather than a number.
func named(u string) bool {
	return strings.ContainsFunc(u, unicode.IsLetter)
}

// parse returns the number, or nil when it is not valid as dialled from region.
func parse(raw, region string) *phonenumbers.PhoneNumber {
	u := user(raw)
	// The library would read letters as keys of a phone and make a number of a name.
	if named(u) {
		return nil
	}
	number, err := phonenumbers.Parse(u, strings.ToUpper(region))
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return nil
	}
	return number
}
