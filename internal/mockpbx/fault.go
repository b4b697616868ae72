// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"encoding/json"
	"hash/fnv"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Faults are what goes wrong, as a scenario has it and as PUT /faults sets it.
// Which events meet which fault depends on the seed and on the event alone; an
// event meets one fault at most. Times run on the PBX's own clock.
type Faults struct {
	Dup     share // sent a second time, up to five seconds later
	Reorder share // overtaken by the next event of the call
	Drop    share // never sent
	Late    share // held back for LateFor
	LateFor spread
	Skew    duration // how far the clock that events are stamped with is ahead; less than 0 is behind
	API     []outage
}

// outage is a time in which the PBX's own API does not serve as it should.
type outage struct {
	Mode  string
	At    duration // since the start, or since the PUT
	For   duration // 0 is until the next PUT
	Delay duration // of mode slow, on the wall's clock: clients wait in real time
	Share share    // of the requests
}

// The modes of an outage.
const (
	apiSlow  = "slow"  // answers late
	apiError = "error" // answers 500 and does nothing
	apiHTML  = "html"  // answers 200 with a page for people and does nothing
	apiCut   = "cut"   // does what is asked and cuts the connection instead of answering
	apiDead  = "dead"  // nobody listens
)

var outageModes = []string{apiSlow, apiError, apiHTML, apiCut, apiDead}

// Bounds of what the faults hold back.
const (
	dupMax     = 5 * time.Second
	overtakeIn = 5 * time.Second // an event that nothing overtakes by then goes out as it is
	skewMax    = 24 * time.Hour
	delayMax   = 10 * time.Minute
)

func (r *reader) faults(node ast.Node) Faults {
	f := Faults{LateFor: spread{From: time.Minute, To: 5 * time.Minute, Skew: 1}}
	r.keys(node, map[string]func(ast.Node){
		"dup":      func(n ast.Node) { f.Dup = r.share(n) },
		"reorder":  func(n ast.Node) { f.Reorder = r.share(n) },
		"drop":     func(n ast.Node) { f.Drop = r.share(n) },
		"late":     func(n ast.Node) { f.Late = r.share(n) },
		"late_for": func(n ast.Node) { f.LateFor = r.spread(n) },
		"skew": func(n ast.Node) {
			if f.Skew = duration(r.period(n, -skewMax)); f.Skew > duration(skewMax) {
				r.fail(n, "the clock is %v ahead; make it %v at most", f.Skew, skewMax)
			}
		},
		"api": func(n ast.Node) {
			r.list(n, func(item ast.Node) { f.API = append(f.API, r.outage(item)) })
		},
	})
	if sum := f.Dup + f.Reorder + f.Drop + f.Late; sum > whole {
		r.fail(node, "dup, reorder, drop and late are %v together; make them 100%% at most", sum)
	}
	f.API = sorted(f.API, func(o outage) time.Duration { return time.Duration(o.At) })
	for i := 1; i < len(f.API); i++ {
		if before := f.API[i-1]; before.For == 0 || before.At+before.For > f.API[i].At {
			r.fail(node, "the outage at %v begins before the one at %v has ended; shorten that with for", f.API[i].At, before.At)
		}
	}
	return f
}

func (r *reader) outage(node ast.Node) outage {
	o := outage{Share: whole}
	r.keys(node, map[string]func(ast.Node){
		"mode":  func(n ast.Node) { o.Mode = r.choice(n, outageModes) },
		"at":    func(n ast.Node) { o.At = duration(r.period(n, 0)) },
		"for":   func(n ast.Node) { o.For = duration(r.period(n, time.Millisecond)) },
		"share": func(n ast.Node) { o.Share = r.share(n) },
		"delay": func(n ast.Node) {
			if o.Delay = duration(r.period(n, 0)); o.Delay > duration(delayMax) {
				r.fail(n, "delay is %v; make it %v at most", o.Delay, delayMax)
			}
		},
	})
	switch {
	case o.Mode == "":
		r.fail(node, "this outage has no mode; write one of slow, error, html, cut, dead")
	case o.Mode == apiDead && o.For == 0:
		r.fail(node, "a dead API hears no PUT /faults that would end it; write for how long, for example for: 30s")
	case o.Mode == apiDead && o.Share != whole:
		r.fail(node, "a dead API is dead for everybody; leave share out, or use mode cut")
	case o.Mode == apiSlow && o.Delay == 0:
		r.fail(node, "a slow API needs a delay, for example delay: 3s")
	case o.Mode != apiSlow && o.Delay != 0:
		r.fail(node, "delay belongs to mode slow only; leave it out")
	}
	return o
}

// duration is a time.Duration that JSON shows as people write it: 1m30s.
type duration time.Duration

func (d duration) String() string { return time.Duration(d).String() }

// MarshalText writes a duration as read.
func (d duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON shows faults with the keys that PUT /faults takes.
func (f Faults) MarshalJSON() ([]byte, error) {
	type outageJSON struct {
		Mode  string   `json:"mode"`
		At    duration `json:"at"`
		For   duration `json:"for,omitzero"`
		Delay duration `json:"delay,omitzero"`
		Share share    `json:"share"`
	}
	type spreadJSON struct {
		From duration `json:"from"`
		To   duration `json:"to"`
		Skew int      `json:"skew"`
	}
	shown := struct {
		Dup     share        `json:"dup"`
		Reorder share        `json:"reorder"`
		Drop    share        `json:"drop"`
		Late    share        `json:"late"`
		LateFor spreadJSON   `json:"late_for"`
		Skew    duration     `json:"skew"`
		API     []outageJSON `json:"api"`
	}{Dup: f.Dup, Reorder: f.Reorder, Drop: f.Drop, Late: f.Late, Skew: f.Skew, API: []outageJSON{}}
	shown.LateFor = spreadJSON{duration(f.LateFor.From), duration(f.LateFor.To), max(1, f.LateFor.Skew)}
	for _, o := range f.API {
		shown.API = append(shown.API, outageJSON(o))
	}
	return json.Marshal(shown)
}

// faulty stands between the exchange and its posts: it holds back what is late
// or to be overtaken, and counts.
type faulty struct {
	Faults

	held   map[string]post // by lane: waits for the next event of the lane
	now    *outage         // that the API is in
	turn   int             // outages planned before the last change of faults are void
	tally  faultTally
	holds  int // posts that wait, in held or in the agenda
	serial int // of API requests, for those outages that hit a share of them
}

// faultTally counts what the faults have done to events.
type faultTally struct{ sent, dropped, duplicates, reordered, late int }

// owe queues p, or does to it what chance says.
func (x *exchange) owe(p post, at time.Time) {
	f := &x.faults
	f.tally.sent++
	// The event decides, not its place in the order: what happens to the
	// others does not change the lot of this one.
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(p.Lane))
	_, _ = sum.Write(p.Body)
	d := newDice(x.seed, diceFault, int(sum.Sum64())) //nolint:gosec // all 64 bits count, whatever they mean
	switch d.lot(f.Drop, f.Late, f.Reorder, f.Dup) {
	case 0:
		f.tally.dropped++
		return
	case 1:
		f.tally.late++
		x.hold(p, at.Add(f.LateFor.draw(d)))
		return
	case 2:
		if _, waits := f.held[p.Lane]; !waits {
			x.standBack(p, at)
			return
		}
	case 3:
		f.tally.sent++
		f.tally.duplicates++
		again := p
		again.Copy = true
		x.hold(again, at.Add(d.between(0, dupMax)))
	}
	x.posts = append(x.posts, p)
	if overtaken, waits := f.held[p.Lane]; waits {
		delete(f.held, p.Lane)
		f.holds--
		f.tally.reordered++
		x.posts = append(x.posts, overtaken)
	}
}

// hold queues p at a later time.
func (x *exchange) hold(p post, at time.Time) {
	x.faults.holds++
	x.plan(at, func(time.Time) {
		x.faults.holds--
		x.posts = append(x.posts, p)
	})
}

// standBack lets the next event of the lane go first, if it comes in time.
func (x *exchange) standBack(p post, at time.Time) {
	f := &x.faults
	number := f.tally.sent // no other event has it
	p.number = number
	f.held[p.Lane] = p
	f.holds++
	x.plan(at.Add(overtakeIn), func(time.Time) {
		if waiting, still := f.held[p.Lane]; still && waiting.number == number {
			delete(f.held, p.Lane)
			f.holds--
			x.posts = append(x.posts, waiting)
		}
	})
}

// setFaults makes f hold from now on. What is held back already stays so.
func (x *exchange) setFaults(f Faults, now time.Time) {
	x.faults.Faults = f
	x.faults.turn++
	x.faults.now = nil
	x.planOutages(now)
}

// planOutages plans the API's outages, whose times are since start.
func (x *exchange) planOutages(start time.Time) {
	f := &x.faults
	turn := f.turn
	for _, o := range f.API {
		begin := start.Add(time.Duration(o.At))
		x.plan(begin, func(time.Time) {
			if f.turn == turn {
				f.now = &o
			}
		})
		if o.For == 0 {
			continue
		}
		x.plan(begin.Add(time.Duration(o.For)), func(time.Time) {
			if f.turn == turn && f.now != nil && *f.now == o {
				f.now = nil
			}
		})
	}
}
