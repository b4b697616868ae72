// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"slices"
	"strconv"
	"time"
)

// agent is a person with a phone. One call at a time.
type agent struct {
	Actor  string // login, as the events' actor has it
	Name   string
	Number string // extension
	Queues []string

	busy    bool // rings, talks or writes up a call
	on      bool // has logged in
	leaving bool // logs out after this call
}

// people are the agents of the demo, who come first in every scenario.
var people = []agent{
	{Actor: "ana@demo.example", Name: "Ana"},
	{Actor: "bruno@demo.example", Name: "Bruno"},
	{Actor: "chi@demo.example", Name: "Chi"},
	{Actor: "dung@demo.example", Name: "Dung"},
}

// firstExtension is the first agent's number; the others follow.
const firstExtension = 200

// agents is how many there are.
func (s *Scenario) agents() (total int) {
	for _, one := range s.shifts {
		total += one.Count
	}
	return total
}

// staff are the agents, as they are at the start.
func (s *Scenario) staff() []agent {
	list := make([]agent, 0, s.agents())
	for _, one := range s.shifts {
		for range one.Count {
			number := strconv.Itoa(firstExtension + len(list))
			a := agent{Actor: "agent" + number + "@demo.example", Name: "Agent " + number}
			if len(list) < len(people) {
				a = people[len(list)]
			}
			a.Number, a.Queues, a.on = number, one.Queues, one.Login == 0
			list = append(list, a)
		}
	}
	return list
}

// serves reports whether calls sent to destination, a queue or an extension,
// reach the agent. kind is what the destination was called, if it was.
func (a *agent) serves(destination, kind string) bool {
	return kind != kindQueue && a.Number == destination || kind != kindPeer && slices.Contains(a.Queues, destination)
}

// logIn has the agent take calls from now on, and tells of it once per queue.
func (x *exchange) logIn(a *agent, at time.Time) {
	a.leaving = false
	if !a.on {
		a.on = true
		x.tellOf(a, "actor.logged-in", at)
		x.free(a, at)
	}
}

// logOut lets the agent go, after the call if there is one.
func (x *exchange) logOut(a *agent, at time.Time) {
	if a.busy {
		a.leaving = true
		return
	}
	a.on, a.leaving = false, false
	x.tellOf(a, "actor.logged-out", at)
}

func (x *exchange) tellOf(a *agent, eventType string, at time.Time) {
	for _, queue := range a.Queues {
		x.send(vendor, "agents", eventType, at, loginEvent{eventType, a.Actor, a.Number, queue, x.stamp(at)})
	}
}

// isExtension tells a phone from a queue: extensions are 100 to 799.
func isExtension(destination string) bool {
	n, err := strconv.Atoi(destination)
	return err == nil && n >= 100 && n < 800
}
