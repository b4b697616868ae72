// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"crypto/sha1" // UUID version 5 is made with it; it guards nothing
	"encoding/hex"
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

// appendStored appends what the original calls a stored event.
func appendStored(out []byte, r *eventlog.Record, o *object) []byte {
	subject := subjectOf(r.Stream)
	out = append(out, `{"id":`...)
	out = strconv.AppendInt(out, r.Position, 10)
	out = append(out, `,"aggregate_id":`...)
	out = appendQuoted(out, subject)
	out = append(out, `,"uuid":"`...)
	out = appendUUID(out, &r.Event)
	out = append(out, `","event":{`...)
	for _, name := range membersOf(r.Type) {
		value := o.find(name)
		if value == nil || value[0] == 'n' {
			continue
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = appendQuoted(out, name)
		out = append(out, ':')
		if name == "call_id" && value[0] != '"' {
			text, _ := o.text(name)
			out = appendQuoted(out, text) // a number that names a call is a name
			continue
		}
		out = append(out, value...)
	}
	return append(out, "}}"...)
}

// uuidSpace is the name space of the UUIDs of events: version 4, made once.
var uuidSpace = [16]byte{0x5b, 0x0e, 0x53, 0x1e, 0x8a, 0x0b, 0x4d, 0x0c, 0x9d, 0x3f, 0x61, 0x25, 0x2f, 0x7a, 0x90, 0x41}

// appendUUID appends the UUID of an event: version 5 of its tenant, stream and
// key, so that it is always the same and nobody need store it.
func appendUUID(out []byte, e *eventlog.Event) []byte {
	var room [512]byte
	name := append(room[:0], uuidSpace[:]...)
	name = strconv.AppendInt(name, e.Tenant, 10)
	name = append(append(name, ' '), e.Stream...)
	name = append(append(name, ' '), e.Key...)
	id := sha1.Sum(name)
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	for at, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:16]} {
		if at > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, part)
	}
	return out
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
