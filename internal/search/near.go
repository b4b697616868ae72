// SPDX-License-Identifier: Apache-2.0

package search

// nearBytesMax bounds what comparing names may cost; no name of ours is longer.
const nearBytesMax = 100

// Nearest returns the known name that a typing mistake may have missed; "" when
// there is none like it.
func Nearest(name string, known []string) string {
	if len(name) > nearBytesMax {
		return ""
	}
	// At most a third of the letters may be wrong, or anything looks like anything.
	best, at := "", min(3, max(1, len(name)/3))+1
	for _, candidate := range known {
		if d := distance(name, candidate); d < at {
			best, at = candidate, d
		}
	}
	return best
}

// distance is the number of single-character edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(diagonal+cost, row[j]+1, row[j+1]+1)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
