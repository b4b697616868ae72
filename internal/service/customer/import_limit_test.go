// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/tenant"
)

// Files of others are not there; bad files, mappings and methods are refused by
// name, and nothing of them is kept.
func TestImportRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		for file, code := range map[string]string{
			"":                       "sheet.empty",
			"name,phone\n":           "contact_import.no_rows",
			"PK\x03\x04 is Excel's":  "contact_import.workbook",
			"a,b\n1,\"2\n":           "sheet.unreadable",
			strings.Repeat(",", 500): "contact_import.too_many_columns",
		} {
			status, body := p.sendFile(t, demo, "x.csv", file)
			if !strings.Contains(body, code) || status < 400 || status >= 500 {
				t.Errorf("%.20q: %d %s, want %s", file, status, body, code)
			}
		}
		if n := p.count(t, "customer_imports"); n != 0 {
			t.Errorf("%d of them are kept", n)
		}
		id := p.upload(t, demo, "a.csv", people)["id"]
		path := fmt.Sprint(imports, "/", id)
		for body, part := range map[string]string{
			mapping("skip", "name"):                          "must have 4 members",
			mapping("skip", "name", "phone", "phone", ""):    "body.mapping[2]",
			mapping("skip", "name", "phone", "hair", ""):     "must be empty or one of firstName",
			mapping("skip", "", "", "", "gender"):            "names, numbers or e-mail",
			mapping("replace", "name", "phone", "email", ""): "onDuplicate",
			`{"mapping":["name","phone","email",""],"x":1}`:  "body.x",
			`{"mapping":["name","phone","email",""]}`:        "onDuplicate",
		} {
			p.expect(t, u1, "POST", path+"/start", body, 422, part)
		}
		stranger := u1
		stranger.Tenant = other
		for _, one := range []struct{ method, path, body string }{
			{"GET", path, ""},
			{"DELETE", path, ""},
			{"POST", path + "/dry-run", `{"mapping":[]}`},
			{"POST", path + "/start", mapping("skip")},
			{"POST", path + "/stop", ""},
			{"POST", path + "/resume", ""},
			{"POST", path + "/undo", ""},
		} {
			p.expect(t, stranger, one.method, one.path, one.body, 404, "contact_import.not_found")
		}
		p.expect(t, stranger, "GET", imports, "", 200, `"items":[]`)
		p.expect(t, u1, "GET", imports, "", 200, `"Họ tên"`)
		p.expect(t, u1, "DELETE", path, "", 204, "")
		p.expect(t, u1, "GET", path, "", 404, "contact_import.not_found")
	})
}

// A call centre's limits are kept before anything is written.
func TestImportLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		limit := func(l tenant.Limits) {
			t.Helper()
			err := p.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
				return p.directory.SetLimits(ctx, tx.Tx, demo.ID, l)
			})
			if err == nil {
				err = p.directory.Changed(t.Context(), p.bus)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		limit(tenant.Limits{ImportRows: 4})
		if status, body := p.sendFile(t, demo, "a.csv", file(5)); status != 429 || !strings.Contains(body, "limit.reached") {
			t.Errorf("too many rows: %d %s", status, body)
		}
		limit(tenant.Limits{Contacts: 4, ImportsPerDay: 1})
		p.create(t, "/api/v1/contacts", `{"firstName":"Person 0","phone":"0900000000"}`)
		path := fmt.Sprint(imports, "/", p.upload(t, demo, "a.csv", file(4))["id"])
		p.expect(t, u1, "POST", path+"/start", mapping("create", "name", "phone", "email"), 429, "limit.reached")
		p.expect(t, u1, "POST", path+"/start", mapping("skip", "name", "phone", "email"), 202, "") // three of them are new
		path = fmt.Sprint(imports, "/", p.upload(t, demo, "a.csv", file(1))["id"])
		p.expect(t, u1, "POST", path+"/start", mapping("skip", "name", "phone", "email"), 429, "limit.reached")
		if n := created(t, p.log); n != 1 {
			t.Errorf("%d contacts were created", n)
		}
	})
}

// What was imported, and that it was undone, is in the audit trail once.
func TestImportIsAudited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		p.run(t)
		id := p.upload(t, demo, "a.csv", file(300))["id"]
		path := fmt.Sprint(imports, "/", id)
		p.expect(t, u1, "POST", path+"/start", mapping("skip", "name", "phone", "email"), 202, "")
		p.wait(t, id, "done")
		p.expect(t, u1, "POST", path+"/undo", "", 202, "")
		p.wait(t, id, "undone")
		p.expect(t, u1, "GET", "/api/v1/contacts/export?format=csv", "", 200, "_id")
		var actions []string
		err := db.EachRow(t.Context(), database, `SELECT action FROM audit_entries WHERE tenant = $1 ORDER BY id`, []any{demo.ID},
			func(rows *sql.Rows) error {
				var action string
				err := rows.Scan(&action)
				actions = append(actions, action)
				return err
			})
		if diff := cmp.Diff([]string{"contact_import.started", "contact_import.undone", "contact.exported"}, actions); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}
