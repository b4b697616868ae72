// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

// startDialing makes a desk that runs, with an agent whose id is "ana" and
// whose extension is 200, and what outgoing calls need.
func startDialing(t *testing.T, database *db.DB) *desk {
	t.Helper()
	if err := errors.Join(
		database.Migrate(t.Context(), "audit", audit.Tables), database.Migrate(t.Context(), "httpapi", httpapi.Tables),
	); err != nil {
		t.Fatal(err)
	}
	d := prepareDesk(t, database)
	err := bus.Answer(t.Context(), d.bus, ask.ListConnectors, func(context.Context, int64) (list []ask.Connector, _ error) {
		d.around.mu.Lock()
		defer d.around.mu.Unlock()
		for _, c := range d.around.connectors {
			list = append(list, c)
		}
		return append(list, ask.Connector{ID: 99, Dialect: "delegate", APIURL: "http://deleted.example"}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = bus.Answer(t.Context(), d.bus, ask.AgentStates, func(_ context.Context, q ask.AgentsQuestion) ([]ask.AgentState, error) {
		switch q.IDs[0] {
		case "ana":
			return []ask.AgentState{{ID: "ana", Extension: "200"}}, nil
		case "mute":
			return []ask.AgentState{{ID: "mute"}}, nil
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.start()
	return d
}

// post asks for a call, as an administrator of the demo.
func (d *desk) post(key, body string) (int, outgoingCallOutput, string) {
	d.t.Helper()
	ctx := identity.With(d.t.Context(), identity.Principal{Tenant: demo, ID: "u1", Login: "admin", Rights: identity.RightsOf("admin")})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/calls", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	var out outgoingCallOutput
	if w.Code == http.StatusAccepted {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			d.t.Fatal(err)
		}
	}
	return w.Code, out, w.Body.String()
}

// look reads an outgoing call.
func (d *desk) look(id string) outgoingCallOutput {
	d.t.Helper()
	status, body := d.request(demo, http.MethodGet, "/api/v1/outgoing-calls/"+id, "")
	var out outgoingCallOutput
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		d.t.Fatalf("%d %s", status, body)
	}
	return out
}

// becomes waits until an outgoing call is in a state.
func (d *desk) becomes(id, state string) outgoingCallOutput {
	d.t.Helper()
	var out outgoingCallOutput
	d.await("outgoing call to be "+state, func() bool {
		out = d.look(id)
		return out.State == state
	})
	return out
}

// dialer reports an event of the dialer.
func (d *desk) dialer(connector int64, id, typ, more string) {
	d.t.Helper()
	at := d.clock.ms()
	_, err := d.log.Append(d.t.Context(), eventlog.Event{
		Tenant: demo.ID, Connector: connector, Stream: dialerStream(connector, id), Key: fmt.Sprint(typ, at, more), Type: typ,
		At: at, Received: at, Timed: true, Data: fmt.Appendf(nil, `{"type":%q,"code":%q%s}`, typ, id, more),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.clock.forward(time.Second)
}

// A call is ordered once, in the vendor's exact words, however often it is
// asked for; what the dialer tells is shown, up to the call that comes of it.
func TestDial(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := startDialing(t, database)
		answered := make(chan struct{}) // who asked for the call; the phone system answers later
		p := newPBX(t, func(w http.ResponseWriter, r *http.Request, nth int) {
			<-answered
			fine(w, r, nth)
		})
		d.around.connect(1, "call.waiting", "http://127.0.0.1:1")
		d.around.connect(2, "delegate", p.URL)
		const body = `{"agent":"ana","to":"+84 (912) 345-678","retries":2,"retryGap":"10s","ttl":"5m"}`
		status, first, text := d.post("k1", body)
		close(answered)
		if status != http.StatusAccepted || first.State != "requested" || first.ID == "" || first.Connector != 2 {
			t.Fatalf("%d %s", status, text)
		}
		sent := d.becomes(first.ID, "sent")
		if status, again, text := d.post("k1", body); status != http.StatusAccepted || again.ID != first.ID {
			t.Errorf("again: %d %s", status, text)
		}
		want := []string{`{"type":"dialer","numbers":["+84912345678"],"destination":"200","destination_type":"peer","code":"` + first.ID +
			`","retries":"2","retry_gap":"10s","ttl":"5m"}`}
		if diff := cmp.Diff(want, p.told()); diff != "" || p.users[0] != "tandem:s3cret" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if sent.CreatedBy != "u1" || sent.Agent != "ana" || sent.RetryGap != "10s" || sent.TTL != "5m" || sent.Call != nil {
			t.Errorf("sent %+v", sent)
		}

		d.dialer(2, first.ID, "dialer.attempt", `,"number":"+84912345678"`)
		d.becomes(first.ID, "dialing")
		d.dialer(2, first.ID, "dialer.failure", `,"reason":"busy"`)
		if out := d.look(first.ID); out.State != "dialing" || out.Reason != "busy" || len(out.Attempts) != 1 || out.Attempts[0].Result != "failure" {
			t.Errorf("after a failure %+v", out)
		}
		d.dialer(2, first.ID, "dialer.attempt", ``)
		d.dialer(2, first.ID, "dialer.success", `,"call_id":"c/1","amd_status":"human"`)
		d.report("call.new", 2, "c/1", d.clock.ms(), `,"code":"`+first.ID+`"`)
		out := d.becomes(first.ID, "connected")
		if len(out.Attempts) != 2 || out.Attempts[1].AMD != "human" || out.Call == nil || out.Call.CallID != "c/1" || out.Call.State != "NEW" || out.Reason != "" {
			t.Errorf("connected %+v", out)
		}

		other := identity.Tenant{ID: 2}
		if status, _ := d.request(other, http.MethodGet, "/api/v1/outgoing-calls/"+first.ID, ""); status != http.StatusNotFound {
			t.Errorf("another tenant: %d", status)
		}
		if _, body := d.request(other, http.MethodGet, "/api/v1/outgoing-calls", ""); !strings.Contains(body, `"items":[]`) {
			t.Errorf("another tenant: %s", body)
		}
		if _, body := d.request(demo, http.MethodGet, "/api/v1/outgoing-calls", ""); !strings.Contains(body, first.ID) {
			t.Errorf("list: %s", body)
		}
	})
}

// What a web site's visitor asks for is made as well; without a phone system to
// make it, it says so. Where nobody was named for the call, the first queue takes it.
func TestDialWish(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := startDialing(t, database)
		wish := func(id, destination string) {
			t.Helper()
			now := d.clock.ms()
			_, err := d.log.Append(t.Context(), eventlog.Event{
				Tenant: demo.ID, Stream: "dial/" + id, Key: typeRequested, Type: typeRequested, At: now, Received: now, Timed: true,
				Data: fmt.Appendf(nil, `{"id":%q,"to":"+84912345678","destination":%q,"destination_type":"queue","about":{"page":"/prices"}}`, id, destination),
			})
			if err != nil {
				t.Fatal(err)
			}
			d.caughtUp()
		}
		wish("w1", "905")
		if out := d.becomes("w1", "missed"); out.Reason != "no_connector" {
			t.Errorf("without a connector: %+v", out)
		}
		if status, _, text := d.post("k", `{"from":"200","to":"0912345678"}`); status != http.StatusConflict || !strings.Contains(text, "outgoing_call.no_connector") {
			t.Errorf("without a connector: %d %s", status, text)
		}
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		wish("w2", "905")
		if out := d.becomes("w2", "sent"); out.About["page"] != "/prices" || out.CreatedBy != "" {
			t.Errorf("sent %+v", out)
		}
		wishes, err := bus.Ask(t.Context(), d.bus, ask.FindWishes, ask.WishesQuestion{Tenant: demo.ID, Codes: []string{"w2", "nope", "\x00"}})
		if err != nil || len(wishes) != 1 || wishes["w2"].About["page"] != "/prices" {
			t.Errorf("wishes %+v, %v", wishes, err)
		}
		if others, err := bus.Ask(t.Context(), d.bus, ask.FindWishes, ask.WishesQuestion{Tenant: 2, Codes: []string{"w2"}}); err != nil || len(others) != 0 {
			t.Errorf("another tenant's wishes %+v, %v", others, err)
		}
		want := []string{`{"type":"dialer","numbers":["+84912345678"],"destination":"905","destination_type":"queue","code":"w2","retries":"0","retry_gap":"10s","ttl":"5m"}`}
		if diff := cmp.Diff(want, p.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		wish("w3", "")
		if out := d.becomes("w3", "sent"); out.Destination != "900" || out.DestinationType != "queue" {
			t.Errorf("for nobody: %+v", out)
		}
	})
}

// A visitor is called when an agent has answered: the phone system is asked for
// that order, and for it only where it was wished. When no agent came the call
// says so; once the number was dialled, the reason is the line's.
func TestDialAgentFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := startDialing(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		wish := func(id, more string) {
			t.Helper()
			now := d.clock.ms()
			_, err := d.log.Append(t.Context(), eventlog.Event{
				Tenant: demo.ID, Stream: "dial/" + id, Key: typeRequested, Type: typeRequested, At: now, Received: now, Timed: true,
				Data: fmt.Appendf(nil, `{"id":%q,"to":"+84912345678","destination":"900","destination_type":"queue"%s}`, id, more),
			})
			if err != nil {
				t.Fatal(err)
			}
			d.caughtUp()
			d.becomes(id, "sent")
		}
		wish("w1", `,"first":"destination"`)
		wish("w2", ``)
		wish("w3", `,"first":"somebody"`) // a word that is none goes to no phone system
		wish("w4", `,"first":"destination"`)
		told := func(id, more string) string {
			return `{"type":"dialer","numbers":["+84912345678"],"destination":"900","destination_type":"queue","code":"` + id + `","retries":"0","retry_gap":"10s","ttl":"5m"` + more + `}`
		}
		want := []string{told("w1", `,"first":"destination"`), told("w2", ``), told("w3", ``), told("w4", `,"first":"destination"`)}
		if diff := cmp.Diff(want, p.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		for id, first := range map[string]string{"w1": "destination", "w2": "", "w3": ""} {
			if out := d.look(id); out.First != first {
				t.Errorf("%s: first is %q", id, out.First)
			}
			d.dialer(1, id, "dialer.expired", ``)
		}
		d.dialer(1, "w4", "dialer.attempt", ``)
		d.dialer(1, "w4", "dialer.failure", `,"reason":"busy","call_id":"c/4"`)
		d.dialer(1, "w4", "dialer.expired", ``)
		for id, reason := range map[string]string{"w1": "no_agent", "w2": "", "w4": "busy"} {
			if out := d.becomes(id, "expired"); out.Reason != reason {
				t.Errorf("%s expired for %q, want %q", id, out.Reason, reason)
			}
		}
		if out := d.look("w4"); len(out.Attempts) != 1 || out.Attempts[0].CallID != "c/4" {
			t.Errorf("attempts %+v", out.Attempts)
		}
	})
}

// A phone system that is not there is told again while there is time; one that
// may have heard is not, for it could call twice; its own no is final.
func TestDialTroubled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := startDialing(t, database)
		tests := map[string]struct {
			answer func(w http.ResponseWriter, r *http.Request, nth int)
			state  string
			reason string
			told   int
		}{
			"busy, then fine": {func(w http.ResponseWriter, _ *http.Request, nth int) {
				if nth == 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}, "sent", "", 2},
			"refused": {func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.WriteHeader(http.StatusBadRequest)
			}, "missed", "refused", 1},
			"breaks off": {func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }, "missed", "unanswered", 1},
		}
		connector := int64(10)
		for name, test := range tests {
			connector++
			p := newPBX(t, test.answer)
			d.around.connect(connector, "delegate", p.URL)
			status, out, text := d.post(name[:4], fmt.Sprintf(`{"from":"200","to":"0912345678","connector":%d}`, connector))
			if status != http.StatusAccepted {
				t.Fatalf("%s: %d %s", name, status, text)
			}
			if got := d.becomes(out.ID, test.state); got.Reason != test.reason || len(p.told()) != test.told {
				t.Errorf("%s: %+v, told %d times", name, got, len(p.told()))
			}
		}
	})
}

// What cannot be dialled is refused, with the field's name.
func TestDialFields(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := startDialing(t, database)
		d.around.connect(1, "delegate", "http://127.0.0.1:1")
		for body, says := range map[string]string{
			`{"agent":"ana","to":"abc"}`:                            "body.to",
			`{"agent":"ana","to":"12"}`:                             "body.to",
			`{"agent":"ana","to":"1234567890123456789012"}`:         "body.to",
			`{"to":"0912345678"}`:                                   "body.agent",
			`{"agent":"ana","from":"200","to":"0912345678"}`:        "body.agent",
			`{"agent":"nobody","to":"0912345678"}`:                  "body.agent",
			`{"agent":"mute","to":"0912345678"}`:                    "body.agent",
			`{"from":"2 00","to":"0912345678"}`:                     "body.from",
			`{"agent":"ana","to":"0912345678","retries":11}`:        "body.retries",
			`{"agent":"ana","to":"0912345678","retryGap":"soon"}`:   "body.retryGap",
			`{"agent":"ana","to":"0912345678","retryGap":"1500ms"}`: "body.retryGap",
			`{"agent":"ana","to":"0912345678","ttl":"25h"}`:         "body.ttl",
			`{"agent":"ana","to":"0912345678","ttl":"0s"}`:          "body.ttl",
			`{"agent":"ana","to":"0912345678","retrys":1}`:          "body.retrys",
		} {
			if status, _, text := d.post("k"+fmt.Sprint(len(body)), body); status != http.StatusUnprocessableEntity || !strings.Contains(text, says) {
				t.Errorf("%s: %d %s, want %s", body, status, text, says)
			}
		}
		if status, text := d.request(demo, http.MethodPost, "/api/v1/calls", `{"agent":"ana","to":"0912345678"}`); status != http.StatusBadRequest {
			t.Errorf("without a key: %d %s", status, text)
		}
	})
}

// What became of a call is a function of the set of what was told of it.
func TestOutgoingOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	types := []string{"command.sent", "dialer.attempt", "dialer.failure", "dialer.success", "dialer.exceeded", "dialer.expired"}
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) eventlog.Record {
			typ, at := rapid.SampledFrom(types).Draw(t, "type"), rapid.Int64Range(1, 6).Draw(t, "at")
			data := fmt.Appendf(nil, `{"type":%q,"reason":"busy","call_id":"c"}`, typ)
			if typ == typeSent {
				data = []byte(`{}`)
			}
			return eventlog.Record{Event: eventlog.Event{Type: typ, At: at * 1000, Key: fmt.Sprint(typ, at), Data: data}}
		}), 0, 10).Draw(t, "records")
		d := dial{createdAt: 500, ttl: time.Minute, retries: 2}
		shuffled := rapid.Permutation(records).Draw(t, "shuffled")
		a, b := d.fold(records, 7000), d.fold(shuffled, 7000)
		if diff := cmp.Diff(a, b, cmp.AllowUnexported(outgoing{}, dialled{})); diff != "" {
			t.Fatal(diff)
		}
		if late := d.fold(records, 500_000); late.state == outgoingRequested || late.state == outgoingSent || late.state == outgoingDialing {
			t.Fatalf("still %s long after its time", late.state)
		}
	})
}
