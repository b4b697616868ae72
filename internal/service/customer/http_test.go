// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// A contact keeps S000's names on the wire, can be sent back as it was given,
// and every change of it is in the log and rings the bell.
func TestContactOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		rings, stop, err := p.bus.Listen(ask.BellContacts)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		got := p.create(t, "/api/v1/contacts", `{"firstName":"Mia","lastName":"Lopes","gender":"female","email":"mia@example.com","phone":"0912 345 678","avatar":"https://x.example/a.png"}`)
		<-rings
		id, _ := got["_id"].(string)
		if created, _ := got["createdAt"].(float64); created < 1e12 || got["updatedAt"] != got["createdAt"] {
			t.Errorf("times are not milliseconds: %v", got)
		}
		want := map[string]any{
			"_id": id, "firstName": "Mia", "lastName": "Lopes", "gender": "female", "email": "mia@example.com",
			"phone": "0912 345 678", "phoneNational": "0912 345 678", "avatar": "https://x.example/a.png", "deleted": false,
			"createdAt": got["createdAt"], "updatedAt": got["updatedAt"], "creator": "u1", "cpf": "", "numbers": []any{},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("contact (-want +got):\n%s", diff)
		}

		got["firstName"] = "Mía"
		whole, _ := json.Marshal(got)
		if status, body := p.request(t, demo, http.MethodPut, "/api/v1/contacts/"+id, string(whole)); status != http.StatusOK || !strings.Contains(body, "Mía") {
			t.Errorf("PUT of what was got: %d %s", status, body)
		}
		if status, body := p.request(t, demo, http.MethodGet, "/api/v1/contacts/"+id, ""); status != http.StatusOK || !strings.Contains(body, "Mía") {
			t.Errorf("GET: %d %s", status, body)
		}
		if status, _ := p.request(t, demo, http.MethodDelete, "/api/v1/contacts/"+id, ""); status != http.StatusNoContent {
			t.Errorf("DELETE: %d", status)
		}
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			if status, _ := p.request(t, demo, method, "/api/v1/contacts/"+id, ""); status != http.StatusNotFound {
				t.Errorf("%s of a deleted contact: %d", method, status)
			}
		}
		var types []string
		records, err := p.log.ReadStream(t.Context(), demo.ID, "contact/"+id, 0, 0)
		for _, r := range records {
			types = append(types, r.Type)
		}
		if diff := cmp.Diff([]string{"contact.created", "contact.changed", "contact.deleted"}, types); diff != "" || err != nil {
			t.Errorf("events, %v (-want +got):\n%s", err, diff)
		}
	})
}

// What is not there, not of this tenant or not acceptable is said so, with
// nothing written.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		id, _ := p.create(t, "/api/v1/contacts", `{"firstName":"Mia"}`)["_id"].(string)
		group, _ := p.create(t, "/api/v1/contact-groups", `{"name":"VIP"}`)["_id"].(string)
		before, err := p.log.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		mine, theirs := "/api/v1/contacts/"+id, "/api/v1/contact-groups/"+group
		for _, path := range []string{mine, theirs, "/api/v1/contacts/nope", "/api/v1/contacts/%00", "/api/v1/contact-groups/nope"} {
			for method, body := range map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPut: `{"firstName":"Eve"}`} {
				if strings.Contains(path, "groups") && body != "" {
					body = `{"name":"Eve"}`
				}
				if status, answer := p.request(t, other, method, path, body); status != http.StatusNotFound {
					t.Errorf("%s %s by another tenant: %d %s", method, path, status, answer)
				}
			}
		}
		for _, c := range []struct{ path, body, want string }{
			{"/api/v1/contacts", `{}`, "contact.invalid"},
			{"/api/v1/contacts", `{"firstName":"  "}`, "contact.invalid"},
			{"/api/v1/contacts", `{"firstName":"a\u0000b"}`, "contact.invalid"},
			{"/api/v1/contacts", `{"firstName":"` + strings.Repeat("x", 201) + `"}`, "request.invalid"},
			{"/api/v1/contact-groups", `{"name":" "}`, "contact_group.invalid"},
			{"/api/v1/contact-groups", `{"name":"A","contactList":["\u0000"]}`, "contact_group.no_such_contact"},
			{"/api/v1/contact-groups", `{"name":"A","contactList":["0198c0de-0000-7000-8000-000000000000"]}`, "contact_group.no_such_contact"},
		} {
			if status, body := p.request(t, demo, http.MethodPost, c.path, c.body); status != http.StatusUnprocessableEntity || !strings.Contains(body, c.want) {
				t.Errorf("POST %s %.60s: %d %s; want 422 %s", c.path, c.body, status, body, c.want)
			}
		}
		// A contact of another tenant cannot be put into a group.
		if status, _ := p.request(t, other, http.MethodPost, "/api/v1/contact-groups", `{"name":"A","contactList":["`+id+`"]}`); status != http.StatusUnprocessableEntity {
			t.Errorf("another tenant's contact in a group: %d", status)
		}
		if after, _ := p.log.Head(t.Context()); after != before {
			t.Errorf("refusals wrote %d events", after-before)
		}
	})
}

// A search finds names without their accents and numbers however their digits
// are grouped; pages follow each other without a gap, newest first.
func TestSearchAndPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		p.create(t, "/api/v1/contacts", `{"firstName":"Đặng Thị","lastName":"Ánh","email":"anh@example.com","phone":"+84 912 345 678"}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"José","lastName":"100% _sure\\"}`)
		tests := map[string]string{
			"dang anh": "Ánh", "ÁNH": "Ánh", "anh@EXAMPLE": "Ánh", "0912 345": "Ánh", "+84912": "Ánh", "345-678": "Ánh", "(091) 234": "Ánh",
			"0084912345678": "Ánh", "tel:+84-912-345-678": "Ánh", "91 23": "",
			"jose": "sure", "100%": "sure", "_sure": "sure", `sure\`: "sure", "dang jose": "", "1000": "", "%": "sure", "ng": "", "exam": "Ánh",
			"Anh@Example.com": "Ánh", "example.com": "Ánh", "anh@example.co": "Ánh", "anh@example.org": "", "anh@.com": "", "com": "",
		}
		for search, want := range tests {
			_, body := p.request(t, demo, http.MethodGet, "/api/v1/contacts?search="+url.QueryEscape(search), "")
			if n := strings.Count(body, `"_id"`); want == "" && n != 0 || want != "" && (n != 1 || !strings.Contains(body, want)) {
				t.Errorf("search %q: want one with %q: %s", search, want, body)
			}
		}
		for i := range 5 {
			p.create(t, "/api/v1/contacts", fmt.Sprintf(`{"firstName":"n%d"}`, i))
		}
		var names []string
		for after := ""; ; {
			var page struct {
				Items []struct{ FirstName string }
				Next  string
			}
			_, body := p.request(t, demo, http.MethodGet, "/api/v1/contacts?limit=3&after="+after, "")
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err, body)
			}
			for _, item := range page.Items {
				names = append(names, item.FirstName)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"n4", "n3", "n2", "n1", "n0", "José", "Đặng Thị"}, names); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		if status, _ := p.request(t, demo, http.MethodGet, "/api/v1/contacts?after=%00", ""); status != http.StatusUnprocessableEntity {
			t.Errorf("nonsense cursor: %d", status)
		}
	})
}

// A group keeps the order of its contacts, each once; a deleted contact leaves
// it, and a deleted group names nobody any more.
func TestGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		var ids []string
		for _, number := range []string{"0912345678", "0987654321"} {
			id, _ := p.create(t, "/api/v1/contacts", `{"phone":"`+number+`"}`)["_id"].(string)
			ids = append(ids, id)
		}
		list := `["` + ids[1] + `","` + ids[0] + `","` + ids[1] + `"]`
		group := p.create(t, "/api/v1/contact-groups", `{"name":"VIP","description":"d","contactList":`+list+`}`)
		if diff := cmp.Diff([]any{ids[1], ids[0]}, group["contactList"]); diff != "" || group["creator"] != "u1" || group["deleted"] != false {
			t.Errorf("group %v: %s", group, diff)
		}
		path := fmt.Sprint("/api/v1/contact-groups/", group["_id"])
		if m := p.call(t, "a", "0912345678"); !cmp.Equal(m.Groups, []string{"VIP"}) {
			t.Errorf("groups of a member: %v", m.Groups)
		}
		p.request(t, demo, http.MethodDelete, "/api/v1/contacts/"+ids[1], "")
		if _, body := p.request(t, demo, http.MethodGet, path, ""); strings.Contains(body, ids[1]) || !strings.Contains(body, ids[0]) {
			t.Errorf("after a contact was deleted: %s", body)
		}
		group["name"], group["contactList"] = "Gold", []string{ids[0]}
		whole, _ := json.Marshal(group)
		if status, body := p.request(t, demo, http.MethodPut, path, string(whole)); status != http.StatusOK || !strings.Contains(body, "Gold") {
			t.Errorf("PUT: %d %s", status, body)
		}
		if status, _ := p.request(t, demo, http.MethodDelete, path, ""); status != http.StatusNoContent {
			t.Errorf("DELETE: %d", status)
		}
		if m := p.call(t, "b", "0912345678"); len(m.Groups) != 0 {
			t.Errorf("groups after the group was deleted: %v", m.Groups)
		}
		if _, body := p.request(t, demo, http.MethodGet, "/api/v1/contact-groups", ""); !strings.Contains(body, `"items":[]`) {
			t.Errorf("list: %s", body)
		}
	})
}

// next returns the cursor of the next page; "" for none.
func next(t testing.TB, body string) string {
	t.Helper()
	var page struct{ Next string }
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	return page.Next
}
