// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var morning = time.Date(2026, 3, 4, 1, 0, 0, 0, time.UTC)

var bothTrunks = map[trunk]string{vendor: "http://tandem/webhook", pabx: "http://tandem/api/client/webhook"}

// heard is an event as a receiver reads it, from either trunk.
type heard struct {
	Type, CallID, Queue, Actor, Number, Reason, URL string
	Direction, Their                                string
	Trunk                                           trunk
	At                                              time.Time
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func hear(t failer, p post) heard {
	var flat struct {
		Type, Queue, Actor, Number, Reason, Timestamp, Direction, URL string
		CallID                                                        string `json:"call_id"`
		Their                                                         string `json:"their_number"`
	}
	h := heard{Trunk: vendor}
	body := p.Body
	if p.To == bothTrunks[pabx] {
		var sent struct {
			Chamada   json.RawMessage
			Atendente atendente
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		h.Trunk, body = pabx, sent.Chamada
		flat.Actor, flat.Number = sent.Atendente.Actor, sent.Atendente.Number
	}
	if err := json.Unmarshal(body, &flat); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	at, err := time.Parse(time.RFC3339, flat.Timestamp)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	h.Type, h.CallID, h.Queue, h.Actor, h.Number, h.Reason = flat.Type, flat.CallID, flat.Queue, flat.Actor, flat.Number, flat.Reason
	h.Direction, h.Their, h.At, h.URL = flat.Direction, flat.Their, at, flat.URL
	return h
}

// playFor plays an exchange for a while; decide says, for each standby, how
// long the delegate takes and where it sends the call ("" sends none).
func playFor(t failer, x *exchange, length time.Duration, decide func(heard) (time.Duration, string)) (all []post) {
	x.open(morning)
	for end := morning.Add(length); ; {
		for _, p := range x.take() {
			all = append(all, p)
			if h := hear(t, p); h.Type == "call.standby" {
				after, destination := decide(h)
				if destination == "" {
					continue
				}
				x.plan(h.At.Add(after), func(at time.Time) {
					if _, err := x.delegate(at, h.CallID, destination); err != nil {
						t.Fatalf("delegate %s: %v", h.CallID, err)
					}
				})
			}
		}
		next, _ := x.next()
		if next.After(end) {
			return all
		}
		x.catchUp(next)
	}
}

func prompt(heard) (time.Duration, string) { return 15 * time.Millisecond, "901" }

// Same seed, same start: the same bytes in the same order. A delegate a few
// milliseconds sooner or later does not change one of them.
func TestSameSeedGivesSameBytes(t *testing.T) {
	t.Parallel()

	render := func(seed uint64, after time.Duration) []byte {
		var b bytes.Buffer
		for _, p := range playFor(t, newExchange(gentle(), seed, bothTrunks), time.Hour, func(heard) (time.Duration, string) { return after, "901" }) {
			b.WriteString(p.To + " " + string(p.Body) + "\n")
		}
		return b.Bytes()
	}
	first := render(42, 3*time.Millisecond)
	if len(first) < 100_000 {
		t.Fatalf("an hour is only %d bytes", len(first))
	}
	if !bytes.Equal(first, render(42, 3*time.Millisecond)) {
		t.Error("the second run differs")
	}
	if !bytes.Equal(first, render(42, 180*time.Millisecond)) {
		t.Error("a slower delegate changes the bytes")
	}
	if bytes.Equal(first, render(43, 3*time.Millisecond)) {
		t.Error("another seed gives the same bytes")
	}
}

// For any seed and whatever the delegates do: each call goes through a valid
// flow in the order of time, nobody talks twice at a time, and calls end.
func TestExchangeKeepsItsRules(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(r *rapid.T) {
		delay := rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 9 * time.Second, 11 * time.Second, time.Minute})
		where := rapid.SampledFrom([]string{"", "900", "901", "201", "555", "999", "sales"})
		x := newExchange(gentle(), rapid.Uint64().Draw(r, "seed"), bothTrunks)
		posts := playFor(r, x, 20*time.Minute, func(heard) (time.Duration, string) {
			return delay.Draw(r, "delay"), where.Draw(r, "destination")
		})
		lives := map[string][]heard{}
		for _, p := range posts {
			lives[p.Lane] = append(lives[p.Lane], hear(r, p))
		}
		for _, events := range lives {
			checkLife(r, events)
		}
		checkAgents(r, posts)
		if x.live > 60 {
			r.Errorf("%d calls are still alive", x.live)
		}
	})
}

func checkLife(t failer, events []heard) {
	if strings.HasPrefix(events[0].Type, "actor.logged") {
		return
	}
	types := make([]string, 0, len(events))
	for i, e := range events {
		if e.Type == "call.recording-available" && i == len(events)-1 && types[i-1] == "call.finished" && types[i-2] == "actor.left" {
			continue // which comes some seconds after the end
		}
		if i > 0 && e.At.Before(events[i-1].At) {
			t.Errorf("%s before %s", e.Type, events[i-1].Type)
		}
		types = append(types, e.Type)
	}
	if types[len(types)-1] != "call.finished" && !strings.HasPrefix(types[len(types)-1], "dialer.e") {
		return // still alive
	}
	if events[0].Trunk == pabx {
		if got := strings.Join(types, " "); got != strings.Join(stages, " ") && got != "call.new call.standby call.waiting call.finished" {
			t.Errorf("envelope call goes %s", got)
		}
		return
	}
	if line := strings.Join(types, " ") + " "; !flow.MatchString(line) {
		t.Errorf("call goes %s", line)
	}
}

func checkAgents(t failer, posts []post) {
	holds := map[string]string{} // actor → call
	for _, p := range posts {
		h := hear(t, p)
		switch {
		case h.Type == "actor.ringing", h.Trunk == pabx && h.Type == "actor.entered":
			if other := holds[h.Actor]; other != "" {
				t.Errorf("%s rings for %s while in %s", h.Actor, h.CallID, other)
			}
			holds[h.Actor] = h.CallID
		case h.Type == "actor.left", h.Type == "actor.noanswer":
			if holds[h.Actor] != h.CallID {
				t.Errorf("%s leaves %s while in %s", h.Actor, h.CallID, holds[h.Actor])
			}
			delete(holds, h.Actor)
		}
	}
}

// The four agents just about keep up with the gentle rate: most callers are
// served, and somebody waits now and then.
func TestGentleRateSuitsTheStaff(t *testing.T) {
	t.Parallel()

	count := map[string]int{}
	for _, p := range playFor(t, newExchange(gentle(), 5, bothTrunks), 8*time.Hour, prompt) {
		count[hear(t, p).Type]++
	}
	t.Logf("events of eight hours: %v", count)
	if served := 100 * count["call.ongoing"] / count["call.new"]; served < 60 || served > 90 {
		t.Errorf("%d %% of the calls are answered, want 60 to 90", served)
	}
}

// Agents log in once for each queue, before the first call.
func TestAgentsLogIn(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 1, bothTrunks)
	x.open(morning)
	var got []string
	for _, p := range x.take() {
		h := hear(t, p)
		got = append(got, strings.Join([]string{h.Type, h.Actor, h.Number, h.Queue}, " "))
	}
	want := []string{
		"actor.logged-in ana@demo.example 200 900", "actor.logged-in ana@demo.example 200 901",
		"actor.logged-in bruno@demo.example 201 900", "actor.logged-in bruno@demo.example 201 901",
		"actor.logged-in chi@demo.example 202 900", "actor.logged-in chi@demo.example 202 901",
		"actor.logged-in dung@demo.example 203 900", "actor.logged-in dung@demo.example 203 901",
	}
	if !slices.Equal(got, want) {
		t.Errorf("agents log in as %q", got)
	}
}

// oneCall puts one inbound call of a given course into an exchange.
func oneCall(steps []step, patience time.Duration) *exchange {
	x := newExchange(gentle(), 1, bothTrunks)
	begun := append([]step{
		{Type: "call.new"}, {Type: "call.standby", After: time.Second}, {Type: "call.waiting", After: time.Second / 4, Wait: waitDelegate},
	}, steps...)
	x.begin(life{Trunk: vendor, Their: "0912345678", Our: "19001234", Steps: begun, Patience: patience, Wrap: time.Second, Agents: []int{0, 1, 2, 3}}, 0, morning)
	return x
}

var talk = []step{
	{Type: "actor.ringing", After: time.Second, Wait: waitAgent},
	{Type: "actor.entered", After: time.Second},
	{Type: "call.ongoing", After: time.Second},
	{Type: "actor.left", After: 20 * time.Second},
	{Type: "call.finished", After: time.Second},
}

// story tells the posts as "seconds type queue actor".
func story(t *testing.T, x *exchange) []string {
	t.Helper()
	var lines []string
	for _, p := range x.take() {
		h := hear(t, p)
		if h.Type == "call.recording-available" {
			continue // has a test of its own
		}
		lines = append(lines, strings.TrimSpace(strings.Join([]string{h.At.Sub(morning).String(), h.Type, h.Queue, h.Number}, " ")))
	}
	return lines
}

// Where a call goes, and when, by what the delegate does.
func TestDelegate(t *testing.T) {
	t.Parallel()

	const callID = "1772586000.20000"
	toQueue := func(from string, queue string) []string {
		begin, _ := time.ParseDuration(from)
		at := func(after time.Duration) string { return (begin + after).String() }
		return []string{
			"0s call.new", "1s call.standby", at(0) + " call.waiting " + queue, at(time.Second) + " actor.ringing " + queue + " 200",
			at(2*time.Second) + " actor.entered " + queue + " 200", at(3*time.Second) + " call.ongoing",
			at(23*time.Second) + " actor.left " + queue + " 200", at(24*time.Second) + " call.finished",
		}
	}
	tests := map[string]struct {
		at          []time.Duration // since call.new
		destination []string
		moved       []bool
		want        []string
	}{
		"in time":            {[]time.Duration{1100 * time.Millisecond}, []string{"901"}, []bool{true}, toQueue("1.25s", "901")},
		"after a while":      {[]time.Duration{5 * time.Second}, []string{"901"}, []bool{true}, toQueue("5s", "901")},
		"at the last moment": {[]time.Duration{10999 * time.Millisecond}, []string{"901"}, []bool{true}, toQueue("10.999s", "901")},
		"never":              {nil, nil, nil, toQueue("11s", "900")},
		"too late":           {[]time.Duration{11001 * time.Millisecond}, []string{"901"}, []bool{false}, toQueue("11s", "900")},
		"twice":              {[]time.Duration{2 * time.Second, 3 * time.Second}, []string{"901", "900"}, []bool{true, false}, toQueue("2s", "901")},
		"before standby":     {[]time.Duration{500 * time.Millisecond}, []string{"901"}, []bool{true}, toQueue("1.25s", "901")},
		"after the end":      {[]time.Duration{5 * time.Second, time.Hour}, []string{"901", "900"}, []bool{true, false}, toQueue("5s", "901")},
		"to an extension": {[]time.Duration{2 * time.Second}, []string{"203"}, []bool{true}, []string{
			"0s call.new", "1s call.standby", "2s call.waiting", "3s actor.ringing  203", "4s actor.entered  203", "5s call.ongoing",
			"25s actor.left  203", "26s call.finished",
		}},
		"to a queue without agents": {[]time.Duration{2 * time.Second}, []string{"999"}, []bool{true}, []string{
			"0s call.new", "1s call.standby", "2s call.waiting 999", "32s call.queue-abandon 999", "32.12s call.finished",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			x := oneCall(talk, 30*time.Second)
			for i, at := range test.at {
				now := morning.Add(at)
				x.catchUp(now)
				result, err := x.delegate(now, callID, test.destination[i])
				if err != nil || (result == verdictMoved) != test.moved[i] {
					t.Errorf("delegate %d: verdict %v, error %v", i, result, err)
				}
			}
			x.catchUp(morning.Add(2 * time.Hour))
			if got := story(t, x); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// An agent who does not answer is not rung again for the same call, and the
// next free one is; a second caller waits until somebody is free, or gives up.
func TestQueueing(t *testing.T) {
	t.Parallel()

	steps := append([]step{{Type: "actor.ringing", After: time.Second, Wait: waitAgent}, {Type: "actor.noanswer", After: 10 * time.Second}}, talk...)
	x := oneCall(steps, time.Hour)
	for i := range x.agents {
		x.agents[i].busy = i > 1 // Ana and Bruno work
	}
	second := life{Index: 1, Trunk: vendor, Outbound: true, Queue: "901", Patience: time.Hour, Wrap: time.Second, Agents: []int{0, 1, 2, 3}}
	second.Steps = append([]step{{Type: "call.new"}, {Type: "call.waiting", After: time.Second}}, talk...)
	third := second
	third.Patience = 5 * time.Second
	x.begin(second, 2, morning.Add(3*time.Second))
	x.begin(third, 4, morning.Add(4*time.Second))
	x.catchUp(morning.Add(1100 * time.Millisecond))
	if _, err := x.delegate(morning.Add(1100*time.Millisecond), "1772586000.20000", "900"); err != nil {
		t.Fatal(err)
	}
	x.catchUp(morning.Add(time.Hour))

	want := []string{
		"0s call.new", "1s call.standby", "1.25s call.waiting 900", "2.25s actor.ringing 900 200",
		"3s call.new", "4s call.new", "4s call.waiting 901", "5s call.waiting 901", "5s actor.ringing 901 201", "6s actor.entered 901 201", "7s call.ongoing",
		"10s call.queue-abandon 901", "10.12s call.finished",
		"12.25s actor.noanswer 900 200",
		"27s actor.left 901 201", "28s actor.ringing 900 201", "28s call.finished", "29s actor.entered 900 201", "30s call.ongoing", "50s actor.left 900 201", "51s call.finished",
	}
	if got := story(t, x); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Finished calls are forgotten in the end, and the exchange does not grow.
func TestExchangeForgets(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 3, bothTrunks)
	playFor(t, x, 24*time.Hour, prompt)
	if len(x.calls) > endedMax+x.live || len(x.ended) != endedMax || x.live > 60 {
		t.Errorf("%d calls known, %d ended, %d live", len(x.calls), len(x.ended), x.live)
	}
	if _, err := x.delegate(morning, "1.2", "900"); err == nil {
		t.Error("a call that never was takes a delegate")
	}
}

// The line goes by how long callers have waited, so one whom nobody answered
// comes back to the place that is due.
func TestLineGoesByWaitingTime(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 1, bothTrunks)
	var got []string
	for _, c := range []*played{
		{callID: "b", waitingFrom: morning.Add(2 * time.Second)},
		{callID: "d", waitingFrom: morning},
		{callID: "a", waitingFrom: morning.Add(time.Second)},
		{callID: "c", waitingFrom: morning.Add(time.Second)},
	} {
		c.destination, c.Patience = "999", time.Hour
		x.seek(c, morning.Add(3*time.Second))
	}
	for _, c := range x.line {
		got = append(got, c.callID)
	}
	if line := strings.Join(got, ""); line != "dacb" {
		t.Errorf("line is %s, want dacb", line)
	}
}
