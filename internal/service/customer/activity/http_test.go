// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/service/customer/activity"
)

// Activities keep S000's names on the wire and fill in what follows from the
// rest; what was got can be sent back; each change is in the log and the trail.
func TestActivityOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", "0912345678")
		got := d.create(`{"idContact":"` + contact + `","text":"called back","type":"calllog","body":{"idCalllog":"1767225600.1001","status":"success",
			"direction":"incoming","source":"+84901234567","destination":"1900123","start":1767225600000,"end":1767225785499}}`)
		id := got["_id"].(string)
		want := map[string]any{
			"_id": id, "creator": ana.ID, "idContact": contact, "text": "called back", "type": "calllog", "origin": "api", "call": nil, "deleted": false,
			"body": map[string]any{
				"idCalllog": "1767225600.1001", "status": "success", "duration": 185.0, "direction": "incoming",
				"source": "+84901234567", "destination": "1900123", "start": 1767225600000.0, "end": 1767225785499.0,
			},
			"at": 1767225600000.0, "createdAt": float64(base), "updatedAt": float64(base),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("call log (-want +got):\n%s", diff)
		}
		got["text"] = "called back twice"
		whole, _ := json.Marshal(got)
		d.clock.Add(5)
		put := d.want(http.StatusOK, http.MethodPut, "/api/v1/activities/"+id, string(whole))
		got["updatedAt"] = float64(base + 5)
		if diff := cmp.Diff(got, put); diff != "" {
			t.Errorf("what was got, sent back (-want +got):\n%s", diff)
		}
		patched := d.want(http.StatusOK, http.MethodPatch, "/api/v1/activities/"+id, `{"body":{"end":1767225610000}}`)
		if body := patched["body"].(map[string]any); body["duration"] != 10.0 || body["status"] != "success" || patched["text"] != "called back twice" {
			t.Errorf("patched: %v", patched)
		}
		d.want(http.StatusNoContent, http.MethodDelete, "/api/v1/activities/"+id, "")
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			d.want(http.StatusNotFound, method, "/api/v1/activities/"+id, "")
		}
		if items, _ := d.list("/api/v1/activities?deleted=true"); len(items) != 1 || items[0]["deleted"] != true {
			t.Errorf("deleted ones: %v", items)
		}
		d.want(http.StatusOK, http.MethodPost, "/api/v1/activities/"+id+"/restore", "")
		d.want(http.StatusConflict, http.MethodPost, "/api/v1/activities/"+id+"/restore", "")
		d.want(http.StatusOK, http.MethodGet, "/api/v1/activities/"+id, "")
		changes := []string{"activity.created", "activity.changed", "activity.changed", "activity.deleted", "activity.restored"}
		if diff := cmp.Diff(changes, d.types(activity.Stream(id))); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		var trail int
		const count = `SELECT COUNT(*) FROM audit_entries WHERE tenant = 1 AND object = $1 AND actor = $2`
		if err := database.QueryRowContext(t.Context(), count, "activity/"+id, ana.ID).Scan(&trail); err != nil || trail != len(changes) {
			t.Errorf("%d entries in the audit trail, %v; want %d", trail, err, len(changes))
		}
	})
}

// Whatever is not acceptable is refused with the member named as it is on the
// wire, and nothing is written.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", "0912345678")
		nobody := d.contact("Nobody", "")
		note := d.create(`{"idContact":"` + contact + `","type":"note","text":"a"}`)["_id"].(string)
		before, _ := d.log.Head(t.Context())
		log := func(rest string) string {
			return `{"idContact":"` + contact + `","type":"calllog","body":{"status":"success","direction":"incoming","start":2000,"end":3000` + rest + `}}`
		}
		of := func(typ, body, rest string) string {
			return `{"idContact":"` + contact + `","type":"` + typ + `","body":` + body + rest + `}`
		}
		for _, test := range []struct{ body, field string }{
			{`{"type":"note","text":"a","idContact":"nope"}`, "body.idContact"},
			{`{"type":"note","text":"a","idContact":"0198c0de-0000-7000-8000-000000000000"}`, "body.idContact"},
			{`{"type":"note","text":"a"}`, "idContact"},
			{of("note", `{}`, ``), "body.text"},
			{of("note", `{}`, `,"text":"a\u0000b"`), "body.text"},
			{of("note", `{}`, `,"text":"`+strings.Repeat("x", 10001)+`"`), "body.text"},
			{of("note", `{}`, `,"text":"a","creator":"nope"`), "body.creator"},
			{of("note", `{"duedate":5}`, `,"text":"a"`), "belongs to a reminder"},
			{of("letter", `{}`, ``), "body.type"},
			{log(`,"colour":1`), "body.body.colour"},
			{log(`,"status":"answered"`), "body.body.status"},
			{log(`,"direction":"inbound"`), "body.body.direction"},
			{log(`,"end":1999`), "body.body.end"},
			{log(`,"duration":-1`), "body.body.duration"},
			{log(`,"start":0`), "body.body.start"},
			{of("reminder", `{}`, ``), "body.body.duedate"},
			{of("reminder", `{"duedate":5,"status":"done"}`, ``), "body.body.status"},
			{of("reminder", `{"duedate":5,"remindedAgent":"0198c0de-0000-7000-8000-0000000000ff"}`, ``), "body.body.remindedAgent"},
			{of("sms", `{}`, ``), "body.text"},
			{`{"type":"sms","text":"a","idContact":"` + nobody + `"}`, "body.body.to"},
		} {
			status, answer := d.request(http.MethodPost, "/api/v1/activities", test.body)
			if status != http.StatusUnprocessableEntity || !strings.Contains(answer, test.field) {
				t.Errorf("%.120s: %d %s; want 422 and %s", test.body, status, answer, test.field)
			}
		}
		mine := "/api/v1/activities/" + note
		if status, answer := d.request(http.MethodPatch, mine, `{"type":"sms"}`); status != http.StatusUnprocessableEntity || !strings.Contains(answer, "body.type") {
			t.Errorf("another type: %d %s", status, answer)
		}
		theirs := *d
		theirs.as.Tenant = other
		for _, path := range []string{mine, "/api/v1/activities/nope", "/api/v1/activities/%00"} {
			for method, body := range map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPatch: `{}`, http.MethodPut: `{"idContact":"` + contact + `","type":"note","text":"b"}`} {
				theirs.want(http.StatusNotFound, method, path, body)
			}
		}
		theirs.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/activities", `{"idContact":"`+contact+`","type":"note","text":"b"}`)
		theirs.want(http.StatusNotFound, http.MethodGet, "/api/v1/contacts/"+contact+"/timeline", "")
		for _, query := range []string{"after=x", "from=yesterday", "idContact=%00", "type=letter", "unknown=1"} {
			d.want(http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/activities?"+query, "")
		}
		if after, _ := d.log.Head(t.Context()); after != before {
			t.Errorf("refusals wrote %d events", after-before)
		}
	})
}

// Filters narrow a list, alone and together; pages follow each other without a
// gap or repetition also where many things happened at once.
func TestFiltersAndPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		mia, leo := d.contact("Mia", "0912345678"), d.contact("Leo", "0987654321")
		for i := range 7 {
			if i > 3 {
				d.clock.Add(10)
			}
			d.create(fmt.Sprintf(`{"idContact":%q,"type":"note","text":"note %d"}`, mia, i))
		}
		d.by(bruno).create(`{"idContact":"` + leo + `","type":"reminder","text":"Đặng","body":{"remindedAgent":"` + ana.ID + `","duedate":1767312000000}}`)
		d.create(`{"idContact":"` + leo + `","type":"sms","text":"hello"}`)
		d.create(`{"idContact":"` + leo + `","type":"calllog","body":{"status":"busy","direction":"outgoing","destination":"0987 654 321","start":1767000000000,"end":1767000001000}}`)
		tests := map[string]int{
			"":                                10,
			"idContact=" + mia:                7,
			"idContact=" + mia + "&type=sms":  0,
			"creator=" + bruno.ID:             1,
			"remindedAgent=" + ana.ID:         1,
			"type=reminder":                   1,
			"status=unchecked":                1,
			"status=busy":                     1,
			"status=pending":                  1,
			"origin=api":                      10,
			"origin=log":                      0,
			"from=1767225600010":              5,
			"from=2026-01-01T00:00:00.010Z":   5,
			"to=1767225600000":                1,
			"from=1767225600010&type=note":    3,
			"search=dang":                     1,
			"search=0987654":                  1, // the message's number
			"search=note%203":                 1,
			"type=note&from=0&to=17672256000": 0,
		}
		for query, want := range tests {
			if items, _ := d.list("/api/v1/activities?" + query); len(items) != want {
				t.Errorf("%s: %d found, want %d", query, len(items), want)
			}
		}
		var texts []string
		for after := ""; ; {
			items, next := d.list("/api/v1/activities?type=note&limit=2&after=" + after)
			for _, item := range items {
				texts = append(texts, item["text"].(string))
			}
			if after = next; after == "" {
				break
			}
		}
		if diff := cmp.Diff("note 6,note 5,note 4,note 3,note 2,note 1,note 0", strings.Join(texts, ",")); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}

// Who may see their own data only sees what they wrote or are reminded of, in
// lists and one by one, and writes in nobody else's name.
func TestOwnData(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", "0912345678")
		hers := d.create(`{"idContact":"` + contact + `","type":"note","text":"of ana"}`)["_id"].(string)
		forHim := d.create(`{"idContact":"` + contact + `","type":"reminder","body":{"remindedAgent":"` + bruno.ID + `","duedate":1767312000000}}`)["_id"].(string)
		his := d.by(bruno, identity.Own(identity.ActivityRead), identity.Own(identity.ActivityWrite))
		his.create(`{"idContact":"` + contact + `","type":"note","text":"of bruno"}`)
		for _, path := range []string{"/api/v1/activities", "/api/v1/contacts/" + contact + "/timeline"} {
			if items, _ := his.list(path); len(items) != 2 {
				t.Errorf("%s: %v", path, items)
			}
			if items, _ := d.list(path); len(items) != 3 {
				t.Errorf("%s: %v", path, items)
			}
		}
		for method, body := range map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPatch: `{"text":"b"}`, http.MethodPut: `{"idContact":"` + contact + `","type":"note","text":"b"}`} {
			his.want(http.StatusNotFound, method, "/api/v1/activities/"+hers, body)
		}
		his.want(http.StatusOK, http.MethodPatch, "/api/v1/activities/"+forHim, `{"body":{"status":"checked"}}`)
		his.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/activities", `{"idContact":"`+contact+`","type":"note","text":"b","creator":"`+ana.ID+`"}`)
		d.want(http.StatusNoContent, http.MethodDelete, "/api/v1/activities/"+hers, "")
		his.want(http.StatusNotFound, http.MethodPost, "/api/v1/activities/"+hers+"/restore", "")
		// A message tells its number, which is no more theirs to see than the contact's.
		message := `{"idContact":"` + contact + `","type":"sms","text":"b"}`
		for _, reads := range []string{identity.Own(identity.ContactRead), identity.AgentRead} {
			blind := d.by(bruno, identity.ActivityWrite, reads)
			if status, answer := blind.request(http.MethodPost, "/api/v1/activities", message); status != http.StatusUnprocessableEntity || strings.Contains(answer, "912345678") {
				t.Errorf("a message to a number that %s does not show: %d %s", reads, status, answer)
			}
		}
		d.by(bruno, identity.ActivityWrite, identity.ContactRead).create(message)
		for name, route := range d.routes {
			if strings.Contains(name, "/activities") && !route.Own {
				t.Errorf("%s is not open to who has the right to their own data", name)
			}
		}
	})
}
