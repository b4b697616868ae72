// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"math"
	"sync"
	"time"
)

// clock is the PBX's own time: it stands at its start until begin, then runs
// speed times as fast as the wall's.
type clock struct {
	start time.Time
	speed float64

	mu    sync.Mutex
	began time.Time // on the wall; zero until begin
}

// newClock returns a clock that stands at start. Times on the wire have
// milliseconds, so it starts on one.
func newClock(start time.Time, speed float64) *clock {
	if start.IsZero() {
		start = time.Now()
	}
	if speed == 0 {
		speed = 1
	}
	return &clock{start: start.UTC().Truncate(time.Millisecond), speed: speed}
}

// begin sets the clock going. Only the first call does anything.
func (c *clock) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		c.began = time.Now()
	}
}

// now is the time on this clock.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		return c.start
	}
	return c.start.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// until is how long the wall takes to reach t on this clock; never negative.
func (c *clock) until(t time.Time) time.Duration {
	// Rounded up: a timer that fires a hair too early would spin.
	wall := math.Ceil(float64(t.Sub(c.now())) / c.speed)
	return time.Duration(max(0, min(wall, float64(time.Hour))))
}
