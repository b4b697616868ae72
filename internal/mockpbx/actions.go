// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Bounds of what an action may ask for.
const (
	wordMax    = 64 // bytes of a destination, a code, a number
	callIDMax  = 255
	numbersMax = 100 // numbers that one dialer action calls
	retriesMax = 10
	durationMx = 24 * time.Hour
)

// action is the body of POST /actions: a delegate or an order to the dialer.
type action struct {
	Type            text   `json:"type"`
	CallID          text   `json:"call_id"`
	Destination     text   `json:"destination"`
	DestinationType text   `json:"destination_type"` // peer or queue; left out, the number tells
	First           text   `json:"first"`            // number or destination; left out, number
	Numbers         []text `json:"numbers"`
	Code            text   `json:"code"`
	Retries         text   `json:"retries"`
	RetryGap        text   `json:"retry_gap"` // such as 10s
	TTL             text   `json:"ttl"`       // such as 5m
}

func (p *PBX) postAction(w http.ResponseWriter, r *http.Request) {
	var a action
	if status := readJSON(w, r, &a); status != http.StatusOK {
		writeError(w, status, reasonOf(status))
		return
	}
	if a.Destination == "" {
		writeError(w, http.StatusBadRequest, "destination is required")
		return
	}
	if len(a.Destination) > wordMax || len(a.Code) > wordMax || len(a.CallID) > callIDMax {
		writeError(w, http.StatusBadRequest, "destination, code or call_id is too long")
		return
	}
	switch a.Type {
	case "delegate", "call.waiting":
		p.answerDelegate(w, a)
	case "dialer":
		p.answerDialer(w, a)
	case "":
		writeError(w, http.StatusBadRequest, "type is required")
	default:
		writeError(w, http.StatusBadRequest, "type is neither delegate nor dialer")
	}
}

func (p *PBX) answerDelegate(w http.ResponseWriter, a action) {
	if a.CallID == "" {
		writeError(w, http.StatusBadRequest, "call_id is required")
		return
	}
	if _, err := p.delegate(string(a.CallID), string(a.Destination)); err != nil {
		writeError(w, http.StatusNotFound, err.Error())
		return
	}
	writeOK(w)
}

// delegate sends a call, hand-driven or not, to a destination, and counts. It
// reports whether the call moved; the error is errNoCall.
func (p *PBX) delegate(callID, destination string) (moved bool, err error) {
	p.act(func(now time.Time) {
		result := verdictRepeated
		if c, found := p.hand.find(callID); found {
			if c.delegate() {
				result = verdictMoved
				p.postByHand(c, now)
			}
		} else {
			result, err = p.exchange.delegate(now, callID, destination)
		}
		moved = err == nil && result == verdictMoved
		switch {
		case err != nil:
			p.tallies.unknown++
		case moved:
			p.tallies.inTime++
		case result == verdictLate:
			p.tallies.late++
		default:
			p.tallies.repeated++
		}
	})
	return moved, err
}

func (p *PBX) answerDialer(w http.ResponseWriter, a action) {
	if len(a.Numbers) == 0 || len(a.Numbers) > numbersMax {
		writeError(w, http.StatusBadRequest, "numbers is not a list of 1 to 100 numbers")
		return
	}
	for _, number := range a.Numbers {
		if number == "" || len(number) > wordMax {
			writeError(w, http.StatusBadRequest, "numbers has an empty or too long number")
			return
		}
	}
	if a.DestinationType != "" && a.DestinationType != kindPeer && a.DestinationType != kindQueue {
		writeError(w, http.StatusBadRequest, "destination_type is neither peer nor queue")
		return
	}
	if a.First != "" && a.First != firstNumber && a.First != firstDestination {
		writeError(w, http.StatusBadRequest, "first is neither number nor destination")
		return
	}
	plan, err := a.plan()
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	full := false
	p.act(func(now time.Time) {
		if full = p.exchange.live+len(a.Numbers) > liveMax; full {
			return
		}
		for _, number := range a.Numbers {
			p.exchange.dial(now, dialOrder{
				Number: string(number), Destination: string(a.Destination), Kind: string(a.DestinationType), Code: string(a.Code),
				Plan: plan, AgentFirst: a.First == firstDestination,
			})
		}
	})
	if full {
		writeError(w, http.StatusServiceUnavailable, "too many calls at a time")
		return
	}
	writeOK(w)
}

// plan reads what the dialer is told about time. Left out, the dialer tries
// once and has five minutes for it.
func (a action) plan() (dialPlan, error) {
	plan := dialPlan{Gap: 10 * time.Second, TTL: 5 * time.Minute}
	if a.Retries != "" {
		retries, err := strconv.Atoi(string(a.Retries))
		if err != nil || retries < 0 || retries > retriesMax {
			return plan, errors.New("retries is not a number from 0 to 10")
		}
		plan.Retries = retries
	}
	for _, field := range []struct {
		name  string
		given text
		into  *time.Duration
	}{{"retry_gap", a.RetryGap, &plan.Gap}, {"ttl", a.TTL, &plan.TTL}} {
		if field.given == "" {
			continue
		}
		d, err := time.ParseDuration(string(field.given))
		if err != nil || d < 0 || d > durationMx {
			return plan, errors.New(field.name + " is not a duration such as 10s, of a day at most")
		}
		*field.into = d.Truncate(time.Millisecond)
	}
	return plan, nil
}

type peer struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

func (p *PBX) listPeers(w http.ResponseWriter, _ *http.Request) {
	staff := p.scenario.staff()
	list := make([]peer, len(staff))
	for i, a := range staff {
		list[i] = peer{a.Name, a.Number}
	}
	// The vendor's size is a string.
	writeJSON(w, http.StatusOK, struct {
		Size string `json:"size"`
		List []peer `json:"list"`
	}{strconv.Itoa(len(list)), list})
}

func writeOK(w http.ResponseWriter) { writeJSON(w, http.StatusOK, map[string]string{"status": "ok"}) }
