// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"strings"
	"testing"
)

// Whatever stands in the place of a number: a key belongs to whom is not
// withheld, and a key in E.164 is found again from its own writing.
func FuzzNumber(f *testing.F) {
	f.Add("+84 912 345 678", "VN")
	f.Add(`"Ana" <sip:+5511955550124;phone-context=x@pbx.example>`, "BR")
	f.Add("anonymous", "VN")
	f.Add("tel:8888;ext=1", "")
	f.Add("\xff<:@;>", "zz")
	f.Add("٠٩١٢٣٤٥٦٧٨", "VN")
	f.Add("߀", "VN")
	f.Fuzz(func(t *testing.T, raw, region string) {
		key := MatchKey(raw, region)
		if (key == "") != Withheld(raw) {
			t.Errorf("%q in %q: key %q, withheld %v", raw, region, key, Withheld(raw))
		}
		if strings.HasPrefix(key, "+") && MatchKey(key, region) != key {
			t.Errorf("%q in %q: key %q, whose key is %q", raw, region, key, MatchKey(key, region))
		}
		if digits := Digits(raw); strings.Trim(digits, "0123456789") != "" {
			t.Errorf("%q has the digits %q", raw, digits)
		}
		if masked := Mask(raw); len(masked) > 5 {
			t.Errorf("%q is masked as %q", raw, masked)
		}
		_ = National(raw, region)
	})
}
