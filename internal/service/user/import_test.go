// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"fmt"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/service/user"
)

// A file creates and changes agents, leaves out rows with faults and says
// which, and can be sent again; tried first, it says the same and does nothing.
func TestImportAgents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		role := p.do(t, p.admin, 201, "POST /api/v1/roles", `{"name":"Đêm","rights":[]}`)["_id"].(string)
		p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"ana","name":"Ana","extension":"200","queues":["900"]}`)
		const file = "\uFEFFLogin;Name;E-mail;Queues;Role\r\n" +
			"ana;Ana Maria;ana@example.org;900,901;agent\r\n" + // changed
			"bruno;Bruno;;;dem\r\n" + // created, role by its name
			"chi;'=1+1;chi@example.org;900;Agent\r\n" + // created, a built-in role as people write it
			"BRUNO;Again;;;\r\n" + // twice
			"stranger;Foreign;;;\r\n" + // taken elsewhere
			"e!;E;no address;700;boss\r\n" // words
		const dry, real = "POST /api/v1/agents/import?dryRun=true&invite=true", "POST /api/v1/agents/import?invite=true"
		tried := p.do(t, p.admin, 200, dry, file)
		if got := p.logins(t, p.admin, ""); got != "admin ana" {
			t.Fatalf("a dry run leaves %s", got)
		}
		if _, ok := tried["invitations"]; ok {
			t.Error("a dry run invites")
		}
		done := p.do(t, p.admin, 200, real, file)
		for _, result := range []map[string]any{tried, done} {
			if result["created"] != 2.0 || result["changed"] != 1.0 || result["unchanged"] != 0.0 {
				t.Errorf("result %v", result)
			}
			var errors []string
			for _, one := range result["errors"].([]any) {
				fault := one.(map[string]any)
				errors = append(errors, fmt.Sprint(fault["row"], " ", fault["field"]))
			}
			if got := strings.Join(errors, ", "); got != "5 login, 6 , 7 login, 7 email" {
				t.Errorf("errors %s", got)
			}
		}
		if links := done["invitations"].([]any); len(links) != 2 || tokenOf(t, links[0].(map[string]any)) == "" {
			t.Errorf("invitations %v", links)
		}
		items := p.do(t, p.admin, 200, "GET /api/v1/agents", "")["items"].([]any)
		ana, bruno, chi := items[1].(map[string]any), items[2].(map[string]any), items[3].(map[string]any)
		if ana["name"] != "Ana Maria" || ana["extension"] != "200" || fmt.Sprint(ana["queues"]) != "[900 901]" {
			t.Errorf("changed %v", ana)
		}
		if bruno["role"] != role || chi["name"] != "=1+1" || chi["role"] != "agent" {
			t.Errorf("created %v, %v", bruno, chi)
		}
		again := p.do(t, p.admin, 200, real, file)
		if again["created"] != 0.0 || again["changed"] != 0.0 || again["unchanged"] != 3.0 {
			t.Errorf("again %v", again)
		}
	})
}

// What is no file of agents changes nothing, and a person who may little makes
// nobody who may more.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		const call = "POST /api/v1/agents/import"
		for file, code := range map[string]string{
			"":                                    "request.malformed",
			"name\nAna\n":                         "agent.bad_columns",
			"login,colour\nana,red\n":             "agent.bad_columns",
			"login,password\nana,correct horse\n": "agent.bad_columns",
			"login,LOGIN\nana,ana\n":              "agent.bad_columns",
			"\x00\x01":                            "sheet.not_text",
		} {
			got := p.send(t, request{method: "POST", path: "/api/v1/agents/import", body: file, as: p.admin})
			if got.code != code {
				t.Errorf("%q: %d %s, want %s", file, got.status, got.body, code)
			}
		}
		weak := identity.Principal{Tenant: p.demo, ID: "w", Login: "weak", Rights: append(identity.RightsOf(user.RoleAgent), identity.AgentWrite)}
		result := p.do(t, weak, 200, call, "login,role\nboss,admin\nadmin,agent\npal,agent\n")
		if result["created"] != 1.0 || len(result["errors"].([]any)) != 2 {
			t.Errorf("result %v", result)
		}
		result = p.do(t, p.admin, 200, call, "login,role,device\nadmin,,\n")
		if result["unchanged"] != 1.0 {
			t.Errorf("empty cells change an administrator: %v", result)
		}
		var big strings.Builder
		big.WriteString("login\n")
		for i := range 1001 {
			fmt.Fprintf(&big, "agent%d!\n", i)
		}
		result = p.do(t, p.admin, 200, call+"?dryRun=true", big.String())
		if faults := result["errors"].([]any); len(faults) != 1001 {
			t.Errorf("%d faults of a file that is too long", len(faults))
		}
		result = p.do(t, p.admin, 200, call, "login\nx1\n\"x2\nx3\n")
		if result["created"] != 1.0 || len(result["errors"].([]any)) != 1 || !strings.Contains(fmt.Sprint(result["errors"]), "behind it are left out") {
			t.Errorf("a quote that never ends: %v", result)
		}
	})
}
