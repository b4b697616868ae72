// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/service/thirdparty"
)

// integrator makes an integrator at a receiver.
func (f *fixture) integrator(to *receiver, more string) string {
	f.Helper()
	return f.must(http.MethodPost, "/api/v1/integrators", `{"name":"CRM","baseUrl":"`+to.URL+`/api","auth":"header","header":"X-Crm-Key","secret":"hunter2"`+more+`}`)["_id"].(string)
}

// A CRM is searched for the caller, given the contact that it lacks, and told
// of the call; done again after a failure, it creates nobody twice.
func TestCRM(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		contacts, refused := 0, false
		to.says(func(w http.ResponseWriter, r *http.Request, _ int) {
			switch {
			case r.Header.Get("X-Crm-Key") != "hunter2":
				w.WriteHeader(http.StatusUnauthorized)
			case r.Method == http.MethodGet && contacts == 0:
				fmt.Fprint(w, `{"items":[]}`)
			case r.Method == http.MethodGet:
				fmt.Fprint(w, `{"items":[{"id":17}]}`)
			case strings.HasSuffix(r.URL.Path, "/contacts"):
				contacts++
				fmt.Fprint(w, `{"id":17}`)
			case !refused: // the call, the first time
				refused = true
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		path, _ := f.endpoint(fmt.Sprintf(`{"name":"E","template":"crm","integrator":%q,"url":"%s/api","settings":{"createBody":{"phone":"{call.theirNumber}","calls":["{call.id}"]}}}`, f.integrator(to, ""), to.URL))
		f.event("call.new", "c1", "")
		position := f.event("call.finished", "c1", "")
		d := f.delivery(path, position, "sent")
		var asked []string
		for range 5 {
			got := to.next(t)
			asked = append(asked, got.path)
			if strings.HasSuffix(got.path, "/contacts") && !strings.HasPrefix(got.body, `{"calls":[`) {
				t.Errorf("created %s", got.body)
			}
			if strings.HasSuffix(got.path, "/calls") && (!strings.Contains(got.body, `"callId":"c1"`) || got.header.Get("Idempotency-Key") != d["webhookId"]) {
				t.Errorf("added %s %v", got.body, got.header)
			}
		}
		want := "[/api/contacts?phone=0912345678 /api/contacts /api/contacts/17/calls /api/contacts?phone=0912345678 /api/contacts/17/calls]"
		if fmt.Sprint(asked) != want || contacts != 1 {
			t.Errorf("asked %v, %d contacts", asked, contacts)
		}
		shown, _ := json.Marshal(d)
		if strings.Contains(string(shown), "hunter2") || !strings.Contains(string(shown), `"x-crm-key":"••••••"`) || len(d["exchanges"].([]any)) != 2 {
			t.Errorf("delivery %s", shown)
		}
		f.event("call.new", "hidden", "")
		hidden := f.event("call.data-provided", "hidden", "")
		f.must(http.MethodPost, path+"/test", `{}`)
		if status, _ := f.ask(f.demo, http.MethodGet, fmt.Sprint(path, "/deliveries/", hidden), ""); status != http.StatusNotFound {
			t.Errorf("an event that it is not for was taken: %d", status)
		}
	})
}

// A chat gets a line of text, in which what callers say is only text.
func TestChat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"slack","url":"` + to.URL + `","settings":{"text":"{event.code} from {call.theirNumber}: {call.outcome}{call.caller.name}"}}`)
		position := f.event("call.finished", "c1", `,"code":"<!channel> & co"`)
		if got := to.next(t); got.body != `{"text":"&lt;!channel&gt; &amp; co from 0912345678: missed"}` || got.header.Get("webhook-signature") != "" {
			t.Errorf("got %s", got.body)
		}
		f.delivery(path, position, "sent")
	})
}

// A template of one's own makes the body and may sign it; one that cannot be
// filled is given up, with the reason.
func TestOwnTemplate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		template := f.must(http.MethodPost, "/api/v1/integration-templates", `{"name":"Mine","events":["call.*"],"method":"PUT","filter":"type == \"call.new\"",
			"mapping":"{\"phone\": call.theirNumber, \"team\": settings.team, \"long\": len(event.list)}","settingsSchema":{"type":"object","properties":{"team":{"type":"string","default":"A"}}}}`)
		path, _ := f.endpoint(fmt.Sprintf(`{"name":"E","template":%q,"url":%q}`, template["_id"], to.URL))
		bad := f.event("call.new", "c1", "")
		good := f.event("call.new", "c2", `,"list":[1,2]`)
		f.delivery(path, good, "sent")
		if got := to.next(t); got.body != `{"long":2,"phone":"0912345678","team":"A"}` || got.header.Get("webhook-signature") == "" {
			t.Errorf("got %s %v", got.body, got.header)
		}
		if d := f.delivery(path, bad, "failed"); !strings.Contains(fmt.Sprint(d["error"]), "cannot be filled") {
			t.Errorf("delivery %v", d)
		}
	})
}

// pops returns the pages that were opened.
func (f *fixture) pops() (list []thirdparty.Pop) {
	f.Helper()
	records, err := f.log.ReadAfter(f.Context(), 0, 1000)
	fatal(f.T, err)
	for _, r := range records {
		if r.Type == thirdparty.TypePop {
			var p thirdparty.Pop
			fatal(f.T, json.Unmarshal(r.Data, &p))
			list = append(list, p)
		}
	}
	return list
}

// The agent whose phone rings gets the page with the caller's number in its
// address, once, and only while it is of use.
func TestPopup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		path, _ := f.endpoint(`{"name":"E","template":"popup","url":"https://crm.example/open","settings":{"path":"?phone={call.theirNumber}&call={call.callId}"}}`)
		first := f.event("call.new", "c&1", "")
		ringing := f.event("actor.ringing", "c&1", `,"actor":"ana@demo.example"`)
		nobody := f.event("actor.ringing", "c&1", "")
		f.delivery(path, ringing, "sent")
		f.delivery(path, nobody, "skipped")
		want := thirdparty.Pop{Agent: anaID, URL: "https://crm.example/open?phone=0912345678&call=c%261", Window: "page", Call: first}
		if got := f.pops(); len(got) != 1 || got[0] != want {
			t.Errorf("opened %+v, want %+v", got, want)
		}
		f.must(http.MethodPost, fmt.Sprint(path, "/deliveries/", ringing, "/resend"), "")
		f.until("it was sent again", func() bool { return f.delivery(path, ringing, "sent")["origin"] == "resend" })
		if got := f.pops(); len(got) != 1 {
			t.Errorf("opened again: %+v", got)
		}
	})
}

// A program may open a page at an agent of its own call centre.
func TestPop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database)
		call := f.event("call.new", "c1", "")
		f.must(http.MethodPost, "/api/v1/agents/"+anaID+"/pop", fmt.Sprintf(`{"url":"https://crm.example/17","call":%d}`, call))
		if got := f.pops(); len(got) != 1 || got[0].URL != "https://crm.example/17" || got[0].Call != call {
			t.Errorf("opened %+v", got)
		}
		for body, want := range map[string]int{
			`{"url":"javascript:alert(1)"}`: 422, `{"url":"//crm.example"}`: 422, `{"url":"https://a b"}`: 422, `{"url":"https://a.example","call":99999}`: 422, `{}`: 422,
		} {
			if status, answer := f.ask(f.demo, http.MethodPost, "/api/v1/agents/"+anaID+"/pop", body); status != want {
				t.Errorf("%s: %d %v", body, status, answer)
			}
		}
		if status, _ := f.ask(f.other, http.MethodPost, "/api/v1/agents/"+anaID+"/pop", `{"url":"https://a.example"}`); status != http.StatusNotFound {
			t.Errorf("another call centre's agent: %d", status)
		}
	})
}

// Whose a number is, is asked once and remembered; who does not wait hears at
// once what is known; a system that does not answer costs a second, and then
// nothing.
func TestLookup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) { o.LookupTime = 200 * time.Millisecond })
		to, dead := newReceiver(t), newReceiver(t)
		to.says(func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Query().Get("phone") != "+84912345678" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			fmt.Fprint(w, `{"items":[{"id":17,"fullName":"Mia"}]}`)
		})
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		dead.says(func(http.ResponseWriter, *http.Request, int) { <-release })
		const lookup = `,"lookup":{"path":"/contacts?phone={number.e164}","idPath":"items.0.id","namePath":"items.0.name, items.0.fullName","page":"https://crm.example/c/{contact.id}"}`
		id := f.integrator(to, lookup)
		outside := func(number string, wait bool) ask.OutsideAnswer {
			answer, err := bus.Ask(t.Context(), f.bus, ask.FindOutside, ask.OutsideQuestion{Tenant: f.demo.ID, Region: "VN", Number: number, Wait: wait})
			fatal(t, err)
			return answer
		}
		if now := outside("0912 345 678", false); now.Known || len(now.Contacts) != 0 {
			t.Errorf("at once %+v", now)
		}
		want := ask.OutsideContact{Integrator: id, System: "CRM", ID: "17", Name: "Mia", Page: "https://crm.example/c/17"}
		if then := outside("+84912345678", true); !then.Known || len(then.Contacts) != 1 || then.Contacts[0] != want {
			t.Errorf("then %+v", then)
		}
		if later := outside("0912345678", false); !later.Known || len(later.Contacts) != 1 {
			t.Errorf("later %+v", later)
		}
		if unknown := outside("0912999999", true); !unknown.Known || len(unknown.Contacts) != 0 {
			t.Errorf("unknown %+v", unknown)
		}
		if n := len(to.got); n != 2 {
			t.Errorf("%d questions for two numbers", n)
		}
		shown := f.must(http.MethodPost, "/api/v1/integrators/"+id+"/lookup", `{"number":"0912345678"}`)
		if shown["contact"].(map[string]any)["name"] != "Mia" || !strings.Contains(fmt.Sprint(shown), "••••••") || strings.Contains(fmt.Sprint(shown), "hunter2") {
			t.Errorf("shown %v", shown)
		}

		f.integrator(dead, lookup)
		for i := range 8 {
			began := time.Now()
			if got := outside(fmt.Sprint("09120000", 10+i), true); !got.Known {
				t.Errorf("with a dead system %+v", got)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("waited %v", took)
			}
		}
		if n := len(dead.got); n < 1 || n > 5 {
			t.Errorf("%d questions to a dead system", n)
		}
	})
}

// Of an erased person nothing is left in what was said: not in the deliveries
// about their calls, and not in those that only mention them.
func TestErase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		theirs := f.event("call.new", "c1", "")
		mention := f.event("call.data-provided", "c2", `,"data":"call 0912 345 678 back"`)
		other := f.append(f.demo, "call.new", "c3", `{"type":"call.new","call_id":"c3","their_number":"0987654321"}`)
		for _, position := range []int64{theirs, mention, other} {
			f.delivery(path, position, "sent")
		}
		person := &module.Person{Tenant: f.demo.ID, Region: "VN", Keys: []string{"+84912345678"}, Calls: []string{live.Stream(1, "c1")}}
		fatal(t, f.service.Erase(t.Context(), person))
		for _, position := range []int64{theirs, mention} {
			if d := f.delivery(path, position, "sent"); len(d["exchanges"].([]any)) != 0 {
				t.Errorf("left %v", d)
			}
		}
		if d := f.delivery(path, other, "sent"); len(d["exchanges"].([]any)) != 1 {
			t.Errorf("gone %v", d)
		}
	})
}

// Who calls is looked for in other systems while the phone rings, and noted
// with the call: once, and only where somebody is found.
func TestRecognize(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		to.says(func(w http.ResponseWriter, r *http.Request, _ int) {
			if strings.Contains(r.URL.RawQuery, "84912345678") {
				fmt.Fprint(w, `{"id":17,"name":"Mia"}`)
			}
		})
		f.integrator(to, `,"lookup":{"path":"/c?n={number.e164}","idPath":"id","namePath":"name","page":"https://crm.example/{contact.id}"}`)
		f.append(f.demo, "call.new", "stranger", `{"type":"call.new","call_id":"stranger","direction":"inbound","their_number":"0987654321"}`)
		f.append(f.demo, "call.new", "out", `{"type":"call.new","call_id":"out","direction":"outbound","their_number":"0912345678"}`)
		f.event("call.new", "known", "")
		found := func() (list []string) {
			records, err := f.log.ReadAfter(t.Context(), 0, 1000)
			fatal(t, err)
			for _, r := range records {
				if r.Type == "caller.found" {
					list = append(list, r.Stream+" "+string(r.Data))
				}
			}
			return list
		}
		f.until("somebody is found", func() bool { return len(found()) > 0 })
		if list := found(); len(list) != 1 || !strings.HasPrefix(list[0], "call/1/known ") || !strings.Contains(list[0], `"caller_name":"Mia"`) || !strings.Contains(list[0], `"url":"https://crm.example/17"`) {
			t.Errorf("found %v", list)
		}
		// The same number again is answered from memory, and noted with that call.
		f.event("call.new", "again", "")
		f.until("the next call is known, too", func() bool { return len(found()) == 2 })
		if n := len(to.got); n != 2 {
			t.Errorf("%d questions about two numbers", n)
		}
	})
}
