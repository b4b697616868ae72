// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// resting is a PBX that nobody runs: its handler answers, its clock stands.
func resting() *PBX {
	return New(Options{Seed: 1, Start: morning, VendorURL: bothTrunks[vendor], PabxURL: bothTrunks[pabx]}, quiet())
}

// What /actions and /peers answer, as the vendor's simulator does.
func TestActions(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("9", 65)
	tests := map[string]struct {
		body   string
		status int
		answer string
	}{
		"delegate to a string":      {`{"type":"delegate","call_id":"1772586000.20000","destination":"900"}`, 200, `{"status":"ok"}`},
		"delegate to a number":      {`{"type":"delegate","call_id":"1772586000.20000","destination":900}`, 200, `{"status":"ok"}`},
		"delegate by the other":     {`{"type":"call.waiting","call_id":"1772586000.20000","destination":900}`, 200, `{"status":"ok"}`},
		"unknown call":              {`{"type":"delegate","call_id":"1.2","destination":"900"}`, 404, `{"error":"there is no such call"}`},
		"no destination":            {`{"type":"delegate","call_id":"1.2"}`, 400, `{"error":"destination is required"}`},
		"null destination":          {`{"type":"delegate","call_id":"1.2","destination":null}`, 400, `{"error":"destination is required"}`},
		"odd destination":           {`{"type":"delegate","call_id":"1.2","destination":["900"]}`, 400, `{"error":"body is not valid JSON for this address"}`},
		"long destination":          {`{"type":"delegate","call_id":"1.2","destination":"` + long + `"}`, 400, `{"error":"destination, code or call_id is too long"}`},
		"no call id":                {`{"type":"delegate","destination":"900"}`, 400, `{"error":"call_id is required"}`},
		"no type":                   {`{"call_id":"1.2","destination":"900"}`, 400, `{"error":"type is required"}`},
		"other type":                {`{"type":"hold","destination":"900"}`, 400, `{"error":"type is neither delegate nor dialer"}`},
		"not JSON":                  {`{"type":`, 400, `{"error":"body is not valid JSON for this address"}`},
		"nothing":                   {``, 400, `{"error":"body is not valid JSON for this address"}`},
		"a list":                    {`[]`, 400, `{"error":"body is not valid JSON for this address"}`},
		"too large":                 {`{"type":"` + strings.Repeat("x", bodyMax) + `"}`, 413, `{"error":"body is larger than 1 MiB"}`},
		"dialer":                    {`{"type":"dialer","numbers":["0912345678",933334444],"destination":"200","retries":"1","retry_gap":"10s","ttl":"5m"}`, 200, `{"status":"ok"}`},
		"dialer without target":     {`{"type":"dialer","numbers":["0912345678"]}`, 400, `{"error":"destination is required"}`},
		"dialer without numbers":    {`{"type":"dialer","destination":"200"}`, 400, `{"error":"numbers is not a list of 1 to 100 numbers"}`},
		"dialer with an empty one":  {`{"type":"dialer","numbers":[""],"destination":"200"}`, 400, `{"error":"numbers has an empty or too long number"}`},
		"dialer with an odd kind":   {`{"type":"dialer","numbers":["1"],"destination":"200","destination_type":"person"}`, 400, `{"error":"destination_type is neither peer nor queue"}`},
		"dialer, number first":      {`{"type":"dialer","first":"number","numbers":["1"],"destination":"200"}`, 200, `{"status":"ok"}`},
		"dialer with an odd first":  {`{"type":"dialer","first":"agent","numbers":["1"],"destination":"200"}`, 400, `{"error":"first is neither number nor destination"}`},
		"dialer with odd retries":   {`{"type":"dialer","numbers":["1"],"destination":"200","retries":"many"}`, 400, `{"error":"retries is not a number from 0 to 10"}`},
		"dialer with an odd period": {`{"type":"dialer","numbers":["1"],"destination":"200","ttl":"soon"}`, 400, `{"error":"ttl is not a duration such as 10s, of a day at most"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := resting()
			p.exchange.begin(life{Trunk: vendor, Steps: p.scenario.inbound(newDice(1, diceLife, 0)), Agents: []int{0, 1, 2, 3}}, 0, morning)
			p.exchange.catchUp(morning)
			before := len(p.exchange.posts)

			status, answer := ask(p, http.MethodPost, "/actions", test.body)

			if status != test.status || answer != test.answer {
				t.Errorf("answer %d %s, want %d %s", status, answer, test.status, test.answer)
			}
			if status != http.StatusOK && len(p.exchange.posts)+p.poster.pending != before {
				t.Error("a refused action plays something")
			}
		})
	}
	if status, answer := ask(resting(), http.MethodGet, "/peers", ""); status != 200 ||
		answer != `{"size":"4","list":[{"name":"Ana","number":"200"},{"name":"Bruno","number":"201"},{"name":"Chi","number":"202"},{"name":"Dung","number":"203"}]}` {
		t.Errorf("peers are %d %s", status, answer)
	}
}

// The dialer takes no more calls than the exchange can hold.
func TestDialerIsBounded(t *testing.T) {
	t.Parallel()

	p := resting()
	p.exchange.live = liveMax - 1
	const two = `{"type":"dialer","numbers":["1","2"],"destination":"200"}`
	if status, _ := ask(p, http.MethodPost, "/actions", two); status != http.StatusServiceUnavailable {
		t.Errorf("answer %d", status)
	}
	p.exchange.live--
	if status, _ := ask(p, http.MethodPost, "/actions", two); status != http.StatusOK {
		t.Errorf("answer %d", status)
	}
}

// Each number is called at once, under the code of the order.
func TestDialerCallsEveryNumber(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 1, bothTrunks)
	for _, number := range []string{"0911111111", "0922222222"} {
		x.dial(morning, dialOrder{Number: number, Destination: "900", Code: "camp-9", Plan: dialPlan{TTL: time.Minute}})
	}
	x.catchUp(morning)
	var numbers []string
	for _, p := range x.take() {
		if h := hear(t, p); h.Type == "dialer.attempt" {
			numbers = append(numbers, h.Number)
		}
	}
	if got := strings.Join(numbers, " "); got != "0911111111 0922222222" {
		t.Errorf("dialed %s", got)
	}
}
