// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
)

var other = identity.Tenant{ID: 2, Region: "BR", TimeZone: "America/Sao_Paulo"}

// must asks and wants a status; it returns the answer as JSON.
func (d *desk) must(status int, method, path, body string) map[string]any {
	d.t.Helper()
	got, answer := d.request(demo, method, path, body)
	if got != status {
		d.t.Fatalf("%s %s: %d %s; want %d", method, path, got, answer, status)
	}
	out := map[string]any{}
	if answer != "" {
		if err := json.Unmarshal([]byte(answer), &out); err != nil {
			d.t.Fatalf("%s %s: %s: %v", method, path, answer, err)
		}
	}
	return out
}

// Queues can be kept over HTTP; others hear of it in the log, by the bell and
// by asking.
func TestQueuesOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		rings, stop, err := d.bus.Listen(ask.BellRules)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		made := d.must(http.StatusCreated, http.MethodPost, "/api/v1/queues", `{"number":"902","name":"Sales"}`)
		<-rings
		path := "/api/v1/queues/" + made["id"].(string)
		d.must(http.StatusConflict, http.MethodPost, "/api/v1/queues", `{"number":"902","name":"Again"}`)
		d.must(http.StatusConflict, http.MethodPut, path, `{"number":"900","name":"Sales"}`)
		d.must(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/queues", `{"number":"9 02","name":"x"}`)
		d.must(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/queues", `{"number":"903","name":"\u0000"}`)
		made["name"] = "Sales North"
		whole, _ := json.Marshal(made)
		if got := d.must(http.StatusOK, http.MethodPut, path, string(whole)); got["name"] != "Sales North" || got["number"] != "902" {
			t.Errorf("PUT: %v", got)
		}
		var names map[string]string
		d.await("the queues to be asked for", func() bool {
			names, err = bus.Ask(t.Context(), d.bus, ask.ListQueues, demo.ID)
			return err == nil
		})
		if diff := cmp.Diff(map[string]string{"900": "Known callers", "901": "New callers", "902": "Sales North"}, names); diff != "" {
			t.Errorf("queues (-want +got):\n%s", diff)
		}
		page := d.must(http.StatusOK, http.MethodGet, "/api/v1/queues?limit=2", "")
		if items := page["items"].([]any); len(items) != 2 || page["next"] != "901" {
			t.Errorf("first page %v", page)
		}
		if page = d.must(http.StatusOK, http.MethodGet, "/api/v1/queues?limit=2&after=901", ""); len(page["items"].([]any)) != 1 || page["next"] != nil {
			t.Errorf("second page %v", page)
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			if status, _ := d.request(other, method, path, `{"number":"905","name":"x"}`); status != http.StatusNotFound {
				t.Errorf("%s by another tenant: %d", method, status)
			}
		}
		d.must(http.StatusNoContent, http.MethodDelete, path, "")
		d.must(http.StatusNotFound, http.MethodDelete, path, "")
		d.must(http.StatusNotFound, http.MethodGet, "/api/v1/queues/%00", "")
		records, err := d.log.ReadStream(t.Context(), demo.ID, ownStream, 0, 0)
		if err != nil || count(records, "routing.queues_changed") != 3 {
			t.Errorf("%d changes in the log, %v", count(records, "routing.queues_changed"), err)
		}
	})
}

func count(records []eventlog.Record, typ string) (n int) {
	for _, r := range records {
		if r.Type == typ {
			n++
		}
	}
	return n
}

// Rules come back as they were sent, only on top of the version that was
// edited, and every version stays.
func TestRulesOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		rule := `{"name":"VIP at night","enabled":true,"destination":"902","when":{"caller":"known","callerPattern":"09*","calledPattern":"1900*","group":"VIP",
			"hours":{"timeZone":"Asia/Ho_Chi_Minh","ranges":[{"days":["mon","fri"],"from":"22:00","to":"06:00"}]},"expression":"time.hour < 30"}}`
		made := d.must(http.StatusOK, http.MethodPut, "/api/v1/routing/rules", `{"version":1,"items":[`+rule+`]}`)
		if made["version"] != 2.0 || made["preset"] != "" || made["createdBy"] != "admin" {
			t.Errorf("PUT: %v", made)
		}
		var want map[string]any
		_ = json.Unmarshal([]byte(rule), &want)
		got := made["items"].([]any)[0].(map[string]any)
		want["id"] = got["id"]
		if diff := cmp.Diff(want, got); diff != "" || !isID(got["id"].(string)) {
			t.Errorf("rule (-want +got):\n%s", diff)
		}
		// What was got can be sent back, and keeps its ids.
		whole, _ := json.Marshal(made)
		if again := d.must(http.StatusOK, http.MethodPut, "/api/v1/routing/rules", string(whole)); !cmp.Equal(again["items"], made["items"]) {
			t.Errorf("sent back: %v", again)
		}
		if answer := d.must(http.StatusConflict, http.MethodPut, "/api/v1/routing/rules", string(whole)); answer["code"] != "routing.stale" {
			t.Errorf("stale: %v", answer)
		}
		bad := d.must(http.StatusUnprocessableEntity, http.MethodPut, "/api/v1/routing/rules",
			`{"version":3,"items":[{"name":"x","enabled":true,"destination":"900","when":{"expression":"caller.number"}}]}`)
		if text, _ := json.Marshal(bad); !strings.Contains(string(text), "body.items[0].when.expression") {
			t.Errorf("invalid rule: %s", text)
		}
		if preset := d.must(http.StatusOK, http.MethodPost, "/api/v1/routing/presets/new-900-known-901", ""); preset["version"] != 4.0 || preset["preset"] != PresetNew900 {
			t.Errorf("preset: %v", preset)
		}
		d.must(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/routing/presets/other", "")
		if first := d.must(http.StatusOK, http.MethodGet, "/api/v1/routing/rules?version=1", ""); first["preset"] != PresetKnown900 || len(first["items"].([]any)) != 3 {
			t.Errorf("version 1: %v", first)
		}
		d.must(http.StatusNotFound, http.MethodGet, "/api/v1/routing/rules?version=9", "")
		page := d.must(http.StatusOK, http.MethodGet, "/api/v1/routing/rules/versions?limit=3", "")
		if items := page["items"].([]any); len(items) != 3 || items[0].(map[string]any)["version"] != 4.0 {
			t.Errorf("versions: %v", page)
		}
		page = d.must(http.StatusOK, http.MethodGet, "/api/v1/routing/rules/versions?limit=3&after="+page["next"].(string), "")
		if items := page["items"].([]any); len(items) != 1 || items[0].(map[string]any)["version"] != 1.0 {
			t.Errorf("older versions: %v", page)
		}
		if _, answer := d.request(other, http.MethodGet, "/api/v1/routing/rules", ""); !strings.Contains(answer, `"items":[]`) {
			t.Errorf("another tenant's rules: %s", answer)
		}
	})
}

// A dry run explains as a decision would, at any time, and writes nothing; a
// decision that was made can be read with what became of it.
func TestDryRunAndDecisions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.must(http.StatusOK, http.MethodPut, "/api/v1/routing/rules", `{"version":1,"items":[
			{"name":"Night","enabled":true,"destination":"999","when":{"hours":{"ranges":[{"from":"22:00","to":"06:00"}]}}},
			{"name":"New","enabled":true,"destination":"901","when":{"caller":"new","calledPattern":"1900*"}}]}`)
		before, _ := d.log.Head(t.Context())
		night := d.must(http.StatusOK, http.MethodPost, "/api/v1/routing/dry-run", `{"theirNumber":"0912345678","ourNumber":"19001234","at":"2026-03-02T23:00:00+07:00"}`)
		if night["destination"] != "999" || night["standbyReceived"] != "2026-03-02T16:00:00Z" {
			t.Errorf("at night: %v", night)
		}
		day := d.must(http.StatusOK, http.MethodPost, "/api/v1/routing/dry-run", `{"theirNumber":"0912345678","ourNumber":"19001234","at":"2026-03-02T12:00:00+07:00"}`)
		rejected := day["rejected"].([]any)[0].(map[string]any)
		if day["destination"] != "901" || day["callerKnown"] != false || rejected["rule"] != "Night" || rejected["actual"] != "mon 12:00 Asia/Ho_Chi_Minh" {
			t.Errorf("by day: %v", day)
		}
		if hidden := d.must(http.StatusOK, http.MethodPost, "/api/v1/routing/dry-run", `{"ourNumber":"19001234","at":"2026-03-02T12:00:00+07:00"}`); hidden["reason"] != ReasonNoRule || hidden["withheld"] != true {
			t.Errorf("withheld: %v", hidden)
		}
		if after, _ := d.log.Head(t.Context()); after != before || len(d.around.claims) != 0 {
			t.Errorf("a dry run wrote something")
		}

		d.standby(1, "c/1", "0912345678")
		d.outcome(1, "c/1")
		d.await("the row", func() bool {
			commands, err := d.store.commandsOf(t.Context(), callRef{Tenant: demo.ID, Connector: 1, CallID: "c/1"})
			return err == nil && len(commands) == 1 && commands[0].status == statusSent
		})
		list := d.must(http.StatusOK, http.MethodGet, "/api/v1/routing/decisions?callId=c/1", "")["items"].([]any)
		if len(list) != 1 {
			t.Fatalf("decisions: %v", list)
		}
		made := list[0].(map[string]any)
		command := made["commands"].([]any)[0].(map[string]any)
		decision := made["decision"].(map[string]any)
		if made["callId"] != "c/1" || command["status"] != "sent" || command["attempts"] != 1.0 || decision["destination"] != command["destination"] || decision["ruleVersion"] != 2.0 {
			t.Errorf("decision: %v", made)
		}
		if _, answer := d.request(other, http.MethodGet, "/api/v1/routing/decisions?callId=c/1", ""); !strings.Contains(answer, `"items":[]`) {
			t.Errorf("another tenant's: %s", answer)
		}
		d.must(http.StatusOK, http.MethodGet, "/api/v1/routing/decisions?callId=%00nope", "")
		d.must(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/routing/decisions", "")
	})
}
