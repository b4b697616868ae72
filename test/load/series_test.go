// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"testing"
	"time"
)

// A report is only as good as its arithmetic.
func TestSeries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ got, want string }{
		"nothing":   {series{}.String(), "–"},
		"one":       {series{0.5}.String(), "0.50"},
		"three":     {series{3000, 1000.4, 20000}.String(), "3,000 (1,000–20,000)"},
		"the same":  {series{7, 7}.String(), "7"},
		"four":      {series{1, 2, 3, 4}.String(), "2.50 (1–4)"},
		"ratios":    {series{1, 9}.over(series{4, 3}).String(), "1.62 (0.25–3)"},
		"too few":   {series{1, 9}.over(series{2}).String(), "0.50"},
		"a million": {figure(1e6), "1,000,000"},
		"a loss":    {figure(-1234.4), "-1,234"},
		"a tenth":   {figure(12.34), "12.3"},
		"unknown":   {figure(math.NaN()), "–"},
		"a time":    {figure(milliseconds(1500 * time.Microsecond)), "1.50"},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}

// The rate of a replay is read from what people are told.
func TestReplayIsUnderstood(t *testing.T) {
	t.Parallel()
	if got := replayed.FindStringSubmatch("3 calls from 7 events in 2ms (80494 events/s): 0 differ"); got == nil || got[1] != "80494" {
		t.Errorf("the rate of a replay is not found: %q", got)
	}
}
