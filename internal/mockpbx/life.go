// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"fmt"
	"time"
)

// trunk is a line to Tandem; each speaks its own dialect.
type trunk string

const (
	vendor trunk = "vendor" // flat events
	pabx   trunk = "pabx"   // the envelope with chamada and dados
)

// wait is what a step waits for before its time starts to run.
type wait int

const (
	waitNothing  wait = iota
	waitDelegate      // someone says where the call goes, or ten seconds pass
	waitAgent         // an agent is free; the caller may lose patience
)

// step is one thing that happens in a call.
type step struct {
	Type   string        // of the event that tells of it
	After  time.Duration // since the step before, or at the earliest since then if it waits
	Wait   wait
	Reason string // why the dialer reached nobody
}

// life is the script of one call: all that chance decides about it, before it
// begins. Only what others decide is open: where the call is sent and when,
// and which agents are free.
type life struct {
	Index    int
	Trunk    trunk
	Outbound bool
	Their    string // "" or "anonymous" when withheld
	Our      string
	Code     string // the dialer's correlation code
	Queue    string // where an outbound call goes; "" asks for a delegate
	Steps    []step
	Patience time.Duration // how long the caller waits for an agent
	Wrap     time.Duration // how long the agent is busy after the call
	Agents   []int         // indexes of agents, whom the call prefers
}

// Bounds of what chance decides, as the gentle rate has them.
const (
	gapMin, gapMax   = 6 * time.Second, 12 * time.Second
	talkMin, talkMax = 20 * time.Second, 90 * time.Second
	delegateWait     = 10 * time.Second // then the PBX routes by itself
	defaultQueue     = "900"
)

// gap is the time between call index and the one before it; the first comes
// soon, for whoever has just started the PBX watches an empty board.
func gap(seed uint64, index int) time.Duration {
	d := newDice(seed, diceGap, index)
	if index == 0 {
		return d.between(time.Second, 2*time.Second)
	}
	return d.between(gapMin, gapMax)
}

// lifeOf is the script of call index. It is a function of its arguments alone.
func lifeOf(seed uint64, index int) life {
	d := newDice(seed, diceLife, index)
	l := life{Index: index, Trunk: vendor, Their: callerOf(seed, index)}
	l.Patience = d.between(20*time.Second, 70*time.Second)
	l.Wrap = d.between(time.Second, 3*time.Second)
	l.Agents = d.Perm(len(staff))
	switch {
	case d.chance(12):
		l.Outbound, l.Queue = true, pick(d, "900", "901")
		l.Code = fmt.Sprintf("camp-%d", index)
		l.Steps = dialing(d, dialPlan{Retries: 1, Gap: 10 * time.Second, TTL: 5 * time.Minute})
	default:
		if d.chance(40) {
			l.Trunk = pabx
		}
		if d.chance(6) {
			l.Their = withheld(d, l.Trunk)
		}
		l.Steps = inbound(d)
	}
	l.Our = ourNumbers[l.Trunk]
	return l
}

// withheld is what stands in their_number when a caller hides. The envelope's
// original receivers fail on an empty one, so that trunk never sends it.
func withheld(d dice, t trunk) string {
	if t == pabx {
		return "anonymous"
	}
	return pick(d, "anonymous", "")
}

// inbound is how a call from outside goes.
func inbound(d dice) []step {
	steps := []step{
		{Type: "call.new"},
		{Type: "call.standby", After: d.between(200*time.Millisecond, time.Second)},
		// The PBX takes a moment to move the caller. A delegate that comes
		// within it does not change a byte of what follows.
		{Type: "call.waiting", After: d.between(200*time.Millisecond, 500*time.Millisecond), Wait: waitDelegate},
	}
	switch roll := d.IntN(100); {
	case roll < 8:
		return append(steps, abandon(d.between(3*time.Second, 9*time.Second))...)
	case roll < 13:
		steps = append(steps, missed(d)...)
		return append(steps, abandon(d.between(500*time.Millisecond, 2*time.Second))...)
	case roll < 23:
		steps = append(steps, missed(d)...)
	}
	return append(steps, conversation(d)...)
}

// missed is an agent's phone that rings in vain.
func missed(d dice) []step {
	return []step{
		{Type: "actor.ringing", After: d.between(300*time.Millisecond, 1500*time.Millisecond), Wait: waitAgent},
		{Type: "actor.noanswer", After: d.between(8*time.Second, 14*time.Second).Truncate(time.Second)},
	}
}

// conversation is an agent who picks up, talks and leaves.
func conversation(d dice) []step {
	// Cubed, short talks are the rule: the four agents just about keep up.
	u := d.Float64()
	talk := talkMin + time.Duration(u*u*u*float64(talkMax-talkMin)).Truncate(time.Millisecond)
	return []step{
		{Type: "actor.ringing", After: d.between(300*time.Millisecond, 1500*time.Millisecond), Wait: waitAgent},
		{Type: "actor.entered", After: d.between(1500*time.Millisecond, 6*time.Second)},
		{Type: "call.ongoing", After: d.between(100*time.Millisecond, 600*time.Millisecond)},
		{Type: "actor.left", After: talk},
		{Type: "call.finished", After: d.between(50*time.Millisecond, 400*time.Millisecond)},
	}
}

// abandon is a caller who hangs up in the queue.
func abandon(after time.Duration) []step {
	return []step{
		{Type: "call.queue-abandon", After: after},
		{Type: "call.finished", After: 120 * time.Millisecond},
	}
}

// dialPlan is how often the dialer tries a number, how long it rests between
// two attempts, and after how long it stops.
type dialPlan struct {
	Retries int
	Gap     time.Duration
	TTL     time.Duration
}

// dialing is how a call of the dialer goes. There is no standby in it: it is
// known from the start where the call will go.
func dialing(d dice, plan dialPlan) []step {
	var steps []step
	var rest, passed time.Duration
	for range plan.Retries + 1 {
		answer := d.between(3*time.Second, 9*time.Second)
		if passed += rest + answer; passed > plan.TTL {
			return append(steps, step{Type: "dialer.expired", After: max(0, plan.TTL-(passed-rest-answer))})
		}
		steps = append(steps, step{Type: "dialer.attempt", After: rest})
		if d.chance(75) {
			steps = append(
				steps,
				step{Type: "dialer.success", After: answer},
				step{Type: "call.new", After: 50 * time.Millisecond},
				step{Type: "call.waiting", After: d.between(100*time.Millisecond, 400*time.Millisecond)},
			)
			return append(steps, conversation(d)...)
		}
		steps = append(steps, step{Type: "dialer.failure", After: answer, Reason: pick(d, "noanswer", "busy", "unavailable", "machine")})
		rest = plan.Gap
	}
	return append(steps, step{Type: "dialer.exceeded", After: 100 * time.Millisecond})
}

// dialedLife is the script of a call that the dialer action orders.
func dialedLife(seed uint64, index int, number, destination, code string, plan dialPlan) life {
	d := newDice(seed, diceDial, index)
	return life{
		Index: index, Trunk: vendor, Outbound: true, Their: number, Our: ourNumbers[vendor], Code: code, Queue: destination,
		Patience: d.between(20*time.Second, 70*time.Second), Wrap: d.between(time.Second, 3*time.Second),
		Agents: d.Perm(len(staff)), Steps: dialing(d, plan),
	}
}
