// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/service/customer"
	"tandem/internal/tenant/tenanttest"
)

// report stores an event of a call.
func (p process) report(t *testing.T, callID, typ, data string, at int64) {
	t.Helper()
	_, err := p.log.Append(t.Context(), eventlog.Event{
		Tenant: demo.ID, Connector: 1, Stream: live.Stream(1, callID), Key: fmt.Sprint(typ, at), Type: typ, At: at, Received: at, Timed: true,
		Data: []byte(data), Raw: []byte("raw " + data),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A CPF that a caller types becomes their contact's, unless it is none or the
// contact has one.
func TestTypedCPF(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		m := p.call(t, "one", "0912345678")
		p.report(t, "one", "call.new", `{"call_id":"one","their_number":"0912345678"}`, 10)
		for i, cpf := range []string{"", "11111111111", "529.982.247-25", "11144477735"} {
			p.report(t, "one", "call.cpf-provided", `{"call_id":"one","cpf":"`+cpf+`"}`, int64(20+i))
		}
		p.report(t, "two", "call.cpf-provided", `{"call_id":"two","cpf":"52998224725"}`, 30) // nobody's
		for range 2 {
			if err := p.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.expect(t, u1, "GET", "/api/v1/contacts/"+m.ContactID, "", 200, "529.982.247-25")
		if n := strings.Count(texts(t, database, `SELECT type FROM events`), "contact.changed"); n != 1 {
			t.Errorf("the contact was changed %d times", n)
		}
	})
}

// Whom somebody else shares a number with loses nothing but what is their own;
// what comes of a call with an erased person later is overwritten as well, and
// the call centre still counts the calls.
func TestEraseOfAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		now := time.UnixMilli(1_000_000)
		p := startOn(t, database, tenanttest.Directory(t, database), func(o *customer.Options) { o.Now = func() time.Time { return now } })
		person := p.create(t, "/api/v1/contacts", `{"firstName":"Zebedee","lastName":"Quill","phone":"0912345678","numbers":[{"number":"0987654321"}]}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Friend","phone":"+84 987 654 321"}`)
		for i, number := range []string{"0912345678", "0987654321"} {
			call := fmt.Sprint("call", i)
			p.report(t, call, "call.new", fmt.Sprintf(`{"call_id":%q,"their_number":%q,"our_number":"1900","queue":"900"}`, call, number), 10)
			p.report(t, call, "call.finished", fmt.Sprintf(`{"call_id":%q,"their_number":%q}`, call, number), 20)
		}
		p.report(t, "other", "call.transfer", `{"call_id":"other","data":"to 0912 345 678","our_number":"1900"}`, 10)
		path := fmt.Sprint("/api/v1/contacts/", person["_id"])
		agent := identity.Principal{ID: "u2", Rights: identity.RightsOf("agent")}
		_ = agent // rights are the gateway's matter: routes.txt holds them
		p.expect(t, u1, "POST", path+"/erase", "", 200, `"state":"erasing"`)
		p.expect(t, u1, "GET", path+"?deleted=true", "", 200, `"firstName":"erased","lastName":""`)
		now = now.Add(time.Minute)
		p.expect(t, u1, "POST", path+"/erase", "", 200, `"state":"erased"`)
		p.expect(t, u1, "POST", path+"/restore", "", 409, "contact.erased")

		// A recording is announced after that, and all hear of it anew.
		p.report(t, "call0", "call.recording-available", `{"call_id":"call0","their_number":"0912345678","url":"https://pbx.example/0912345678.wav"}`, 30)
		if err := p.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{
			`SELECT stream || data || COALESCE(CAST(raw AS TEXT), '') FROM events`, `SELECT fold || numbers || match_key FROM live_calls`,
			`SELECT before || after FROM audit_entries`, `SELECT word FROM customer_words`, `SELECT match_key FROM customer_claims`,
			`SELECT person FROM customer_erasures`, `SELECT first_name || last_name || phone || search FROM customer_contacts`,
		} {
			for _, trace := range []string{"912345678", "876543219", "912 345 678", "Zebedee", "Quill", "quill"} {
				if text := texts(t, database, query); strings.Contains(text, trace) {
					t.Errorf("%s is left by %s", trace, query)
				}
			}
		}
		calls, err := p.live.List(t.Context(), demo.ID, live.Filter{Limit: 10})
		if err != nil || len(calls) != 2 {
			t.Fatalf("%d calls, %v", len(calls), err)
		}
		for _, c := range calls {
			want := map[string][3]string{"call0": {"erased", "", "erased"}, "call1": {"0987654321", "+84987654321", ""}}[c.CallID]
			recording := strings.Join(c.State.Recordings, " ")
			if got := [3]string{c.State.TheirNumber, c.MatchKey, recording}; got != want || c.State.OurNumber != "1900" || c.State.Queue != "900" {
				t.Errorf("%s: %v, our number %s, queue %s", c.CallID, got, c.State.OurNumber, c.State.Queue)
			}
		}
		if m := p.call(t, "later", "0987654321"); m.Name != "Friend" {
			t.Errorf("the number that was shared: %+v", m)
		}
		if m := p.call(t, "again", "0912345678"); !m.New || m.ContactID == person["_id"] {
			t.Errorf("the number that was theirs: %+v", m)
		}
		if found, err := p.live.Replay(t.Context(), p.log, 0, false); err != nil || found.Different > 0 || found.CountsWrong {
			t.Errorf("replay: %+v, %v", found, err)
		}
		said := texts(t, database, `SELECT data FROM events WHERE type = 'contact.erased'`)
		if !strings.Contains(said, `"call/1/call0"`) || strings.Contains(said, "call1") {
			t.Errorf("tombstone: %s", said)
		}
	})
}
