// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/identity"
	"tandem/internal/service/user"
)

// people is a world with an administrator who is really there.
type people struct {
	*world

	admin, stranger identity.Principal
}

func startPeople(t *testing.T, database *db.DB) *people {
	t.Helper()
	p := &people{world: start(t, database)}
	err := bus.Answer(t.Context(), p.bus, ask.ListQueues, func(_ context.Context, tenant int64) (map[string]string, error) {
		if tenant != p.demo.ID {
			return map[string]string{"700": "Others"}, nil
		}
		return map[string]string{"900": "Known callers", "901": "New callers"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.tenants.FindBySlug(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	p.admin = p.administrator(t, p.demo, "admin")
	p.stranger = p.administrator(t, other.Tenant, "stranger")
	return p
}

func (p *people) administrator(t *testing.T, of identity.Tenant, login string) identity.Principal {
	t.Helper()
	who := p.create(t, user.NewUser{Tenant: of.ID, Login: login, Role: user.RoleAdmin, Password: "correct horse"})
	return identity.Principal{Tenant: of, ID: who.ID, Login: login, Role: user.RoleAdmin, Rights: identity.RightsOf(user.RoleAdmin)}
}

// do sends a request that has to be answered with status, and returns the answer.
func (p *people) do(t *testing.T, as identity.Principal, status int, call, body string) map[string]any {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	got := p.send(t, request{method: method, path: path, body: body, as: as})
	if got.status != status {
		t.Fatalf("%s as %s: %d, want %d: %s", call, as.Login, got.status, status, got.body)
	}
	if got.body == "" {
		return nil
	}
	return decode(t, got.body)
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// refused sends a request that has to be refused with a code, and for what is
// wrong with these fields.
func (p *people) refused(t *testing.T, as identity.Principal, code, call, body string, fields ...string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	got := p.send(t, request{method: method, path: path, body: body, as: as})
	if got.code != code || len(fields) > 0 && !slices.Equal(got.fields, fields) {
		t.Errorf("%s %s as %s: %d %s, want %s of %v", call, body, as.Login, got.status, got.body, code, fields)
	}
}

// logins returns those of a list, over all its pages.
func (p *people) logins(t *testing.T, as identity.Principal, query string) string {
	t.Helper()
	var logins []string
	after := ""
	for {
		page := p.do(t, as, 200, "GET /api/v1/agents?limit=2"+query+after, "")
		for _, item := range page["items"].([]any) {
			logins = append(logins, item.(map[string]any)["login"].(string))
		}
		next, more := page["next"].(string)
		if !more {
			return strings.Join(logins, " ")
		}
		after = "&after=" + next
	}
}

// texts returns what a query of one column finds.
func (p *people) texts(t *testing.T, query string) (all string) {
	t.Helper()
	rows, err := p.database.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all += text + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// principal is whoever has a login, as the gateway would see them.
func (p *people) principal(t *testing.T, login string) identity.Principal {
	t.Helper()
	who, err := p.authenticate(t, ask.Credential{Login: login, Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.tenants.FindByUUID(t.Context(), who.Tenant.UUID) // the number of a tenant does not travel
	if err != nil {
		t.Fatal(err)
	}
	who.Tenant = found.Tenant
	return who
}
