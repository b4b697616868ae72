// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"encoding/json"
	"strings"
	"time"
)

// post is one request that the PBX owes to somebody.
type post struct {
	Lane string // posts of one lane arrive in their order
	To   string // a URL; credentials may stand in it
	Type string // for the log
	Body []byte

	Tenant string // the header Tenant-UUID, on call records only
	Copy   bool   // a duplicate that a fault has made
	number int    // in the order of events; set on those that wait to be overtaken
}

// Flat events, as the vendor's PBX sends them. All numbers are strings.
type (
	callEvent struct {
		Type            string `json:"type"`
		CallID          string `json:"call_id"`
		Code            string `json:"code"`
		Direction       string `json:"direction"`
		OurNumber       string `json:"our_number"`
		TheirNumber     string `json:"their_number"`
		TheirNumberType string `json:"their_number_type,omitempty"`
		Queue           string `json:"queue,omitempty"`
		Timestamp       string `json:"timestamp"`
	}
	abandonEvent struct {
		Type      string `json:"type"`
		CallID    string `json:"call_id"`
		Queue     string `json:"queue,omitempty"`
		Timestamp string `json:"timestamp"`
	}
	actorEvent struct {
		Type        string `json:"type"`
		CallID      string `json:"call_id"`
		Code        string `json:"code"`
		Actor       string `json:"actor"`
		Number      string `json:"number"`
		Queue       string `json:"queue,omitempty"`
		RingSeconds int    `json:"ringtime,omitempty"`
		Timestamp   string `json:"timestamp"`
	}
	loginEvent struct {
		Type      string `json:"type"`
		Actor     string `json:"actor"`
		Number    string `json:"number"`
		Queue     string `json:"queue"`
		Timestamp string `json:"timestamp"`
	}
	recordingEvent struct {
		Type      string `json:"type"`
		CallID    string `json:"call_id"`
		URL       string `json:"url"`
		Timestamp string `json:"timestamp"`
	}
	dialerEvent struct {
		Type      string    `json:"type"`
		Number    string    `json:"number,omitempty"`
		Code      string    `json:"code"`
		CallID    string    `json:"call_id,omitempty"`
		AMDStatus amdStatus `json:"amd_status,omitempty"`
		Reason    string    `json:"reason,omitempty"`
		Timestamp string    `json:"timestamp"`
	}
)

// envelope is what the other kind of PBX sends. Its receivers know seven types
// and nothing else.
type envelope struct {
	Chamada   chamada   `json:"chamada"`
	Dados     dados     `json:"dados"`
	Atendente atendente `json:"atendente"`
	Dialer    struct{}  `json:"dialer"`
}

type (
	chamada struct {
		CallID      string `json:"call_id"`
		Code        string `json:"code"`
		Type        string `json:"type"`
		Direction   string `json:"direction"`
		OurNumber   string `json:"our_number"`
		TheirNumber string `json:"their_number"`
		Queue       string `json:"queue,omitempty"`
		Timestamp   string `json:"timestamp"`
	}
	dados struct {
		CallID    string `json:"call_id"`
		Type      string `json:"type"`
		CPF       string `json:"cpf"`
		Timestamp string `json:"timestamp"`
	}
	// atendente is empty in every sample there is, and on hand-driven calls;
	// the calls that run by themselves say in it who answered.
	atendente struct {
		Actor  string `json:"actor,omitempty"`
		Number string `json:"number,omitempty"`
	}
)

// stages are the seven types of the envelope, in the order of a call.
var stages = []string{"call.new", "call.standby", "call.waiting", "actor.entered", "call.ongoing", "actor.left", "call.finished"}

// wrapped is a call event in its envelope. The caller never types a tax number
// here, so cpf is empty.
func wrapped(c chamada, a atendente) envelope {
	return envelope{
		Chamada:   c,
		Dados:     dados{CallID: c.CallID, Type: "call.cpf-provided", Timestamp: c.Timestamp},
		Atendente: a,
	}
}

// stamp is how events write a time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// encode renders one of the events above, which cannot fail.
func encode(event any) []byte {
	body, err := json.Marshal(event)
	if err != nil {
		panic("mockpbx: an event cannot be encoded: " + err.Error())
	}
	return body
}

func isActor(eventType string) bool { return strings.HasPrefix(eventType, "actor.") }
