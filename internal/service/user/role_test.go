// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
)

// A call centre's own role gives what it says and nothing else, from one
// request to the next.
func TestRole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		created := p.do(t, p.admin, 201, "POST /api/v1/roles",
			`{"name":" Night shift ","description":"x","rights":["contact.write.own","contact.read","contact.read.own","call.read"]}`)
		id := created["_id"].(string)
		if created["name"] != "Night shift" || fmt.Sprint(created["rights"]) != "[call.read contact.read contact.write.own]" || created["builtIn"] != false {
			t.Errorf("created %v", created)
		}
		p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"nam","role":"`+id+`","password":"correct horse"}`)
		may := func() string {
			who := p.principal(t, "nam")
			return who.Role + ": " + strings.Join(slices.Sorted(slices.Values(who.Rights)), " ")
		}
		if got := may(); got != "Night shift: call.read contact.read contact.write.own self.read self.write" {
			t.Errorf("rights of %s", got)
		}
		p.do(t, p.admin, 200, "PATCH /api/v1/roles/"+id, `{"rights":["audit.read"]}`)
		if got := may(); got != "Night shift: audit.read self.read self.write" {
			t.Errorf("rights of %s", got)
		}
		p.refused(t, p.admin, "role.in_use", "DELETE /api/v1/roles/"+id, "")
		p.do(t, p.admin, 200, "PUT /api/v1/roles/"+id, `{"name":"Night","rights":[]}`)
		agent := p.do(t, p.admin, 200, "GET /api/v1/agents?search=nam", "")["items"].([]any)[0].(map[string]any)["_id"].(string)
		p.do(t, p.admin, 200, "PATCH /api/v1/agents/"+agent, `{"role":"agent"}`)
		p.do(t, p.admin, 204, "DELETE /api/v1/roles/"+id, "")
		p.refused(t, p.admin, "agent.invalid", "PATCH /api/v1/agents/"+agent, `{"role":"`+id+`"}`, "body.role")
		p.do(t, p.admin, 200, "POST /api/v1/roles/"+id+"/restore", "")
		for _, call := range []string{"GET ", "DELETE "} {
			p.refused(t, p.stranger, "role.not_found", call+"/api/v1/roles/"+id, "")
		}
		if actions, _ := p.trail(t, "role/"+id); actions != "role.created role.changed role.changed role.deleted role.restored" {
			t.Errorf("trail: %s", actions)
		}
	})
}

// What no role can be is refused, with the field named as it was sent.
func TestBadRoles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		p.do(t, p.admin, 201, "POST /api/v1/roles", `{"name":"Đêm","rights":[]}`)
		for body, field := range map[string]string{
			`{"name":"","rights":[]}`:                                    "body.name",
			`{"name":"Admin","rights":[]}`:                               "body.name",
			`{"name":"OPERATOR","rights":[]}`:                            "body.name",
			`{"name":"dem","rights":[]}`:                                 "body.name",
			`{"name":"a\u0007","rights":[]}`:                             "body.name",
			`{"name":"x","rights":["call.read","tenant.write"]}`:         "body.rights[1]",
			`{"name":"x","rights":["provider.write"]}`:                   "body.rights[0]",
			`{"name":"x","rights":["*"]}`:                                "body.rights[0]",
			`{"name":"x","rights":["audit.read.own"]}`:                   "body.rights[0]",
			`{"name":"x","rights":["call.read tenant.write"]}`:           "body.rights[0]",
			`{"name":"` + strings.Repeat("x", 201) + `","rights":[]}`:    "body.name",
			`{"name":"x","description":"\u0000","rights":["call.read"]}`: "body.description",
		} {
			got := p.send(t, request{method: "POST", path: "/api/v1/roles", body: body, as: p.admin})
			if got.status != 422 || !slices.Equal(got.fields, []string{field}) {
				t.Errorf("%s: %d %s, want %s", body, got.status, got.body, field)
			}
		}
		for _, name := range []string{"admin", "agent"} {
			p.refused(t, p.admin, "role.built_in", "DELETE /api/v1/roles/"+name, "")
			p.refused(t, p.admin, "role.built_in", "PATCH /api/v1/roles/"+name, `{"rights":[]}`)
		}
		items := p.do(t, p.admin, 200, "GET /api/v1/roles?limit=2", "")
		if next := items["next"]; next != "agent" {
			t.Errorf("the built-in roles are not the first page: %v", items)
		}
		if more := p.do(t, p.admin, 200, "GET /api/v1/roles?after=agent&search=dem", "")["items"].([]any); len(more) != 1 {
			t.Errorf("found %v", more)
		}
		p.refused(t, p.admin, "request.invalid", "GET /api/v1/roles?after=x", "")
	})
}

// Nobody gives what they do not have: not by a role, not by giving somebody a
// role, and not by taking over the account of somebody who has more.
func TestNobodyRisesByThemselves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		chief := p.do(t, p.admin, 201, "POST /api/v1/roles",
			`{"name":"Team lead","rights":["agent.read","agent.write","role.read","role.write","contact.read.own"]}`)["_id"].(string)
		strong := p.do(t, p.admin, 201, "POST /api/v1/roles", `{"name":"Strong","rights":["key.write"]}`)["_id"].(string)
		p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"lan","role":"`+chief+`","password":"correct horse"}`)
		lan := p.principal(t, "lan")
		const denied = "user.right_not_held"
		p.refused(t, lan, denied, "POST /api/v1/roles", `{"name":"x","rights":["key.write"]}`)
		p.refused(t, lan, denied, "POST /api/v1/roles", `{"name":"x","rights":["contact.read"]}`)
		p.refused(t, lan, denied, "PATCH /api/v1/roles/"+chief, `{"rights":["agent.write","role.write","key.write"]}`)
		p.refused(t, lan, denied, "POST /api/v1/agents", `{"login":"pal","role":"admin"}`)
		p.refused(t, lan, denied, "POST /api/v1/agents", `{"login":"pal","role":"agent"}`) // it sees all calls
		p.refused(t, lan, denied, "PATCH /api/v1/agents/"+lan.ID, `{"role":"admin"}`)
		p.refused(t, lan, denied, "PATCH /api/v1/agents/"+p.admin.ID, `{"email":"lan@example.org"}`)
		p.refused(t, lan, denied, "DELETE /api/v1/agents/"+p.admin.ID, "")
		// What they have they may give, and weaken what others have.
		p.do(t, lan, 201, "POST /api/v1/roles", `{"name":"x","rights":["contact.read.own","agent.read"]}`)
		p.do(t, lan, 200, "PATCH /api/v1/roles/"+strong, `{"name":"Stronger"}`)
		p.do(t, lan, 200, "PATCH /api/v1/roles/"+strong, `{"rights":[]}`)
		p.refused(t, lan, denied, "PATCH /api/v1/roles/"+strong, `{"rights":["key.write"]}`)
		p.do(t, lan, 204, "DELETE /api/v1/roles/"+strong, "")
		// A key may give what it was given, and no more.
		key := identity.Principal{Tenant: p.demo, ID: "k", Role: "key", Rights: []string{identity.AgentWrite}}
		p.refused(t, key, denied, "POST /api/v1/agents", `{"login":"pal","role":"admin"}`)
	})
}

// Somebody who can sign in and has all rights of an administrator is always
// left, however they would be lost.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		const last = "user.last_administrator"
		me := "/api/v1/agents/" + p.admin.ID
		p.refused(t, p.admin, last, "DELETE "+me, "")
		p.refused(t, p.admin, last, "PATCH "+me, `{"role":"agent"}`)
		// Somebody who has not accepted their invitation cannot help.
		second := p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"second","role":"admin"}`)["_id"].(string)
		p.refused(t, p.admin, last, "DELETE "+me, "")
		p.do(t, p.admin, 204, "DELETE /api/v1/agents/"+second, "")
		// Nor can somebody who can change agents and roles, and could give no more than that.
		p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"keeper","role":"`+p.role(t, "Keeper", []string{identity.AgentWrite, identity.RoleWrite})+`","password":"correct horse"}`)
		p.refused(t, p.admin, last, "DELETE "+me, "")
		role := p.role(t, "Chief", slices.DeleteFunc(identity.RightsOf("admin"), func(right string) bool { return strings.HasPrefix(right, "self.") }))
		p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"chief","role":"`+role+`","password":"correct horse"}`)
		p.do(t, p.admin, 204, "DELETE "+me, "")
		chief := p.principal(t, "chief")
		p.refused(t, chief, last, "PATCH /api/v1/roles/"+role, `{"rights":["agent.write","role.write"]}`)
		p.refused(t, chief, last, "DELETE /api/v1/agents/"+chief.ID, "")
		if got := p.logins(t, chief, ""); got != "keeper chief" {
			t.Errorf("left are %s", got)
		}
	})
}

// Each right that a role can have says what it opens, and none that belongs to
// the operator or to everybody is among them.
func TestRights(t *testing.T) {
	t.Parallel()
	p := startPeople(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	seen := map[string]bool{}
	for _, item := range p.do(t, p.admin, 200, "GET /api/v1/rights", "")["items"].([]any) {
		right := item.(map[string]any)
		name := right["right"].(string)
		seen[name] = true
		if right["description"] == "" || right["ownable"] != identity.CanBeOwn(name) {
			t.Errorf("%v", right)
		}
	}
	for _, right := range identity.RightsOf("admin") {
		if everybody := strings.HasPrefix(right, "self."); seen[right] == everybody {
			t.Errorf("%s is listed: %t", right, seen[right])
		}
	}
	if seen[identity.TenantWrite] || seen[identity.ProviderWrite] || seen[identity.MetricsRead] {
		t.Error("a right of the operator is listed")
	}
}

// role makes a role of the demo call centre, and returns its id.
func (p *people) role(t *testing.T, name string, rights []string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "rights": rights})
	if err != nil {
		t.Fatal(err)
	}
	return p.do(t, p.admin, 201, "POST /api/v1/roles", string(body))["_id"].(string)
}
