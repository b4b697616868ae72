// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// playOut plays to the end what a PBX that nobody runs was told to do.
func playOut(p *PBX) (posts []post) {
	for _, lane := range p.poster.lanes { // what the poster has taken
		posts = append(posts, lane...)
	}
	for next, more := p.exchange.next(); more; next, more = p.exchange.next() {
		p.exchange.catchUp(next)
	}
	return append(posts, p.exchange.take()...)
}

// Where the destination is to ring first, an agent has answered before the
// number is dialled; without an agent it never is. Each attempt is a call of its
// own, and whatever the order comes to, the dialer says so in the vendor's words.
func TestDialerRingsTheAgentFirst(t *testing.T) {
	t.Parallel()

	offered := []string{"call.new", "call.waiting", "actor.ringing", "actor.entered"}
	failed := func(number, reason, more string) []string {
		return append(slices.Clone(offered),
			"dialer.attempt number="+number+" code=web-1", "dialer.failure number="+number+" code=web-1 reason="+reason+more+" call_id")
	}
	let := []string{"actor.left", "call.finished"}
	const exceeded, expired = "dialer.exceeded code=web-1", "dialer.expired code=web-1"
	tests := map[string]struct {
		order string
		want  []string
	}{
		"human": {`"numbers":["0900000000"],"destination":"900"`, append(slices.Clone(offered),
			"dialer.attempt number=0900000000 code=web-1", "dialer.success number=0900000000 code=web-1 amd_status=human call_id",
			"call.ongoing", "actor.left", "call.finished", "call.recording-available")},
		"busy":    {`"numbers":["0900000001"],"destination":"900"`, slices.Concat(failed("0900000001", "busy", ""), []string{exceeded}, let)},
		"machine": {`"numbers":["0900000005"],"destination":"202"`, slices.Concat(failed("0900000005", "machine", " amd_status=machine"), []string{exceeded}, let)},
		"retries used up": {`"numbers":["0900000001"],"destination":"900","retries":"1","retry_gap":"1m","ttl":"1h"`, slices.Concat(
			failed("0900000001", "busy", ""), let, failed("0900000001", "busy", ""), []string{exceeded}, let)},
		"ttl ends the rest": {`"numbers":["0900000001"],"destination":"900","retries":"5","retry_gap":"1m","ttl":"50s"`, slices.Concat(
			failed("0900000001", "busy", ""), let, []string{expired})},
		"ttl ends the dialling": {`"numbers":["0900000002"],"destination":"900","ttl":"12s"`, slices.Concat(
			offered, []string{"dialer.attempt number=0900000002 code=web-1", expired}, let)},
		"ttl ends the agent's ringing": {`"numbers":["0900000000"],"destination":"900","ttl":"2s"`, []string{
			"call.new", "call.waiting", "actor.ringing", "actor.noanswer", expired, "call.finished",
		}},
		"nobody serves it": {`"numbers":["0900000000"],"destination":"999"`, []string{"call.new", "call.waiting", expired, "call.finished"}},
		"no time at all":   {`"numbers":["0900000000"],"destination":"900","ttl":"0s"`, []string{"call.new", expired, "call.finished"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := resting()
			p.scenario.noAnswer, p.exchange.scenario.noAnswer = 0, 0
			status, answer := ask(p, http.MethodPost, "/actions", `{"type":"dialer","first":"destination","code":"web-1",`+test.order+`}`)
			if status != http.StatusOK {
				t.Fatalf("answer %d %s", status, answer)
			}
			posts := playOut(p)
			if got := dialerLines(t, posts); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			for _, post := range posts {
				var e callEvent
				if err := json.Unmarshal(post.Body, &e); err != nil {
					t.Fatal(err)
				}
				if e.Type == "call.new" && (e.Direction != "outbound" || e.Code != "web-1" || !strings.HasPrefix(e.TheirNumber, "09000000")) {
					t.Errorf("the call is %s", post.Body)
				}
			}
			if p.exchange.live != 0 {
				t.Errorf("%d calls go on for ever", p.exchange.live)
			}
		})
	}
}

// flowAgentFirst is how the events of one order may follow each other.
var flowAgentFirst = func() *regexp.Regexp {
	const offered = `call\.new call\.waiting (actor\.ringing actor\.noanswer )*actor\.ringing actor\.entered `
	const failed = offered + `dialer\.attempt dialer\.failure `
	const let = `actor\.left call\.finished `
	return regexp.MustCompile(`^(` + failed + let + `)*(` +
		offered + `dialer\.attempt dialer\.success call\.ongoing ` + let + `(call\.recording-available )?|` +
		failed + `dialer\.exceeded ` + let + `|` +
		offered + `(dialer\.attempt )?dialer\.expired ` + let + `|` +
		`call\.new (call\.waiting (actor\.ringing actor\.noanswer )*)?dialer\.expired call\.finished |` +
		`dialer\.expired )$`)
}()

// Whatever chance, the plan and the other calls do: no more attempts than were
// ordered, none without an agent on the line or after the time, retry_gap
// between two, and always an end. No agent has two calls at a time.
func TestAgentFirstKeepsToItsPlan(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		x := newExchange(gentle(), rapid.Uint64().Draw(t, "seed"), bothTrunks)
		plans := map[string]dialPlan{}
		for i := range rapid.IntRange(1, 6).Draw(t, "orders") {
			o := dialOrder{
				Number: "0912345678", Destination: rapid.SampledFrom([]string{"900", "901", "201", "999"}).Draw(t, "destination"), Code: fmt.Sprint(i),
				AgentFirst: true, Plan: dialPlan{
					Retries: rapid.IntRange(0, 4).Draw(t, "retries"),
					Gap:     time.Duration(rapid.IntRange(0, 60).Draw(t, "gap")) * time.Second,
					TTL:     time.Duration(rapid.IntRange(0, 300).Draw(t, "ttl")) * time.Second,
				},
			}
			plans[o.Code] = o.Plan
			x.dial(morning, o)
		}
		for next, more := x.next(); more; next, more = x.next() {
			x.catchUp(next)
		}
		posts := x.take()
		checkAgents(t, posts)
		orders := map[string][]heard{}
		codes := map[string]string{} // by call id
		for _, p := range posts {
			var e struct{ Code, Type string }
			if err := json.Unmarshal(p.Body, &e); err != nil {
				t.Fatal(err)
			}
			h := hear(t, p)
			if e.Code == "" { // what recordings do not say
				e.Code = codes[h.CallID]
			}
			codes[h.CallID] = e.Code
			orders[e.Code] = append(orders[e.Code], h)
		}
		for code, events := range orders {
			checkOrder(t, events, plans[code])
		}
		if len(orders) != len(plans) || x.live != 0 {
			t.Errorf("of %d orders %d were heard of, %d go on", len(plans), len(orders), x.live)
		}
	})
}

func checkOrder(t failer, events []heard, plan dialPlan) {
	var types strings.Builder
	var failed time.Time
	attempts := 0
	for i, e := range events {
		if i > 0 && e.At.Before(events[i-1].At) {
			t.Errorf("%s before %s", e.Type, events[i-1].Type)
		}
		if e.Type != "call.recording-available" {
			types.WriteString(e.Type + " ")
		}
		switch e.Type {
		case "call.new":
			if !failed.IsZero() && e.At.Sub(failed) < plan.Gap {
				t.Errorf("the next attempt comes %v after the failure", e.At.Sub(failed))
			}
		case "dialer.attempt":
			attempts++
		case "dialer.failure":
			failed = e.At
		}
		if isDialer(e.Type) && e.Type != "dialer.expired" && e.Type != "dialer.exceeded" && e.At.Sub(morning) > plan.TTL {
			t.Errorf("%s comes after %v", e.Type, e.At.Sub(morning))
		}
	}
	if attempts > plan.Retries+1 || !flowAgentFirst.MatchString(types.String()) {
		t.Errorf("%d attempts, planned %+v: %s", attempts, plan, types.String())
	}
}
