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
	Type  string        // of the event that tells of it
	After time.Duration // since the step before, or at the earliest since then if it waits
	Wait  wait

	Outcome outcome // of the dialer's attempt
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
	Kind     string // of Queue: peer, queue, or "" if its number tells
	Steps    []step
	Patience time.Duration // how long the caller waits for an agent
	Wrap     time.Duration // how long the agent is busy after the call
	Agents   []int         // indexes of agents, whom the call prefers
}

const (
	firstMin, firstMax = time.Second, 2 * time.Second // until the first call
	delegateWait       = 10 * time.Second             // then the PBX routes by itself
	defaultQueue       = "900"
)

// life is the script of call index. It is a function of its arguments alone.
func (s *Scenario) life(seed uint64, index int) life {
	d := newDice(seed, diceLife, index)
	l := life{Index: index, Trunk: vendor, Their: s.caller(seed, index)}
	l.Patience = s.patience.draw(d)
	l.Wrap = s.wrap.draw(d)
	l.Agents = d.Perm(s.agents())
	switch {
	case d.chance(s.outbound):
		l.Outbound, l.Queue = true, pick(d, "900", "901")
		l.Code = fmt.Sprintf("camp-%d", index)
		l.Steps = s.dialing(d, l.Their, dialPlan{Retries: 1, Gap: 10 * time.Second, TTL: 5 * time.Minute})
	default:
		if d.chance(s.pabx) {
			l.Trunk = pabx
		}
		if d.chance(s.withheld) {
			l.Their = withheld(d, l.Trunk)
		}
		l.Steps = s.inbound(d)
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
func (s *Scenario) inbound(d dice) []step {
	steps := []step{
		{Type: "call.new"},
		{Type: "call.standby", After: d.between(200*time.Millisecond, time.Second)},
		// The PBX takes a moment to move the caller. A delegate that comes
		// within it does not change a byte of what follows.
		{Type: "call.waiting", After: d.between(200*time.Millisecond, 500*time.Millisecond), Wait: waitDelegate},
	}
	switch d.lot(s.hangUps, s.unheard, s.noAnswer) {
	case 0:
		return append(steps, abandon(s.hangUp.draw(d))...)
	case 1:
		steps = append(steps, missed(d)...)
		return append(steps, abandon(d.between(500*time.Millisecond, 2*time.Second))...)
	case 2:
		steps = append(steps, missed(d)...)
	}
	return append(steps, s.conversation(d)...)
}

// missed is an agent's phone that rings in vain.
func missed(d dice) []step {
	return []step{
		{Type: "actor.ringing", After: d.between(300*time.Millisecond, 1500*time.Millisecond), Wait: waitAgent},
		{Type: "actor.noanswer", After: d.between(8*time.Second, 14*time.Second).Truncate(time.Second)},
	}
}

// conversation is an agent who picks up, talks and leaves.
func (s *Scenario) conversation(d dice) []step {
	talk := s.talk.draw(d)
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
