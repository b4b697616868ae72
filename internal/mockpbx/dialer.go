// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"maps"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// dialPlan is how often the dialer tries a number, how long it rests between
// two attempts, and after how long it stops.
type dialPlan struct {
	Retries int
	Gap     time.Duration
	TTL     time.Duration
}

// dialOrder is one number of a dialer action.
type dialOrder struct {
	Number, Destination, Kind, Code string

	Plan       dialPlan
	AgentFirst bool // the destination rings before the number is dialled
}

// outcome is what one attempt of the dialer comes to. human and undetected
// connect the call; undetected is that nobody has listened for a machine. The
// others fail, for the reason of that name.
type outcome string

const (
	human      outcome = "human"
	undetected outcome = "undetected"
)

// outcomes are in the order in which shares of them are laid out for a throw.
var outcomes = []outcome{human, undetected, "noanswer", "busy", "unavailable", "machine", "notsure", "invalid"}

// connects reports whether a person is on the line.
func (o outcome) connects() bool { return o == human || o == undetected }

// amd is the word of the answering machine detection; "" if nobody answered.
func (o outcome) amd() string {
	switch o {
	case human, "machine", "notsure":
		return string(o)
	case undetected:
		return amdNone
	}
	return ""
}

// takes is how long an attempt lasts.
func (o outcome) takes(d dice) time.Duration {
	switch o {
	case "noanswer":
		return d.between(15*time.Second, 25*time.Second)
	case "busy", "unavailable":
		return d.between(time.Second, 4*time.Second)
	case "invalid":
		return d.between(200*time.Millisecond, 800*time.Millisecond)
	}
	return d.between(3*time.Second, 9*time.Second)
}

// dialerRules say what comes of the dialer's attempts.
type dialerRules struct {
	Shares  []share            // of outcomes, in their order
	Numbers map[string]outcome // numbers whose every attempt comes to the same
}

// testNumbers are in every scenario, so that whoever tests a dialer can have
// any outcome.
func testNumbers() map[string]outcome {
	return map[string]outcome{
		"0900000000": human, "0900000001": "busy", "0900000002": "noanswer", "0900000003": "unavailable",
		"0900000004": "invalid", "0900000005": "machine", "0900000006": "notsure", "0900000007": undetected,
	}
}

// attempt throws for the outcome of one attempt. A number may come in
// international form: +84900000001 is 0900000001.
func (r *dialerRules) attempt(d dice, number string) outcome {
	if digits, found := strings.CutPrefix(number, "+84"); found {
		number = "0" + digits
	}
	if fixed, found := r.Numbers[number]; found {
		return fixed
	}
	return outcomes[max(0, d.lot(r.Shares...))]
}

// dialing is how a call of the dialer goes. There is no standby in it: it is
// known from the start where the call will go. An attempt that rings when the
// time is over ends with it.
func (s *Scenario) dialing(d dice, number string, plan dialPlan) []step {
	var steps []step
	var rest, passed time.Duration
	for range plan.Retries + 1 {
		if passed+rest >= plan.TTL {
			return append(steps, step{Type: "dialer.expired", After: plan.TTL - passed})
		}
		o := s.dialer.attempt(d, number)
		took := o.takes(d)
		passed += rest
		steps = append(steps, step{Type: "dialer.attempt", After: rest})
		if passed+took > plan.TTL {
			return append(steps, step{Type: "dialer.expired", After: plan.TTL - passed})
		}
		passed += took
		if o.connects() {
			steps = append(
				steps,
				step{Type: "dialer.success", After: took, Outcome: o},
				step{Type: "call.new", After: 50 * time.Millisecond},
				step{Type: "call.waiting", After: d.between(100*time.Millisecond, 400*time.Millisecond)},
			)
			return append(steps, s.conversation(d)...)
		}
		steps = append(steps, step{Type: "dialer.failure", After: took, Outcome: o})
		rest = plan.Gap
	}
	return append(steps, step{Type: "dialer.exceeded", After: 100 * time.Millisecond})
}

// dialed is the script of a call that the dialer action orders.
func (s *Scenario) dialed(seed uint64, index int, o dialOrder) life {
	d := newDice(seed, diceDial, index)
	l := life{
		Index: index, Trunk: vendor, Outbound: true, Their: o.Number, Our: ourNumbers[vendor], Code: o.Code, Queue: o.Destination, Kind: o.Kind,
		Patience: s.patience.draw(d), Wrap: s.wrap.draw(d),
		Agents: d.Perm(s.agents()),
	}
	if o.AgentFirst {
		l.Steps = s.calling(d, o)
	} else {
		l.Steps = s.dialing(d, o.Number, o.Plan)
	}
	return l
}

// dial starts a call that the dialer was told to make. Without a vendor trunk
// it has no line to dial on, and nothing comes of it.
func (x *exchange) dial(now time.Time, o dialOrder) {
	index := x.dialed
	x.dialed++
	c := x.begin(x.scenario.dialed(x.seed, index, o), 2*index+1, now)
	if c != nil && o.AgentFirst {
		c.first = &agentFirst{order: o, over: now.Add(o.Plan.TTL), open: true}
	}
}

// amdNone is written as null.
const amdNone = "null"

// amdStatus is how dialer events say whether a person has answered.
type amdStatus string

// MarshalJSON implements json.Marshaler.
func (a amdStatus) MarshalJSON() ([]byte, error) {
	if a == amdNone {
		return []byte("null"), nil
	}
	return []byte(`"` + string(a) + `"`), nil // one of three plain words
}

// dialer renders an event of the dialer.
func (c *played) dialer(s step, at, shown time.Time) dialerEvent {
	e := dialerEvent{Type: s.Type, Code: c.Code, AMDStatus: amdStatus(s.Outcome.amd()), Timestamp: stamp(shown)}
	switch s.Type {
	case "dialer.attempt":
		e.Number = c.Their
	case "dialer.success":
		e.Number, e.CallID = c.Their, c.callID
	case "dialer.failure":
		e.Number, e.Reason = c.Their, string(s.Outcome)
		switch {
		case c.first != nil: // the call that the agent is in
			e.CallID = c.callID
		case e.AMDStatus != "": // somebody or something answered, so there was a call
			e.CallID = vendorID(at, c.serial)
		}
	}
	return e
}

func (r *reader) dialer(node ast.Node, rules *dialerRules) {
	r.keys(node, map[string]func(ast.Node){
		"outcomes": func(n ast.Node) { rules.Shares = r.outcomes(n) },
		"numbers": func(n ast.Node) {
			numbers := maps.Clone(rules.Numbers)
			r.pairs(n, func(number string, value ast.Node) { numbers[number] = r.outcome(value) })
			rules.Numbers = numbers
		},
	})
}

func (r *reader) outcomes(node ast.Node) []share {
	shares := make([]share, len(outcomes))
	known := map[string]func(ast.Node){}
	for i, o := range outcomes {
		known[string(o)] = func(n ast.Node) { shares[i] = r.share(n) }
	}
	r.keys(node, known)
	sum := share(0)
	for _, one := range shares {
		sum += one
	}
	if sum != whole {
		r.fail(node, "the outcomes are %v together; make them 100%%", sum)
	}
	return shares
}

func (r *reader) outcome(node ast.Node) outcome {
	words := make([]string, len(outcomes))
	for i, o := range outcomes {
		words[i] = string(o)
	}
	return outcome(r.choice(node, words))
}

func isDialer(eventType string) bool { return strings.HasPrefix(eventType, "dialer.") }

// What a dialer action may call its destination.
const kindPeer, kindQueue = "peer", "queue"
