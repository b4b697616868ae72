// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"tandem/internal/call"
	"tandem/internal/live"
)

// engaged is how somebody, as the phone system calls them, stands to a call.
type engaged struct {
	Engagement

	actor, number string
}

// engagementsOf returns how each participant of a call stands to it. A call
// that has not begun, of which only what its agents did is known, engages
// nobody: its end might never be reported either.
func engagementsOf(c *live.Call) []engaged {
	if c.State.State == call.StateNone {
		return nil
	}
	list := make([]engaged, 0, len(c.State.Participants))
	for i := range c.State.Participants {
		p := &c.State.Participants[i]
		if p.Actor == "" && p.Number == "" || len(p.Segments) == 0 {
			continue
		}
		e := engagementOf(&c.State, i)
		e.Connector, e.CallID, e.ID = c.Connector, c.CallID, c.ID
		list = append(list, engaged{e, p.Actor, p.Number})
	}
	return list
}

// engagementOf returns how the i-th participant stands to the call.
func engagementOf(c *call.Call, i int) Engagement {
	segments := c.Participants[i].Segments
	e := Engagement{Phase: phaseOver}
	for _, s := range segments {
		left, over := s.LeftAt, max(s.LeftAt, s.NoAnswerAt)
		if over == 0 {
			over = c.EndedAt
		}
		if left == 0 && s.EnteredAt != 0 {
			left = c.EndedAt
		}
		if s.EnteredAt == 0 && s.NoAnswerAt == 0 {
			if by := takenBy(c, i, s.RingAt); by != 0 {
				over = by
			}
		}
		e.SeenAt = max(e.SeenAt, s.RingAt, s.EnteredAt)
		if s.EnteredAt != 0 {
			e.LeftAt = max(e.LeftAt, left)
		}
		e.Since = max(e.Since, over)
	}
	last := segments[len(segments)-1]
	switch {
	case !c.Open():
	case last.EnteredAt != 0 && last.LeftAt == 0:
		e.Phase, e.Since = phaseIn, last.EnteredAt
	case last.RingAt != 0 && last.EnteredAt == 0 && last.NoAnswerAt == 0 && takenBy(c, i, last.RingAt) == 0:
		e.Phase, e.Since = phaseRinging, last.RingAt
	}
	return e
}

// takenBy returns when somebody else took a call that rang at the i-th
// participant since ringAt: phone systems do not say that it stopped ringing
// there. 0 when nobody has.
func takenBy(c *call.Call, i int, ringAt int64) (at int64) {
	for k := range c.Participants {
		if k == i {
			continue
		}
		for _, s := range c.Participants[k].Segments {
			if s.EnteredAt >= ringAt && s.EnteredAt != 0 && (at == 0 || s.EnteredAt < at) {
				at = s.EnteredAt
			}
		}
	}
	return at
}
