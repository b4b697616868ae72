// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/service/user"
)

// startSIP starts the service with an audit trail.
func startSIP(t *testing.T, database *db.DB) (w *world, admin, stranger, operator identity.Principal) {
	t.Helper()
	if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
		t.Fatal(err)
	}
	w = start(t, database)
	admin = identity.Principal{Tenant: w.demo, ID: "u1", Login: "admin", Role: "admin", Rights: identity.RightsOf("admin")}
	stranger = admin
	stranger.Tenant = identity.Tenant{ID: w.demo.ID + 1}
	operator = identity.Principal{ID: "o1", Login: "operator", Role: "operator", Rights: identity.RightsOf("operator")}
	return w, admin, stranger, operator
}

// trail returns the actions on an object, and everything that is written of it.
func (w *world) trail(t *testing.T, object string) (actions, all string) {
	t.Helper()
	rows, err := w.database.QueryContext(t.Context(), `SELECT action, before, after FROM audit_entries WHERE object = $1 ORDER BY id`, object)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var action, before, after string
		if err := rows.Scan(&action, &before, &after); err != nil {
			t.Fatal(err)
		}
		actions += " " + action
		all += before + after
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(actions), all
}

// use has an agent use a SIP account.
func (w *world) use(t *testing.T, who user.User, account string) {
	t.Helper()
	err := w.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE user_users SET id_sip = $1 WHERE tenant = $2 AND id = $3`, account, who.Tenant, who.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An account's whole life: its password is kept sealed and shown only by
// reveal, which the audit trail tells of; a change without one keeps it; what
// an agent uses stays.
func TestSIPAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w, admin, stranger, _ := startSIP(t, database)
		do := func(status int, method, path, body string) string {
			t.Helper()
			got := w.send(t, request{method: method, path: "/api/v1/sip-accounts" + path, body: body, as: admin})
			if got.status != status {
				t.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
			}
			if strings.Contains(got.body, "s3cret") != strings.HasSuffix(path, "/reveal") {
				t.Errorf("%s %s answers %s", method, path, got.body)
			}
			return got.body
		}
		created := do(201, "POST", "", `{"_id":"+8419001234","domain":"sip.example","extension":"200","password":"s3cret!","proxy":"sip:p.example;transport=tls"}`)
		var account struct {
			ID          string `json:"_id"`
			Proxy       string
			PasswordSet bool
			CreatedAt   int64
			Deleted     bool
		}
		if err := json.Unmarshal([]byte(created), &account); err != nil || account.ID != "+8419001234" || !account.PasswordSet ||
			account.CreatedAt != w.clock.Now().UnixMilli() || account.Proxy != "sip:p.example;transport=tls" {
			t.Errorf("created %s, %v", created, err)
		}
		do(409, "POST", "", `{"_id":"+8419001234","domain":"x","extension":"1"}`)
		do(200, "PUT", "/+8419001234", `{"domain":"sip2.example","extension":"201"}`)
		if got := do(200, "POST", "/+8419001234/reveal", ""); !strings.Contains(got, `"s3cret!"`) {
			t.Errorf("revealed %s", got)
		}
		for _, path := range []string{"/+8419001234", "/+8419001234/reveal"} {
			method := map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(path, "reveal")]
			if got := w.send(t, request{method: method, path: "/api/v1/sip-accounts" + path, as: stranger}); got.status != 404 {
				t.Errorf("another tenant got %d %s", got.status, got.body)
			}
		}

		agent := w.create(t, ana(w))
		w.use(t, agent, "+8419001234")
		if got := do(409, "DELETE", "/+8419001234", ""); !strings.Contains(got, "used by Ana") || !strings.Contains(got, "sip_account.in_use") {
			t.Errorf("refused with %s", got)
		}
		w.use(t, agent, "")
		do(204, "DELETE", "/+8419001234", "")
		do(404, "DELETE", "/+8419001234", "")
		do(404, "GET", "/+8419001234", "")
		if got := do(200, "GET", "?deleted=true", ""); !strings.Contains(got, `"deleted":true`) {
			t.Errorf("deleted ones: %s", got)
		}
		if got := do(200, "GET", "", ""); !strings.Contains(got, `"items":[]`) {
			t.Errorf("live ones: %s", got)
		}
		do(200, "POST", "/+8419001234/restore", "")
		do(200, "POST", "/+8419001234/reveal", "")

		var stored string
		if err := database.QueryRowContext(t.Context(), `SELECT password FROM user_sip_accounts`).Scan(&stored); err != nil || !strings.HasPrefix(stored, "v1:") {
			t.Errorf("stored %q, %v", stored, err)
		}
		actions, all := w.trail(t, "sip-account/+8419001234")
		const want = "sip-account.created sip-account.changed sip-account.revealed sip-account.deleted sip-account.restored sip-account.revealed"
		if actions != want || strings.Contains(all, "s3cret") || !strings.Contains(all, `"extension":"201"`) {
			t.Errorf("trail %s\n%s", actions, all)
		}

		// A deleted number that is added again begins anew.
		do(204, "DELETE", "/+8419001234", "")
		if got := do(201, "POST", "", `{"_id":"+8419001234","domain":"x","extension":"1"}`); !strings.Contains(got, `"passwordSet":false`) {
			t.Errorf("began with %s", got)
		}
	})
}

// What no phone could register with is refused, with the field's name.
func TestSIPAccountFields(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w, admin, _, _ := startSIP(t, database)
		for body, field := range map[string]string{
			`{"domain":"x","extension":"1"}`:                                                         "body._id",
			`{"_id":"../1","domain":"x","extension":"1"}`:                                            "body._id",
			`{"_id":"1\u0000","domain":"x","extension":"1"}`:                                         "body._id",
			`{"_id":"1","domain":"a b","extension":"1"}`:                                             "body.domain",
			`{"_id":"1","domain":"","extension":"1"}`:                                                "body.domain",
			`{"_id":"1","domain":"x","extension":"1 2"}`:                                             "body.extension",
			`{"_id":"1","domain":"x","extension":"1","proxy":"a\nb"}`:                                "body.proxy",
			`{"_id":"1","domain":"x","extension":"1","password":"a\u0000"}`:                          "body.password",
			`{"_id":"1","domain":"x","extension":"1","password":"` + strings.Repeat("x", 257) + `"}`: "body.password",
			`{"_id":"1","domain":"x","extension":"1","pasword":"y"}`:                                 "body.pasword",
		} {
			got := w.send(t, request{method: "POST", path: "/api/v1/sip-accounts", body: body, as: admin})
			if got.status != 422 || len(got.fields) != 1 || got.fields[0] != field {
				t.Errorf("%s: %d %s %v, want %s", body, got.status, got.body, got.fields, field)
			}
		}
		w.send(t, request{method: "POST", path: "/api/v1/sip-accounts", body: `{"_id":"1","domain":"x","extension":"1"}`, as: admin})
		got := w.send(t, request{method: "PUT", path: "/api/v1/sip-accounts/1", body: `{"_id":"2","domain":"x","extension":"1"}`, as: admin})
		if got.status != 422 {
			t.Errorf("another number: %d %s", got.status, got.body)
		}
	})
}

// Carriers are the operator's. Their costs come back byte for byte, read as
// millionths beside; a number that somebody uses keeps its carrier.
func TestSIPProvider(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w, admin, _, operator := startSIP(t, database)
		path := "/api/v1/sip-providers"
		do := func(status int, method, suffix, body string) string {
			t.Helper()
			got := w.send(t, request{method: method, path: path + suffix, body: body, as: operator})
			if got.status != status {
				t.Fatalf("%s %s: %d %s, want %d", method, suffix, got.status, got.body, status)
			}
			return got.body
		}
		words := `{"name":"VoxCarrier","phone":"1900 1234","phoneList":["1900 1234","+84 28 7300 0000"],"firm":"Vox","tollCost":" 1.200 ₫/phút ","innerCost":"0","outerCost":"0.05 USD","serviceCost":"free"}`
		var p struct {
			ID                                                    string `json:"_id"`
			PhoneList                                             []string
			Currency, TollCost, InnerCost, OuterCost, ServiceCost string
			Amounts                                               struct{ Toll, Inner, Outer, Service *int64 }
		}
		created := do(201, "POST", "", words)
		if err := json.Unmarshal([]byte(created), &p); err != nil {
			t.Fatal(err)
		}
		got := []string{p.Currency, p.TollCost, p.InnerCost, p.OuterCost, p.ServiceCost, strings.Join(p.PhoneList, "|")}
		want := []string{"VND", " 1.200 ₫/phút ", "0", "0.05 USD", "free", "1900 1234|+84 28 7300 0000"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if a := p.Amounts; a.Toll == nil || *a.Toll != 1_200_000_000 || a.Inner == nil || *a.Inner != 0 || a.Outer != nil || a.Service != nil {
			t.Errorf("amounts: %s", created)
		}
		if list := w.send(t, request{method: "GET", path: path + "?search=vox", as: admin}); list.status != 200 || !strings.Contains(list.body, p.ID) {
			t.Errorf("an administrator sees %d %s", list.status, list.body)
		}

		if got := w.send(t, request{method: "POST", path: "/api/v1/sip-accounts", body: `{"_id":"19001234","domain":"x","extension":"1"}`, as: admin}); got.status != 201 {
			t.Fatal(got.body)
		}
		w.use(t, w.create(t, ana(w)), "19001234")
		for _, refused := range []string{
			do(409, "DELETE", "/"+p.ID, ""),
			do(409, "PUT", "/"+p.ID, `{"name":"VoxCarrier","phoneList":["+84 28 7300 0000"]}`),
		} {
			if !strings.Contains(refused, "19001234 (Ana)") {
				t.Errorf("refused with %s", refused)
			}
		}
		do(200, "PUT", "/"+p.ID, `{"name":"VoxCarrier 2","phone":"19001234","currency":"usd","tollCost":"1.200"}`)
		if got := do(200, "GET", "/"+p.ID, ""); !strings.Contains(got, `"toll":1200000,`) || !strings.Contains(got, `"currency":"USD"`) {
			t.Errorf("after the change %s", got)
		}
		if got := w.send(t, request{method: "DELETE", path: "/api/v1/sip-accounts/19001234", as: admin}); got.status != 409 {
			t.Errorf("the account is in use: %d", got.status)
		}
		w.use(t, user.User{Tenant: w.demo.ID}, "")
		if err := w.DeleteSIPAccount(t.Context(), identity.Tenant{ID: w.demo.ID}, "19001234"); err == nil {
			t.Error("still used by Ana")
		}
		clear(t, w)
		do(204, "DELETE", "/"+p.ID, "")
		do(404, "GET", "/"+p.ID, "")
		do(404, "GET", "/nope", "")
		do(200, "POST", "/"+p.ID+"/restore", "")
		if actions, _ := w.trail(t, "sip-provider/"+p.ID); actions != "sip-provider.created sip-provider.changed sip-provider.deleted sip-provider.restored" {
			t.Errorf("trail %s", actions)
		}
		for body, field := range map[string]string{
			`{"name":" "}`:                          "body.name",
			`{"name":"x","phoneList":["12","1 2"]}`: "body.phoneList[1]",
			`{"name":"x","phoneList":["<script>"]}`: "body.phoneList[0]",
			`{"name":"x","currency":"12"}`:          "body.currency",
			`{"name":"x","tollCost":"a\u0000b"}`:    "body.tollCost",
			`{"name":"x","tollCost":5}`:             "body.tollCost",
			`{"name":"x","toll":"5"}`:               "body.toll",
		} {
			got := w.send(t, request{method: "POST", path: path, body: body, as: operator})
			if got.status != 422 || len(got.fields) != 1 || got.fields[0] != field {
				t.Errorf("%s: %d %s, want %s", body, got.status, got.body, field)
			}
		}
	})
}

// clear has nobody use any SIP account, and deletes them.
func clear(t *testing.T, w *world) {
	t.Helper()
	err := w.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		return exec(ctx, tx.Tx, `UPDATE user_users SET id_sip = ''`, `UPDATE user_sip_accounts SET deleted = 1`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exec(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
