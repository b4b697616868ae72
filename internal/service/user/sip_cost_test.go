// SPDX-License-Identifier: Apache-2.0

package user

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// A cost is read as the people who write it mean it; what cannot be read is
// not guessed at.
func TestReadCost(t *testing.T) {
	t.Parallel()
	const none = int64(-1)
	tests := map[string]struct {
		text, currency string
		want           int64
		found          string
	}{
		"plain":                  {text: "0.05", want: 50_000},
		"decimal comma":          {text: "0,05", want: 50_000},
		"code behind":            {text: "12.5 USD", want: 12_500_000, found: "USD"},
		"code before":            {text: "usd 12.5", want: 12_500_000, found: "USD"},
		"symbol":                 {text: "R$ 1,50/min", want: 1_500_000, found: "BRL"},
		"symbol without room":    {text: "R$1,50", want: 1_500_000, found: "BRL"},
		"thousands in dong":      {text: "1.200 ₫/phút", want: 1_200_000_000, found: "VND"},
		"thousands by the field": {text: "1.200", currency: "VND", want: 1_200_000_000, found: "VND"},
		"three decimals":         {text: "1.200", currency: "USD", want: 1_200_000, found: "USD"},
		"both marks":             {text: "1,234,567.25", want: 1_234_567_250_000},
		"both marks, turned":     {text: "1.234.567,25 €", want: 1_234_567_250_000, found: "EUR"},
		"many marks":             {text: "1.234.567", want: 1_234_567_000_000},
		"apart":                  {text: "1 200 000 VND", want: 1_200_000_000_000, found: "VND"},
		"negative":               {text: "-3", want: -3_000_000},
		"smallest":               {text: "0.000001", want: 1},
		"too fine":               {text: "0.0000001", want: none},
		"too large":              {text: "1000000000000000", want: none},
		"bad groups":             {text: "1.23.456", want: none},
		"turned groups":          {text: "1,234.567,8", want: none},
		"a word":                 {text: "free", want: none},
		"nothing":                {text: "", want: none},
		"a range":                {text: "1-2", want: none},
		"the field's currency":   {text: "5", currency: "BRL", want: 5_000_000, found: "BRL"},
		"its own goes first":     {text: "5 EUR", currency: "BRL", want: 5_000_000, found: "EUR"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found := readCost(test.text, test.currency)
			value := none
			if got != nil {
				value = *got
			}
			if value != test.want || found != test.found {
				t.Errorf("%q: %d %q, want %d %q", test.text, value, found, test.want, test.found)
			}
		})
	}
}

// Whatever amount is written in full, in either way of writing numbers, is
// read back exactly; and no text at all breaks the reading.
func TestReadCostExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units, rest := rapid.Int64Range(0, 999_999_999).Draw(t, "units"), rapid.Int64Range(0, 999_999).Draw(t, "millionths")
		mark := rapid.SampledFrom([]string{".", ","}).Draw(t, "mark")
		text := fmt.Sprintf("%d%s%06d", units, mark, rest)
		got, _ := readCost(text, "USD")
		if got == nil || *got != units*1_000_000+rest {
			t.Fatalf("%s: %v", text, got)
		}
		readCost(rapid.String().Draw(t, "anything"), "")
	})
}
