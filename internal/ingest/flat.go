// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"encoding/json"
	"net/http"
	"strconv"

	"tandem/internal/call"
	"tandem/internal/eventlog"
)

// flat is the dialect of the vendor's own API and of the event store that
// listened to it: one event per request, answered with the stored event.
type flat struct{}

func (flat) path() string { return "/webhook" }
func (flat) name() string { return Delegate }

func (flat) parse(w *work, s *source, m message) ([]eventlog.Event, *refusal) {
	text, same, no := m.text()
	if no != nil {
		return nil, no
	}
	if err := w.object.read(text); err != nil {
		return nil, badBody("the body is not one JSON object")
	}
	e, no := s.event(&w.object, text, m.received)
	if no != nil {
		return nil, no
	}
	if isEmpty(&w.object, e.Type) {
		return nil, nil
	}
	if !same {
		e.Raw = m.body
	}
	return []eventlog.Event{e}, nil
}

// The members that the original kept of an event and gave back, in its order.
var (
	callMembers   = []string{"type", "call_id", "code", "direction", "our_number", "their_number", "their_number_type", "timestamp", "queue", "url"}
	actorMembers  = []string{"type", "call_id", "code", "actor", "number", "timestamp", "queue"}
	dialerMembers = []string{"type", "call_id", "code", "number", "reason", "amd_status", "timestamp"} // the original knew none
)

func membersOf(typ string) []string {
	switch call.Family(typ) {
	case "call":
		return callMembers
	case "dialer":
		return dialerMembers
	default:
		return actorMembers
	}
}

// accept answers with the stored event: the one of this request, or of the
// first that said the same. A request that said nothing has none.
func (flat) accept(rw http.ResponseWriter, w *work, outcomes []eventlog.Outcome) {
	out := w.answer[:0]
	out = append(out, `{"success":true,"code":200,"data":`...)
	if len(outcomes) == 0 {
		out = append(out, "null"...)
	} else {
		record := &outcomes[0].Record
		if outcomes[0].Duplicate {
			// What is given back is what was stored, however this one was spelt.
			_ = w.object.read(record.Data) // it was read once before
		}
		out = appendStored(out, record, &w.object)
	}
	out = append(out, `,"message":""}`...)
	w.answer = out
	rw.Header()["Content-Type"] = jsonType
	_, _ = rw.Write(out) // a sender that has gone needs no answer
}

// appendStored appends what the original calls a stored event. Its members are
// as they were sent, and absent when they were not.
func appendStored(out []byte, r *eventlog.Record, o *object) []byte {
	out = append(out, `{"id":`...)
	out = strconv.AppendInt(out, r.Position, 10)
	out = append(out, `,"aggregate_id":`...)
	out = appendQuoted(out, subjectOf(r.Stream))
	out = append(out, `,"uuid":"`...)
	out = append(out, eventlog.UUID(r.Tenant, r.Stream, r.Key)...)
	out = append(out, `","event":{`...)
	for _, name := range membersOf(r.Type) {
		value := o.find(name)
		if value == nil {
			continue
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = appendQuoted(out, name)
		out = append(out, ':')
		out = append(out, value...)
	}
	return append(out, "}}"...)
}

// flatRefusal is the original's answer to what it does not take. Its errors
// are always a list.
type flatRefusal struct {
	Success bool     `json:"success"`
	Code    int      `json:"code"`
	Errors  []string `json:"errors"`
	Message string   `json:"message"`
}

// invalid is the original's sentence on an event that lacks something.
func invalid(family string) string {
	switch family {
	case "call":
		return "Invalid Call Event"
	case "actor":
		return "Invalid Actor Event"
	default:
		return "Invalid Event"
	}
}

func (flat) refuse(rw http.ResponseWriter, no *refusal) {
	answer := flatRefusal{Code: no.status}
	switch no.kind {
	case refusedType:
		answer.Errors = []string{"no suitable eventHandler for this event"}
	case refusedField:
		answer.Errors = []string{invalid(no.family), no.reason}
	default:
		answer.Errors = []string{no.reason}
	}
	rw.Header()["Content-Type"] = jsonType
	rw.WriteHeader(no.status)
	_ = json.NewEncoder(rw).Encode(answer) // a sender that has gone needs no answer
}
