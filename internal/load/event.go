// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bytes"
	"strconv"
	"time"
)

// life is what a phone system tells of one inbound call that is answered.
var life = []string{"call.new", "call.standby", "call.waiting", "actor.entered", "call.ongoing", "actor.left", "call.finished"}

// agents is how many agents answer.
const agents = 50

// runName names a run by when it began, in the form in which phone systems
// begin their call ids, so that calls of later runs have later ids.
func runName(at time.Time) string {
	return strconv.FormatInt(at.UnixMilli(), 10)
}

// serialDigits keep the order of call ids as texts the order of the calls.
const serialDigits = 9

// appendCallID appends the id of a run's call number n.
func appendCallID(out []byte, run string, n int64) []byte {
	out = append(out, run...)
	out = append(out, '.')
	serial := strconv.AppendInt(nil, n, 10)
	for range serialDigits - len(serial) {
		out = append(out, '0')
	}
	return append(out, serial...)
}

// serialOf is the reverse of [appendCallID]; not ok for a call of another run.
func serialOf(run, callID string) (n int64, ok bool) {
	if len(callID) <= len(run)+1 || callID[:len(run)] != run || callID[len(run)] != '.' {
		return 0, false
	}
	n, err := strconv.ParseInt(callID[len(run)+1:], 10, 64)
	return n, err == nil
}

// event is what one request says.
type event struct {
	typ    string
	callID []byte
	caller int64 // which of the callers it is
	sid    int64 // tells events apart that are otherwise the same; -1 for none
	at     time.Time
}

// appendTo appends the event as the vendor's phone systems write it.
func (e *event) appendTo(out []byte) []byte {
	out = append(out, `{"type":"`...)
	out = append(out, e.typ...)
	out = append(out, `","call_id":"`...)
	out = append(out, e.callID...)
	if e.typ[0] == 'a' { // actor.*
		out = append(out, `","code":"","actor":"agent`...)
		out = strconv.AppendInt(out, e.caller%agents, 10)
		out = append(out, `@load.example","number":"`...)
		out = strconv.AppendInt(out, 200+e.caller%agents, 10)
		out = append(out, `","queue":"900`...)
	} else {
		out = append(out, `","code":"","direction":"inbound","our_number":"08007770000","their_number":"119555`...)
		out = strconv.AppendInt(out, 50000+e.caller, 10)
		out = append(out, `","their_number_type":"mobile`...)
		if e.typ == "call.waiting" {
			out = append(out, `","queue":"900`...)
		}
	}
	if e.sid >= 0 {
		out = append(out, `","sid":"`...)
		out = strconv.AppendInt(out, e.sid, 10)
	}
	out = append(out, `","timestamp":"`...)
	out = e.at.UTC().AppendFormat(out, "2006-01-02T15:04:05.000Z")
	return append(out, `"}`...)
}

// positionOf returns the event's place in the log, which the answer tells; 0 if
// it does not.
func positionOf(answer []byte) int64 {
	_, rest, found := bytes.Cut(answer, []byte(`"data":{"id":`))
	if !found {
		return 0
	}
	return number(rest)
}

// number reads the digits that text begins with.
func number(text []byte) (n int64) {
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
