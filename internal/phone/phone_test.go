// SPDX-License-Identifier: Apache-2.0

package phone

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Two writings of a number have the same key, and two different callers never
// do: a number that is not valid from the region stays what it was.
func TestMatchKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, region, want string }{
		{"0912345678", "VN", "+84912345678"},
		{"912345678", "VN", "+84912345678"},
		{"84912345678", "VN", "+84912345678"},
		{"+84 (91) 234-5678", "VN", "+84912345678"},
		{"0084912345678", "VN", "+84912345678"},
		{"0912345678", "vn", "+84912345678"},
		{"+84912345678", "BR", "+84912345678"},
		{"+84912345678", "", "+84912345678"},
		{"٠٩١٢٣٤٥٦٧٨", "VN", "+84912345678"},
		{"+44 20 7946 0958", "VN", "+442079460958"},
		{"11955550123", "BR", "+5511955550123"},
		{"84912345678", "BR", "+5584912345678"}, // 84 is an area code there
		{"sip:0912345678@pbx.example", "VN", "+84912345678"},
		{`"Ana" <sip:+84912345678;phone-context=x@pbx.example:5060;user=phone>`, "VN", "+84912345678"},
		{"SIPS:+84912345678@[2001:db8::1]", "VN", "+84912345678"},
		{"tel:+84-91-234-5678;ext=5", "VN", "+84912345678"},

		{"35799000111", "VN", "raw:35799000111"},
		{"35799000111", "CY", "+35799000111"},
		{"11955550123", "VN", "raw:11955550123"},
		{"08007770000", "VN", "raw:08007770000"},
		{"0912345678", "BR", "raw:0912345678"},
		{"0912345678", "", "raw:0912345678"},
		{"0912345678", "no such region", "raw:0912345678"},
		{"200", "VN", "raw:200"},
		{"sip:200@pbx.example", "VN", "raw:200"},
		{"*2900", "VN", "raw:2900"},
		{"0000000000", "VN", "raw:0000000000"},
		{"sip:Alice@pbx.example", "VN", "raw:alice"},
		{"0800FLOWERS", "VN", "raw:0800flowers"},
		{strings.Repeat("9", 300), "VN", "raw:" + strings.Repeat("9", 300)},

		{"", "VN", ""},
		{"anonymous", "VN", ""},
		{"+266696687", "VN", ""},
	} {
		if got := MatchKey(tt.raw, tt.region); got != tt.want {
			t.Errorf("%q from %s: %q, want %q", tt.raw, tt.region, got, tt.want)
		}
	}
}

func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "-", "+", "Anonymous", "UNKNOWN", "restricted", "Private", "unavailable", "withheld", "erased", "+266696687", "266696687",
		"sip:anonymous@anonymous.invalid", `"Anonymous" <sip:anonymous@anonymous.invalid>`, "sip:@pbx.example",
	} {
		if !Withheld(raw) {
			t.Errorf("%q names somebody", raw)
		}
	}
	for _, raw := range []string{"0", "200", "0912345678", "alice", "Private Bank", "sip:private.bank@pbx.example", "+2666966870"} {
		if Withheld(raw) {
			t.Errorf("%q names nobody", raw)
		}
	}
}

func TestNational(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, region, want string }{
		{"+84912345678", "VN", "0912 345 678"},
		{"0912345678", "VN", "0912 345 678"},
		{"tel:+84912345678;ext=5", "vn", "0912 345 678"},
		{"+84912345678", "BR", "+84 912 345 678"},
		{"11955550123", "BR", "(11) 95555-0123"},
		{"+14165550123", "US", "(416) 555-0123"}, // one country code, two countries, one way to dial
		{"35799000111", "VN", "35799000111"},
		{"200", "VN", "200"},
		{"anonymous", "VN", "anonymous"},
		{"+266696687", "VN", "+266696687"},
		{"", "VN", ""},
	} {
		if got := National(tt.raw, tt.region); got != tt.want {
			t.Errorf("%q for %s: %q, want %q", tt.raw, tt.region, got, tt.want)
		}
	}
}

func TestDigitsAndMask(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, digits, mask string }{
		{"+84 91 234 5678", "84912345678", "***78"},
		{"sip:0912345678@10.0.0.1:5060", "0912345678", "***78"},
		{"٠٩١٢٣٤٥", "0912345", "***45"},
		{"߀߉߁߂߃߄߅", "0912345", "***45"}, // NKo
		{"𝟶𝟿𝟷", "091", "***"},
		{"200", "200", "***"},
		{"alice", "", "***"},
		{"", "", "***"},
	} {
		if got := Digits(tt.raw); got != tt.digits {
			t.Errorf("digits of %q: %q, want %q", tt.raw, got, tt.digits)
		}
		if got := Mask(tt.raw); got != tt.mask {
			t.Errorf("mask of %q: %q, want %q", tt.raw, got, tt.mask)
		}
	}
}

// A number that has an E.164 form keeps it when it is written that way, from
// wherever, and a hidden number has no key at all.
func TestMatchKeyIsItsOwnKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.StringMatching(`(sip:|tel:|\+|00)?[0-9 ().-]{0,15}(@x)?`), rapid.String()).Draw(t, "raw")
		region := rapid.SampledFrom([]string{"VN", "BR", "US", "CY", ""}).Draw(t, "region")
		key := MatchKey(raw, region)
		if (key == "") != Withheld(raw) {
			t.Fatalf("key %q of %q, withheld %v", key, raw, Withheld(raw))
		}
		if strings.HasPrefix(key, "+") && MatchKey(key, "DE") != key {
			t.Fatalf("%q of %q becomes %q", key, raw, MatchKey(key, "DE"))
		}
		if fresh := read(raw, region); fresh.key != key {
			t.Fatalf("remembered %q, read %q", key, fresh.key)
		}
	})
}

// The cache answers right while many ask, and never holds more than it may.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c cache
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 3 * generationMax {
				raw := strconv.Itoa(i)
				if got := c.look(question{raw, ""}).key; got != "raw:"+raw {
					t.Errorf("%s gave %q", raw, got)
					return
				}
			}
		})
	}
	wg.Wait()
	if len(c.young) > generationMax || len(c.old) > generationMax {
		t.Errorf("%d and %d readings", len(c.young), len(c.old))
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		read("0912345678", "VN")
	}
}

func BenchmarkMatchKey(b *testing.B) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			MatchKey("0912345678", "VN")
		}
	})
}
