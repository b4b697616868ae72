// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
)

// ring stores a call that was answered at a time.
func (p process) ring(t *testing.T, callID, number string, at time.Time) {
	t.Helper()
	p.tell(t, callID, "inbound", number, at, "call.new", "call.ongoing", "call.finished")
}

// tell stores events of a call.
func (p process) tell(t *testing.T, callID, direction, number string, at time.Time, types ...string) {
	t.Helper()
	for i, typ := range types {
		ms := at.UnixMilli() + int64(i)
		data := fmt.Sprintf(`{"call_id":%q,"direction":%q,"their_number":%q,"our_number":"1900","actor":"ana","number":"201"}`, callID, direction, number)
		_, err := p.log.Append(t.Context(), eventlog.Event{
			Tenant: demo.ID, Connector: 1, Stream: live.Stream(1, callID), Key: typ, Type: typ, At: ms, Received: ms, Timed: true, Data: []byte(data),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The contacts that may be behind a number are ranked, each with its reasons:
// who has it before who has one that ends alike, and who was talked with
// before who was not.
func TestRanking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		zone, err := time.LoadLocation(demo.TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().In(zone)
		noon := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, zone)
		p.create(t, "/api/v1/contacts", `{"firstName":"Owner","phone":"0912345678"}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Talked","phone":"+84 912 345 678","numbers":[{"number":"0988888888"}]}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Abroad","phone":"+55 11 912345678"}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Long ago","numbers":[{"number":"+55 21 912345678"}]}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Another","phone":"0912345679"}`)
		gone := p.create(t, "/api/v1/contacts", `{"firstName":"Deleted","phone":"0912345678"}`)
		p.expect(t, u1, "DELETE", fmt.Sprint("/api/v1/contacts/", gone["_id"]), "", 204, "")
		p.ring(t, "yesterday", "0988888888", noon.AddDate(0, 0, -1))
		p.ring(t, "long-ago", "+5521912345678", noon.AddDate(0, 0, -3))
		p.ring(t, "today", "+5511912345678", now)
		p.tell(t, "nobody-there", "outbound", "0912345678", now, "call.new", "actor.entered", "actor.left", "call.finished")

		type ranking struct {
			Items []struct {
				Contact struct{ FirstName string }
				Reasons []string
				Score   int
			}
		}
		rank := func(who identity.Principal, number string) (got []string) {
			_, body := p.requestAs(t, who, "GET", "/api/v1/contacts/match?number="+url.QueryEscape(number), "")
			var r ranking
			if err := json.Unmarshal([]byte(body), &r); err != nil {
				t.Fatal(body)
			}
			for _, item := range r.Items {
				got = append(got, item.Contact.FirstName+": "+strings.Join(item.Reasons, ", "))
			}
			return got
		}
		want := []string{
			"Talked: exact, talked yesterday", "Owner: exact, owner",
			"Abroad: same last nine digits, talked today", "Long ago: same last nine digits",
		}
		for _, number := range []string{"0912345678", "84912345678", "tel:+84-912-345-678"} {
			if diff := cmp.Diff(want, rank(u1, number)); diff != "" {
				t.Errorf("%s: %s", number, diff)
			}
		}
		for number, who := range map[string]identity.Principal{"": u1, "anonymous": u1, "0900000000": u1, "0912345678": ana} {
			if got := rank(who, number); len(got) != 0 {
				t.Errorf("%q: %v", number, got)
			}
		}
	})
}

// A number is read by the rules of the call centre's region, and none is
// refused.
func TestParseNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		for number, want := range map[string]string{
			"0120 123 4567": `"matchKey":"+84701234567","e164":"+84701234567","national":"0701 234 567","digits":"01201234567","withheld":false,"region":"VN"`,
			"200":           `"matchKey":"raw:200","e164":"","national":"200"`,
			"anonymous":     `"matchKey":"","e164":"","national":"anonymous","digits":"","withheld":true`,
		} {
			p.expect(t, u1, "GET", "/api/v1/numbers/parse?number="+url.QueryEscape(number), "", 200, want)
		}
		if _, body := p.request(t, other, "GET", "/api/v1/numbers/parse?number=1187654321", ""); !strings.Contains(body, `"e164":"+5511987654321"`) {
			t.Error(body)
		}
		p.expect(t, u1, "GET", "/api/v1/numbers/parse", "", 422, "query.number")
	})
}

// Of merged contacts one is left, with what all of them had; the numbers' calls
// are its own, and the others say where they went and cannot come back.
func TestMerge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		caller := p.call(t, "first", "0912345678")
		keep := p.create(t, "/api/v1/contacts", `{"firstName":"Mia","phone":"0987654321","email":"MIA@example.com"}`)
		twin := p.create(t, "/api/v1/contacts", `{"firstName":"M.","gender":"female","email":"mia@example.com","numbers":[{"number":"0911111111","label":"home"},{"number":"+84987654321"}]}`)
		id := fmt.Sprint(keep["_id"])
		group := p.create(t, "/api/v1/contact-groups", fmt.Sprintf(`{"name":"VIP","contactList":["%s"]}`, twin["_id"]))

		_, body := p.requestAs(t, u1, "GET", "/api/v1/contacts/duplicates", "")
		if strings.Count(body, `"reason"`) != 2 || !strings.Contains(body, `"reason":"number"`) || !strings.Contains(body, `"reason":"email"`) {
			t.Errorf("duplicates: %s", body)
		}
		page := p.expect(t, u1, "GET", "/api/v1/contacts/duplicates?limit=1", "", 200, `"reason":"number"`)
		p.expect(t, u1, "GET", fmt.Sprint("/api/v1/contacts/duplicates?limit=1&after=", page["next"]), "", 200, `"reason":"email"`)

		const merge = "/api/v1/contacts/merge"
		others := fmt.Sprintf(`["%s","%s"]`, caller.ContactID, twin["_id"])
		p.expect(t, u1, "POST", merge, `{"keep":"`+id+`","merge":["`+id+`"]}`, 422, "body.merge[0]")
		p.expect(t, u1, "POST", merge, `{"keep":"`+id+`","merge":["`+nobodyID+`"]}`, 404, "contact.not_found")
		p.expect(t, ana, "POST", merge, `{"keep":"`+id+`","merge":`+others+`}`, 404, "contact.not_found")
		got := p.expect(t, u1, "POST", merge, `{"keep":"`+id+`","merge":`+others+`}`, 200, `"gender":"female"`)
		if got["firstName"] != "Mia" || got["phone"] != "0987654321" || len(got["numbers"].([]any)) != 2 { //nolint:forcetypeassert // a test
			t.Errorf("merged: %v", got)
		}
		for _, number := range []string{"0912345678", "0987654321", "0911111111"} {
			if m := p.call(t, "later"+number, number); m.New || m.ContactID != id || !slices.Equal(m.Groups, []string{"VIP"}) {
				t.Errorf("a call of %s: %+v", number, m)
			}
		}
		if m := p.call(t, "first", "0912345678"); !m.New {
			t.Errorf("the call that brought the number is asked about again: %+v", m)
		}
		p.expect(t, u1, "GET", fmt.Sprint("/api/v1/contact-groups/", group["_id"]), "", 200, `"contactList":["`+id+`"]`)
		gone := fmt.Sprint("/api/v1/contacts/", twin["_id"])
		p.expect(t, u1, "GET", gone+"?deleted=true", "", 200, `"mergedInto":"`+id+`"`)
		p.expect(t, u1, "POST", gone+"/restore", "", 409, "contact.merged")
		if counts, err := p.live.Counts(t.Context(), demo.ID); err != nil || counts.Contacts != 1 {
			t.Errorf("%d contacts are counted, %v", counts.Contacts, err)
		}
		if told := texts(t, database, `SELECT data FROM events WHERE type = 'contact.merged'`); !strings.Contains(told, caller.ContactID) {
			t.Errorf("told: %s", told)
		}
		if _, body := p.requestAs(t, u1, "GET", "/api/v1/contacts/duplicates", ""); body != `{"items":[]}`+"\n" {
			t.Errorf("duplicates: %s", body)
		}
	})
}
