// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"net/http"
	"time"
)

// tallies count what the exchange does not: the answers to delegates, and the
// requests that met an outage.
type tallies struct {
	inTime, late, repeated, unknown int
	outages                         map[string]int // by mode
}

// statsAnswer is GET /stats. Events are conserved: sent = acknowledged +
// refused + dropped + pending, at any instant. Call records are not counted.
type statsAnswer struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	Start    string `json:"start"`
	Now      string `json:"now"` // on the PBX's clock

	Events    eventStats     `json:"events"`
	Faults    faultStats     `json:"faults"`
	Delegates delegateStats  `json:"delegates"`
	Calls     callStats      `json:"calls"`
	API       map[string]int `json:"api"` // requests that met an outage, by its mode
}

type (
	eventStats struct {
		Sent                 int `json:"sent"` // owed to the webhooks, copies and all
		Acknowledged         int `json:"acknowledged"`
		AcknowledgedCopies   int `json:"acknowledgedCopies"` // of these: duplicates
		Refused              int `json:"refused"`
		Dropped              int `json:"dropped"`
		DroppedByFault       int `json:"droppedByFault"`
		DroppedByFullQueue   int `json:"droppedByFullQueue"`
		DroppedAsUndelivered int `json:"droppedAsUndelivered"` // nobody took them for five minutes
		Pending              int `json:"pending"`
		Held                 int `json:"held"` // of these: held back by a fault
		Requests             int `json:"requests"`
	}
	faultStats struct {
		Dropped    int `json:"dropped"`
		Duplicates int `json:"duplicates"`
		Reordered  int `json:"reordered"` // were overtaken
		Late       int `json:"late"`
	}
	delegateStats struct {
		Received int `json:"received"`
		InTime   int `json:"inTime"`
		Late     int `json:"late"`     // the PBX had routed the call by itself
		Repeated int `json:"repeated"` // another had come before, or the call needs none
		Unknown  int `json:"unknown"`  // no such call
		Missed   int `json:"missed"`   // calls that the PBX routed by itself
	}
	callStats struct {
		Begun    int `json:"begun"`
		Answered int `json:"answered"`
		Finished int `json:"finished"`
		Live     int `json:"live"`
	}
)

// stats looks at all counters at one instant.
func (p *PBX) stats() statsAnswer {
	var s statsAnswer
	p.act(func(now time.Time) {
		x, f, t := p.exchange, &p.exchange.faults, &p.tallies
		s = statsAnswer{
			Scenario: p.scenario.Name, Seed: p.options.Seed, Start: stamp(p.clock.start), Now: stamp(now),
			Faults: faultStats{f.tally.dropped, f.tally.duplicates, f.tally.reordered, f.tally.late},
			Delegates: delegateStats{
				Received: t.inTime + t.late + t.repeated + t.unknown,
				InTime:   t.inTime, Late: t.late, Repeated: t.repeated, Unknown: t.unknown, Missed: x.count.missed,
			},
			Calls: callStats{Begun: x.count.begun, Answered: x.count.answered, Finished: x.count.finished, Live: x.live},
			API:   map[string]int{},
		}
		for _, mode := range outageModes {
			s.API[mode] = t.outages[mode]
		}
		// What has left the exchange is the poster's, all but what is on its way
		// between the two.
		p.poster.add(x.take()...)
		e := p.poster.counts()
		e.Sent, e.Held, e.DroppedByFault = f.tally.sent, f.holds, f.tally.dropped
		e.Pending += e.Held
		e.Dropped = e.DroppedByFault + e.DroppedByFullQueue + e.DroppedAsUndelivered
		s.Events = e
	})
	return s
}

func (p *PBX) showStats(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, p.stats())
}
