// SPDX-License-Identifier: Apache-2.0

package call

// Kinds of anomaly. They depend on the set of events only, never on the order
// of arrival.
const (
	SkippedStage  = "skipped_stage"   // a stage before the reported one was never reported
	RepeatedStage = "repeated_stage"  // the stage the call was in already
	MovedBack     = "moved_back"      // a stage the call had passed; it stays where it is
	OrphanActor   = "orphan_actor"    // an actor event before any call.* event, or left without entered
	EndedTwice    = "ended_twice"     // call.finished after the end
	IDReused      = "id_reused"       // call.new after the end
	EventAfterEnd = "event_after_end" // anything else that cannot happen after the end
)

// Anomaly is something odd in the life of a call: what, how often, and of the
// first time a detail and the time.
type Anomaly struct {
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
	Detail string `json:"detail,omitempty"`
	At     int64  `json:"at"`
}

func (c *Call) anomaly(kind, detail string, at int64) {
	for i := range c.Anomalies {
		if c.Anomalies[i].Kind == kind {
			c.Anomalies[i].Count++
			return
		}
	}
	c.Anomalies = append(c.Anomalies, Anomaly{Kind: kind, Count: 1, Detail: clip(detail, detailMax), At: at})
}
