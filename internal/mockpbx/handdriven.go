// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// Indexes into stages.
const (
	stageNew = iota
	stageStandby
	stageWaiting
	stageFinished = 6
)

// handMax is how many hand-driven calls the PBX remembers; the oldest go first.
const handMax = 2_000

// handCall is a call that somebody drives event by event. It never moves by
// itself; besides the hand only a delegate moves it, to call.waiting.
type handCall struct {
	callID, their, our string
	stage              int // index into stages
	delegatedFrom      int // the stage at which a delegate found it; -1 if none moved it
}

// handBoard holds the hand-driven calls.
type handBoard struct {
	seed   uint64
	serial int
	byID   map[string]*handCall
	order  []string // ids, oldest first
	open   map[string]*handCall
}

func newHandBoard(seed uint64) *handBoard {
	return &handBoard{seed: seed, byID: map[string]*handCall{}, open: map[string]*handCall{}}
}

func (b *handBoard) find(callID string) (*handCall, bool) {
	c, found := b.byID[callID]
	return c, found
}

// drive takes one event by hand. It returns the call and whether the event
// moved it; or, as refusal, why the event does not fit.
func (b *handBoard) drive(now time.Time, their, our string, stage int) (c *handCall, moved bool, refusal string) {
	c, found := b.open[their]
	switch {
	case !found && stage != stageNew:
		return nil, false, `O primeiro evento deve ser "call.new"`
	case !found:
		return b.add(now, their, our), true, ""
	case c.reached(stage):
		return c, false, ""
	// The original lets a call in standby begin anew; whoever tests a
	// receiver's patience with events out of order relies on it.
	case stage == c.stage+1, stage == stageNew && c.stage == stageStandby:
		c.stage, c.delegatedFrom = stage, -1
		if stage == stageFinished {
			delete(b.open, their)
		}
		return c, true, ""
	}
	return nil, false, fmt.Sprintf(`O evento %q não é válido: o evento atual é %q e o próximo evento esperado é %q`,
		stages[stage], stages[c.stage], stages[c.stage+1])
}

func (b *handBoard) add(now time.Time, their, our string) *handCall {
	if len(b.order) >= handMax {
		oldest := b.byID[b.order[0]]
		delete(b.byID, oldest.callID)
		if b.open[oldest.their] == oldest {
			delete(b.open, oldest.their)
		}
		b.order = b.order[1:]
	}
	// The serials of the calls that run by themselves count from 0.
	c := &handCall{callID: timeID(b.seed, now, 1<<26+b.serial), their: their, our: our, delegatedFrom: -1}
	b.serial++
	b.byID[c.callID], b.open[their] = c, c
	b.order = append(b.order, c.callID)
	return c
}

// reached reports whether a delegate has already carried the call to stage or
// past it, so that the hand comes too late with it.
func (c *handCall) reached(stage int) bool {
	return c.stage == stageWaiting && c.delegatedFrom >= 0 && stage > c.delegatedFrom && stage <= stageWaiting
}

// delegate moves the call to call.waiting unless it is there or further.
func (c *handCall) delegate() bool {
	if c.stage >= stageWaiting {
		return false
	}
	c.delegatedFrom, c.stage = c.stage, stageWaiting
	return true
}

// postByHand sends the event that the call has just reached. The caller holds
// the lock.
func (p *PBX) postByHand(c *handCall, now time.Time) {
	eventType := stages[c.stage]
	p.exchange.send(pabx, c.callID, eventType, now, wrapped(chamada{
		CallID: c.callID, Type: eventType, Direction: "inbound",
		OurNumber: c.our, TheirNumber: c.their, Timestamp: p.exchange.stamp(now),
	}, atendente{}))
}

// driven is the body of POST /api/client/pabx/call.
type driven struct {
	TheirNumber *text `json:"their_number"`
	OurNumber   *text `json:"our_number"`
	Type        *text `json:"type"`
}

func (p *PBX) driveCall(w http.ResponseWriter, r *http.Request) {
	var in driven
	if status := readJSON(w, r, &in); status != http.StatusOK {
		writeText(w, status, http.StatusText(status))
		return
	}
	if faults := in.faults(); len(faults) > 0 {
		writeJSON(w, http.StatusBadRequest, faults)
		return
	}
	eventType := string(*in.Type)
	var refusal string
	p.act(func(now time.Time) {
		var c *handCall
		var moved bool
		c, moved, refusal = p.hand.drive(now, string(*in.TheirNumber), string(*in.OurNumber), slices.Index(stages, eventType))
		if moved {
			p.postByHand(c, now)
		}
	})
	if refusal != "" {
		writeText(w, http.StatusBadRequest, refusal)
		return
	}
	writeText(w, http.StatusOK, "call event received from pabx: "+eventType)
}

// fault is one failed rule about one field.
type fault struct {
	Location string `json:"location"`
	Param    string `json:"param"`
	Message  string `json:"msg"`
	Value    *text  `json:"value,omitempty"`
}

// faults lists every rule that the body breaks: a missing number breaks two.
func (in driven) faults() []fault {
	var list []fault
	for _, field := range []struct {
		name  string
		given *text
	}{{"their_number", in.TheirNumber}, {"our_number", in.OurNumber}} {
		if empty(field.given) {
			list = append(list, fault{"body", field.name, required(field.name), field.given})
		}
		if n := length(field.given); n < 10 {
			list = append(list, fault{"body", field.name, "o campo " + field.name + " deve ter no mínimo 10 caracteres!", field.given})
		} else if n > wordMax {
			// The original takes any length and keeps it in memory.
			list = append(list, fault{"body", field.name, "o campo " + field.name + " é longo demais!", nil})
		}
	}
	if empty(in.Type) {
		list = append(list, fault{"body", "type", required("type"), in.Type})
	}
	if in.Type == nil || !slices.Contains(stages, string(*in.Type)) {
		list = append(list, fault{"body", "type", "o campo type não é um evento válido!", in.Type})
	}
	return list
}

func empty(t *text) bool { return t == nil || *t == "" }

func length(t *text) int {
	if t == nil {
		return 0
	}
	return utf8.RuneCountInString(string(*t))
}

func required(name string) string { return "o campo " + name + " é obrigatório!" }

// delegateCall answers POST /api/client/actions.
func (p *PBX) delegateCall(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Type        text `json:"type"`
		CallID      text `json:"call_id"`
		Destination text `json:"destination"`
	}
	if status := readJSON(w, r, &in); status != http.StatusOK {
		writeText(w, status, http.StatusText(status))
		return
	}
	var faults []fault
	for _, field := range []struct {
		name  string
		given text
		max   int
	}{{"type", in.Type, wordMax}, {"call_id", in.CallID, callIDMax}, {"destination", in.Destination, wordMax}} {
		switch {
		case field.given == "":
			faults = append(faults, fault{"params", field.name, required(field.name), nil})
		case len(field.given) > field.max:
			faults = append(faults, fault{"params", field.name, "o campo " + field.name + " é longo demais!", nil})
		}
	}
	// The original sets the call to whatever type it is given, which lets a
	// delegate end a call; here it can only do what it is for.
	if in.Type != "" && in.Type != "call.waiting" && in.Type != "delegate" {
		faults = append(faults, fault{"params", "type", "o campo type deve ser call.waiting ou delegate!", nil})
	}
	if len(faults) > 0 {
		writeJSON(w, http.StatusBadRequest, faults)
		return
	}
	moved, err := p.delegate(string(in.CallID), string(in.Destination))
	switch {
	case err != nil:
		// The original stumbles over its own null here and answers 500 {}.
		writeJSON(w, http.StatusNotFound, []fault{{"params", "call_id", "a chamada não existe!", &in.CallID}})
	case moved:
		writeText(w, http.StatusCreated, delegated(in.Destination))
	default:
		writeText(w, http.StatusOK, delegated(in.Destination))
	}
}

func delegated(destination text) string {
	return "delegate success to call destination: " + html.EscapeString(string(destination))
}
