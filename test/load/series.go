// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// series is one figure in several rounds.
type series []float64

func (s series) median() float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// String returns the median and, of rounds that differ, the least and the most.
func (s series) String() string {
	if len(s) == 0 {
		return "–"
	}
	least, most := figure(slices.Min(s)), figure(slices.Max(s))
	if least == most {
		return least
	}
	return fmt.Sprintf("%s (%s–%s)", figure(s.median()), least, most)
}

// figure writes a whole number as it is, and another with three digits that
// mean something.
func figure(n float64) string {
	switch {
	case math.IsNaN(n):
		return "–"
	case math.Abs(n) >= 1000 || n == math.Trunc(n):
		text := strconv.FormatFloat(math.Round(n), 'f', 0, 64)
		for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
		return text
	case math.Abs(n) >= 100:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case math.Abs(n) >= 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	default:
		return strconv.FormatFloat(n, 'f', 2, 64)
	}
}

// over returns the ratios round by round.
func (s series) over(other series) series {
	var ratios series
	for i := range min(len(s), len(other)) {
		ratios = append(ratios, s[i]/other[i])
	}
	return ratios
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
