// SPDX-License-Identifier: Apache-2.0

package live

import (
	"testing"
	"time"
)

// However many long calls there are, folding them anew over and over takes its
// share of the time and no more; a call that nothing came for of late is
// folded at once.
func TestFoldingKeepsToItsShare(t *testing.T) {
	for name, costs := range map[string][]time.Duration{
		"one":     {time.Second},
		"several": {time.Second, 10 * time.Millisecond, 3 * time.Second, time.Second},
		"many":    {50: 20 * time.Millisecond},
	} {
		resting := rests{}
		start := time.UnixMilli(0)
		now, spent := start, time.Duration(0)
		for now.Sub(start) < 10*time.Minute {
			for id, cost := range costs {
				if !resting.over(int64(id), now) {
					continue
				}
				now, spent = now.Add(cost), spent+cost
				resting.note(int64(id), now, cost)
			}
			now = now.Add(10 * time.Millisecond)
		}
		if share := spent.Seconds() / now.Sub(start).Seconds(); share > 1.25/(restFactor+1) {
			t.Errorf("%s: folding took %.2f of the time", name, share)
		}
		if !resting.over(-1, now) {
			t.Errorf("%s: another call has to wait", name)
		}
		resting.note(-1, now.Add(time.Hour), time.Millisecond)
		if len(resting) != 1 {
			t.Errorf("%s: %d calls rest that are long over", name, len(resting)-1)
		}
	}
}
