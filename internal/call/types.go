// SPDX-License-Identifier: Apache-2.0

package call

import "strings"

// The types of event that the fold understands. Everything else inside the
// families of the phone systems is counted and kept, but moves nothing.
const (
	TypeNew       = "call.new"
	TypeStandby   = "call.standby"
	TypeWaiting   = "call.waiting"
	TypeOngoing   = "call.ongoing"
	TypeFinished  = "call.finished"
	TypeOverflow  = "call.overflow"
	TypeFollowMe  = "call.follow-me"
	TypeAbandon   = "call.queue-abandon"
	TypeRecording = "call.recording-available"
	TypeData      = "call.data-provided"
	TypeCPF       = "call.cpf-provided"
	TypeCNPJ      = "call.cnpj-provided"
	TypeRinging   = "actor.ringing"
	TypeNoAnswer  = "actor.noanswer"
	TypeEntered   = "actor.entered"
	TypeLeft      = "actor.left"
	// TypeExpired is Tandem's own: it closes a call whose end never came.
	TypeExpired = "live.expired"
)

// ranks orders the types within one instant, because phone systems report
// whole seconds: what must have come first in a sane life folds first.
var ranks = map[string]int{
	TypeNew:  10,
	TypeData: 15, TypeCPF: 15, TypeCNPJ: 15,
	TypeStandby:       20,
	"routing.decided": 22,
	"command.sent":    24, "command.missed": 24,
	// An overflow ends one wait and a call.waiting of the same instant begins the next.
	TypeOverflow: 28, TypeFollowMe: 28,
	TypeWaiting: 30,
	TypeRinging: 40, legacyRinging: 40,
	TypeNoAnswer: 45,
	TypeEntered:  50,
	TypeOngoing:  60, legacyOngoing: 60,
	TypeLeft:      70,
	TypeAbandon:   75,
	TypeFinished:  80,
	TypeRecording: 85,
	TypeExpired:   90,
}

const rankOther = 95

// Spellings of an old client of the vendor.
const (
	legacyOngoing = "call.on-going"
	legacyRinging = "peer.ringing"
)

// known are the documented types of the phone systems.
var known = map[string]bool{
	TypeNew: true, TypeStandby: true, TypeWaiting: true, TypeOngoing: true, TypeFinished: true,
	TypeOverflow: true, TypeFollowMe: true, TypeAbandon: true, TypeRecording: true,
	TypeData: true, TypeCPF: true, TypeCNPJ: true,
	TypeRinging: true, TypeNoAnswer: true, TypeEntered: true, TypeLeft: true,
	"actor.logged-in": true, "actor.logged-out": true, "actor.paused": true, "actor.unpaused": true,
	"dialer.attempt": true, "dialer.success": true, "dialer.failure": true, "dialer.expired": true, "dialer.exceeded": true,
	legacyOngoing: true, legacyRinging: true,
}

// Canonical returns the present spelling of a type.
func Canonical(typ string) string {
	switch typ {
	case legacyOngoing:
		return TypeOngoing
	case legacyRinging:
		return TypeRinging
	}
	return typ
}

// Known reports whether typ is a documented type of the phone systems, legacy
// spellings included.
func Known(typ string) bool { return known[typ] }

// Family returns the family of a phone system's type: "call", "actor",
// "dialer" or "peer", and "" for every other type, Tandem's own among them.
func Family(typ string) string {
	family, rest, _ := strings.Cut(typ, ".")
	if rest == "" {
		return ""
	}
	switch family {
	case "call", "actor", "dialer", "peer":
		return family
	}
	return ""
}

// IsCallEvent reports whether events of this type belong to a call, and so
// must name one: call.* (unknown ones too), what actors do in a call, and
// Tandem's own live.expired.
func IsCallEvent(typ string) bool {
	switch Canonical(typ) {
	case TypeRinging, TypeNoAnswer, TypeEntered, TypeLeft, TypeExpired:
		return true
	}
	return Family(typ) == "call"
}

// Rank is the place of a type among events of the same instant; lower is earlier.
func Rank(typ string) int {
	if rank, ok := ranks[typ]; ok {
		return rank
	}
	return rankOther
}

// Order is the place of an event in the fold. Its key makes it total.
type Order struct {
	At   int64  `json:"at"` // Unix ms
	Rank int    `json:"rank"`
	Key  string `json:"key"`
}

// Before reports whether a folds before b.
func Before(a, b Order) bool {
	if a.At != b.At {
		return a.At < b.At
	}
	if a.Rank != b.Rank {
		return a.Rank < b.Rank
	}
	return a.Key < b.Key
}
