// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// numberBytesMax is longer than any number is written; what is longer is not
// parsed, and not worth remembering.
const numberBytesMax = 64

// Rules numbers the rules by which match keys are made. Whoever keeps keys
// makes them anew when it is higher than the one they were made by.
const Rules = 2 // since old and new writings of a renumbered number are one

// reading is what this package makes of a number seen from a region.
type reading struct {
	key      string // as MatchKey
	national string // as National; "" when not valid
}

func read(raw, region string) reading {
	u := user(raw)
	switch {
	case Withheld(raw):
		return reading{}
	case named(u):
		// The library would read letters as keys of a phone and make a number of a name.
		return reading{key: "raw:" + strings.ToLower(u)}
	}
	unparsed := reading{key: "raw:" + digitsOf(u)}
	if len(u) > numberBytesMax {
		return unparsed
	}
	region = strings.ToUpper(region)
	number, err := phonenumbers.Parse(u, region)
	if err != nil {
		return unparsed
	}
	if number = renumber(number); !phonenumbers.IsValidNumber(number) {
		return unparsed
	}
	form := phonenumbers.INTERNATIONAL
	if int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(region) {
		form = phonenumbers.NATIONAL
	}
	// An extension is no part of what is compared or shown.
	number.Extension = nil
	return reading{
		key:      phonenumbers.Format(number, phonenumbers.E164),
		national: phonenumbers.Format(number, form),
	}
}

// Stranger reads a number that a stranger typed and wants to have called: its
// E.164 form and the country it belongs to, or ok false when it is no valid
// number, or one whose calls cost its caller extra.
func Stranger(raw, region string) (e164, country string, ok bool) {
	u := user(raw)
	if Withheld(raw) || named(u) || len(u) > numberBytesMax {
		return "", "", false
	}
	number, err := phonenumbers.Parse(u, strings.ToUpper(region))
	if err != nil {
		return "", "", false
	}
	if number = renumber(number); !phonenumbers.IsValidNumber(number) {
		return "", "", false
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return "", "", false
	}
	number.Extension = nil
	return phonenumbers.Format(number, phonenumbers.E164), phonenumbers.GetRegionCodeForNumber(number), true
}

// user returns the part of an address that names somebody: of
// `"Ana" <sip:+84912345678;phone-context=x@pbx.example>` it is +84912345678.
func user(raw string) string {
	s := raw
	if _, inner, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(inner, ">")
	}
	if scheme, rest, ok := strings.Cut(s, ":"); ok {
		switch strings.ToLower(strings.TrimSpace(scheme)) {
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

// digitsOf returns the digits of s, of whatever script, in ASCII. The library
// knows those of two scripts besides, and keeps the others as they are.
func digitsOf(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteByte(byte(r))
		case unicode.IsDigit(r):
			b.WriteByte('0' + valueOf(r))
		}
	}
	return b.String()
}

// valueOf returns the value of a digit. Unicode keeps the ten of each script
// together, zero first, and scripts of digits that are neighbours in one range.
func valueOf(digit rune) byte {
	for _, r := range unicode.Nd.R16 {
		if rune(r.Lo) <= digit && digit <= rune(r.Hi) {
			return byte((digit - rune(r.Lo)) % 10)
		}
	}
	for _, r := range unicode.Nd.R32 {
		if rune(r.Lo) <= digit && digit <= rune(r.Hi) {
			return byte((digit - rune(r.Lo)) % 10)
		}
	}
	return 0
}
