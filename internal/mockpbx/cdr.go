// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Bounds of the call records, all of which go out with each /get_cdr.
const (
	recordsEach    = 5     // new ones with each request
	recordsMax     = 5_000 // then no more
	simulationsMax = 100   // simulated calls at a time
)

// record is a call as the PBX that keeps call records writes it. What the call
// has not reached is null.
type record struct {
	UUID              string   `json:"uuid"`
	DomainName        string   `json:"domain_name"`
	CallerName        string   `json:"caller_name"`
	CallerNumber      int64    `json:"caller_number"`
	DestinationNumber int64    `json:"destination_number"`
	Direction         string   `json:"direction"`
	CallStart         *string  `json:"call_start"`
	RingStart         *string  `json:"ring_start"`
	AnswerStart       *string  `json:"answer_start"`
	CallEnd           *string  `json:"call_end"`
	Duration          *float64 `json:"duration"` // seconds, with a fraction
	Recording         string   `json:"recording"`
	ClickToCall       bool     `json:"click_to_call"`
	ClickToCallData   string   `json:"click_to_call_data"`
	Action            string   `json:"action"` // ORIGINATE, RING, ANSWERED or HANGUP
}

// recordBook makes and keeps call records.
type recordBook struct {
	seed      uint64
	start     time.Time
	generated int
	list      []record

	simulated int // calls that were ever simulated
	running   int
}

func newRecordBook(seed uint64, start time.Time) *recordBook {
	return &recordBook{seed: seed, start: start}
}

// more adds the next records of the seed. As with the original the first call
// starts an hour after the PBX and each next one an hour later, so most lie in
// the future.
func (b *recordBook) more() {
	for range recordsEach {
		if len(b.list) >= recordsMax {
			return
		}
		d := newDice(b.seed, diceRecord, b.generated)
		b.generated++
		r := blank(d)
		r.Direction = pick(d, "inbound", "outbound")
		at := b.start.Add(time.Duration(b.generated) * time.Hour)
		r.set("ORIGINATE", at)
		at = at.Add(d.between(time.Second, 4*time.Second))
		r.set("RING", at)
		at = at.Add(d.between(time.Second, 6*time.Second))
		r.set("ANSWERED", at)
		r.set("HANGUP", at.Add(d.between(time.Minute, 8*time.Minute)))
		b.list = append(b.list, r)
	}
}

// keep adds the record of a simulated call.
func (b *recordBook) keep(r record) {
	if len(b.list) < recordsMax {
		b.list = append(b.list, r)
	}
}

// blank is the record of a call that has not begun, between two mobiles in
// international form without the plus.
func blank(d dice) record {
	return record{
		UUID: randomID(d), DomainName: "pbx.demo.example", CallerNumber: international(mobile(d)),
		DestinationNumber: international(mobile(d)), Recording: randomID(d), Action: "START",
	}
}

// international turns 0912345678 into 84912345678.
func international(national string) int64 {
	n, err := strconv.ParseInt("84"+national[1:], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("mockpbx: %q is not a number", national))
	}
	return n
}

// set moves the record on to action, at at.
func (r *record) set(action string, at time.Time) {
	r.Action = action
	when := stamp(at)
	switch action {
	case "ORIGINATE":
		r.CallStart = &when
	case "RING":
		r.RingStart = &when
	case "ANSWERED":
		r.AnswerStart = &when
	case "HANGUP":
		r.CallEnd = &when
		if begun, err := time.Parse(time.RFC3339, *r.CallStart); err == nil {
			seconds := at.Sub(begun).Seconds()
			r.Duration = &seconds
		}
	}
}

// simulation is the course of one simulated call: a state and the time since
// the state before. About one in 25 never tells of its end.
func simulation(d dice) (steps []step, silent bool) {
	steps = []step{
		{Type: "ORIGINATE"},
		{Type: "RING", After: d.between(300*time.Millisecond, 3300*time.Millisecond)},
	}
	if d.chance(50 * onePercent) {
		steps = append(steps, step{Type: "ANSWERED", After: d.between(time.Second, 11*time.Second)})
	}
	return append(steps, step{Type: "HANGUP", After: d.between(time.Second, 21*time.Second)}), d.chance(4 * onePercent)
}

// simulate plans an outbound call that tells of itself at the call record
// webhook. The caller holds the lock, now and when the plan is due.
func (p *PBX) simulate(now time.Time) {
	b := p.records
	if b.running >= simulationsMax {
		return
	}
	b.running++
	d := newDice(p.options.Seed, diceSimulation, b.simulated)
	b.simulated++
	r := blank(d)
	r.Direction = "outbound"
	steps, silent := simulation(d)
	lane := "record/" + r.Recording
	for _, s := range steps {
		now = now.Add(s.After)
		p.exchange.plan(now, func(at time.Time) {
			r.set(s.Type, at)
			last := s.Type == "HANGUP"
			if last {
				b.running--
				b.keep(r)
			}
			if p.options.CDRWebhook != "" && (!last || !silent) {
				p.exchange.posts = append(p.exchange.posts, post{
					Lane: lane, To: p.options.CDRWebhook, Type: s.Type, Body: encode(r), Tenant: p.options.TenantUUID,
				})
			}
		})
	}
}

func (p *PBX) listRecords(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	p.records.more()
	list := p.records.list // only ever appended to, so it may be read without the lock
	p.mu.Unlock()
	w.Header().Set("tenant-uuid", p.options.TenantUUID)
	writeJSON(w, http.StatusOK, struct {
		Total int      `json:"total"`
		Data  []record `json:"data"`
	}{len(list), list})
}

func (p *PBX) simulateCall(w http.ResponseWriter, _ *http.Request) {
	p.act(p.simulate)
	writeJSON(w, http.StatusOK, map[string]string{"status": "firing webhooks"})
}
