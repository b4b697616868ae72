// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/db/dbtest"
	"tandem/internal/module"
)

// belonging is something of a call centre that has an id in paths.
type belonging struct {
	create string // how it is made: method, path and body
	make   func(s *site, admin *client) string
	sent   map[string]string // bodies by method and what follows the id; else that of create
}

// belongings are one of each, by the path that ends with its id.
var belongings = map[string]belonging{
	"/api/v1/agents/{id}": {create: `POST /api/v1/agents {"login":"walker","role":"agent"}`, sent: map[string]string{
		"PATCH": `{"name":"Taken"}`, "PUT /state": `{"state":"paused"}`, "POST /pop": `{"url":"https://crm.example/"}`,
	}},
	"/api/v1/keys/{id}":                  {create: `POST /api/v1/keys {"name":"Walker","rights":["call.read"]}`},
	"/api/v1/integration-templates/{id}": {create: `POST /api/v1/integration-templates {"name":"Walker","events":["contact.deleted"]}`},
	"/api/v1/integrators/{id}": {create: `POST /api/v1/integrators {"name":"Walker","baseUrl":"https://crm.example"}`, sent: map[string]string{
		"POST /lookup": `{"number":"0901234567"}`,
	}},
	"/api/v1/integration-endpoints/{id}": {
		create: `POST /api/v1/integration-endpoints {"name":"Walker","template":"webhook","url":"https://crm.example/hooks","events":["contact.deleted"]}`,
		sent:   map[string]string{"POST /replay": `{"from":"2026-01-02T09:00:00Z","to":"2026-01-02T10:00:00Z"}`},
	},
	"/api/v1/roles/{id}":          {create: `POST /api/v1/roles {"name":"Walker","rights":[]}`},
	"/api/v1/contacts/{id}":       {create: `POST /api/v1/contacts {"firstName":"Walker","phone":"0901234567"}`},
	"/api/v1/contact-groups/{id}": {create: `POST /api/v1/contact-groups {"name":"Walkers"}`},
	"/api/v1/connectors/{id}":     {create: `POST /api/v1/connectors {"name":"walker","dialect":"delegate","apiUrl":"http://127.0.0.1:1/actions"}`},
	"/api/v1/queues/{id}":         {create: `POST /api/v1/queues {"number":"950","name":"Walkers"}`},
	"/api/v1/pause-reasons/{id}":  {create: `POST /api/v1/pause-reasons {"name":"Walk"}`},
	"/api/v1/sip-accounts/{id}": {
		create: `POST /api/v1/sip-accounts {"_id":"1999","domain":"sip.example","extension":"200","password":"walker"}`,
		sent:   map[string]string{"PUT": `{"domain":"taken.example","extension":"200"}`},
	},
	"/api/v1/outgoing-calls/{id}": {make: func(s *site, admin *client) string {
		once := &client{header: admin.header.Clone()}
		once.header.Set("Idempotency-Key", "walk")
		return idOf(read[map[string]any](s, s.must(once, http.StatusAccepted, "POST /api/v1/calls", `{"from":"200","to":"0901234568"}`)))
	}},
	"/api/v1/me/sessions/{id}": {make: func(s *site, _ *client) string {
		return newest(s, s.signIn("demo-admin"), "/api/v1/me/sessions")
	}},
	"/api/v1/calls/{id}": {make: func(s *site, admin *client) string {
		s.post(admin, `{"type":"call.new","call_id":"walk.1","code":"*123","direction":"inbound","our_number":"0123456789","their_number":"0901234567","timestamp":"2026-01-02T09:00:00Z"}`)
		return newest(s, admin, "/api/v1/calls")
	}},
	"/api/v1/activities/{id}": {
		make: func(s *site, admin *client) string {
			contact := belonging{create: `POST /api/v1/contacts {"firstName":"Walker's friend"}`}.in(s, admin)
			return belonging{create: `POST /api/v1/activities {"type":"note","text":"Walk","idContact":"` + contact + `"}`}.in(s, admin)
		},
		sent: map[string]string{
			"PATCH": `{"text":"Taken"}`, "PUT": `{"type":"note","text":"Taken","idContact":"01890000-0000-7000-8000-000000000000"}`,
			"POST /snooze": `{"until":1893456000000}`,
		},
	},
	"/api/v1/missed-calls/{id}": {make: func(s *site, admin *client) string {
		for _, typ := range []string{"call.new", "call.standby", "call.waiting", "call.finished"} {
			s.post(admin, `{"type":"`+typ+`","call_id":"walk.2","code":"*123","direction":"inbound","our_number":"0123456789","their_number":"0901234569","queue":"900","timestamp":"2026-01-02T09:00:00Z"}`)
		}
		return newest(s, admin, "/api/v1/missed-calls")
	}},
	"/api/v1/contact-imports/{id}": {
		make: func(s *site, admin *client) string {
			file := &client{header: admin.header.Clone()}
			file.header.Set("Content-Type", "text/csv")
			return idOf(read[map[string]any](s, s.must(file, http.StatusCreated, "POST /api/v1/contact-imports", "firstName,phone\nWalker,0901234570\n")))
		},
		sent: map[string]string{
			"POST /dry-run": `{"mapping":["firstName","phone"]}`, "POST /start": `{"mapping":["firstName","phone"],"onDuplicate":"skip"}`,
		},
	},
	"/api/v1/inbox/{id}": {make: func(s *site, admin *client) string {
		s.post(admin, `walk`)
		return newest(s, admin, "/api/v1/inbox")
	}},
}

// elsewhere are paths whose parameter is no id of a call centre's belongings,
// with the reason.
var elsewhere = map[string]string{
	"/webhook/{key}":                   "the key is the credential",
	"/api/client/webhook/{key}":        "the key is the credential",
	"/api/v1/routing/presets/{preset}": "presets are the product's",
	"/api/v1/sip-providers/{id}":       "carriers are the operator's, and shown to all administrators",
	"/api/v1/tenants/{uuid}":           "only operators get there; see routes.txt",
	"/click-to-call/{script}":          "public, for each web site",
	"/click-to-call/{tenant}":          "public, for each web site",
}

// newest returns the id of the first of a list.
func newest(s *site, who *client, path string) string {
	s.Helper()
	for s.Context().Err() == nil { // what follows the log is there a moment later
		list := read[struct{ Items []map[string]any }](s, s.must(who, http.StatusOK, "GET "+path, ""))
		if len(list.Items) > 0 {
			return idOf(list.Items[0])
		}
	}
	s.Fatalf("%s lists nothing", path)
	return ""
}

// idOf returns an id as paths have it.
func idOf(item map[string]any) string {
	for _, member := range []string{"_id", "id"} {
		switch id := item[member].(type) {
		case string:
			return id
		case float64:
			return fmt.Sprintf("%.0f", id)
		}
	}
	return ""
}

// post sends something as the phone system of a call centre.
func (s *site) post(admin *client, body string) {
	s.Helper()
	connectors := read[struct {
		Items []struct{ WebhookURL string }
	}](s, s.must(admin, http.StatusOK, "GET /api/v1/connectors", ""))
	_, key, _ := strings.Cut(connectors.Items[0].WebhookURL, "/webhook/")
	s.send(&client{header: http.Header{}}, "POST /webhook/"+key, body) // what cannot be read is refused, and kept
}

// in makes one of what belongs to a call centre, and returns its id.
func (b belonging) in(s *site, admin *client) string {
	s.Helper()
	if b.make != nil {
		return b.make(s, admin)
	}
	call, body, _ := strings.Cut(b.create, " {")
	status, text := s.send(admin, call, "{"+body)
	if status >= http.StatusMultipleChoices {
		s.Fatalf("%s: %d %s", b.create, status, text)
	}
	return idOf(read[map[string]any](s, text))
}

// body returns what is sent to a route with an id: something that would do, so
// that nothing but the id is the reason to refuse it.
func (b belonging) body(route module.Route, rest string) string {
	if body, ok := b.sent[strings.TrimSpace(route.Method+" "+rest)]; ok {
		return body
	}
	if route.Method == http.MethodGet || route.Method == http.MethodDelete {
		return ""
	}
	if _, body, ok := strings.Cut(b.create, " {"); ok && rest == "" {
		return "{" + body
	}
	return "{}"
}

// Whoever knows the ids of another call centre's things finds nothing behind
// them, by any route, be they its administrator or an operator who acts in
// theirs: 404, and everything is as it was. A new route with an id needs one of
// what it shows in belongings.
func TestNothingCrosses(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		walkers := s.people()
		admin, foreign, inside := walkers[4].client, basic("other-admin"), basic("operator")
		inside.header.Set("tenant-uuid", read[struct{ Tenant struct{ UUID string } }](s, s.must(foreign, http.StatusOK, "GET /api/v1/me", "")).Tenant.UUID)
		ids := map[string]string{}
		routes := app.Routes()
		for _, route := range routes {
			begin, _, hasID := strings.Cut(route.Pattern, "}")
			if begin += "}"; !hasID || elsewhere[begin] != "" || ids[begin] != "" {
				continue
			}
			b, ok := belongings[begin]
			if !ok {
				t.Errorf("%s has an id: write one of what it belongs to into belongings, or why it belongs to nobody into elsewhere", route.Pattern)
				continue
			}
			ids[begin] = b.in(s, admin)
		}
		look := func() map[string]string {
			seen := map[string]string{}
			for begin, id := range ids {
				_, seen[begin] = s.send(admin, "GET "+filled(begin, id), "")
			}
			return seen
		}
		before := look()
		for _, route := range routes {
			begin, rest, _ := strings.Cut(route.Pattern, "}")
			id, ok := ids[begin+"}"]
			if !ok {
				continue
			}
			for name, who := range map[string]*client{"another's administrator": foreign, "an operator in another": inside} {
				request := strings.TrimSpace(route.Method+" "+filled(begin+"}", id)) + filled(rest, "1")
				status, text := s.send(who, request, belongings[begin+"}"].body(route, rest))
				if status != http.StatusNotFound || strings.Contains(text, "Walk") {
					t.Errorf("%s %s as %s: %d %s", route.Method, route.Pattern, name, status, text)
				}
			}
		}
		for begin, after := range look() {
			if !sameBut(before[begin], after, "updatedAt") {
				t.Errorf("%s was %s and is %s", begin, before[begin], after)
			}
		}
	})
}

// filled puts id into each place of a path.
func filled(path, id string) string { return parameter.ReplaceAllString(path, id) }

// sameBut compares two answers without a member.
func sameBut(a, b, member string) bool {
	var left, right map[string]any
	if json.Unmarshal([]byte(a), &left) != nil || json.Unmarshal([]byte(b), &right) != nil {
		return a == b
	}
	delete(left, member)
	delete(right, member)
	return fmt.Sprint(left) == fmt.Sprint(right)
}
