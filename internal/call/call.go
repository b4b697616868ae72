// SPDX-License-Identifier: Apache-2.0

// Package call is the heart of the product: what a call is, what can happen to
// it, and what may happen next.
//
// A call is a function of the set of its events. They fold in the order (time
// of the event, rank of its type, key), so any permutation and any repetition
// of them gives the same call, and no event is ever refused for coming late,
// early or twice. Apply folds the next event in O(1); an event that belongs
// before the last one makes the caller Fold the whole set anew.
//
// The package is pure: no clock, no I/O, no goroutine.
package call

import "slices"

// State is where a call is in its life. Only call.* events move it.
//
//	"" ──► NEW ──► STANDBY ──► WAITING ◄──► ONGOING ──► FINISHED
//
// A call may begin at any state and skip forward over any number of them, since
// the phone systems' own flows do; the only step back is ONGOING to WAITING (a
// transfer to a queue). FINISHED is final.
type State string

// The states. A call of which only actor events or side facts (recordings,
// typed data, overflows) are known has none yet.
const (
	StateNone     State = ""
	StateNew      State = "NEW"
	StateStandby  State = "STANDBY"
	StateWaiting  State = "WAITING"
	StateOngoing  State = "ONGOING"
	StateFinished State = "FINISHED"
)

// Outcome is what became of a call that has ended; "" while it is open.
type Outcome string

// The outcomes.
const (
	OutcomeNone      Outcome = ""
	OutcomeAnswered  Outcome = "answered"
	OutcomeAbandoned Outcome = "abandoned" // waited in a queue, was not answered
	OutcomeMissed    Outcome = "missed"    // neither answered nor in a queue; of a call from here, that the other side did not take it
	OutcomeExpired   Outcome = "expired"   // closed because no end ever came
)

// Call is the state of one call, as far as its events tell. Times are Unix
// milliseconds; 0 means not reported. The phone systems report neither hold
// nor wrap-up, so a Call has no field for them rather than a zero.
//
// A Call holds slices: use Clone before applying an event to a copy. Its lists
// and texts are bounded, so that no storm of events makes it grow beyond 32 kB
// of JSON; what did not fit is counted in the …Omitted fields.
type Call struct {
	State     State   `json:"state,omitempty"`
	Outcome   Outcome `json:"outcome,omitempty"`
	Direction string  `json:"direction,omitempty"` // inbound, outbound, internal or ""
	Code      string  `json:"code,omitempty"`

	TheirNumber     string `json:"their_number,omitempty"` // as sent, the first reported
	TheirNumberType string `json:"their_number_type,omitempty"`
	OurNumber       string `json:"our_number,omitempty"`
	Queue           string `json:"queue,omitempty"` // the latest reported
	CurrentActor    string `json:"current_actor,omitempty"`
	CurrentNumber   string `json:"current_number,omitempty"`

	NewAt       int64  `json:"new_at,omitempty"`
	StandbyAt   int64  `json:"standby_at,omitempty"`
	WaitingAt   int64  `json:"waiting_at,omitempty"`  // the first wait; Visits has them all
	AnsweredAt  int64  `json:"answered_at,omitempty"` // first actor.entered, else call.ongoing
	EnteredAt   int64  `json:"entered_at,omitempty"`  // first actor.entered
	OngoingAt   int64  `json:"ongoing_at,omitempty"`
	AbandonedAt int64  `json:"abandoned_at,omitempty"` // call.queue-abandon
	FinishedAt  int64  `json:"finished_at,omitempty"`  // call.finished
	EndedAt     int64  `json:"ended_at,omitempty"`     // call.finished, else live.expired
	EndedBy     string `json:"ended_by,omitempty"`     // type of the event that ended it

	// Bucket is the one of the seven dashboard types the call is counted
	// under: the last of call.new, call.standby, call.waiting, actor.entered,
	// call.ongoing, actor.left, call.finished that took effect. "" means that
	// the call is not counted, exactly while State is "".
	Bucket string `json:"bucket,omitempty"`

	Participants []Participant `json:"participants,omitempty"`
	Visits       []Visit       `json:"visits,omitempty"`
	Recordings   []string      `json:"recordings,omitempty"` // URLs
	Provided     Provided      `json:"provided,omitzero"`
	Anomalies    []Anomaly     `json:"anomalies,omitempty"` // one per kind

	ParticipantsOmitted int `json:"participants_omitted,omitempty"`
	VisitsOmitted       int `json:"visits_omitted,omitempty"`
	RecordingsOmitted   int `json:"recordings_omitted,omitempty"`

	Seen   bool  `json:"seen,omitempty"` // a call.* event has come
	Events int   `json:"events"`         // folded so far
	LastAt int64 `json:"last_at"`        // time of the last folded event
	Last   Order `json:"last"`
}

// Provided is what the caller typed or was asked during the call; of each the
// latest.
type Provided struct {
	Data string `json:"data,omitempty"`
	CPF  string `json:"cpf,omitempty"`
	CNPJ string `json:"cnpj,omitempty"`
	NPS  string `json:"nps,omitempty"`
}

// Open reports whether the call lives: it has begun and not ended.
func (c *Call) Open() bool { return c.State != StateNone && c.State != StateFinished }

// ReachedAt returns when somebody spoke with the other side, Unix ms; 0 if
// nobody has. In a call from here an agent is there first, so that only its
// going on tells that the other side took it.
func (c *Call) ReachedAt() int64 {
	if c.Direction == "outbound" {
		return c.OngoingAt
	}
	return c.AnsweredAt
}

// Clone returns a copy that shares nothing with c.
func (c *Call) Clone() Call {
	d := *c
	d.Participants = slices.Clone(c.Participants)
	for i := range d.Participants {
		d.Participants[i].Segments = slices.Clone(d.Participants[i].Segments)
	}
	d.Visits = slices.Clone(c.Visits)
	d.Recordings = slices.Clone(c.Recordings)
	d.Anomalies = slices.Clone(c.Anomalies)
	return d
}
