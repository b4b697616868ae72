// SPDX-License-Identifier: Apache-2.0

// Package liveview is how a call looks to those who are outside: the live view
// and the call records show it the same way. It adds to the state of a call
// what other parts know: the names of callers, agents, queues and connectors.
package liveview

import (
	"maps"
	"time"

	"tandem/internal/call"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/phone"
)

// Connector is the phone system that a call came from.
type Connector struct {
	ID   int64  `json:"id"`
	Name string `json:"name" doc:"Empty while the name is not to be had"`
}

// Caller is the contact behind their number.
type Caller struct {
	ContactID string `json:"contactId"`
	Name      string `json:"name"`
}

// Queue is the queue a call was in last.
type Queue struct {
	Number string `json:"number"`
	Name   string `json:"name" doc:"Empty if the queue is not known here"`
}

// Agent is who has the call, or had it last.
type Agent struct {
	Actor  string `json:"actor" doc:"As the phone system calls them: an e-mail address or a login"`
	Number string `json:"number" doc:"Their extension"`
	Login  string `json:"login" doc:"Empty if nobody here goes by this actor"`
	Name   string `json:"name"`
}

// Times are the stages of a call; null where the phone system reported none.
type Times struct {
	New      *time.Time `json:"new"`
	Standby  *time.Time `json:"standby"`
	Waiting  *time.Time `json:"waiting" doc:"The first wait in a queue"`
	Answered *time.Time `json:"answered" doc:"The first agent entered, else the call went on"`
	Ongoing  *time.Time `json:"ongoing"`
	Finished *time.Time `json:"finished"`
	Ended    *time.Time `json:"ended" doc:"Finished, or closed because no end ever came"`
}

// Card is a call as the live view carries it.
type Card struct {
	ID             int64     `json:"id" doc:"Position of the call's first event"`
	CallID         string    `json:"callId" doc:"As the phone system calls it"`
	Connector      Connector `json:"connector"`
	State          string    `json:"state" enum:",NEW,STANDBY,WAITING,ONGOING,FINISHED" doc:"Empty before its first call.* event"`
	Direction      string    `json:"direction" doc:"inbound, outbound, internal or empty"`
	Outcome        string    `json:"outcome" enum:",answered,abandoned,missed,expired" doc:"Empty while the call is open"`
	Code           string    `json:"code"`
	TheirNumber    string    `json:"theirNumber" doc:"As sent"`
	OurNumber      string    `json:"ourNumber" doc:"As sent"`
	TheirNational  string    `json:"theirNational" doc:"As people here write it"`
	OurNational    string    `json:"ourNational"`
	MatchKey       string    `json:"matchKey" doc:"What all writings of their number have in common"`
	Withheld       bool      `json:"withheld" doc:"The caller hides the number"`
	Caller         *Caller   `json:"caller"`
	Queue          *Queue    `json:"queue"`
	Agent          *Agent    `json:"agent"`
	Times          Times     `json:"times"`
	HoldReported   bool      `json:"holdReported" doc:"Whether the phone system reports hold at all"`
	WrapUpReported bool      `json:"wrapUpReported" doc:"Whether the phone system reports wrap-up at all"`
	Events         int       `json:"events" doc:"How many events made this state"`
	UpdatedAt      time.Time `json:"updatedAt" doc:"When its newest event was received"`
	Position       int64     `json:"position" doc:"Of its newest event"`
}

// Participant is one actor of a call.
type Participant struct {
	Actor    string    `json:"actor"`
	Number   string    `json:"number"`
	Name     string    `json:"name"`
	Queue    string    `json:"queue"`
	Segments []Segment `json:"segments"`
}

// Segment is one offer of the call to a participant and what came of it.
type Segment struct {
	RingAt    *time.Time `json:"ringAt"`
	EnteredAt *time.Time `json:"enteredAt"`
	LeftAt    *time.Time `json:"leftAt" doc:"When they left the call, or no longer rang"`
	Outcome   string     `json:"outcome" enum:"ringing,noanswer,talking,left"`
}

// Anomaly is something odd in the life of a call.
type Anomaly struct {
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
	Detail string `json:"detail" doc:"Of the first time"`
}

// Provided is what the caller typed or was asked during the call.
type Provided struct {
	Data string `json:"data,omitempty"`
	CPF  string `json:"cpf,omitempty"`
	CNPJ string `json:"cnpj,omitempty"`
	NPS  string `json:"nps,omitempty"`
}

// Call is everything that is known of a call.
type Call struct {
	Card

	Participants []Participant `json:"participants"`
	Recordings   []string      `json:"recordings" doc:"Addresses, as the phone system gave them"`
	Provided     Provided      `json:"provided"`
	Anomalies    []Anomaly     `json:"anomalies"`
	Wish         *Wish         `json:"wish" doc:"Why the call was made, if Tandem had it made; its outgoing call has the call's code as its id"`
}

// Wish is who or what wanted a call to be made.
type Wish struct {
	By    string            `json:"by" doc:"Id of the user or key; empty for a visitor of a web site"`
	Agent string            `json:"agent" doc:"Id of the agent it was for; empty when it was for a number"`
	About map[string]string `json:"about" doc:"Where the wish came from: click_to_call and the page"`
}

// CardOf returns a call as the live view carries it. region is the tenant's.
func CardOf(c *live.Call, names Names, region string) Card {
	s := &c.State
	card := Card{
		ID: c.ID, CallID: c.CallID, Connector: Connector{c.Connector, names.connectors[c.Connector]},
		State: string(s.State), Direction: s.Direction, Outcome: string(s.Outcome), Code: s.Code,
		TheirNumber: s.TheirNumber, OurNumber: s.OurNumber,
		TheirNational: phone.National(s.TheirNumber, region), OurNational: phone.National(s.OurNumber, region),
		MatchKey: c.MatchKey, Withheld: withheld(s), Times: timesOf(s),
		Events: s.Events, UpdatedAt: httpapi.Instant(c.UpdatedAt), Position: c.Position,
	}
	if caller, ok := names.callers[c.MatchKey]; ok && c.MatchKey != "" {
		card.Caller = &Caller{caller.ContactID, caller.Name}
	}
	if s.Queue != "" {
		card.Queue = &Queue{s.Queue, names.queues[s.Queue]}
	}
	if s.CurrentActor != "" || s.CurrentNumber != "" {
		agent := names.agents[s.CurrentActor]
		card.Agent = &Agent{s.CurrentActor, s.CurrentNumber, agent.Login, agent.Name}
	}
	return card
}

// CallOf returns everything that is known of a call.
func CallOf(c *live.Call, names Names, region string) Call {
	s := &c.State
	full := Call{
		Card:         CardOf(c, names, region),
		Participants: make([]Participant, 0, len(s.Participants)),
		Recordings:   append([]string{}, s.Recordings...),
		Provided:     Provided{s.Provided.Data, s.Provided.CPF, s.Provided.CNPJ, s.Provided.NPS},
		Anomalies:    make([]Anomaly, 0, len(s.Anomalies)),
	}
	if w, ok := names.wishes[s.Code]; ok {
		full.Wish = &Wish{w.By, w.Agent, map[string]string{}}
		maps.Copy(full.Wish.About, w.About)
	}
	for _, p := range s.Participants {
		segments := make([]Segment, 0, len(p.Segments))
		for _, segment := range p.Segments {
			segments = append(segments, segmentOf(segment))
		}
		full.Participants = append(full.Participants, Participant{p.Actor, p.Number, names.agents[p.Actor].Name, p.Queue, segments})
	}
	for _, a := range s.Anomalies {
		full.Anomalies = append(full.Anomalies, Anomaly{a.Kind, a.Count, a.Detail})
	}
	return full
}

// withheld reports whether the caller hides the number. A call whose
// beginning was not reported has no number yet, which says nothing.
func withheld(s *call.Call) bool {
	return phone.Withheld(s.TheirNumber) && (s.TheirNumber != "" || s.NewAt != 0)
}

func timesOf(s *call.Call) Times {
	return Times{
		New: httpapi.Time(s.NewAt), Standby: httpapi.Time(s.StandbyAt), Waiting: httpapi.Time(s.WaitingAt),
		Answered: httpapi.Time(s.AnsweredAt), Ongoing: httpapi.Time(s.OngoingAt),
		Finished: httpapi.Time(s.FinishedAt), Ended: httpapi.Time(s.EndedAt),
	}
}

func segmentOf(s call.Segment) Segment {
	segment := Segment{RingAt: httpapi.Time(s.RingAt), EnteredAt: httpapi.Time(s.EnteredAt), LeftAt: httpapi.Time(s.LeftAt)}
	switch {
	case s.LeftAt != 0:
		segment.Outcome = "left"
	case s.EnteredAt != 0:
		segment.Outcome = "talking"
	case s.NoAnswerAt != 0:
		segment.Outcome, segment.LeftAt = "noanswer", httpapi.Time(s.NoAnswerAt)
	default:
		segment.Outcome = "ringing"
	}
	return segment
}
