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
	StatusConnected = "connected" // answered, and goes on as far as anybody has reported
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

// worthEntry reports whether there is something to say of a call: it is over, or
// somebody speaks with the other side. Which side that is has to be known then.
func worthEntry(c *call.Call) bool {
	return ended(c) || c.Open() && c.ReachedAt() != 0 && c.Direction != ""
}

// statusOf returns what became of a call, as far as it has got. busy says that
// its dialer met a busy line.
func statusOf(c *call.Call, busy bool) string {
	switch {
	case c.ReachedAt() != 0 && (!ended(c) || c.Outcome == call.OutcomeExpired):
		return StatusConnected
	case c.ReachedAt() != 0:
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

// entryOf returns the entry about a call that is worth one. Whose it is and who
// had the call is left to the caller.
func entryOf(c *live.Call, busy bool) Activity {
	s := &c.State
	start := began(s)
	body := Body{
		Status: statusOf(s, busy), CallLogID: c.CallID, Direction: directionOf(s), Source: s.TheirNumber, Destination: s.OurNumber,
		Start: start, End: s.EndedAt,
	}
	if s.EndedAt != 0 {
		body.Duration = seconds(start, s.EndedAt)
	}
	if body.Direction == Outgoing {
		body.Source, body.Destination = body.Destination, body.Source
	}
	return Activity{
		ID: eventlog.RisingUUID(c.ID, c.Tenant, live.Stream(c.Connector, c.CallID), TypeCallLog), Type: TypeCallLog, Origin: OriginLog,
		Body: body, Call: c.ID, At: start, CreatedAt: cmp.Or(s.ReachedAt(), s.EndedAt), UpdatedAt: max(c.UpdatedAt, s.EndedAt),
	}
}
