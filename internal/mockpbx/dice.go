// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"math/rand/v2"
	"slices"
	"time"
)

// What a throw of dice is for. Each purpose has numbers of its own, so that a
// new draw for one of them moves nothing in the others.
const (
	diceGap uint64 = iota + 1
	diceLife
	diceCaller
	diceDial
	diceRecord
	diceCallID
	diceSimulation
	diceRecording
	diceFault
	diceOutage
)

// dice are random numbers that depend on seed, purpose and index alone.
type dice struct{ *rand.Rand }

func newDice(seed, purpose uint64, index int) dice {
	return dice{rand.New(rand.NewPCG(scatter(seed)+purpose, scatter(uint64(index))))} //nolint:gosec // a simulation must repeat itself
}

// scatter is SplitMix64's finaliser: neighbouring seeds become unlike ones.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is true in that share of all throws.
func (d dice) chance(s share) bool { return d.lot(s) == 0 }

// lot throws once for several shares of a whole: it is the index of the one
// that was hit, or -1 for the rest.
func (d dice) lot(shares ...share) int {
	// In whole percents a throw is one of a hundred, otherwise one of a
	// million; scripts that were written down before there were finer shares
	// rely on it.
	sides := whole
	fine := func(s share) bool { return s%onePercent != 0 }
	if !slices.ContainsFunc(shares, fine) {
		sides = whole / onePercent
	}
	throw := share(d.IntN(int(sides))) * (whole / sides)
	for i, s := range shares {
		if throw < s {
			return i
		}
		throw -= s
	}
	return -1
}

// between is a whole number of milliseconds from low to high, both included.
func (d dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64((high-low)/time.Millisecond)+1))*time.Millisecond
}

// pick is one of the choices.
func pick[T any](d dice, choices ...T) T { return choices[d.IntN(len(choices))] }
