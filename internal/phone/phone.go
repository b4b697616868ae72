// SPDX-License-Identifier: Apache-2.0

// Package phone parses, compares and shows phone numbers.
//
// Numbers are kept as sent, everywhere; what this package returns stands beside
// them. Nothing is refused for not being a valid number: phone systems send
// extensions, short codes, names and samples that belong to nobody, and two
// calls from any of these are still two calls from the same caller.
//
// All functions may be called concurrently.
package phone

import (
	"strings"
)

// keypadAnonymous is "anonymous" typed on a keypad, which some carriers send
// as if it were a number in Lesotho.
const keypadAnonymous = "266696687"

// MatchKey returns what two writings of the same number have in common: its
// E.164 form when it is valid as dialled from region (an ISO 3166 code such as
// "VN"), else "raw:" and its digits, or its text in lower case if it has
// letters. It is "" for a withheld number, which matches nothing.
func MatchKey(raw, region string) string {
	return look(raw, region).key
}

// National returns raw as people of region write it: in the national form, or
// the international one for another country's number. What is not a valid
// number is returned as it is.
func National(raw, region string) string {
	if national := look(raw, region).national; national != "" {
		return national
	}
	return raw
}

// Withheld reports whether raw names nobody: empty, without a letter or digit,
// or one of the words that phone systems put in the place of a number that the
// caller hides.
func Withheld(raw string) bool {
	u := user(raw)
	if named(u) {
		return withheldWords[strings.ToLower(u)]
	}
	digits := digitsOf(u)
	return digits == "" || digits == keypadAnonymous
}

var withheldWords = map[string]bool{
	"anonymous": true, "unknown": true, "restricted": true, "private": true,
	"unavailable": true, "withheld": true, "blocked": true, "hidden": true,
	"erased": true, // what Tandem itself writes where a person's number was
}

// Digits returns the digits of raw in ASCII; of the user part if raw is a sip:
// or tel: address.
func Digits(raw string) string {
	return digitsOf(user(raw))
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
