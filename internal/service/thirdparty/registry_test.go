// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// What was got can be sent back; secrets come out once or never; each change is
// in the log and in the audit trail, without them.
func TestEntitiesOverHTTP(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database)
		integrator := f.must(http.MethodPost, "/api/v1/integrators", `{"name":"CRM","baseUrl":"https://crm.example/api","auth":"bearer","secret":"hunter2"}`)
		template := f.must(http.MethodPost, "/api/v1/integration-templates", `{"name":"Mine","events":["call.finished"],"mapping":"{\"n\": call.theirNumber}","auth":"integrator",
			"settingsSchema":{"type":"object","required":["team"],"properties":{"team":{"type":"string"},"size":{"type":"integer","default":3}}}}`)
		path, endpoint := f.endpoint(fmt.Sprintf(`{"name":"To CRM","template":%q,"integrator":%q,"url":"https://crm.example/x","settings":{"team":"a"}}`, template["_id"], integrator["_id"]))
		if endpoint["settings"].(map[string]any)["size"] != 3.0 || endpoint["enabled"] != true {
			t.Errorf("endpoint %v", endpoint)
		}
		for _, of := range []struct {
			path string
			got  map[string]any
		}{
			{fmt.Sprint("/api/v1/integrators/", integrator["_id"]), integrator}, {fmt.Sprint("/api/v1/integration-templates/", template["_id"]), template}, {path, endpoint},
		} {
			if created, _ := of.got["createdAt"].(float64); created < 1e12 {
				t.Errorf("%s: createdAt %v", of.path, of.got["createdAt"])
			}
			again := f.must(http.MethodGet, of.path, "")
			again["name"] = "Renamed"
			text, _ := json.Marshal(again)
			if changed := f.must(http.MethodPut, of.path, string(text)); changed["name"] != "Renamed" || changed["createdAt"] != of.got["createdAt"] {
				t.Errorf("%s changed to %v", of.path, changed)
			}
		}
		if got := f.must(http.MethodGet, fmt.Sprint("/api/v1/integrators/", integrator["_id"]), ""); got["hasSecret"] != true || got["secret"] != nil {
			t.Errorf("integrator %v", got)
		}
		_, signed := f.endpoint(`{"name":"Signed","template":"webhook","url":"https://crm.example/x"}`)
		if secret, _ := signed["secret"].(string); !strings.HasPrefix(secret, "whsec_") {
			t.Errorf("a signed endpoint has the secret %v", signed["secret"])
		}
		if got := f.must(http.MethodGet, fmt.Sprint("/api/v1/integration-endpoints/", signed["_id"]), ""); got["secret"] != nil || got["hasSecret"] != true {
			t.Errorf("later %v", got)
		}
		var stored string
		fatal(t, database.QueryRowContext(t.Context(), `SELECT COALESCE(MAX(secret), '') FROM thirdparty_integrators`).Scan(&stored))
		if strings.Contains(stored, "hunter2") || !strings.HasPrefix(stored, "v1:") {
			t.Errorf("stored %q", stored)
		}
		var entries, leaks int
		fatal(t, database.QueryRowContext(t.Context(), `SELECT COUNT(*), COALESCE(SUM(CASE WHEN before || after LIKE '%hunter2%' OR before || after LIKE '%whsec_%' THEN 1 ELSE 0 END), 0) FROM audit_entries`).Scan(&entries, &leaks))
		if entries != 7 || leaks != 0 {
			t.Errorf("%d entries in the audit trail, %d with secrets", entries, leaks)
		}
	})
}

// What an endpoint uses cannot go; what was deleted can come back; what is
// built in stays as it is.
func TestDelete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database)
		integrator := f.must(http.MethodPost, "/api/v1/integrators", `{"name":"CRM","baseUrl":"https://crm.example"}`)
		template := f.must(http.MethodPost, "/api/v1/integration-templates", `{"name":"Mine","events":["*"]}`)
		endpoint, _ := f.endpoint(fmt.Sprintf(`{"name":"E","template":%q,"integrator":%q,"url":"https://crm.example/x"}`, template["_id"], integrator["_id"]))
		paths := []string{endpoint, fmt.Sprint("/api/v1/integration-templates/", template["_id"]), fmt.Sprint("/api/v1/integrators/", integrator["_id"])}
		for _, path := range paths[1:] {
			if status, answer := f.ask(f.demo, http.MethodDelete, path, ""); status != http.StatusConflict {
				t.Errorf("DELETE %s in use: %d %v", path, status, answer)
			}
		}
		for _, path := range paths {
			if status, _ := f.ask(f.demo, http.MethodDelete, path, ""); status != http.StatusNoContent {
				t.Errorf("DELETE %s: %d", path, status)
			}
			for _, method := range []string{http.MethodDelete, http.MethodPut} {
				body := `{"name":"E","template":"webhook","url":"https://a.example"}`
				switch path {
				case paths[1]:
					body = `{"name":"E","events":["*"]}`
				case paths[2]:
					body = `{"name":"E","baseUrl":"https://a.example"}`
				}
				if status, answer := f.ask(f.demo, method, path, body); status != http.StatusNotFound {
					t.Errorf("%s %s when deleted: %d %v", method, path, status, answer)
				}
			}
			list := path[:strings.LastIndex(path, "/")]
			if items := f.must(http.MethodGet, list+"?deleted=true", "")["items"].([]any); len(items) == 0 || items[len(items)-1].(map[string]any)["deleted"] != true {
				t.Errorf("%s does not show what was deleted: %v", list, items)
			}
		}
		for _, path := range []string{paths[2], paths[1], paths[0]} {
			if got := f.must(http.MethodPost, path+"/restore", ""); got["deleted"] != false {
				t.Errorf("restored %v", got)
			}
		}
		if got := f.must(http.MethodGet, endpoint, ""); got["enabled"] != false {
			t.Errorf("a restored endpoint is enabled: %v", got)
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete} {
			if status, answer := f.ask(f.demo, method, "/api/v1/integration-templates/webhook", `{"name":"E","events":["*"]}`); status != http.StatusConflict {
				t.Errorf("%s of what is built in: %d %v", method, status, answer)
			}
		}
	})
}

// What cannot be used is refused with the field that is at fault, and another
// call centre's is not there.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := start(t, database)
		_, theirs := f.ask(f.other, http.MethodPost, "/api/v1/integrators", `{"name":"CRM","baseUrl":"https://crm.example","auth":"bearer","secret":"x"}`)
		foreign, _ := theirs["_id"].(string)
		integrator := f.must(http.MethodPost, "/api/v1/integrators", `{"name":"CRM","baseUrl":"https://crm.example","auth":"bearer","secret":"x"}`)["_id"].(string)
		const e, i, m = "/api/v1/integration-endpoints", "/api/v1/integrators", "/api/v1/integration-templates"
		for _, c := range []struct{ path, body, field string }{
			{e, `{"name":" ","template":"webhook","url":"https://a.example"}`, "body.name"},
			{e, `{"name":"a","template":"nope","url":"https://a.example"}`, "body.template"},
			{e, `{"name":"a","template":"webhook","url":"file:///etc/passwd"}`, "body.url"},
			{e, `{"name":"a","template":"webhook","url":"https://u:p@a.example"}`, "body.url"},
			{e, `{"name":"a","template":"webhook","url":"https://a.example","filter":"call."}`, "body.filter"},
			{e, `{"name":"a","template":"webhook","url":"https://a.example","events":["Call!"]}`, "body.events[0]"},
			{e, `{"name":"a","template":"webhook","url":"https://a.example","secret":"whsec_c2hvcnQ="}`, "body.secret"},
			{e, `{"name":"a","template":"webhook","url":"https://a.example","integrator":"` + foreign + `"}`, "body.integrator"},
			{e, `{"name":"a","template":"slack","url":"https://a.example","settings":{"text":7}}`, "body.settings.text"},
			{e, `{"name":"a","template":"slack","url":"https://a.example","settings":{"text":"{cal.x}"}}`, "body.settings"},
			{e, `{"name":"a","template":"crm","url":"https://a.example"}`, "body.integrator"},
			{e, `{"name":"a","template":"webhook","url":"https://evil.example/x","integrator":"` + integrator + `"}`, "body.url"},
			{e, `{"name":"a","template":"webhook","url":"http://crm.example/x","integrator":"` + integrator + `"}`, "body.url"},
			{e, `{"name":"a","template":"webhook","url":"https://crm.example:8443/x","integrator":"` + integrator + `"}`, "body.url"},
			{e, `{"name":"a","template":"webhook","url":"https://evil.example?https://crm.example/","integrator":"` + integrator + `"}`, "body.url"},
			{e, `{"name":"a","template":"crm","url":"https://a.example","integrator":"` + integrator + `","settings":{"searchPath":"https://evil.example/","logPath":"/l"}}`, "body.settings.searchPath"},
			{i, `{"name":"a","baseUrl":"crm.example"}`, "body.baseUrl"},
			{i, `{"name":"a","baseUrl":"https://a.example","auth":"bearer"}`, "body.secret"},
			{i, `{"name":"a","baseUrl":"https://a.example","auth":"basic","login":"a:b","secret":"x"}`, "body.login"},
			{i, `{"name":"a","baseUrl":"https://a.example","auth":"header","header":"Host","secret":"x"}`, "body.header"},
			{i, `{"name":"a","baseUrl":"https://a.example","lookup":{"path":"/x","idPath":"a b","namePath":"name"}}`, "body.lookup.idPath"},
			{i, `{"name":"a","baseUrl":"https://a.example","lookup":{"path":"/x","idPath":"id","namePath":"name","page":"javascript:alert(1)"}}`, "body.lookup.page"},
			{m, `{"name":"a","events":[]}`, "body.events"},
			{m, `{"name":"a","events":["*"],"mapping":"repeat(\"x\", 1000000)"}`, "body.mapping"},
			{m, `{"name":"a","events":["*"],"settingsSchema":{"type":"string"}}`, "body.settingsSchema"},
			{m, `{"name":"a","events":["*"],"settingsSchema":{"type":"object","$ref":"file:///etc/passwd"}}`, "body.settingsSchema"},
			{m, `{"name":"a","events":["*"],"settingsSchema":{"type":"object","$ref":"https://evil.example/schema.json"}}`, "body.settingsSchema"},
		} {
			status, answer := f.ask(f.demo, http.MethodPost, c.path, c.body)
			fields, _ := json.Marshal(answer["errors"])
			if status != http.StatusUnprocessableEntity || !strings.Contains(string(fields), `"`+c.field+`"`) {
				t.Errorf("POST %s %s: %d %v; want field %s", c.path, c.body, status, answer, c.field)
			}
		}
		for _, path := range []string{i + "/" + foreign, i + "/nope", m + "/nope", e + "/nope"} {
			if status, _ := f.ask(f.demo, http.MethodGet, path, ""); status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, status)
			}
		}
		// A schema that goes in circles is one that nothing fits, and no more.
		loop := f.must(http.MethodPost, m, `{"name":"a","events":["*"],"settingsSchema":{"type":"object","allOf":[{"$ref":"#"}]}}`)
		if status, answer := f.ask(f.demo, http.MethodPost, e, fmt.Sprintf(`{"name":"a","template":%q,"url":"https://a.example"}`, loop["_id"])); status != http.StatusUnprocessableEntity {
			t.Errorf("a schema in circles: %d %v", status, answer)
		}
		// Nor may it move while endpoints are on its host.
		used := f.must(http.MethodPost, i, `{"name":"Used","baseUrl":"https://used.example"}`)["_id"].(string)
		f.endpoint(`{"name":"a","template":"webhook","url":"https://used.example/x","integrator":"` + used + `"}`)
		if status, answer := f.ask(f.demo, http.MethodPut, i+"/"+used, `{"name":"Used","baseUrl":"https://moved.example"}`); status != http.StatusConflict {
			t.Errorf("moved from under its endpoints: %d %v", status, answer)
		}
		// A credential does not follow to another host.
		if status, answer := f.ask(f.demo, http.MethodPut, i+"/"+integrator, `{"name":"CRM","baseUrl":"https://evil.example","auth":"bearer"}`); status != http.StatusUnprocessableEntity {
			t.Errorf("moved to another host: %d %v", status, answer)
		}
	})
}
