// SPDX-License-Identifier: Apache-2.0

package call

import "slices"

const (
	participantsMax = 16
	segmentsMax     = 8 // per participant
)

// Participant is one actor of a call, known by e-mail or login, by extension,
// or, in dialects that send neither, not at all.
type Participant struct {
	Actor    string    `json:"actor,omitempty"`
	Number   string    `json:"number,omitempty"`
	Queue    string    `json:"queue,omitempty"` // the latest reported
	Segments []Segment `json:"segments,omitempty"`

	SegmentsOmitted int `json:"segments_omitted,omitempty"`
}

// Segment is one offer of the call to a participant and what came of it. A
// time that was not reported is 0; an open segment has no LeftAt.
type Segment struct {
	RingAt     int64 `json:"ring_at,omitempty"`
	EnteredAt  int64 `json:"entered_at,omitempty"`
	LeftAt     int64 `json:"left_at,omitempty"`
	NoAnswerAt int64 `json:"no_answer_at,omitempty"`
}

// ringing reports whether the offer is still open.
func (s Segment) ringing() bool { return s.RingAt != 0 && s.EnteredAt == 0 && s.NoAnswerAt == 0 }

// connected reports whether the participant is in the call.
func (s Segment) connected() bool { return s.EnteredAt != 0 && s.LeftAt == 0 }

func (p *Participant) last() *Segment {
	if len(p.Segments) == 0 {
		return &Segment{}
	}
	return &p.Segments[len(p.Segments)-1]
}

func (p *Participant) entered() bool {
	return slices.ContainsFunc(p.Segments, func(s Segment) bool { return s.EnteredAt != 0 })
}

// is reports whether an event of actor and number speaks of p: by name where
// both have one, else by extension.
func (p *Participant) is(actor, number string) bool {
	if actor != "" && p.Actor != "" {
		return actor == p.Actor
	}
	if number != "" && p.Number != "" {
		return number == p.Number
	}
	return actor == p.Actor && number == p.Number
}

// add begins a segment. When there are too many the oldest offer nobody took
// makes room, or else the oldest segment.
func (p *Participant) add(s Segment) {
	if len(p.Segments) == segmentsMax {
		i := max(0, slices.IndexFunc(p.Segments, func(s Segment) bool { return s.EnteredAt == 0 }))
		p.Segments = slices.Delete(p.Segments, i, i+1)
		p.SegmentsOmitted++
	}
	p.Segments = append(p.Segments, s)
}

func (c *Call) find(actor, number string) *Participant {
	for i := range c.Participants {
		if c.Participants[i].is(actor, number) {
			return &c.Participants[i]
		}
	}
	return nil
}

// participant returns the participant e speaks of, a new one if need be. When
// there are too many, the oldest that never entered makes room; when all
// entered the newcomer is only counted, and nil is returned.
func (c *Call) participant(e *Event) *Participant {
	actor, number, queue := clip(e.Actor, actorMax), clip(e.Number, numberMax), clip(e.Queue, numberMax)
	p := c.find(actor, number)
	if p == nil {
		if len(c.Participants) == participantsMax {
			c.ParticipantsOmitted++
			i := slices.IndexFunc(c.Participants, func(p Participant) bool { return !p.entered() })
			if i < 0 {
				return nil
			}
			c.Participants = slices.Delete(c.Participants, i, i+1)
		}
		c.Participants = append(c.Participants, Participant{Actor: actor, Number: number, Queue: queue})
		return &c.Participants[len(c.Participants)-1]
	}
	first(&p.Actor, actor)
	first(&p.Number, number)
	latest(&p.Queue, queue)
	return p
}

// rang, noAnswer, entered and left fold what actors do.

func (c *Call) rang(e *Event) {
	if p := c.participant(e); p != nil {
		p.add(Segment{RingAt: e.At})
	}
}

func (c *Call) noAnswer(e *Event) {
	p := c.participant(e)
	if p == nil {
		return
	}
	if s := p.last(); s.ringing() {
		s.NoAnswerAt = e.At
		return
	}
	p.add(Segment{NoAnswerAt: e.At})
}

func (c *Call) entered(e *Event) {
	c.CurrentActor, c.CurrentNumber = clip(e.Actor, actorMax), clip(e.Number, numberMax)
	if c.EnteredAt == 0 {
		c.EnteredAt, c.AnsweredAt = e.At, e.At
	}
	c.answerVisit(e.At, true)
	p := c.participant(e)
	if p == nil {
		return
	}
	c.CurrentActor, c.CurrentNumber = p.Actor, p.Number
	switch s := p.last(); {
	case s.ringing():
		s.EnteredAt = e.At
	case !s.connected():
		p.add(Segment{EnteredAt: e.At})
	}
}

func (c *Call) left(e *Event) {
	p := c.find(clip(e.Actor, actorMax), clip(e.Number, numberMax))
	switch {
	case p != nil && p.last().connected():
		p.last().LeftAt = e.At
	case c.Seen && c.ParticipantsOmitted == 0:
		c.anomaly(OrphanActor, "left without entered", e.At)
	}
	if c.State != StateFinished {
		c.current()
	}
}

// current settles who has the call now: the last to enter of those still in
// it, else the last who was, unless the call waits for somebody else.
func (c *Call) current() {
	var now *Participant
	for i := range c.Participants {
		p := &c.Participants[i]
		if p.last().connected() && (now == nil || p.last().EnteredAt >= now.last().EnteredAt) {
			now = p
		}
	}
	switch {
	case now != nil:
		c.CurrentActor, c.CurrentNumber = now.Actor, now.Number
	case c.State == StateWaiting:
		c.CurrentActor, c.CurrentNumber = "", ""
	}
}

// connected reports whether anybody is in the call.
func (c *Call) connected() bool {
	return slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.last().connected() })
}
