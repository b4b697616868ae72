// SPDX-License-Identifier: Apache-2.0

package call

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Event is one decoded fact of a phone system about a call. Texts are as sent,
// without NUL and as valid UTF-8; a field that was not reported is "".
type Event struct {
	Type   string
	CallID string

	Code            string
	Direction       string
	OurNumber       string
	TheirNumber     string
	TheirNumberType string
	Queue           string
	URL             string
	Actor           string
	Number          string // the actor's extension
	Data            string
	CPF             string
	CNPJ            string
	NPS             string
	Reason          string
	AMDStatus       string
	RingTime        float64 // seconds; 0 when not reported

	At  int64  // Unix ms, never 0: whoever stores an event without a time gives it one
	Key string // unique among the events of the call
}

// Order returns the event's place in the fold.
func (e Event) Order() Order { return Order{At: e.At, Rank: Rank(e.Type), Key: e.Key} }

// Empty reports whether e says nothing: phone systems send the CPF and CNPJ
// events with an empty number when the caller typed none.
func Empty(e Event) bool {
	switch e.Type {
	case TypeCPF:
		return strings.TrimSpace(e.CPF) == ""
	case TypeCNPJ:
		return strings.TrimSpace(e.CNPJ) == ""
	}
	return false
}

// Decode reads the JSON object data of an event. It is lenient about kinds: a
// number, a boolean, an object or a list where a text belongs is read as its
// JSON text, null as not reported. Unknown members are ignored, and so is the
// object's own type and time, which the caller has settled. The error says
// that data is no JSON object.
func Decode(typ, key string, at int64, data []byte) (Event, error) {
	e := Event{Type: typ, Key: key, At: at}
	s := &scanner{data: data}
	s.object(func(name []byte) {
		if field := e.field(name); field != nil {
			*field = s.text()
			return
		}
		if string(name) == "ringtime" {
			e.RingTime = seconds(s.text())
			return
		}
		s.skip()
	})
	s.end()
	if s.err != nil {
		return e, fmt.Errorf("decode %s: %w", typ, s.err)
	}
	return e, nil
}

// field returns where the member called name is kept, or nil.
func (e *Event) field(name []byte) *string {
	switch string(name) {
	case "call_id":
		return &e.CallID
	case "code":
		return &e.Code
	case "direction":
		return &e.Direction
	case "our_number":
		return &e.OurNumber
	case "their_number":
		return &e.TheirNumber
	case "their_number_type":
		return &e.TheirNumberType
	case "queue":
		return &e.Queue
	case "url":
		return &e.URL
	case "actor":
		return &e.Actor
	case "number":
		return &e.Number
	case "data":
		return &e.Data
	case "cpf":
		return &e.CPF
	case "cnpj":
		return &e.CNPJ
	case "nps":
		return &e.NPS
	case "reason":
		return &e.Reason
	case "amd_status":
		return &e.AMDStatus
	}
	return nil
}

// seconds reads a duration; nonsense counts as not reported.
func seconds(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return v
}
