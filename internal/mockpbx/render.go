// SPDX-License-Identifier: Apache-2.0

package mockpbx

import "time"

// queue is the queue a call was sent to; "" if it was sent to a phone.
func (c *played) queue() string {
	if c.Kind == kindPeer || c.Kind == "" && isExtension(c.destination) {
		return ""
	}
	return c.destination
}

func (c *played) direction() string {
	if c.Outbound {
		return "outbound"
	}
	return "inbound"
}

func (c *played) call(s step, at time.Time) callEvent {
	e := callEvent{
		Type: s.Type, CallID: c.callID, Code: c.Code, Direction: c.direction(),
		OurNumber: c.Our, TheirNumber: c.Their, Timestamp: stamp(at),
	}
	switch s.Type {
	case "call.new":
		if c.Their != "" && c.Their != "anonymous" {
			e.TheirNumberType = "mobile"
		}
	case "call.waiting":
		e.Queue = c.queue()
	}
	return e
}

func (c *played) actor(s step, at time.Time) actorEvent {
	e := actorEvent{
		Type: s.Type, CallID: c.callID, Code: c.Code, Actor: c.agent.Actor, Number: c.agent.Number,
		Queue: c.queue(), Timestamp: stamp(at),
	}
	if s.Type == "actor.noanswer" {
		e.RingSeconds = int(c.rang / time.Second)
	}
	return e
}

func (c *played) wrapped(s step, at time.Time) envelope {
	call := chamada{
		CallID: c.callID, Code: c.Code, Type: s.Type, Direction: c.direction(),
		OurNumber: c.Our, TheirNumber: c.Their, Timestamp: stamp(at),
	}
	if s.Type == "call.waiting" {
		call.Queue = c.queue()
	}
	if isActor(s.Type) {
		return wrapped(call, atendente{Actor: c.agent.Actor, Number: c.agent.Number})
	}
	return wrapped(call, atendente{})
}
