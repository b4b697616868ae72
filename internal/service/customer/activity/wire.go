// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"strings"

	"tandem/internal/identity"
)

// activityBody is what belongs to an activity's type, as clients write it.
type activityBody struct {
	IDCallLog     *string `json:"idCalllog,omitempty" maxLength:"255" doc:"calllog: what the phone system calls the call"`
	Status        *string `json:"status,omitempty" maxLength:"20" doc:"calllog: success, missed, rejected, busy or connected; reminder: checked or unchecked; sms: pending, sent or failed"`
	Duration      *int64  `json:"duration,omitempty" doc:"calllog: seconds; when left out, from start to end"`
	Direction     *string `json:"direction,omitempty" maxLength:"20" doc:"calllog: incoming or outgoing"`
	Source        *string `json:"source,omitempty" maxLength:"100" doc:"calllog: number"`
	Destination   *string `json:"destination,omitempty" maxLength:"100" doc:"calllog: number"`
	Start         *int64  `json:"start,omitempty" doc:"calllog: Unix milliseconds"`
	End           *int64  `json:"end,omitempty" doc:"calllog: Unix milliseconds; not there while the call goes on"`
	RemindedAgent *string `json:"remindedAgent,omitempty" maxLength:"100" doc:"reminder: _id of an agent; when left out, the caller"`
	DueDate       *int64  `json:"duedate,omitempty" doc:"reminder: Unix milliseconds"`
	To            *string `json:"to,omitempty" maxLength:"100" doc:"sms: number; when left out, the contact's"`
	Error         *string `json:"error,omitempty" maxLength:"1000" doc:"sms: why it was not sent"`
}

// ActivityOwn is what the service itself says of an activity. It may be sent
// back, and is not looked at.
type ActivityOwn struct {
	ID        string        `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	Origin    string        `json:"origin,omitempty" maxLength:"10" readOnly:"true"`
	Call      *activityCall `json:"call,omitempty" readOnly:"true"`
	At        int64         `json:"at,omitempty" readOnly:"true"`
	CreatedAt int64         `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt int64         `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted   bool          `json:"deleted,omitempty" readOnly:"true"`
}

// activityWhole is an activity as clients write all of it.
type activityWhole struct {
	ActivityOwn

	Creator   string       `json:"creator,omitempty" maxLength:"100" doc:"_id of an agent; when left out, the caller"`
	IDContact string       `json:"idContact" maxLength:"100" doc:"_id of a contact"`
	Text      string       `json:"text,omitempty" maxLength:"10000"`
	Type      string       `json:"type" enum:"note,calllog,reminder,sms"`
	Body      activityBody `json:"body,omitempty" doc:"What belongs to the type; empty for a note"`
}

// activityPatch is an activity as clients write what changes.
type activityPatch struct {
	ActivityOwn

	Creator   *string      `json:"creator,omitempty" maxLength:"100"`
	IDContact *string      `json:"idContact,omitempty" maxLength:"100"`
	Text      *string      `json:"text,omitempty" maxLength:"10000"`
	Type      *string      `json:"type,omitempty" enum:"note,calllog,reminder,sms" doc:"Cannot be changed"`
	Body      activityBody `json:"body,omitempty"`
}

// given returns the members of a body that were sent, by name.
func (b *activityBody) given() map[string]bool {
	return map[string]bool{
		"idCalllog": b.IDCallLog != nil, "status": b.Status != nil, "duration": b.Duration != nil, "direction": b.Direction != nil,
		"source": b.Source != nil, "destination": b.Destination != nil, "start": b.Start != nil, "end": b.End != nil,
		"remindedAgent": b.RemindedAgent != nil, "duedate": b.DueDate != nil, "to": b.To != nil, "error": b.Error != nil,
	}
}

// checkBody refuses members that are another type's, with a hint whose.
func checkBody(kind string, b *activityBody) error {
	given := b.given()
	own := map[string]bool{}
	for _, name := range members[kind] {
		own[name] = true
	}
	var f faults
	for _, other := range types {
		for _, name := range members[other] {
			if given[name] && !own[name] {
				f.add("body."+name, "belongs to a "+other+"; a "+kind+" has "+listOf(members[kind]))
				given[name] = false
			}
		}
	}
	return f.problem()
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none of these"
	}
	return strings.Join(names, ", ")
}

// onto writes what was sent onto b.
func (b *activityBody) onto(to *Body) {
	put(&to.CallLogID, b.IDCallLog)
	put(&to.Status, b.Status)
	put(&to.Duration, b.Duration)
	put(&to.Direction, b.Direction)
	put(&to.Source, b.Source)
	put(&to.Destination, b.Destination)
	put(&to.Start, b.Start)
	put(&to.End, b.End)
	put(&to.RemindedAgent, b.RemindedAgent)
	put(&to.DueAt, b.DueDate)
	put(&to.To, b.To)
	put(&to.Error, b.Error)
}

func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// words returns what a client says of a new activity.
func (w *activityWhole) words() words {
	said := words{timed: w.Body.Duration != nil}
	said.Type, said.Creator, said.ContactID, said.Text = w.Type, w.Creator, w.IDContact, w.Text
	w.Body.onto(&said.Body)
	return said
}

// replace writes all of an activity; its creator stays when left out.
func (w *activityWhole) replace(to *words) {
	said := w.words()
	if said.Creator == "" {
		said.Creator = to.Creator
	}
	to.Type, to.Creator, to.ContactID, to.Text, to.Body, to.timed = said.Type, said.Creator, said.ContactID, said.Text, said.Body, said.timed
}

// change writes what was sent.
func (p *activityPatch) change(to *words) {
	put(&to.Type, p.Type)
	put(&to.Creator, p.Creator)
	put(&to.ContactID, p.IDContact)
	put(&to.Text, p.Text)
	p.Body.onto(&to.Body)
	to.timed = p.Body.Duration != nil || p.Body.Start == nil && p.Body.End == nil
}

// activityCall names a call.
type activityCall struct {
	ID int64 `json:"id" doc:"The call is at /api/v1/calls/{id}"`
}

// ActivityOutput is an activity on the wire.
type ActivityOutput struct {
	ID        string        `json:"_id"`
	Creator   string        `json:"creator" doc:"_id of who wrote it or had the call; empty for a call that no agent had"`
	IDContact string        `json:"idContact"`
	Text      string        `json:"text"`
	Type      string        `json:"type" enum:"note,calllog,reminder,sms"`
	Body      activityBody  `json:"body"`
	Origin    string        `json:"origin" enum:"log,api" doc:"log: Tandem wrote it about a call, and it cannot be changed. What is api is never counted in reports"`
	Call      *activityCall `json:"call" doc:"The call that an entry of origin log is about"`
	At        int64         `json:"at" doc:"Its place in the history: when a call began, else when it was written"`
	CreatedAt int64         `json:"createdAt"`
	UpdatedAt int64         `json:"updatedAt"`
	Deleted   bool          `json:"deleted"`
}

func onWire(a Activity) ActivityOutput {
	out := ActivityOutput{
		ID: a.ID, Creator: a.Creator, IDContact: a.ContactID, Text: a.Text, Type: a.Type, Origin: a.Origin, At: a.At,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Deleted: a.Deleted,
	}
	if a.Call != 0 {
		out.Call = &activityCall{a.Call}
	}
	b := a.Body
	switch a.Type {
	case TypeCallLog:
		out.Body = activityBody{
			IDCallLog: &b.CallLogID, Status: &b.Status, Duration: &b.Duration, Direction: &b.Direction,
			Source: &b.Source, Destination: &b.Destination, Start: &b.Start,
		}
		if b.End != 0 {
			out.Body.End = &b.End
		}
	case TypeReminder:
		out.Body = activityBody{RemindedAgent: &b.RemindedAgent, DueDate: &b.DueAt, Status: &b.Status}
	case TypeSMS:
		out.Body = activityBody{To: &b.To, Status: &b.Status}
		if b.Error != "" {
			out.Body.Error = &b.Error
		}
	}
	return out
}

// ownOnly returns the id of whoever asks if they may see their own data only.
func ownOnly(p identity.Principal) string {
	if p.OnlyOwn(identity.ActivityRead) {
		return p.ID
	}
	return ""
}
