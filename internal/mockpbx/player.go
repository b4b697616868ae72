// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// exchange plays lives: it is the PBX without clock and network. Time is an
// argument, posts pile up in posts until somebody takes them. Not safe for
// concurrent use.
type exchange struct {
	agenda

	scenario Scenario
	seed     uint64
	urls     map[trunk]string // a trunk without one carries no calls
	agents   []agent

	calls map[string]*played // by call id, from call.new until forgotten
	ended []string           // ids of finished calls, oldest first
	live  int                // calls that are playing
	line  []*played          // callers without an agent, who waits longest first
	posts []post

	scripted int // calls that have come by themselves
	dialed   int // calls that the dialer action has ordered

	faults     faulty
	recordings *recordings
	count      struct{ begun, answered, finished, missed int } // calls; missed had no delegate in time
}

// played is a life on its way.
type played struct {
	life

	callID string
	serial int
	lane   string
	steps  []step // what is still to come
	turn   int    // plans of earlier turns are void

	destination string // queue or extension; "" until somebody decides
	waitingFrom time.Time
	moveAt      time.Time // the earliest time of call.waiting; zero unless it waits for a delegate
	selfRouted  bool      // the PBX has decided, since no delegate came in time

	agent    *agent
	rangAt   time.Time
	rang     time.Duration // how long the last phone rang
	missed   *agent        // who did not answer
	first    *agentFirst   // nil unless an agent answers before the number is dialled
	answered bool          // the two have spoken
}

// Bounds of what the exchange keeps.
const (
	liveMax  = 5_000 // calls at a time, as far as the dialer action adds to them
	endedMax = 1_000 // finished calls that still answer to their id
)

var errNoCall = errors.New("there is no such call")

func newExchange(scenario Scenario, seed uint64, urls map[trunk]string) *exchange {
	return &exchange{
		scenario: scenario, seed: seed, urls: urls, agents: scenario.staff(), calls: map[string]*played{},
		faults:     faulty{Faults: scenario.faults, held: map[string]post{}},
		recordings: newRecordings("http://" + defaultListen),
	}
}

// open begins the scenario: agents log in, calls come, the API has outages.
func (x *exchange) open(at time.Time) {
	for i := range x.agents {
		if a := &x.agents[i]; a.on { // at once, before anything else
			x.tellOf(a, "actor.logged-in", at)
		}
	}
	x.openDay(at, true)
	x.expect(0, at, 0)
}

// openDay plans what a scenario that repeats does again.
func (x *exchange) openDay(start time.Time, first bool) {
	i := 0
	for _, one := range x.scenario.shifts {
		for range one.Count {
			a := &x.agents[i]
			i++
			if !first || one.Login > 0 {
				x.plan(start.Add(one.Login), func(at time.Time) { x.logIn(a, at) })
			}
			if one.Logout > 0 {
				x.plan(start.Add(one.Logout), func(at time.Time) { x.logOut(a, at) })
			}
		}
	}
	for _, b := range x.scenario.arrivals.Bursts {
		x.plan(start.Add(b.At), func(at time.Time) { x.burst(b, at) })
	}
	if x.faults.turn == 0 { // nobody has set others meanwhile
		x.planOutages(start)
	}
	if repeat := x.scenario.repeat; repeat > 0 {
		x.plan(start.Add(repeat), func(at time.Time) { x.openDay(at, false) })
	}
}

// expect plans the call that the draw-th throw says, which plans the next. The
// one before came at previous after start.
func (x *exchange) expect(draw int, start time.Time, previous time.Duration) {
	after, comes := x.scenario.arrivals.after(x.seed, draw, previous, x.scenario.repeat)
	if !comes {
		return
	}
	x.plan(start.Add(after), func(at time.Time) {
		x.call(at)
		x.expect(draw+1, start, after)
	})
}

// burst plans many calls.
func (x *exchange) burst(b burst, start time.Time) {
	for i := range b.Calls {
		after := b.Over * time.Duration(i) / time.Duration(b.Calls)
		x.plan(start.Add(after.Truncate(time.Millisecond)), x.call)
	}
}

// call begins the next call of the script.
func (x *exchange) call(at time.Time) {
	index := x.scripted
	x.scripted++
	x.begin(x.scenario.life(x.seed, index), 2*index, at)
}

// begin starts a call. The serial is its own: even for calls of the script, odd
// for calls of the dialer action. Without a line there is no call: nil.
func (x *exchange) begin(l life, serial int, at time.Time) *played {
	if x.urls[l.Trunk] == "" {
		return nil
	}
	c := &played{life: l, callID: vendorID(at, serial), serial: serial, steps: l.Steps, destination: l.Queue}
	if l.Trunk == pabx {
		c.callID = timeID(x.seed, at, serial)
	}
	c.lane = c.callID
	x.live++
	x.later(c, at, x.play)
	return c
}

// later plans do for c; whatever else was planned for c no longer holds.
func (x *exchange) later(c *played, at time.Time, do func(*played, time.Time)) {
	c.turn++
	turn := c.turn
	x.plan(at, func(at time.Time) {
		if c.turn == turn {
			do(c, at)
		}
	})
}

// play does the next step of c and plans the one after it.
func (x *exchange) play(c *played, at time.Time) {
	s := c.steps[0]
	c.steps = c.steps[1:]
	switch s.Type {
	case "call.new":
		x.calls[c.callID] = c
		x.count.begun++
	case "call.waiting":
		c.waitingFrom, c.moveAt = at, time.Time{}
	case "actor.ringing":
		c.rangAt = at
	case "actor.noanswer":
		c.rang = at.Sub(c.rangAt)
	case "call.ongoing":
		c.answered = true
		x.count.answered++
	}
	if c.first != nil {
		c.first.note(s, at)
	}
	x.tell(c, s, at)
	switch s.Type {
	case "actor.noanswer":
		c.missed = c.agent
		x.dismiss(c, at)
	case "actor.left":
		x.dismiss(c, at)
	}
	x.follow(c, at)
}

// follow plans what comes after a step that c took at at.
func (x *exchange) follow(c *played, at time.Time) {
	if len(c.steps) == 0 {
		x.end(c, at)
		x.retry(c, at)
		return
	}
	s := c.steps[0]
	if x.cut(c, at.Add(s.After)) {
		return
	}
	switch s.Wait {
	case waitNothing:
		x.later(c, at.Add(s.After), x.play)
	case waitAgent:
		x.later(c, at.Add(s.After), x.seek)
	case waitDelegate:
		c.moveAt = at.Add(s.After)
		if c.destination != "" { // it came before the standby
			x.later(c, c.moveAt, x.play)
			return
		}
		x.later(c, at.Add(delegateWait), func(c *played, at time.Time) {
			c.destination, c.selfRouted = defaultQueue, true
			x.count.missed++
			x.play(c, at)
		})
	}
}

// verdict is what a delegate has come to.
type verdict int

const (
	verdictMoved    verdict = iota // the call goes there
	verdictLate                    // the PBX has routed the call by itself
	verdictRepeated                // the call had a destination already
)

// delegate says where a call goes. The first delegate wins, and one for a call
// that has gone on moves nothing. The error is errNoCall.
func (x *exchange) delegate(now time.Time, callID, destination string) (verdict, error) {
	c, found := x.calls[callID]
	switch {
	case !found:
		return 0, errNoCall
	case c.selfRouted:
		return verdictLate, nil
	case c.destination != "":
		return verdictRepeated, nil
	}
	c.destination = destination
	if !c.moveAt.IsZero() {
		if c.moveAt.After(now) {
			now = c.moveAt
		}
		x.later(c, now, x.play)
	}
	return verdictMoved, nil
}

// seek looks for an agent who is free. Without one the caller stands in line.
func (x *exchange) seek(c *played, at time.Time) {
	for _, i := range c.Agents {
		if a := &x.agents[i]; x.suits(a, c) {
			x.ring(c, a, at)
			return
		}
	}
	// Who was not answered keeps the place of the first arrival.
	place, _ := slices.BinarySearchFunc(x.line, c, func(a, b *played) int {
		return cmp.Or(a.waitingFrom.Compare(b.waitingFrom), cmp.Compare(a.callID, b.callID))
	})
	x.line = slices.Insert(x.line, place, c)
	giveUpAt, giveUp := c.waitingFrom.Add(c.Patience), abandon(0)
	if c.first != nil { // nobody is on the line who could lose patience
		giveUpAt, giveUp = c.first.over, expired(c.steps[0])
	}
	x.later(c, latest(giveUpAt, at), func(c *played, at time.Time) {
		x.line = slices.DeleteFunc(x.line, func(other *played) bool { return other == c })
		c.steps = giveUp
		x.play(c, at)
	})
}

// suits reports whether c may ring at a. A phone that rang in vain does not
// ring again for the same call, unless the call is for that phone.
func (x *exchange) suits(a *agent, c *played) bool {
	return a.on && !a.busy && !a.leaving && a.serves(c.destination, c.Kind) && (a != c.missed || a.Number == c.destination)
}

func (x *exchange) ring(c *played, a *agent, at time.Time) {
	a.busy, c.agent = true, a
	x.play(c, at)
}

// dismiss frees the agent of c, after the time to write up.
func (x *exchange) dismiss(c *played, at time.Time) {
	a := c.agent
	c.agent = nil
	x.plan(at.Add(c.Wrap), func(at time.Time) {
		a.busy = false
		if a.leaving {
			x.logOut(a, at)
			return
		}
		x.free(a, at)
	})
}

// free gives a the first caller in line who may ring there.
func (x *exchange) free(a *agent, at time.Time) {
	for i, waiting := range x.line {
		if x.suits(a, waiting) {
			x.line = slices.Delete(x.line, i, i+1)
			x.ring(waiting, a, at)
			return
		}
	}
}

// end keeps the id of a finished call for a while, so that a late delegate is
// not told that there never was such a call.
func (x *exchange) end(c *played, at time.Time) {
	x.live--
	if x.calls[c.callID] != c {
		return // the dialer reached nobody
	}
	x.count.finished++
	if c.answered {
		x.record(c, at)
	}
	x.ended = append(x.ended, c.callID)
	if len(x.ended) > endedMax {
		delete(x.calls, x.ended[0])
		x.ended = x.ended[1:]
	}
}

// take hands out the posts that have piled up.
func (x *exchange) take() []post {
	posts := x.posts
	x.posts = nil
	return posts
}

// send owes one event to Tandem. A trunk without a URL is silent.
func (x *exchange) send(t trunk, lane, eventType string, at time.Time, event any) {
	if url := x.urls[t]; url != "" {
		x.owe(post{Lane: lane, To: url, Type: eventType, Body: encode(event)}, at)
	}
}

// stamp is how events write the time at, by a clock that may go wrong.
func (x *exchange) stamp(at time.Time) string { return stamp(x.shown(at)) }

func (x *exchange) shown(at time.Time) time.Time { return at.Add(time.Duration(x.faults.Skew)) }

// tell sends what the step means in the words of the call's trunk.
func (x *exchange) tell(c *played, s step, at time.Time) {
	shown := x.shown(at)
	if c.Trunk == pabx {
		if slices.Contains(stages, s.Type) {
			x.send(pabx, c.lane, s.Type, at, c.wrapped(s, shown))
		}
		return
	}
	var event any
	switch {
	case isDialer(s.Type):
		event = c.dialer(s, at, shown)
	case isActor(s.Type):
		event = c.actor(s, shown)
	case s.Type == "call.queue-abandon":
		event = abandonEvent{s.Type, c.callID, c.queue(), stamp(shown)}
	default:
		event = c.call(s, shown)
	}
	x.send(vendor, c.lane, s.Type, at, event)
}
