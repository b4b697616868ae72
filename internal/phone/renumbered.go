// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"strconv"

	"github.com/nyaruka/phonenumbers"
)

// Countries change how their numbers are written, and people, their address
// books and some carriers go on writing the old way for years. The old and the
// new writing are one number, so they have one key, which is the new one.

// vietnamPrefixes are the eleven-digit mobile prefixes of Vietnam and what has
// stood in their place since September to November 2018, both without the 0
// that is dialled before them (plan of the Ministry of Information and
// Communications, decision 2036/QD-BTTTT).
var vietnamPrefixes = map[string]string{
	"120": "70", "121": "79", "122": "77", "126": "76", "128": "78", // MobiFone
	"123": "83", "124": "84", "125": "85", "127": "81", "129": "82", // VinaPhone
	"162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39", // Viettel
	"186": "56", "188": "58", // Vietnamobile
	"199": "59", // Gmobile
}

// renumber returns a number that is written the old way in the new one, and any
// other as it is.
func renumber(number *phonenumbers.PhoneNumber) *phonenumbers.PhoneNumber {
	old := strconv.FormatUint(number.GetNationalNumber(), 10)
	modern := ""
	switch number.GetCountryCode() {
	case 84:
		modern = renumberVietnam(old)
	case 55:
		modern = renumberBrazil(old)
	}
	national, err := strconv.ParseUint(modern, 10, 64)
	if err != nil { // "", for nearly all
		return number
	}
	changed := &phonenumbers.PhoneNumber{CountryCode: number.CountryCode, NationalNumber: &national}
	if !phonenumbers.IsValidNumber(changed) {
		return number
	}
	return changed
}

func renumberVietnam(old string) string {
	const digits, prefix = 10, 3
	if len(old) != digits || vietnamPrefixes[old[:prefix]] == "" {
		return ""
	}
	return vietnamPrefixes[old[:prefix]] + old[prefix:]
}

// renumberBrazil puts the ninth digit, a 9, before the eight of a mobile
// number, as was done area by area from July 2012 to November 2016 (Anatel,
// resolution 553/2010 and those that followed it). Mobile numbers began with 6 to 9; those
// of trunked radio, which begin with 70, 77, 78 and 79, were left as they were.
func renumberBrazil(old string) string {
	const digits, area = 10, 2
	if len(old) != digits {
		return ""
	}
	first, second := old[area], old[area+1]
	if first < '6' || first == '7' && (second < '1' || second > '6') {
		return ""
	}
	return old[:area] + "9" + old[area:]
}
