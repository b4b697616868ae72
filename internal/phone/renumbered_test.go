// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"fmt"
	"strings"
	"testing"
)

// The mobile prefixes of Vietnam as operators announced them for 15 September
// to 14 November 2018: old prefix, new prefix, with the 0 that is dialled.
const vietnam2018 = `
MobiFone     0120 070  0121 079  0122 077  0126 076  0128 078
VinaPhone    0123 083  0124 084  0125 085  0127 081  0129 082
Viettel      0162 032  0163 033  0164 034  0165 035  0166 036  0167 037  0168 038  0169 039
Vietnamobile 0186 056  0188 058
Gmobile      0199 059`

// Every writing of a Vietnamese number, before and after 2018, has one key, and
// is shown the new way.
func TestVietnamElevenDigits(t *testing.T) {
	t.Parallel()
	prefixes := 0
	for line := range strings.Lines(strings.TrimSpace(vietnam2018)) {
		fields := strings.Fields(line)[1:]
		for i := 0; i < len(fields); i += 2 {
			prefixes++
			before, after := fields[i], fields[i+1]
			want := "+84" + after[1:] + "1234567"
			for _, raw := range []string{
				before + "1234567", before + " 123 4567", "84" + before[1:] + "1234567", "+84" + before[1:] + "1234567", "00 84 " + before[1:] + "1234567",
				"+84 (0)" + before[1:] + " 123 4567", "sip:+84" + before[1:] + "1234567@pbx.example", after + "1234567", "+84" + after[1:] + "1234567",
			} {
				if got := MatchKey(raw, "VN"); got != want {
					t.Errorf("%s: %s, want %s", raw, got, want)
				}
				if got := strings.ReplaceAll(National(raw, "VN"), " ", ""); got != after+"1234567" {
					t.Errorf("%s is shown as %s", raw, got)
				}
			}
			if got := MatchKey("+84"+before[1:]+"1234567", "BR"); got != want {
				t.Errorf("%s from abroad: %s, want %s", before, got, want)
			}
		}
	}
	if prefixes != len(vietnamPrefixes) {
		t.Errorf("%d prefixes tested of %d", prefixes, len(vietnamPrefixes))
	}
	for _, raw := range []string{"01301234567", "01701234567", "01801234567", "01901234567", "0120123456", "012012345678"} {
		if got := MatchKey(raw, "VN"); got != "raw:"+raw {
			t.Errorf("%s, which no operator had: %s", raw, got)
		}
	}
}

// The area codes of Brazil, in the order in which they got the ninth digit.
const brazil2016 = `
2012-07-29 11
2013-08-25 12 13 14 15 16 17 18 19
2013-10-27 21 22 24 27 28
2014-11-02 91 92 93 94 95 96 97 98 99
2015-05-31 81 82 83 84 85 86 87 88 89
2015-10-11 31 32 33 34 35 37 38 71 73 74 75 77 79
2016-05-29 61 62 63 64 65 66 67 68 69
2016-11-06 41 42 43 44 45 46 47 48 49 51 53 54 55`

// A Brazilian mobile number has one key with and without its ninth digit, in
// every area; a fixed line and a trunked radio have never had one.
func TestBrazilNinthDigit(t *testing.T) {
	t.Parallel()
	areas := 0
	for line := range strings.Lines(strings.TrimSpace(brazil2016)) {
		for _, area := range strings.Fields(line)[1:] {
			areas++
			for _, old := range []string{"61234567", "71234567", "87654321", "91234567", "99887766"} {
				want := "+55" + area + "9" + old
				for _, raw := range []string{
					area + old, "0" + area + old, "(" + area + ") " + old[:4] + "-" + old[4:], "+55 " + area + " " + old, "0 15 " + area + " " + old,
					area + "9" + old, "+55" + area + "9" + old,
				} {
					if got := MatchKey(raw, "BR"); got != want {
						t.Errorf("%s: %s, want %s", raw, got, want)
					}
				}
			}
			for _, fixed := range []string{"31234567", "51234567", "77123456", "78123456"} {
				if got := MatchKey("+55"+area+fixed, "BR"); got == fmt.Sprint("+55", area, "9", fixed) {
					t.Errorf("%s %s got a ninth digit", area, fixed)
				}
			}
		}
	}
	if areas != 67 {
		t.Errorf("%d area codes, want 67", areas)
	}
	for raw, want := range map[string]string{"20 8765 4321": "raw:2087654321", "8765 4321": "raw:87654321", "987654321": "raw:987654321"} {
		if got := MatchKey(raw, "BR"); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}
