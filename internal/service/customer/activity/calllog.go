// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"cmp"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// What became of a call.
const (
	StatusSuccess   = "success"   // answered, and ended
	StatusMissed    = "missed"    // not answered
	StatusRejected  = "rejected"  // the last one it was offered to did not take it
	StatusBusy      = "busy"      // the line was
	StatusConnected = "connected" // answered; that it ended was never reported
)

// The directions of a call, seen from here.
const (
	Incoming = "incoming"
	Outgoing = "outgoing"
)

// directionOf returns which way a call went, "" for one that is no contact's.
// What was reported without a direction came in: only those who call out know
// that they do.
func directionOf(c *call.Call) string {
	switch c.Direction {
	case "outbound":
		return Outgoing
	case "internal":
		return ""
	default:
		return Incoming
	}
}

// reachedAt returns when somebody spoke with the other side, Unix ms; 0 if
// nobody has. In a call from here an agent is there first, so that only its
// going on tells that the other side took it.
func reachedAt(c *call.Call) int64 {
	if directionOf(c) == Outgoing {
		return c.OngoingAt
	}
	return c.AnsweredAt
}

// began returns when a call began, as far as its events tell.
func began(c *call.Call) int64 {
	at := cmp.Or(c.NewAt, c.StandbyAt, c.WaitingAt, c.AnsweredAt, c.OngoingAt, c.AbandonedAt, c.EndedAt)
	if c.EndedAt != 0 {
		at = min(at, c.EndedAt)
	}
	return at
}

// ended reports whether a call is over.
func ended(c *call.Call) bool { return c.State == call.StateFinished }

// statusOf returns what became of a call that has ended. busy says that its
// dialer met a busy line.
func statusOf(c *call.Call, busy bool) string {
	switch {
	case reachedAt(c) != 0 && c.Outcome == call.OutcomeExpired:
		return StatusConnected
	case reachedAt(c) != 0:
		return StatusSuccess
	case busy:
		return StatusBusy
	case c.AbandonedAt == 0 && refused(c):
		return StatusRejected
	default:
		return StatusMissed
	}
}

// refused reports whether the last offer of a call was not taken.
func refused(c *call.Call) bool {
	var offered, declined int64
	for i := range c.Participants {
		for _, s := range c.Participants[i].Segments {
			offered, declined = max(offered, s.RingAt), max(declined, s.NoAnswerAt)
		}
	}
	return declined != 0 && declined >= offered
}

// entryOf returns the entry about a call that has ended. Whose it is and who
// had the call is left to the caller.
func entryOf(c *live.Call, busy bool) Activity {
	s := &c.State
	start := began(s)
	body := Body{
		Status: statusOf(s, busy), CallLogID: c.CallID, Direction: directionOf(s), Source: s.TheirNumber, Destination: s.OurNumber,
		Start: start, End: s.EndedAt, Duration: seconds(start, s.EndedAt),
	}
	if body.Direction == Outgoing {
		body.Source, body.Destination = body.Destination, body.Source
	}
	return Activity{
		ID: eventlog.UUID(c.Tenant, live.Stream(c.Connector, c.CallID), TypeCallLog), Type: TypeCallLog, Origin: OriginLog,
		Body: body, Call: c.ID, At: start, CreatedAt: s.EndedAt, UpdatedAt: max(c.UpdatedAt, s.EndedAt),
	}
}
