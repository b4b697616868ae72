// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// The events that presence reads beside those of phone systems.
const (
	typeState   = "agent.state"  // somebody chose what an agent does
	typeChanged = "user.changed" // somebody came, was changed or left
	// typeReplayed says that a replay has put rows right.
	typeReplayed = "presence.replayed"
)

// Agent is one person who takes calls, with what was reported of them.
type Agent struct {
	ID        string
	Login     string
	Name      string
	Email     string
	Role      string
	Extension string
	Queues    []string
	Facts     Facts
	Position  int64 // of the newest event that changed it
	Deleted   bool
}

// stateData is the data of agent.state.
type stateData struct {
	AgentID  string `json:"agent_id"`
	Login    string `json:"login"`
	State    State  `json:"state"`
	ReasonID string `json:"reason_id,omitempty"`
	Reason   string `json:"reason,omitempty"`
	By       string `json:"by"` // id of the user or key that chose
}

// changedData is what is read of user.changed.
type changedData struct {
	ID        string    `json:"id"`
	Change    string    `json:"change"`
	Login     string    `json:"login"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Role      string    `json:"role"`
	Extension string    `json:"extension"`
	Queues    *[]string `json:"queues"` // nil when not said
}

// roster is the agents of one tenant.
type roster struct {
	agents  map[string]*Agent     // by id
	dirty   map[string]bool       // changed since they were read
	engaged map[live.Ref][]string // ids of those whom a call that goes on engages
	watched map[live.Ref]bool     // calls that may engage agents before one is named again
	// Who a phone system means; made when needed.
	byEmail, byLogin, byExtension map[string]*Agent
}

func newRoster(agents []Agent) *roster {
	r := &roster{agents: map[string]*Agent{}, dirty: map[string]bool{}, engaged: map[live.Ref][]string{}, watched: map[live.Ref]bool{}}
	for i := range agents {
		a := &agents[i]
		r.agents[a.ID] = a
		for _, c := range a.Facts.Calls {
			if c.Phase != phaseOver {
				ref := live.Ref{Connector: c.Connector, CallID: c.CallID}
				r.engaged[ref] = append(r.engaged[ref], a.ID)
			}
		}
	}
	return r
}

// who returns the agent whom a phone system calls so: by e-mail, else by
// login, else by the extension. Of several the oldest counts. Nil for nobody.
func (r *roster) who(actor, number string) *Agent {
	if r.byEmail == nil {
		r.index()
	}
	if actor = strings.ToLower(actor); actor != "" {
		if a := cmp.Or(r.byEmail[actor], r.byLogin[actor]); a != nil {
			return a
		}
	}
	if number != "" {
		return r.byExtension[number]
	}
	return nil
}

func (r *roster) index() {
	r.byEmail, r.byLogin, r.byExtension = map[string]*Agent{}, map[string]*Agent{}, map[string]*Agent{}
	ids := make([]string, 0, len(r.agents))
	for id := range r.agents {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	add := func(index map[string]*Agent, key string, a *Agent) {
		if key != "" && index[key] == nil {
			index[key] = a
		}
	}
	for _, id := range ids {
		if a := r.agents[id]; !a.Deleted {
			add(r.byEmail, a.Email, a)
			add(r.byLogin, a.Login, a)
			add(r.byExtension, a.Extension, a)
		}
	}
}

// note marks an agent as changed by the event at position.
func (r *roster) note(a *Agent, position int64) {
	a.Position = max(a.Position, position)
	r.dirty[a.ID] = true
}

// take takes in a record, calls aside. What cannot be read says nothing.
func (r *roster) take(record *eventlog.Record) error {
	switch record.Type {
	case typeChanged:
		return r.change(record)
	case typeState:
		return r.choose(record)
	}
	if w, ok := words[record.Type]; ok {
		return r.hear(record, w)
	}
	return nil
}

// words are the events by which a phone system says what an agent does.
var words = map[string]word{
	"actor.logged-in": wordIn, "actor.logged-out": wordOut, "actor.paused": wordPaused, "actor.unpaused": wordUnpaused,
}

// reads reports whether records of this type are taken in.
func reads(typ string) bool { return typ == typeChanged || typ == typeState || words[typ] != "" }

// orderOf places a record among others about the same agent. Nothing can have
// happened after it was received, whatever the source's clock says.
func orderOf(r *eventlog.Record) call.Order {
	return call.Order{At: min(r.At, r.Received), Key: r.Key}
}

func (r *roster) change(record *eventlog.Record) error {
	var d changedData
	if err := json.Unmarshal(record.Data, &d); err != nil || d.ID == "" {
		return err
	}
	a := r.agents[d.ID]
	if a == nil {
		a = &Agent{ID: d.ID}
		r.agents[d.ID] = a
	}
	a.Login, a.Name, a.Email, a.Role, a.Extension = d.Login, d.Name, strings.ToLower(d.Email), d.Role, d.Extension
	if d.Queues != nil {
		a.Queues = *d.Queues
	}
	a.Deleted = d.Change == "deleted" || a.Deleted && d.Change != "restored"
	r.byEmail = nil
	r.note(a, record.Position)
	return nil
}

func (r *roster) choose(record *eventlog.Record) error {
	var d stateData
	if err := json.Unmarshal(record.Data, &d); err != nil {
		return fmt.Errorf("read %s: %w", record.Type, err)
	}
	if a := r.agents[d.AgentID]; a != nil {
		a.Facts.Choose(Choice{State: d.State, ReasonID: d.ReasonID, Reason: d.Reason, Order: orderOf(record)})
		r.note(a, record.Position)
	}
	return nil
}

func (r *roster) hear(record *eventlog.Record, w word) error {
	e, err := call.Decode(record.Type, record.Key, record.At, record.Data)
	if err != nil {
		return err
	}
	if a := r.who(e.Actor, e.Number); a != nil {
		a.Facts.Hear(Word{Connector: record.Connector, Queue: e.Queue, Word: w, Reason: e.Reason, Order: orderOf(record)})
		r.note(a, record.Position)
	}
	return nil
}

// concerns reports whether a record about a call may change what an agent does:
// it names one, or the call engages some. The others, most calls' most events,
// are passed over without a look at their call.
func (r *roster) concerns(ref live.Ref, record *eventlog.Record) bool {
	if r.engaged[ref] != nil || r.watched[ref] {
		return true
	}
	if len(r.agents) == 0 || !actors[call.Canonical(record.Type)] {
		return false
	}
	e, err := call.Decode(record.Type, record.Key, record.At, record.Data)
	return err == nil && r.who(e.Actor, e.Number) != nil
}

// actors are the events of calls that name an agent.
var actors = map[string]bool{call.TypeRinging: true, call.TypeNoAnswer: true, call.TypeEntered: true, call.TypeLeft: true}

const watchedMax = 1000 // calls of which only their agents are known

func (r *roster) watch(ref live.Ref) {
	if len(r.watched) >= watchedMax {
		clear(r.watched) // better the next than those that nothing came of
	}
	r.watched[ref] = true
}

// engage takes in how the participants of a call stand to it, as of the record
// at position. Whom it engaged before and who is none of them, it does not: a
// late event has shown that they were never part of it.
func (r *roster) engage(ref live.Ref, list []engaged, position int64) {
	before := r.engaged[ref]
	delete(r.engaged, ref)
	delete(r.watched, ref)
	stands := map[*Agent]Engagement{}
	for _, e := range list {
		a := r.who(e.actor, e.number)
		if a == nil {
			continue
		}
		// Reported now by name and now by number, one agent is two participants.
		if other, twice := stands[a]; !twice || e.Phase.rank() < other.Phase.rank() {
			stands[a] = e.Engagement
		}
	}
	for a, e := range stands {
		if e.Phase != phaseOver {
			r.engaged[ref] = append(r.engaged[ref], a.ID)
		}
		if a.Facts.Engage(e) {
			r.note(a, position)
		}
	}
	for _, id := range before {
		if _, still := stands[r.agents[id]]; !still {
			r.agents[id].Facts.Disengage(ref.Connector, ref.CallID)
			r.note(r.agents[id], position)
		}
	}
}
