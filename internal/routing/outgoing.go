// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
)

// outgoingState is where a call that is to be made stands.
//
//	requested ──► sent ──► dialing ──► connected
//	    │                    │  ▲
//	    ▼                    ▼  │ (retries)
//	  missed              failed, expired
type outgoingState string

const (
	outgoingRequested outgoingState = "requested" // written down
	outgoingSent      outgoingState = "sent"      // the phone system has taken the order
	outgoingDialing   outgoingState = "dialing"   // it dials, or rests before the next attempt
	outgoingConnected outgoingState = "connected"
	outgoingFailed    outgoingState = "failed"  // no attempt got through
	outgoingExpired   outgoingState = "expired" // its time was over
	outgoingMissed    outgoingState = "missed"  // the phone system could not be told
)

// reasonSilence is why a call counts as expired of which the phone system has
// told nothing.
const reasonSilence = "no_word"

// reasonNoAgent is why a call expired that was never dialled, since an agent was
// to answer first.
const reasonNoAgent = "no_agent"

// silence is how long after its time a phone system may still tell of a call.
const silence = time.Minute

// attempt is one time that a phone system dialled. Times are Unix milliseconds.
type dialled struct {
	at     int64
	endAt  int64  // 0 while it goes on
	reason string // why nobody was reached; "" for success, or while it goes on
	amd    string // what answered: human, machine, notsure; "" for nobody or not said
	callID string
}

// outgoing is what became of a call that was to be made.
type outgoing struct {
	state    outgoingState
	reason   string
	attempts []dialled
	callID   string // the phone system's name of the call that came of it
	status   int    // the phone system's answer to the order
}

// The dialer's events, in the order in which those of one instant happened.
var dialerRanks = map[string]int{
	typeRequested: 0, typeSent: 1, typeMissed: 1, "dialer.attempt": 2, "dialer.failure": 3, "dialer.success": 4, "dialer.exceeded": 5, "dialer.expired": 5,
}

// fold returns what became of a call: a function of the set of its events, and
// of the time for one of which nothing more is heard.
func (d *dial) fold(records []eventlog.Record, now int64) outgoing {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b eventlog.Record) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(dialerRanks[a.Type], dialerRanks[b.Type]), cmp.Compare(a.Key, b.Key))
	})
	o := outgoing{state: outgoingRequested}
	var sent, over, missed string
	failures := 0
	for i := range records {
		e, err := call.Decode(records[i].Type, records[i].Key, records[i].At, records[i].Data)
		if err != nil {
			continue
		}
		switch records[i].Type {
		case typeSent, typeMissed:
			var fact commandFact
			if json.Unmarshal(records[i].Data, &fact) == nil {
				sent, missed, o.status = records[i].Type, fact.Reason, fact.Status
			}
		case "dialer.attempt":
			o.attempts = append(o.attempts, dialled{at: e.At})
		case "dialer.failure":
			failures++
			a := o.open(e.At)
			a.endAt, a.reason, a.amd, a.callID = e.At, cmp.Or(e.Reason, "unknown"), e.AMDStatus, e.CallID
		case "dialer.success":
			a := o.open(e.At)
			a.endAt, a.amd, a.callID = e.At, e.AMDStatus, e.CallID
			o.state, o.callID = outgoingConnected, e.CallID
		case "dialer.exceeded", "dialer.expired":
			over = records[i].Type
		}
	}
	if o.state == outgoingConnected {
		return o
	}
	last := ""
	for _, a := range o.attempts {
		last = cmp.Or(a.reason, last)
	}
	switch {
	case over == "dialer.expired":
		o.state, o.reason = outgoingExpired, last
		if d.first == firstDestination && len(o.attempts) == 0 {
			o.reason = reasonNoAgent
		}
	case over != "", failures > d.retries:
		o.state, o.reason = outgoingFailed, last
	case len(o.attempts) > 0 && !d.silent(now):
		o.state, o.reason = outgoingDialing, last
	case sent == typeMissed && len(o.attempts) == 0:
		o.state, o.reason = outgoingMissed, missed
	case d.silent(now):
		o.state, o.reason = outgoingExpired, cmp.Or(last, reasonSilence)
	case sent == typeSent:
		o.state = outgoingSent
	}
	return o
}

// open returns the attempt that a result is about: the first that has none. A
// result of an attempt that was not reported is one of its own.
func (o *outgoing) open(at int64) *dialled {
	i := slices.IndexFunc(o.attempts, func(a dialled) bool { return a.endAt == 0 })
	if i < 0 {
		o.attempts = append(o.attempts, dialled{at: at})
		i = len(o.attempts) - 1
	}
	return &o.attempts[i]
}

// silent reports whether nothing more will be told of the call.
func (d *dial) silent(now int64) bool { return now > d.createdAt+(d.ttl+silence).Milliseconds() }

// outgoing reads what became of a call.
func (r *Routing) outgoing(ctx context.Context, d *dial) (outgoing, error) {
	records, err := r.log.ReadStream(ctx, d.tenant, dialPrefix+d.id, 0, recordsMax)
	if err != nil {
		return outgoing{}, err
	}
	if d.connector != 0 {
		theirs, err := r.log.ReadStream(ctx, d.tenant, dialerStream(d.connector, d.id), 0, recordsMax)
		if err != nil {
			return outgoing{}, err
		}
		records = append(records, theirs...)
	}
	return d.fold(records, r.now().UnixMilli()), nil
}

const recordsMax = 200 // of one call: a dialer tries at most a few dozen times

// dialerStream is where ingest puts the events of a phone system's dialer.
func dialerStream(connector int64, code string) string {
	return "dialer/" + strconv.FormatInt(connector, 10) + "/" + code
}
