// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"strings"
	"testing"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// An agent's whole life, each step in the audit trail, and none of it another
// tenant's.
func TestAgent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		p.do(t, p.admin, 201, "POST /api/v1/sip-accounts", `{"_id":"1900","domain":"sip.example","extension":"200"}`)
		created := p.do(t, p.admin, 201, "POST /api/v1/agents",
			`{"login":" Anh","email":"Anh@Demo.example","name":"Đặng Thị Ánh","extension":"200","idSip":"1900","queues":["900","901","900"],"device":"browser","password":"correct horse"}`)
		id := created["_id"].(string)
		for member, want := range map[string]any{
			"login": "anh", "email": "anh@demo.example", "role": "agent", "idSip": "1900", "device": "browser", "creator": p.admin.ID,
			"deleted": false, "hasPassword": true, "createdAt": float64(p.clock.Now().UnixMilli()),
		} {
			if created[member] != want {
				t.Errorf("%s is %v, want %v", member, created[member], want)
			}
		}
		if queues := created["queues"].([]any); len(queues) != 2 {
			t.Errorf("queues %v", queues)
		}
		for call, body := range map[string]string{
			"GET ": "", "PUT ": `{"login":"x1","role":"agent"}`, "PATCH ": `{"name":"X"}`, "DELETE ": "", "POST /restore": "",
		} {
			method, rest := call[:len(call)-len(call[indexSpace(call)+1:])-1], call[indexSpace(call)+1:]
			p.refused(t, p.stranger, "agent.not_found", method+" /api/v1/agents/"+id+rest, body)
		}
		// What was answered may be sent back.
		changed := p.do(t, p.admin, 200, "PUT /api/v1/agents/"+id,
			`{"_id":"`+id+`","creator":"x","createdAt":1,"updatedAt":1,"deleted":true,"hasPassword":true,"login":"anh","role":"admin"}`)
		if changed["role"] != "admin" || changed["name"] != "anh" || changed["idSip"] != "" || changed["device"] != "sip" || changed["deleted"] != false || changed["creator"] != p.admin.ID {
			t.Errorf("replaced by %v", changed)
		}
		if who := p.principal(t, "anh"); who.Role != "admin" || !who.Can(identity.AgentWrite) {
			t.Errorf("rights of %+v", who)
		}
		p.do(t, p.admin, 200, "PATCH /api/v1/agents/"+id, `{"name":"Ánh","role":"agent"}`)
		session := p.signIn(t, "anh", "correct horse", "").cookie.Value
		p.do(t, p.admin, 204, "DELETE /api/v1/agents/"+id, "")
		p.refused(t, p.admin, "agent.not_found", "DELETE /api/v1/agents/"+id, "")
		if who := p.sessionOf(t, session); who != ended {
			t.Errorf("the session of a deleted agent is %s", who)
		}
		if _, err := p.authenticate(t, ask.Credential{Login: "anh", Password: "correct horse"}); problem.Of(err).Kind != problem.Unauthenticated {
			t.Errorf("a deleted agent signs in: %v", err)
		}
		p.refused(t, p.admin, "user.login_taken", "POST /api/v1/agents", `{"login":"anh"}`)
		p.do(t, p.admin, 200, "POST /api/v1/agents/"+id+"/restore", "")
		if who := p.sessionOf(t, session); who != ended {
			t.Errorf("the session of a restored agent is %s again", who)
		}
		p.principal(t, "anh")
		if actions, _ := p.trail(t, "agent/"+id); actions != "agent.created agent.changed agent.changed session.created agent.deleted agent.restored" {
			t.Errorf("trail: %s", actions)
		}
	})
}

// Of an erased agent nobody can tell who they were, not in the list, the log
// or the trail, neither of what was done to them nor of what they did; that it
// was done stays.
func TestEraseAgent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		id := p.do(t, p.admin, 201, "POST /api/v1/agents",
			`{"login":"walter","name":"Walter White","email":"heisenberg@demo.example","extension":"98705321","role":"admin","password":"correct horse"}`)["_id"].(string)
		walter := p.principal(t, "walter")
		p.do(t, walter, 201, "POST /api/v1/roles", `{"name":"Cook","rights":[]}`)
		session := p.signIn(t, "walter", "correct horse", "").cookie.Value
		p.refused(t, p.stranger, "agent.not_found", "POST /api/v1/agents/"+id+"/erase", "")
		p.do(t, p.admin, 200, "POST /api/v1/agents/"+id+"/erase", "")
		if who := p.sessionOf(t, session); who != ended {
			t.Errorf("an erased agent's session is %s", who)
		}
		p.do(t, p.admin, 200, "POST /api/v1/agents/"+id+"/erase", "") // again does no harm
		everything := p.send(t, request{method: "GET", path: "/api/v1/agents?deleted=true", as: p.admin}).body
		for _, query := range []string{
			`SELECT data FROM events ORDER BY position`,
			`SELECT actor_name || address || before || after FROM audit_entries ORDER BY id`,
			`SELECT login || name || email || extension || search || password_hash FROM user_users ORDER BY id`,
		} {
			everything += p.texts(t, query)
		}
		for _, word := range []string{"walter", "Walter", "White", "heisenberg", "98705321"} {
			if strings.Contains(everything, word) {
				t.Errorf("%s is still there: %s", word, everything)
			}
		}
		if actions, _ := p.trail(t, "agent/"+id); actions != "agent.created session.created agent.erased agent.erased" {
			t.Errorf("trail: %s", actions)
		}
		p.refused(t, p.admin, "user.last_administrator", "POST /api/v1/agents/"+p.admin.ID+"/erase", "")
	})
}

func indexSpace(s string) int {
	for i := range s {
		if s[i] == ' ' {
			return i
		}
	}
	return -1
}

// Each thing an agent refers to has to be there, in the same call centre, and
// what is wrong is named as it was sent.
func TestAgentReferences(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		p.do(t, p.stranger, 201, "POST /api/v1/sip-accounts", `{"_id":"1901","domain":"sip.example","extension":"200"}`)
		foreign := p.do(t, p.stranger, 201, "POST /api/v1/roles", `{"name":"Foreign","rights":[]}`)["_id"].(string)
		const post = "POST /api/v1/agents"
		tests := map[string]struct {
			body   string
			fields []string
		}{
			"no such role":           {`{"login":"b1","role":"boss"}`, []string{"body.role"}},
			"operator":               {`{"login":"b1","role":"operator"}`, []string{"body.role"}},
			"key":                    {`{"login":"b1","role":"key"}`, []string{"body.role"}},
			"another tenant's role":  {`{"login":"b1","role":"` + foreign + `"}`, []string{"body.role"}},
			"another tenant's SIP":   {`{"login":"b1","idSip":"1901"}`, []string{"body.idSip"}},
			"another tenant's queue": {`{"login":"b1","queues":["900","700"]}`, []string{"body.queues[1]"}},
			"no queue":               {`{"login":"b1","queues":["9 0"]}`, []string{"body.queues[0]"}},
			"device":                 {`{"login":"b1","device":"fax"}`, []string{"body.device"}},
			"words":                  {`{"login":"!","email":"x","extension":"é","name":"a\u0000","password":"short"}`, []string{"body.login", "body.name", "body.email", "body.extension", "body.password"}},
			"unknown member":         {`{"login":"b1","admin":true}`, []string{"body.admin"}},
		}
		for name, test := range tests {
			got := p.send(t, request{method: "POST", path: "/api/v1/agents", body: test.body, as: p.admin})
			if got.status != 422 || len(got.fields) != len(test.fields) {
				t.Errorf("%s: %d %s", name, got.status, got.body)
				continue
			}
			for i, field := range test.fields {
				if got.fields[i] != field {
					t.Errorf("%s: fields %v, want %v", name, got.fields, test.fields)
				}
			}
		}
		p.refused(t, p.admin, "user.login_taken", post, `{"login":"stranger"}`)
		id := p.do(t, p.admin, 201, post, `{"login":"b2"}`)["_id"].(string)
		p.refused(t, p.admin, "user.login_taken", "PATCH /api/v1/agents/"+id, `{"login":"admin"}`)
		p.refused(t, p.admin, "agent.invalid", "PUT /api/v1/agents/"+id, `{"login":"b2"}`, "body.role")
		p.refused(t, identity.Principal{Role: "operator", Rights: identity.RightsOf("operator")}, "identity.no_tenant", "GET /api/v1/agents", "")
	})
}

// A list is a tenant's own, in the order of creation, and chosen by what is
// asked for.
func TestListAgents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		for _, body := range []string{
			`{"login":"anh","name":"Đặng Thị Ánh","queues":["900"]}`,
			`{"login":"bruno","name":"Bruno_1","queues":["900","901"],"device":"phone"}`,
			`{"login":"chi","email":"chi@example.org","extension":"2002","role":"admin"}`,
			`{"login":"dung","name":"100%"}`,
		} {
			p.do(t, p.admin, 201, "POST /api/v1/agents", body)
		}
		gone := p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"gone"}`)["_id"].(string)
		p.do(t, p.admin, 204, "DELETE /api/v1/agents/"+gone, "")
		for query, want := range map[string]string{
			"":                           "admin anh bruno chi dung",
			"&deleted=true":              "admin anh bruno chi dung gone",
			"&search=dang+anh":           "anh",
			"&search=%C3%81NH":           "anh",
			"&search=_1":                 "bruno",
			"&search=%25":                "dung",
			"&search=example.org":        "chi",
			"&search=2002":               "chi",
			"&role=admin":                "admin chi",
			"&queue=900":                 "anh bruno",
			"&queue=90":                  "",
			"&queue=901&device=phone":    "bruno",
			"&device=sip&queue=900":      "anh",
			"&role=agent&search=bruno+x": "",
		} {
			if got := p.logins(t, p.admin, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		if got := p.logins(t, p.stranger, "&deleted=true"); got != "stranger" {
			t.Errorf("another tenant sees %s", got)
		}
		p.refused(t, p.admin, "request.invalid", "GET /api/v1/agents?after=%00", "")
	})
}
