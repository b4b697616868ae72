// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"math/rand/v2"
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

// chance is true in percent of 100 throws.
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// between is a whole number of milliseconds from low to high, both included.
func (d dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64((high-low)/time.Millisecond)+1))*time.Millisecond
}

// pick is one of the choices.
func pick[T any](d dice, choices ...T) T { return choices[d.IntN(len(choices))] }
