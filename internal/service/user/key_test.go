// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// opens says as whom a key lets in, or with which code it does not.
func (p *people) opens(t *testing.T, key string) string {
	t.Helper()
	who, err := p.authenticate(t, ask.Credential{APIKey: key})
	if err != nil {
		return problem.Of(err).Code
	}
	return who.Name + "@" + who.Tenant.Slug + ": " + strings.Join(who.Rights, " ")
}

// A key is shown once, opens what it was given and no more, is rotated with
// both good for a while, and is revoked at once; the audit trail has each step,
// and nothing stored or shown lets anybody in.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		made := p.do(t, p.admin, 201, "POST /api/v1/keys", `{"name":"CRM","rights":["contact.read","call.read"]}`)
		value, id := made["key"].(string), made["id"].(string)
		if !strings.HasPrefix(value, "tdm_") || len(value) < 30 || made["prefix"] != value[:10] {
			t.Errorf("made %v", made)
		}
		if got := p.opens(t, value); got != "CRM@demo: self.read call.read contact.read" {
			t.Errorf("opens %q", got)
		}
		seen := p.do(t, p.admin, 200, "GET /api/v1/keys/"+id, "")
		if _, shown := seen["key"]; shown || seen["prefix"] != value[:10] || seen["expiresAt"] != nil {
			t.Errorf("seen again: %v", seen)
		}

		turned := p.do(t, p.admin, 201, "POST /api/v1/keys/"+id+"/rotate", "")
		newer := turned["key"].(string)
		if p.opens(t, value) != p.opens(t, newer) || newer == value {
			t.Errorf("after rotation: %q and %q", p.opens(t, value), p.opens(t, newer))
		}
		p.refused(t, p.admin, "key.rotated", "POST /api/v1/keys/"+id+"/rotate", "")
		old := p.do(t, p.admin, 200, "GET /api/v1/keys/"+id, "")
		// The clock stands at nine; the old key is good for a day more.
		if old["expiresAt"] != "2026-01-03T09:00:00Z" || old["replacedBy"] != turned["id"] {
			t.Errorf("the old key: %v", old)
		}

		p.do(t, p.admin, 204, "DELETE /api/v1/keys/"+id, "")
		p.do(t, p.admin, 404, "DELETE /api/v1/keys/"+id, "")
		if got := p.opens(t, value); got != "identity.unauthenticated" {
			t.Errorf("revoked, it opens %q", got)
		}
		if got := p.opens(t, newer); !strings.HasPrefix(got, "CRM@demo") {
			t.Errorf("the newer one opens %q", got)
		}
		actions, all := p.trail(t, "key/"+id)
		if actions != "key.created key.rotated key.revoked" {
			t.Errorf("trail: %s", actions)
		}
		if strings.Contains(all, value[10:]) {
			t.Error("the trail holds the key")
		}
		var kept int
		query := `SELECT COUNT(*) FROM user_keys WHERE hash = $1 OR prefix = $1 OR hash = $2`
		if err := database.QueryRowContext(t.Context(), query, value, newer).Scan(&kept); err != nil || kept != 0 {
			t.Errorf("the key is stored in %d rows, %v", kept, err)
		}
	})
}

// Nobody gives a key what they do not have themselves, neither in a new one nor
// by rotating another's, and nobody reaches the keys of another call centre.
func TestKeyScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		keeper := p.admin
		keeper.Rights = []string{identity.KeyRead, identity.KeyWrite, identity.ContactRead, identity.Own(identity.CallRead)}

		whole := p.do(t, p.admin, 201, "POST /api/v1/keys", `{"name":"all","rights":null}`)
		if whole["rights"] != nil {
			t.Errorf("an administrator's key: %v", whole["rights"])
		}
		narrow := p.do(t, keeper, 201, "POST /api/v1/keys", `{"name":"all I have"}`)
		if diff := cmp.Diff([]any{"contact.read", "key.read", "key.write"}, narrow["rights"]); diff != "" {
			t.Errorf("rights (-want +got): %s", diff)
		}
		p.refused(t, keeper, "key.beyond_rights", "POST /api/v1/keys", `{"name":"x","rights":["contact.write"]}`)
		p.refused(t, keeper, "key.beyond_rights", "POST /api/v1/keys", `{"name":"x","rights":["call.read"]}`)
		p.refused(t, keeper, "key.beyond_rights", "POST /api/v1/keys/"+whole["id"].(string)+"/rotate", "")

		for _, call := range []string{"GET /api/v1/keys/%", "DELETE /api/v1/keys/%", "POST /api/v1/keys/%/rotate"} {
			p.do(t, p.stranger, 404, strings.Replace(call, "%", whole["id"].(string), 1), "")
		}
		if list := p.do(t, p.stranger, 200, "GET /api/v1/keys", "")["items"].([]any); len(list) != 0 {
			t.Errorf("a stranger sees %v", list)
		}
		if list := p.do(t, p.admin, 200, "GET /api/v1/keys?limit=1", ""); len(list["items"].([]any)) != 1 || list["next"] == nil {
			t.Errorf("a page: %v", list)
		}
	})
}

// What cannot be is refused with the field's name; a key that has expired opens
// nothing, and is not listed; more than the limit are not made.
func TestKeyBounds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		for body, field := range map[string]string{
			`{"name":" "}`:             "body.name",
			`{"name":"x","rights":[]}`: "body.rights",
			`{"name":"x","rights":["contact.read","tenant.write"]}`: "body.rights[1]",
			`{"name":"x","rights":["contact.read.own"]}`:            "body.rights[0]",
			`{"name":"x","expiresAt":"2020-01-01T00:00:00Z"}`:       "body.expiresAt",
			`{"name":"x","rights":["contact.read"],"scopes":["*"]}`: "body.scopes",
			`{"name":"x","expiresAt":"2999-01-01T00:00:00Z"}`:       "body.expiresAt",
		} {
			code := "key.invalid"
			if field == "body.scopes" {
				code = "request.invalid"
			}
			p.refused(t, p.admin, code, "POST /api/v1/keys", body, field)
		}
		made := p.do(t, p.admin, 201, "POST /api/v1/keys", `{"name":"short","expiresAt":"2026-01-02T10:00:00Z"}`)
		p.do(t, p.admin, 201, "POST /api/v1/keys/"+made["id"].(string)+"/rotate", `{"keepSeconds":0}`)
		if got := p.opens(t, made["key"].(string)); got != "identity.unauthenticated" {
			t.Errorf("expired, it opens %q", got)
		}
		limits := tenant.Usual
		limits.Keys = 2
		err := database.InTx(t.Context(), func(tx *sql.Tx) error { return p.tenants.SetLimits(t.Context(), tx, p.demo.ID, limits) })
		if err != nil {
			t.Fatal(err)
		}
		if err := p.tenants.Changed(t.Context(), p.bus); err != nil {
			t.Fatal(err)
		}
		p.do(t, p.admin, 201, "POST /api/v1/keys", `{"name":"second"}`)
		p.refused(t, p.admin, "limit.reached", "POST /api/v1/keys", `{"name":"third"}`)
	})
}
