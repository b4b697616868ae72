// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"slices"
	"time"
)

// What a dialer action may call the side that rings first. Left out, it is the
// number, as the vendor has it.
const firstNumber, firstDestination = "number", "destination"

// agentFirst is what a call is to its order when an agent is to answer before
// the number is dialled. Each attempt is a call of its own: while the order
// rests, nobody is held on the line.
type agentFirst struct {
	order    dialOrder
	over     time.Time // when the order's time is over
	open     bool      // until the attempt has come to something
	failedAt time.Time // when it did, if there may be another
}

// calling is how a call of the dialer goes in which an agent answers first. The
// order's time cuts it short wherever it is; see expired.
func (s *Scenario) calling(d dice, o dialOrder) []step {
	steps := []step{{Type: "call.new"}, {Type: "call.waiting", After: d.between(100*time.Millisecond, 400*time.Millisecond)}}
	if d.chance(s.noAnswer) {
		steps = append(steps, missed(d)...)
	}
	talk := s.conversation(d)
	answered := 1 + slices.IndexFunc(talk, func(s step) bool { return s.Type == "actor.entered" })
	steps = append(steps, talk[:answered]...)
	result := s.dialer.attempt(d, o.Number)
	steps = append(steps, step{Type: "dialer.attempt", After: d.between(100*time.Millisecond, 400*time.Millisecond)})
	if result.connects() {
		steps = append(steps, step{Type: "dialer.success", After: result.takes(d), Outcome: result})
		return append(steps, talk[answered:]...)
	}
	steps = append(steps, step{Type: "dialer.failure", After: result.takes(d), Outcome: result})
	if o.Plan.Retries == 0 {
		steps = append(steps, step{Type: "dialer.exceeded", After: 100 * time.Millisecond})
	}
	return append(steps, letGo()...)
}

// letGo is an agent who is told that nobody is there.
func letGo() []step {
	return []step{{Type: "actor.left", After: time.Second}, {Type: "call.finished", After: 120 * time.Millisecond}}
}

// expired is how a call goes on whose order is over before the step next.
func expired(next step) []step {
	switch next.Type {
	case "actor.noanswer", "actor.entered": // a phone rings
		return []step{{Type: "actor.noanswer"}, {Type: "dialer.expired"}, {Type: "call.finished", After: 120 * time.Millisecond}}
	case "dialer.attempt", "dialer.success", "dialer.failure": // an agent is on the line
		return append([]step{{Type: "dialer.expired"}}, letGo()...)
	}
	return []step{{Type: "dialer.expired"}, {Type: "call.finished", After: 120 * time.Millisecond}}
}

// note keeps in mind what a step means to the order.
func (f *agentFirst) note(s step, at time.Time) {
	switch s.Type {
	case "dialer.success", "dialer.expired":
		f.open = false
	case "dialer.failure":
		f.open = false
		if f.order.Plan.Retries > 0 {
			f.failedAt = at
		}
	}
}

// cut plans the end of c if its order is over before at, at which it would take
// its next step, and reports whether it did.
func (x *exchange) cut(c *played, at time.Time) bool {
	if c.first == nil || !c.first.open || !at.After(c.first.over) {
		return false
	}
	c.steps = expired(c.steps[0])
	x.later(c, c.first.over, x.play)
	return true
}

// retry makes the next attempt of the order that c was an attempt of, if there
// is one. The order counts as alive while it rests.
func (x *exchange) retry(c *played, ended time.Time) {
	if c.first == nil || c.first.failedAt.IsZero() {
		return
	}
	o, over := c.first.order, c.first.over
	at := latest(ended, c.first.failedAt.Add(o.Plan.Gap))
	x.live++
	if !at.Before(over) {
		x.plan(latest(ended, over), func(at time.Time) {
			x.live--
			x.tell(c, step{Type: "dialer.expired"}, at)
		})
		return
	}
	o.Plan.Retries--
	o.Plan.TTL = over.Sub(at)
	x.plan(at, func(at time.Time) {
		x.live--
		x.dial(at, o)
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
