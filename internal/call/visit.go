// SPDX-License-Identifier: Apache-2.0

package call

const visitsMax = 16

// How a call left a queue.
const (
	LeftAnswered  = "answered"
	LeftAbandoned = "abandoned"
	LeftOverflow  = "overflow"
	LeftFollowMe  = "follow-me"
	LeftMoved     = "moved" // a call.waiting of another queue came
)

// Visit is one stay of the call in a queue, from call.waiting until it was
// answered, abandoned or moved on. An open visit has neither To nor Left; a
// call closed by live.expired leaves it open, since nobody reported its end.
type Visit struct {
	Queue string `json:"queue,omitempty"`
	From  int64  `json:"from"`
	To    int64  `json:"to,omitempty"`
	Left  string `json:"left,omitempty"`
	// ByOngoing says that To is the time of call.ongoing; a later
	// actor.entered, the better witness of the answer, corrects it.
	ByOngoing bool `json:"by_ongoing,omitempty"`
}

// openVisit returns the visit that goes on, or nil.
func (c *Call) openVisit() *Visit {
	if len(c.Visits) == 0 {
		return nil
	}
	if v := &c.Visits[len(c.Visits)-1]; v.Left == "" && v.To == 0 {
		return v
	}
	return nil
}

// waitsIn reports whether a call.waiting for queue tells a waiting call
// nothing new: it waits there already, or an agent has just taken it from there.
func (c *Call) waitsIn(queue string) bool {
	n := len(c.Visits)
	if n == 0 {
		return false
	}
	v := &c.Visits[n-1]
	same := queue == "" || queue == v.Queue || v.Queue == ""
	return same && (c.openVisit() != nil || v.Left == LeftAnswered && c.connected())
}

// enterQueue begins a visit.
func (c *Call) enterQueue(queue string, at int64) {
	c.leaveQueue(at, LeftMoved)
	if len(c.Visits) == visitsMax {
		c.VisitsOmitted++
		return
	}
	c.Visits = append(c.Visits, Visit{Queue: queue, From: at})
}

// leaveQueue ends the visit that goes on, if any.
func (c *Call) leaveQueue(at int64, how string) {
	if v := c.openVisit(); v != nil {
		v.To, v.Left = at, how
	}
}

// answerVisit ends the visit that goes on as answered; an agent's entering
// corrects the time a call.ongoing gave.
func (c *Call) answerVisit(at int64, byActor bool) {
	if v := c.openVisit(); v != nil {
		v.To, v.Left, v.ByOngoing = at, LeftAnswered, !byActor
		return
	}
	if n := len(c.Visits); byActor && n > 0 && c.Visits[n-1].ByOngoing {
		c.Visits[n-1].To, c.Visits[n-1].ByOngoing = at, false
	}
}
