// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// pace says when events are due, and how many there may be.
type pace struct {
	gap   float64 // nanoseconds between two events; 0: no clock
	max   int64
	began time.Time
	taken atomic.Int64
}

func newPace(rate float64, most int64) *pace {
	p := &pace{max: most}
	if most <= 0 {
		p.max = math.MaxInt64
	}
	if rate > 0 {
		p.gap = float64(time.Second) / rate
	}
	return p
}

func (p *pace) start() { p.began = time.Now() }

// next waits until another event is due and returns when that was. It is not ok
// when there is to be no other. Timer is the caller's own, to be used again.
func (p *pace) next(ctx context.Context, timer *time.Timer) (due time.Time, ok bool) {
	if ctx.Err() != nil {
		return due, false
	}
	n := p.taken.Add(1) - 1
	if n >= p.max {
		return due, false
	}
	if p.gap == 0 {
		return time.Now(), true
	}
	due = p.began.Add(time.Duration(float64(n) * p.gap))
	wait := time.Until(due)
	if wait <= 0 {
		return due, true
	}
	timer.Reset(wait)
	select {
	case <-ctx.Done():
		return due, false
	case <-timer.C:
		return due, true
	}
}
