// SPDX-License-Identifier: Apache-2.0

// Package phone parses, compares and shows phone numbers.
//
// Numbers are kept as sent, everywhere; what this package returns stands beside
// them. Nothing is refused for not being a valid number: phone systems send
// extensions, short codes, names and samples that belong to nobody, and two
// calls from any of these are still two calls from the same caller.
package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// anonymous is "anonymous" typed on a keypad, which some carriers send, as if
// it were a number in Lesotho.
const anonymous = "266696687"

// MatchKey returns what two writings of the same number have in common: its
// E.164 form when it is valid as dialled from region (an ISO 3166 code such as
// "VN"), else "raw:" and its digits, or its text if it has letters. It is ""
// for a withheld number, which matches nothing.
func MatchKey(raw, region string) string {
	if Withheld(raw) {
		return ""
	}
	if number := parse(raw, region); number != nil {
		return phonenumbers.Format(number, phonenumbers.E164)
	}
	if u := user(raw); named(u) {
		return "raw:" + strings.ToLower(u)
	}
	return "raw:" + Digits(raw)
}

// Withheld reports whether raw names nobody: empty, or one of the words that
// phone systems put in the place of a number that the caller hides.
func Withheld(raw string) bool {
	u := user(raw)
	switch strings.ToLower(u) {
	case "", "anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "blocked", "hidden":
		return true
	}
	return !named(u) && (Digits(u) == "" || Digits(u) == anonymous)
}

// National returns raw as people of region write it: in the national form, or
// the international one for another country's number. What is not a valid
// number is returned as it is.
func National(raw, region string) string {
	number := parse(raw, region)
	switch {
	case number == nil || Withheld(raw):
		return raw
	case int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(strings.ToUpper(region)):
		return phonenumbers.Format(number, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// Digits returns the digits of raw in ASCII, of the user part if raw is a sip:
// or tel: address.
func Digits(raw string) string {
	return phonenumbers.NormalizeDigitsOnly(user(raw))
}

// Mask hides a number for logs: all but its last two digits, or all of it when
// it is short or a name.
func Mask(raw string) string {
	digits := Digits(raw)
	if len(digits) < 7 {
		return "***"
	}
	return "***" + digits[len(digits)-2:]
}
