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

	seed   uint64
	urls   map[trunk]string // a trunk without one carries no calls
	agents []agent

	calls map[string]*played // by call id, from call.new until forgotten
	ended []string           // ids of finished calls, oldest first
	live  int                // calls that are playing
	line  []*played          // callers without an agent, who waits longest first
	posts []post

	dialed int // calls that the dialer action has ordered
}

// played is a life on its way.
type played struct {
	life

	callID string
	lane   string
	steps  []step // what is still to come
	turn   int    // plans of earlier turns are void

	destination string // queue or extension; "" until somebody decides
	waitingFrom time.Time
	moveAt      time.Time // the earliest time of call.waiting; zero unless it waits for a delegate

	agent  *agent
	rangAt time.Time
	missed *agent // who did not answer
}

// Bounds of what the exchange keeps.
const (
	liveMax  = 5_000 // calls at a time, as far as the dialer action adds to them
	endedMax = 1_000 // finished calls that still answer to their id
)

var errNoCall = errors.New("there is no such call")

func newExchange(seed uint64, urls map[trunk]string) *exchange {
	return &exchange{seed: seed, urls: urls, agents: slices.Clone(staff), calls: map[string]*played{}}
}

// open begins the day: agents log in, and calls come from then on.
func (x *exchange) open(at time.Time) {
	for i := range x.agents {
		a := &x.agents[i]
		for _, queue := range a.Queues {
			x.send(vendor, "agents", "actor.logged-in", loginEvent{"actor.logged-in", a.Actor, a.Number, queue, stamp(at)})
		}
	}
	x.expect(0, at)
}

// expect plans call index, which plans the one after it.
func (x *exchange) expect(index int, previous time.Time) {
	x.plan(previous.Add(gap(x.seed, index)), func(at time.Time) {
		x.begin(lifeOf(x.seed, index), 2*index, at)
		x.expect(index+1, at)
	})
}

// begin starts a call. The serial is its own: even for calls of the script, odd
// for calls of the dialer action.
func (x *exchange) begin(l life, serial int, at time.Time) {
	if x.urls[l.Trunk] == "" {
		return
	}
	c := &played{life: l, callID: vendorID(at, serial), steps: l.Steps, destination: l.Queue}
	if l.Trunk == pabx {
		c.callID = timeID(x.seed, at, serial)
	}
	c.lane = c.callID
	x.live++
	x.later(c, at, x.play)
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
	case "call.waiting":
		c.waitingFrom, c.moveAt = at, time.Time{}
	case "actor.ringing":
		c.rangAt = at
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
		x.end(c)
		return
	}
	s := c.steps[0]
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
			c.destination = defaultQueue
			x.play(c, at)
		})
	}
}

// delegate says where a call goes. It reports whether that moved the call: the
// first delegate wins, and one for a call that has gone on moves nothing.
func (x *exchange) delegate(now time.Time, callID, destination string) (bool, error) {
	c, found := x.calls[callID]
	switch {
	case !found:
		return false, errNoCall
	case c.destination != "":
		return false, nil
	}
	c.destination = destination
	if !c.moveAt.IsZero() {
		if c.moveAt.After(now) {
			now = c.moveAt
		}
		x.later(c, now, x.play)
	}
	return true, nil
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
	giveUpAt := c.waitingFrom.Add(c.Patience)
	if giveUpAt.Before(at) {
		giveUpAt = at
	}
	x.later(c, giveUpAt, func(c *played, at time.Time) {
		x.line = slices.DeleteFunc(x.line, func(other *played) bool { return other == c })
		c.steps = abandon(0)
		x.play(c, at)
	})
}

// suits reports whether c may ring at a. A phone that rang in vain does not
// ring again for the same call, unless the call is for that phone.
func (x *exchange) suits(a *agent, c *played) bool {
	return !a.busy && a.serves(c.destination) && (a != c.missed || a.Number == c.destination)
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
		for i, waiting := range x.line {
			if x.suits(a, waiting) {
				x.line = slices.Delete(x.line, i, i+1)
				x.ring(waiting, a, at)
				return
			}
		}
	})
}

// end keeps the id of a finished call for a while, so that a late delegate is
// not told that there never was such a call.
func (x *exchange) end(c *played) {
	x.live--
	if x.calls[c.callID] != c {
		return // the dialer reached nobody
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
func (x *exchange) send(t trunk, lane, eventType string, event any) {
	if url := x.urls[t]; url != "" {
		x.posts = append(x.posts, post{Lane: lane, To: url, Type: eventType, Body: encode(event)})
	}
}

// tell sends what the step means in the words of the call's trunk.
func (x *exchange) tell(c *played, s step, at time.Time) {
	if c.Trunk == pabx {
		if slices.Contains(stages, s.Type) {
			x.send(pabx, c.lane, s.Type, c.wrapped(s, at))
		}
		return
	}
	switch {
	case isDialer(s.Type):
		x.send(vendor, c.lane, s.Type, c.dialer(s, at))
	case isActor(s.Type):
		x.send(vendor, c.lane, s.Type, c.actor(s, at))
	case s.Type == "call.queue-abandon":
		x.send(vendor, c.lane, s.Type, abandonEvent{s.Type, c.callID, c.queue(), stamp(at)})
	default:
		x.send(vendor, c.lane, s.Type, c.call(s, at))
	}
}
