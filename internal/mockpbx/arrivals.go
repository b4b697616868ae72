// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"math"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// arrivals say when people call: either every so often, or by a curve of calls
// per minute, around which they come by chance as people do. Bursts come on top.
type arrivals struct {
	Every  spread
	Curve  []rate
	Bursts []burst
}

// rate is a point of the curve, which is straight between two points. Before
// the first point and after the last it is level.
type rate struct {
	At        time.Duration
	PerMinute float64
}

// burst is many calls at a time.
type burst struct {
	At    time.Duration
	Calls int
	Over  time.Duration // evenly; 0 is all at once
}

// quietMax is how long nobody may call until nobody is expected any more; a
// curve may be above 0 at instants that do not come.
const quietMax = 2 * periodMax

// after is when the call comes that follows the one at previous, both since the
// start; false when there is none. draw is its place in the order of calls.
func (a *arrivals) after(seed uint64, draw int, previous, repeat time.Duration) (time.Duration, bool) {
	d := newDice(seed, diceGap, draw)
	if len(a.Curve) == 0 {
		switch {
		case a.Every.To == 0:
			return 0, false
		case draw == 0:
			// Whoever has just started the PBX watches an empty board.
			return previous + d.between(firstMin, firstMax), true
		}
		return previous + a.Every.draw(d), true
	}
	// Thinning: calls at the peak's rate, of which each is kept as often as its
	// instant is as busy as the peak.
	peak := a.peak()
	last := a.Curve[len(a.Curve)-1]
	for at := previous; peak > 0 && at < previous+quietMax; {
		at += time.Duration(d.ExpFloat64() / peak * float64(time.Minute))
		if repeat == 0 && at > last.At && last.PerMinute == 0 {
			break
		}
		if d.Float64()*peak < a.rate(at, repeat) {
			// Times on the wire have milliseconds.
			return at.Truncate(time.Millisecond), true
		}
	}
	return 0, false
}

// rate is the curve at an instant since the start, in calls per minute.
func (a *arrivals) rate(at, repeat time.Duration) float64 {
	if repeat > 0 {
		at %= repeat
	}
	before := a.Curve[0]
	for _, point := range a.Curve {
		if point.At > at {
			if point.At == before.At {
				return before.PerMinute
			}
			part := float64(max(0, at-before.At)) / float64(point.At-before.At)
			return before.PerMinute + part*(point.PerMinute-before.PerMinute)
		}
		before = point
	}
	return before.PerMinute
}

func (a *arrivals) peak() (peak float64) {
	for _, point := range a.Curve {
		peak = max(peak, point.PerMinute)
	}
	return peak
}

// distance is how many calls before a caller who comes back called last, at
// least: never so few that the first call still talks, as far as the peak goes.
func (a *arrivals) distance() int { return max(returnMin, int(math.Ceil(a.peak()))) }

// end is the last instant that the curve and the bursts name.
func (a *arrivals) end() (end time.Duration) {
	for _, point := range a.Curve {
		end = max(end, point.At)
	}
	for _, one := range a.Bursts {
		end = max(end, one.At+one.Over)
	}
	return end
}

func (r *reader) arrivals(node ast.Node) (a arrivals) {
	r.keys(node, map[string]func(ast.Node){
		"every": func(n ast.Node) {
			if a.Every = r.spread(n); a.Every.To < 10*time.Millisecond {
				r.fail(n, "to is %v; make it 10ms or more", a.Every.To)
			}
		},
		"curve": func(n ast.Node) {
			r.list(n, func(item ast.Node) { a.Curve = append(a.Curve, r.rate(item)) })
		},
		"bursts": func(n ast.Node) {
			r.list(n, func(item ast.Node) { a.Bursts = append(a.Bursts, r.burst(item)) })
		},
	})
	if a.Every.To > 0 && len(a.Curve) > 0 {
		r.fail(node, "arrivals have both every and curve; keep one")
	}
	a.Curve = sorted(a.Curve, func(point rate) time.Duration { return point.At })
	return a
}

func (r *reader) rate(node ast.Node) (point rate) {
	r.keys(node, map[string]func(ast.Node){
		"at": func(n ast.Node) { point.At = r.period(n, 0) },
		"per_minute": func(n ast.Node) {
			word, _ := r.word(n)
			value, err := strconv.ParseFloat(word, 64)
			if err != nil || !(value >= 0 && value <= perMinMax) {
				r.fail(n, "%q is not a number of calls from 0 to %d", word, perMinMax)
				return
			}
			point.PerMinute = value
		},
	})
	return point
}

func (r *reader) burst(node ast.Node) (b burst) {
	r.keys(node, map[string]func(ast.Node){
		"at":    func(n ast.Node) { b.At = r.period(n, 0) },
		"calls": func(n ast.Node) { b.Calls = r.count(n, 1, burstMax) },
		"over":  func(n ast.Node) { b.Over = r.period(n, 0) },
	})
	if b.Calls == 0 {
		r.fail(node, "this burst has no calls; write for example calls: 100")
	}
	return b
}
