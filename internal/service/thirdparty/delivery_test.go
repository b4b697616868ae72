// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/service/thirdparty"
)

// An endpoint gets the events it is for and no others, as CloudEvents, signed,
// with the call as it was then; what was said is in the log of deliveries.
func TestDelivery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		to.says(func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "thanks") })
		f.event("call.new", "before", "")
		path, endpoint := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `/hook?a=b","events":["call.*"],"filter":"call.direction == \"inbound\" and event.call_id != \"quiet\""}`)
		f.event("actor.ringing", "c1", `,"actor":"ana@demo.example"`)
		f.eventOf(f.other, "call.new", "c1", "")
		f.event("call.new", "quiet", "")
		position := f.event("call.new", "c1", "")
		f.event("call.finished", "c1", "")

		got := to.next(t)
		signer, err := standardwebhooks.NewWebhook(endpoint["secret"].(string))
		fatal(t, err)
		if err := signer.Verify([]byte(got.body), got.header); err != nil {
			t.Errorf("signature: %v", err)
		}
		if signer.Verify([]byte(got.body+" "), got.header) == nil {
			t.Error("a changed body passes")
		}
		e := got.event(t)
		if e.SpecVersion != "1.0" || e.Type != "call.new" || e.Subject != "c1" || e.Test || e.Source != "/tenants/"+f.demo.UUID+"/connectors/1" ||
			e.Data.Event["their_number"] != "0912345678" || e.Data.Call["state"] != "NEW" || got.path != "/hook?a=b" {
			t.Errorf("got %s %s", got.path, got.body)
		}
		if second := to.next(t).event(t); second.Type != "call.finished" || second.Data.Call["state"] != "FINISHED" || second.Sequence <= e.Sequence {
			t.Errorf("then %+v", second)
		}
		d := f.delivery(path, position, "sent")
		exchange := d["exchanges"].([]any)[0].(map[string]any)
		if d["webhookId"] != got.header.Get("webhook-id") || d["attempts"] != 1.0 || exchange["body"] != "thanks" || exchange["requestBody"] != got.body || exchange["status"] != 200.0 {
			t.Errorf("delivery %v", d)
		}
		items := f.must(http.MethodGet, path+"/deliveries?limit=1", "")
		if list := items["items"].([]any); len(list) != 1 || items["next"] == nil {
			t.Errorf("deliveries %v", items)
		}
		if rest := f.must(http.MethodGet, path+"/deliveries?limit=9&after="+items["next"].(string), ""); len(rest["items"].([]any)) != 1 {
			t.Errorf("the rest %v", rest)
		}
		if status, _ := f.ask(f.other, http.MethodGet, path+"/deliveries", ""); status != http.StatusNotFound {
			t.Errorf("another call centre's deliveries: %d", status)
		}
	})
}

// The events of a call go in order: a later one waits for an earlier one that
// is not taken, while other calls pass by.
func TestOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) {
			o.Schedule = []time.Duration{300 * time.Millisecond, 300 * time.Millisecond, 300 * time.Millisecond}
		})
		to := newReceiver(t)
		stuck, failures := "", 0
		to.says(func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				stuck = r.Header.Get("webhook-id")
			}
			if r.Header.Get("webhook-id") == stuck && failures < 2 {
				failures++
				w.WriteHeader(http.StatusUnprocessableEntity)
			}
		})
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		f.event("call.new", "stuck", "")
		first := to.next(t)
		last := f.event("call.finished", "stuck", "")
		other := f.event("call.new", "free", "")
		var order []string
		ids := map[string]bool{first.header.Get("webhook-id"): true}
		for range 4 {
			got := to.next(t)
			e := got.event(t)
			order = append(order, e.Subject+" "+e.Type)
			if e.Subject == "stuck" && e.Type == "call.new" {
				ids[got.header.Get("webhook-id")] = true
			}
		}
		if len(ids) != 1 {
			t.Errorf("a delivery that was sent again has other ids: %v", ids)
		}
		if slices.Index(order, "free call.new") > 1 || order[2] != "stuck call.new" || order[3] != "stuck call.finished" {
			t.Errorf("order %v", order)
		}
		f.delivery(path, last, "sent")
		if d := f.delivery(path, other, "sent"); d["attempts"] == nil {
			t.Errorf("delivery %v", d)
		}
	})
}

// What was delivered is not delivered again when somebody changes something, and
// the deliveries are looked at anew, before it is written that they were.
func TestLookedAtAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		const calls = 30
		var last int64
		came := map[string]int{}
		for i := range calls {
			last = f.event("call.new", fmt.Sprint("c", i), "")
			came[to.next(t).header.Get("webhook-id")]++
			f.must(http.MethodPut, path, fmt.Sprintf(`{"name":"E%d","template":"webhook","url":"%s"}`, i, to.URL))
		}
		f.delivery(path, last, "sent")
		if len(came) != calls {
			t.Errorf("%d calls came as %v", calls, came)
		}
		last = f.event("call.new", "last", "")
		f.delivery(path, last, "sent")
		if next := to.next(t).event(t); next.Subject != "last" {
			t.Errorf("%v came once more", next)
		}
	})
}

// An endpoint that says it is gone gets no more, which people are told; when it
// is enabled again it gets everything that it has missed, once, in order.
func TestGoneAndCatchUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		f.event("call.new", "c0", "")
		to.next(t)
		to.status(http.StatusGone)
		refused := f.event("call.new", "c1", "")
		to.next(t)
		f.until("the endpoint is disabled", func() bool {
			e := f.must(http.MethodGet, path, "")
			return e["enabled"] == false && e["disabledReason"] == "gone" && e["disabledAt"] != nil
		})
		f.event("call.ongoing", "c1", "")
		missed := f.event("call.new", "c2", "")
		records, err := f.log.ReadAfter(t.Context(), 0, 1000)
		fatal(t, err)
		notices := 0
		for _, r := range records {
			if r.Type == "integration.disabled" && strings.Contains(string(r.Data), `"reason":"gone"`) {
				notices++
			}
		}
		if notices != 1 {
			t.Errorf("%d notices", notices)
		}
		if status, answer := f.ask(f.demo, http.MethodPost, fmt.Sprint(path, "/deliveries/", refused, "/resend"), ""); status != http.StatusConflict {
			t.Errorf("resend to a disabled endpoint: %d %v", status, answer)
		}
		to.status(http.StatusOK)
		f.must(http.MethodPost, path+"/enable", `{}`)
		f.delivery(path, missed, "sent")
		f.event("call.new", "c3", "")
		var order []string
		for range 4 {
			e := to.next(t).event(t)
			order = append(order, e.Subject+" "+e.Type)
		}
		for _, want := range []string{"c1 call.new", "c1 call.ongoing", "c2 call.new", "c3 call.new"} {
			if !slices.Contains(order, want) {
				t.Errorf("%s is missing in %v", want, order)
			}
		}
		if slices.Index(order, "c1 call.new") > slices.Index(order, "c1 call.ongoing") {
			t.Errorf("order %v", order)
		}
		if len(to.got) != 0 {
			t.Errorf("more than was missed: %v", <-to.got)
		}
		if status, answer := f.ask(f.demo, http.MethodPost, path+"/enable", `{}`); status != http.StatusConflict {
			t.Errorf("enabled twice: %d %v", status, answer)
		}
	})
}

// A dead endpoint delays nobody, and is left alone after a few attempts.
func TestDeadEndpoint(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) { o.Timeout = time.Minute })
		dead, alive := newReceiver(t), newReceiver(t)
		release := make(chan struct{})
		dead.says(func(http.ResponseWriter, *http.Request, int) { <-release })
		f.endpoint(`{"name":"Dead","template":"webhook","url":"` + dead.URL + `"}`)
		path, _ := f.endpoint(`{"name":"Alive","template":"webhook","url":"` + alive.URL + `"}`)
		var last int64
		for i := range 50 {
			last = f.event("call.new", fmt.Sprint("c", i), "")
		}
		f.delivery(path, last, "sent")
		for range 50 {
			alive.next(t)
		}
		if n := len(dead.got); n > 4 {
			t.Errorf("%d requests under way to one that does not answer", n)
		}
		close(release)
	})
}

// What is refused for good is given up after the last attempt, and the events
// behind it go on; an endpoint that takes nothing at all is disabled with
// nothing lost.
func TestGivingUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		to.says(func(w http.ResponseWriter, _ *http.Request, n int) {
			if n <= 5 {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		first := f.event("call.new", "c1", "")
		second := f.event("call.finished", "c1", "")
		if d := f.delivery(path, first, "failed"); d["attempts"] != 5.0 || d["error"] != "answered 400" {
			t.Errorf("given up: %v", d)
		}
		f.delivery(path, second, "sent")
		f.must(http.MethodPost, fmt.Sprint(path, "/deliveries/", first, "/resend"), "")
		if d := f.delivery(path, first, "sent"); d["origin"] != "resend" {
			t.Errorf("sent again: %v", d)
		}
	})
}

// A process that ends while a request is under way does not know what came of
// it: the next one sends again, with the same id.
func TestCrashWhileSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) { o.Timeout = time.Minute })
		to := newReceiver(t)
		release := make(chan struct{})
		to.says(func(http.ResponseWriter, *http.Request, int) { <-release })
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		position := f.event("call.new", "c1", "")
		later := f.event("call.finished", "c1", "")
		first := to.next(t)
		f.end()
		close(release)
		to.status(http.StatusOK)
		f.run()
		f.delivery(path, later, "sent")
		second := to.next(t)
		if first.header.Get("webhook-id") != second.header.Get("webhook-id") || first.body != second.body {
			t.Errorf("first %v, then %v", first, second)
		}
		if d := f.delivery(path, position, "sent"); d["webhookId"] != first.header.Get("webhook-id") {
			t.Errorf("delivery %v", d)
		}
	})
}

// The events of a time are delivered again to whoever is asked for, those that
// were delivered already too, each with the id that it had.
func TestReplay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		old := f.event("call.new", "old", "")
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		new := f.event("call.new", "new", "")
		id := to.next(t).header.Get("webhook-id")
		f.delivery(path, new, "sent")
		from, until := time.Now().Add(-time.Hour).Format(time.RFC3339), time.Now().Add(time.Hour).Format(time.RFC3339)
		if status, answer := f.ask(f.demo, http.MethodPost, path+"/replay", `{"from":"`+until+`","to":"`+from+`"}`); status != http.StatusUnprocessableEntity {
			t.Errorf("backwards: %d %v", status, answer)
		}
		f.must(http.MethodPost, path+"/replay", `{"from":"`+from+`","to":"`+until+`"}`)
		subjects := map[string]string{}
		for range 2 {
			got := to.next(t)
			subjects[got.event(t).Subject] = got.header.Get("webhook-id")
		}
		if subjects["new"] != id || subjects["old"] == "" {
			t.Errorf("replayed %v", subjects)
		}
		if d := f.delivery(path, old, "sent"); d["origin"] != "replay" {
			t.Errorf("delivery %v", d)
		}
		f.until("the replay is done", func() bool {
			replay, _ := f.must(http.MethodGet, path, "")["replay"].(map[string]any)
			return replay["finishedAt"] != nil && replay["progress"] == 1.0 && replay["matched"] == 2.0
		})
	})
}

// This machine is not reached unless the operator allows it, and whoever sets
// an endpoint up sees why.
func TestPrivateNetworks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) { o.AllowPrivate = false })
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		d := f.must(http.MethodPost, path+"/test", `{}`)
		if d["status"] != "failed" || !strings.Contains(fmt.Sprint(d["error"]), "may not reach") || len(to.got) != 0 {
			t.Errorf("test %v", d)
		}
	})
}

// A test shows what comes of a sample that looks like the real thing, without
// any attempt after it.
func TestTest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `","enabled":false}`)
		to.status(http.StatusTeapot)
		d := f.must(http.MethodPost, path+"/test", `{"type":"call.ongoing"}`)
		if d["status"] != "failed" || d["httpStatus"] != 418.0 || d["origin"] != "test" {
			t.Errorf("test %v", d)
		}
		got := to.next(t).event(t)
		if got.Type != "call.ongoing" || !got.Test || got.Data.Call["state"] != "ONGOING" {
			t.Errorf("sample %+v", got)
		}
		to.status(http.StatusOK)
		if d := f.must(http.MethodPost, path+"/test", ""); d["status"] != "sent" || d["type"] != "call.finished" {
			t.Errorf("test %v", d)
		}
		if list := f.must(http.MethodGet, path+"/deliveries", "")["items"].([]any); len(list) != 2 {
			t.Errorf("%d deliveries", len(list))
		}
		if status, _ := f.ask(f.demo, http.MethodPost, path+"/test", `{"type":"nonsense"}`); status != http.StatusUnprocessableEntity {
			t.Errorf("a sample of nonsense: %d", status)
		}
	})
}

// During a rotation both secrets sign, so that receivers can change in peace.
func TestRotateSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		path, endpoint := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		made := f.must(http.MethodPost, path+"/rotate-secret", "")
		f.must(http.MethodPost, path+"/test", `{}`)
		got := to.next(t)
		for _, secret := range []any{endpoint["secret"], made["secret"]} {
			signer, err := standardwebhooks.NewWebhook(secret.(string))
			fatal(t, err)
			if err := signer.Verify([]byte(got.body), got.header); err != nil {
				t.Errorf("%v: %v", secret, err)
			}
		}
	})
}

// An endpoint gets what comes after it was made, however far behind the reader
// is, and not what came before.
func TestFromItsBeginning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick)
		to := newReceiver(t)
		f.end()
		f.event("call.new", "before", "")
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		position := f.event("call.new", "after", "")
		f.run()
		f.delivery(path, position, "sent")
		if got := to.next(t).event(t); got.Subject != "after" || len(to.got) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// When an endpoint takes something again, what waits for its next attempt does
// not wait any longer.
func TestComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database, quick, func(o *thirdparty.Options) { o.Schedule = []time.Duration{time.Hour} })
		to := newReceiver(t)
		to.status(http.StatusInternalServerError)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		failed := f.event("call.new", "c1", "")
		f.until("it has failed", func() bool { return f.delivery(path, failed, "pending")["attempts"] == 1.0 })
		to.status(http.StatusOK)
		f.event("call.new", "c2", "")
		f.delivery(path, failed, "sent")
	})
}
