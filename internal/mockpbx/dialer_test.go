// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// lines tell dialer and call events as "seconds type members", in which the
// times of agents and of the talk are left out.
func dialerLines(t *testing.T, posts []post) (lines []string) {
	t.Helper()
	for _, p := range posts {
		var e map[string]any
		if err := json.Unmarshal(p.Body, &e); err != nil {
			t.Fatal(err)
		}
		line := p.Type
		if isDialer(p.Type) {
			for _, key := range []string{"number", "code", "reason", "amd_status"} {
				if value, found := e[key]; found {
					line += fmt.Sprintf(" %s=%v", key, value)
				}
			}
			if _, found := e["call_id"]; found {
				line += " call_id"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// What an order to the dialer comes to, by the outcome of its attempts and by
// what it was told. The test numbers fix the outcomes.
func TestDialerRunsItsCourse(t *testing.T) {
	t.Parallel()

	failing := func(number, reason, more string, attempts int) (lines []string) {
		for range attempts {
			lines = append(lines, "dialer.attempt number="+number+" code=camp-9", "dialer.failure number="+number+" code=camp-9 reason="+reason+more)
		}
		return append(lines, "dialer.exceeded code=camp-9")
	}
	life := []string{"call.new", "call.waiting", "actor.ringing", "actor.entered", "call.ongoing", "actor.left", "call.finished", "call.recording-available"}
	reaching := func(number, amd string) []string {
		return append([]string{"dialer.attempt number=" + number + " code=camp-9", "dialer.success number=" + number + " code=camp-9 amd_status=" + amd + " call_id"}, life...)
	}
	tests := map[string]struct {
		order string
		want  []string
	}{
		"human":           {`"numbers":["0900000000"]`, reaching("0900000000", "human")},
		"undetected":      {`"numbers":["0900000007"]`, reaching("0900000007", "<nil>")},
		"busy, abroad":    {`"numbers":["+84900000001"]`, failing("+84900000001", "busy", "", 1)},
		"busy":            {`"numbers":["0900000001"]`, failing("0900000001", "busy", "", 1)},
		"noanswer":        {`"numbers":["0900000002"]`, failing("0900000002", "noanswer", "", 1)},
		"unavailable":     {`"numbers":["0900000003"]`, failing("0900000003", "unavailable", "", 1)},
		"invalid":         {`"numbers":["0900000004"]`, failing("0900000004", "invalid", "", 1)},
		"machine":         {`"numbers":["0900000005"]`, failing("0900000005", "machine", " amd_status=machine call_id", 1)},
		"notsure":         {`"numbers":["0900000006"]`, failing("0900000006", "notsure", " amd_status=notsure call_id", 1)},
		"retries used up": {`"numbers":["0900000001"],"retries":"2","retry_gap":"1m","ttl":"1h"`, failing("0900000001", "busy", "", 3)},
		"ttl ends the rest": {`"numbers":["0900000001"],"retries":"5","retry_gap":"1m","ttl":"90s"`, append(
			failing("0900000001", "busy", "", 2)[:4], "dialer.expired code=camp-9",
		)},
		"ttl ends the ringing": {`"numbers":["0900000002"],"retries":"5","ttl":"10s"`, []string{
			"dialer.attempt number=0900000002 code=camp-9", "dialer.expired code=camp-9",
		}},
		"no time at all": {`"numbers":["0900000000"],"ttl":"0s"`, []string{"dialer.expired code=camp-9"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := resting()
			status, answer := ask(p, http.MethodPost, "/actions", `{"type":"dialer","destination":"201","destination_type":"peer","code":"camp-9",`+test.order+`}`)
			if status != http.StatusOK {
				t.Fatalf("answer %d %s", status, answer)
			}
			if got := dialerLines(t, playOut(p)); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// Two attempts lie retry_gap apart, and ttl is kept to the millisecond.
func TestDialerTimes(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 1, bothTrunks)
	x.dial(morning, dialOrder{Number: "0900000001", Destination: "900", Plan: dialPlan{Retries: 5, Gap: time.Minute, TTL: 100 * time.Second}})
	x.catchUp(morning.Add(time.Hour))
	var failed time.Time
	var last heard
	attempts := 0
	for _, p := range x.take() {
		last = hear(t, p)
		switch last.Type {
		case "dialer.attempt":
			if attempts++; attempts > 1 && last.At.Sub(failed) != time.Minute {
				t.Errorf("attempt %d comes %v after the failure", attempts, last.At.Sub(failed))
			}
		case "dialer.failure":
			failed = last.At
		}
	}
	if attempts != 2 || last.Type != "dialer.expired" || last.At != morning.Add(100*time.Second) {
		t.Errorf("after %d attempts comes %s at %v", attempts, last.Type, last.At.Sub(morning))
	}
}

// A destination is what destination_type calls it; left out, its number tells.
func TestDialerDestination(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ destination, kind, queue, number string }{
		"peer":             {"202", "peer", "", "202"},
		"queue":            {"901", "queue", "901", "200"},
		"number of a peer": {"202", "", "", "202"},
		"number of queue":  {"901", "", "901", "200"},
		"peer by mistake":  {"901", "peer", "", ""},
		"queue by mistake": {"202", "queue", "202", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			x := newExchange(gentle(), 1, bothTrunks)
			l := x.scenario.dialed(1, 0, dialOrder{Number: "0900000000", Destination: test.destination, Kind: test.kind, Plan: dialPlan{TTL: time.Minute}})
			l.Agents = []int{0, 1, 2, 3}
			x.begin(l, 1, morning)
			x.catchUp(morning.Add(time.Hour))
			var queue, number string
			for _, p := range x.take() {
				switch h := hear(t, p); h.Type {
				case "call.waiting":
					queue = h.Queue
				case "actor.entered":
					number = h.Number
				}
			}
			if queue != test.queue || number != test.number {
				t.Errorf("waits in %q and is answered at %q, want %q and %q", queue, number, test.queue, test.number)
			}
		})
	}
}

// Whatever chance decides, every outcome is among a few hundred orders, as
// often as the scenario says.
func TestDialerOutcomes(t *testing.T) {
	t.Parallel()

	s := gentle()
	count := map[outcome]int{}
	const orders = 5000
	for i := range orders {
		for _, step := range s.dialed(1, i, dialOrder{Number: "0912345678", Plan: dialPlan{TTL: time.Hour}}).Steps {
			if step.Outcome != "" {
				count[step.Outcome]++
			}
		}
	}
	for i, o := range outcomes {
		want := orders * int(s.dialer.Shares[i]) / int(whole)
		if got := count[o]; got < want*7/10 || got > want*13/10 {
			t.Errorf("%s comes %d times, want about %d", o, got, want)
		}
	}
	if !strings.HasPrefix(fmt.Sprint(s.dialer.Shares), "[70% 5% ") {
		t.Errorf("shares are %v", s.dialer.Shares)
	}
}
