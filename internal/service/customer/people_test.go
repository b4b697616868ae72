// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const (
	agentID  = "0198c0de-0000-7000-8000-00000000a6e7"
	nobodyID = "0198c0de-0000-7000-8000-000000000000"
)

// ana may use her own contacts only; she is the agent who exists.
var ana = identity.Principal{ID: agentID, Rights: []string{identity.Own(identity.ContactRead), identity.Own(identity.ContactWrite)}}

// answerAgents answers as the user service would.
func (p process) answerAgents(t *testing.T) {
	t.Helper()
	err := bus.Answer(t.Context(), p.bus, ask.FindAgent, func(_ context.Context, q ask.AgentQuestion) (ask.Agent, error) {
		if q.ID != agentID || q.Tenant != demo.ID {
			return ask.Agent{}, problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
		}
		return ask.Agent{ID: q.ID}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// expect asks and checks the status and a part of the answer.
func (p process) expect(t *testing.T, who identity.Principal, method, path, body string, status int, part string) map[string]any {
	t.Helper()
	got, answer := p.requestAs(t, who, method, path, body)
	if got != status || !strings.Contains(answer, part) {
		t.Errorf("%s %s %.100s: %d %s; want %d with %q", method, path, body, got, answer, status, part)
	}
	var object map[string]any
	_ = json.Unmarshal([]byte(answer), &object) // an empty answer has none
	return object
}

// A contact's creator is the caller, or an agent who exists; somebody with the
// right to their own contacts neither sees nor changes another's.
func TestCreatorsAndOwnContacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		p.answerAgents(t)
		const contacts = "/api/v1/contacts"
		mine := p.expect(t, u1, "POST", contacts, `{"firstName":"Mine"}`, 201, `"creator":"u1"`)
		hers := p.expect(t, u1, "POST", contacts, `{"firstName":"Hers","creator":"`+agentID+`"}`, 201, agentID)
		p.expect(t, u1, "POST", contacts, `{"firstName":"X","creator":"`+nobodyID+`"}`, 422, "body.creator")
		p.expect(t, u1, "POST", contacts, `{"firstName":"X","creator":"nobody"}`, 422, "body.creator")
		p.expect(t, ana, "POST", contacts, `{"firstName":"X","creator":"u1"}`, 422, "body.creator")
		own := p.expect(t, ana, "POST", contacts, `{"firstName":"Own"}`, 201, agentID)

		theirs, minePath := fmt.Sprint(contacts, "/", hers["_id"]), fmt.Sprint(contacts, "/", mine["_id"])
		p.expect(t, ana, "GET", theirs, "", 200, "Hers")
		for method, body := range map[string]string{"GET": "", "DELETE": "", "PUT": `{"firstName":"Z"}`, "PATCH": `{"firstName":"Z"}`} {
			p.expect(t, ana, method, minePath, body, 404, "contact.not_found")
		}
		p.expect(t, ana, "POST", minePath+"/restore", "", 404, "contact.not_found")
		list := p.expect(t, ana, "GET", contacts, "", 200, "")
		if diff := cmp.Diff([]string{"Own", "Hers"}, names(list)); diff != "" {
			t.Errorf("her contacts: %s", diff)
		}
		if list := p.expect(t, ana, "GET", contacts+"?search=mine", "", 200, ""); len(names(list)) != 0 {
			t.Errorf("she finds another's: %v", names(list))
		}
		if list := p.expect(t, u1, "GET", contacts+"?creator="+agentID, "", 200, ""); len(names(list)) != 2 {
			t.Errorf("by creator: %v", names(list))
		}
		// What was got can be sent back, whoever created it.
		whole, _ := json.Marshal(own)
		p.expect(t, u1, "PUT", fmt.Sprint(contacts, "/", own["_id"]), string(whole), 200, agentID)
		p.expect(t, ana, "POST", "/api/v1/contact-groups", fmt.Sprintf(`{"name":"A","contactList":["%s"]}`, mine["_id"]), 422, "contactList")
	})
}

func names(list map[string]any) (names []string) {
	items, _ := list["items"].([]any)
	for _, item := range items {
		names = append(names, item.(map[string]any)["firstName"].(string)) //nolint:forcetypeassert // a test
	}
	return names
}

// A CPF has to be one, is seen whole by few, stays when it is sent back
// masked, and is found by those who may see it.
func TestCPF(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		agent := identity.Principal{ID: "u2", Rights: identity.RightsOf("agent")}
		for _, cpf := range []string{"111.111.111-11", "529.982.247-24", "52998224725x", "5299822472", "529982247251", "٥٢٩٩٨٢٢٤٧٢٥"} {
			p.expect(t, u1, "POST", "/api/v1/contacts", `{"firstName":"A","cpf":"`+cpf+`"}`, 422, "body.cpf")
		}
		got := p.expect(t, u1, "POST", "/api/v1/contacts", `{"firstName":"Zé","cpf":"529.982.247-25"}`, 201, `"529.982.247-25"`)
		path := fmt.Sprint("/api/v1/contacts/", got["_id"])
		masked := p.expect(t, agent, "GET", path, "", 200, `"***.***.***-25"`)
		whole, _ := json.Marshal(masked)
		p.expect(t, agent, "PUT", path, string(whole), 200, `"***.***.***-25"`)
		p.expect(t, u1, "GET", path, "", 200, "529.982.247-25")
		for search, n := range map[string]int{"529982": 1, "529.982.247-25": 1, "98224725": 0} {
			q := "/api/v1/contacts?search=" + url.QueryEscape(search)
			if list := p.expect(t, u1, "GET", q, "", 200, ""); len(names(list)) != n {
				t.Errorf("%s: found %v", search, names(list))
			}
			if list := p.expect(t, agent, "GET", q, "", 200, ""); len(names(list)) != 0 {
				t.Errorf("%s: found by an agent: %v", search, names(list))
			}
		}
		p.expect(t, u1, "PATCH", path, `{"cpf":""}`, 200, `"cpf":""`)
		for _, place := range []string{"SELECT data FROM events", "SELECT before || after FROM audit_entries"} {
			if text := texts(t, database, place); strings.Contains(text, "529982247") || strings.Contains(text, "529.982") {
				t.Errorf("%s has the whole CPF", place)
			}
		}
	})
}

// texts returns what a query of one column finds.
func texts(t *testing.T, database *db.DB, query string) string {
	t.Helper()
	var all []string
	err := db.EachRow(t.Context(), database, query, nil, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		all = append(all, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// A deleted contact is still there for who asks for it, comes back with its
// number, and each write of a person is in the audit trail.
func TestDeleteAndRestore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		got := p.create(t, "/api/v1/contacts", `{"firstName":"Mia","phone":"0912345678","numbers":[{"number":"0987 654 321","label":"office"}]}`)
		path := fmt.Sprint("/api/v1/contacts/", got["_id"])
		p.expect(t, u1, "PATCH", path, `{"lastName":"Lopes"}`, 200, `"firstName":"Mia"`)
		p.expect(t, u1, "DELETE", path, "", 204, "")
		p.expect(t, u1, "GET", path, "", 404, "")
		p.expect(t, u1, "GET", path+"?deleted=true", "", 200, `"deleted":true`)
		if list := p.expect(t, u1, "GET", "/api/v1/contacts?search=mia", "", 200, ""); len(names(list)) != 0 {
			t.Errorf("found: %v", names(list))
		}
		for _, q := range []string{"?deleted=true", "?deleted=true&search=mia"} {
			if list := p.expect(t, u1, "GET", "/api/v1/contacts"+q, "", 200, ""); len(names(list)) != 1 {
				t.Errorf("%s: %v", q, names(list))
			}
		}
		p.expect(t, u1, "POST", path+"/restore", "", 200, `"deleted":false`)
		p.expect(t, u1, "POST", path+"/restore", "", 200, `"deleted":false`)
		for _, number := range []string{"0912345678", "+84987654321"} {
			if m := p.call(t, "call"+number, number); m.New || m.ContactID != got["_id"] {
				t.Errorf("a call of %s: %+v", number, m)
			}
		}
		if counts, err := p.live.Counts(t.Context(), demo.ID); err != nil || counts.Contacts != 1 {
			t.Errorf("%d contacts are counted, %v", counts.Contacts, err)
		}
		trail := texts(t, database, `SELECT action || ' ' || actor FROM audit_entries WHERE tenant = 1 ORDER BY id`)
		if want := "contact.created u1\ncontact.changed u1\ncontact.deleted u1\ncontact.restored u1"; trail != want {
			t.Errorf("audit trail: %s", trail)
		}
		if before := texts(t, database, `SELECT before FROM audit_entries WHERE action = 'contact.changed'`); strings.Contains(before, "Lopes") || !strings.Contains(before, "Mia") {
			t.Errorf("before: %s", before)
		}
	})
}

// Further numbers are found, claimed and given up like the first one, and a
// number that two contacts have goes to the other when one gives it up.
func TestFurtherNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		one := p.create(t, "/api/v1/contacts", `{"firstName":"One","numbers":[{"number":"0912345678","label":"home"}]}`)
		two := p.create(t, "/api/v1/contacts", `{"firstName":"Two","phone":"0987654321","numbers":[{"number":"+84 912 345 678"}]}`)
		if m := p.call(t, "a", "0912345678"); m.ContactID != one["_id"] || m.New {
			t.Errorf("%+v", m)
		}
		for _, bad := range []string{
			`{"firstName":"A","phone":"0912345678","numbers":[{"number":"+84912345678"}]}`,
			`{"firstName":"A","numbers":[{"number":"anonymous"}]}`,
			`{"firstName":"A","numbers":[{"number":"1\u202e2"}]}`,
		} {
			p.expect(t, u1, "POST", "/api/v1/contacts", bad, 422, "body.numbers[0].number")
		}
		p.expect(t, u1, "PATCH", fmt.Sprint("/api/v1/contacts/", one["_id"]), `{"numbers":[{"number":"0911111111"}]}`, 200, `"matchKey":"+84911111111","national":"0911 111 111"`)
		if two["phoneNational"] != "0987 654 321" {
			t.Errorf("phoneNational is %v", two["phoneNational"])
		}
		if m := p.call(t, "b", "0912345678"); m.ContactID != two["_id"] || m.New {
			t.Errorf("the other did not inherit the number: %+v", m)
		}
		for search, want := range map[string][]string{"0911111111": {"One"}, "0912 345 678": {"Two"}, "two": {"Two"}, "5678": {"Two"}} {
			list := p.expect(t, u1, "GET", "/api/v1/contacts?search="+url.QueryEscape(search), "", 200, "")
			if diff := cmp.Diff(want, names(list)); diff != "" {
				t.Errorf("%s: %s", search, diff)
			}
		}
	})
}

// The filters of the list choose what they say, alone and together, and a
// limit keeps more contacts out, but no callers.
func TestFiltersAndLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		first := p.create(t, "/api/v1/contacts", `{"firstName":"Anh","phone":"0912345678"}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Binh"}`)
		third := p.create(t, "/api/v1/contacts", `{"firstName":"Anh Tu","numbers":[{"number":"200"}]}`)
		p.call(t, "a", "0987654321")
		created := int64(third["createdAt"].(float64)) //nolint:forcetypeassert // a test
		group := p.create(t, "/api/v1/contact-groups", fmt.Sprintf(`{"name":"G","contactList":["%s"]}`, first["_id"]))
		for query, want := range map[string][]string{
			"hasNumber=true":                                   {"", "Anh Tu", "Anh"},
			"hasNumber=false":                                  {"Binh"},
			"creator=u1":                                       {"Anh Tu", "Binh", "Anh"},
			"creator=u1&hasNumber=true&search=anh":             {"Anh Tu", "Anh"},
			fmt.Sprint("to=", created+60_000):                  {"", "Anh Tu", "Binh", "Anh"},
			fmt.Sprint("to=", created-60_000):                  nil,
			"from=2020-01-01T00:00:00Z&search=tu":              {"Anh Tu"},
			"from=2120-01-01T00:00:00Z":                        nil,
			fmt.Sprint("group=", group["_id"]):                 {"Anh"},
			fmt.Sprint("search=anh&group=", group["_id"]):      {"Anh"},
			fmt.Sprint("search=binh&group=", group["_id"]):     nil,
			fmt.Sprint("hasNumber=false&group=", group["_id"]): nil,
		} {
			if diff := cmp.Diff(want, names(p.expect(t, u1, "GET", "/api/v1/contacts?"+query, "", 200, ""))); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
		p.expect(t, u1, "GET", "/api/v1/contacts?from=soon", "", 422, "query.from")
		p.expect(t, u1, "GET", "/api/v1/contacts?group="+nobodyID, "", 404, "contact_group.not_found")

		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			limits := tenant.Usual
			limits.Contacts = 4
			return p.directory.SetLimits(t.Context(), tx, demo.ID, limits)
		})
		if err == nil {
			err = p.directory.Changed(t.Context(), p.bus)
		}
		if err != nil {
			t.Fatal(err)
		}
		p.expect(t, u1, "POST", "/api/v1/contacts", `{"firstName":"One too many"}`, 429, "limit.reached")
		if m := p.call(t, "b", "0911111111"); !m.New || m.ContactID == "" {
			t.Errorf("a caller beyond the limit: %+v", m)
		}
	})
}

// A group may be a filter, whose contacts are those that it chooses now, and
// may be its creator's alone; then no rule sees it either.
func TestFiltersAndPrivateGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		p.answerAgents(t)
		agent := identity.Principal{ID: "u2", Rights: identity.RightsOf("agent")}
		p.create(t, "/api/v1/contacts", `{"firstName":"Ánh","phone":"0912345678"}`)
		const groups = "/api/v1/contact-groups"
		filter := p.create(t, groups, `{"name":"Those called Anh","kind":"filter","filter":{"search":"anh","hasNumber":true}}`)
		private := p.create(t, groups, `{"name":"Mine","shared":false,"kind":"filter","filter":{"hasNumber":true}}`)
		if m := p.call(t, "a", "0912345678"); !cmp.Equal(m.Groups, []string{"Those called Anh"}) {
			t.Errorf("groups of a caller: %v", m.Groups)
		}
		second := p.create(t, "/api/v1/contacts", `{"firstName":"Anh","phone":"0987654321"}`)
		path, hidden := fmt.Sprint(groups, "/", filter["_id"]), fmt.Sprint(groups, "/", private["_id"])
		got := p.expect(t, agent, "GET", path, "", 200, `"filter":{"search":"anh","hasNumber":true}`)
		if list, _ := got["contactList"].([]any); len(list) != 2 || list[0] != second["_id"] {
			t.Errorf("chosen: %v", list)
		}
		whole, _ := json.Marshal(got)
		p.expect(t, agent, "PUT", path, string(whole), 200, "Those called Anh")
		if list := p.expect(t, agent, "GET", "/api/v1/contacts?search=anh&group="+fmt.Sprint(filter["_id"]), "", 200, ""); len(names(list)) != 2 {
			t.Errorf("contacts of a filter: %v", names(list))
		}
		for _, body := range []string{
			`{"name":"A","kind":"filter"}`, `{"name":"A","filter":{"search":"x"}}`, `{"name":"A","kind":"filter","filter":{"from":2,"to":1}}`,
		} {
			p.expect(t, u1, "POST", groups, body, 422, "body.filter")
		}

		p.expect(t, u1, "GET", hidden, "", 200, "Mine")
		for method, body := range map[string]string{"GET": "", "DELETE": "", "PATCH": `{"shared":true}`} {
			p.expect(t, agent, method, hidden, body, 404, "contact_group.not_found")
		}
		p.expect(t, agent, "GET", "/api/v1/contacts?group="+fmt.Sprint(private["_id"]), "", 404, "")
		if _, body := p.requestAs(t, agent, http.MethodGet, groups, ""); strings.Contains(body, "Mine") {
			t.Errorf("an agent sees another's group: %s", body)
		}
		p.expect(t, agent, "PATCH", path, `{"shared":false}`, 422, "body.shared")
		p.expect(t, u1, "PATCH", hidden, `{"name":"Ours","shared":true}`, 200, "Ours")
		if m := p.call(t, "b", "0912345678"); !slices.Equal(m.Groups, []string{"Ours", "Those called Anh"}) {
			t.Errorf("groups of a caller: %v", m.Groups)
		}
		p.expect(t, u1, "PATCH", path, `{"creator":"`+nobodyID+`"}`, 422, "body.creator")
		p.expect(t, u1, "PATCH", path, `{"creator":"`+agentID+`"}`, 200, `"creator":"`+agentID)
		p.expect(t, agent, "PUT", path, string(whole), 422, "body.creator")
		p.expect(t, u1, "PUT", path, string(whole), 200, `"creator":"u1"`)
		p.expect(t, u1, "DELETE", path, "", 204, "")
		p.expect(t, u1, "DELETE", path, "", 404, "")
		p.expect(t, u1, "GET", path, "", 404, "")
		p.expect(t, u1, "GET", path+"?deleted=true", "", 200, `"deleted":true`)
		p.expect(t, u1, "POST", path+"/restore", "", 200, `"deleted":false`)
	})
}
