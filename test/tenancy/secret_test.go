// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/secret"
)

// sealedWith returns the ids of the keys that have sealed anything in any
// column of the database, each with where.
func sealedWith(t *testing.T, tools *app.Tools) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	for table, columns := range schema(t, tools) {
		rows, err := tools.DB.QueryContext(t.Context(), `SELECT * FROM `+db.Quote(table))
		if err != nil {
			t.Fatal(err)
		}
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(places...); err != nil {
				t.Fatal(err)
			}
			for i, value := range values {
				text := fmt.Sprint(value)
				if id := secret.KeyOf(text); id != "" && strings.HasPrefix(text, secret.Prefix(id)) && !slices.Contains(keys[id], table+"."+columns[i]) {
					keys[id] = append(keys[id], table+"."+columns[i])
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close() //nolint:sqlclosecheck // one after the other; it has been read to its end
	}
	return keys
}

// After a rotation no column of any table holds anything that the old key has
// sealed, whoever owns it, and the old key can be taken away. A Tandem that
// runs meanwhile opens what there is and seals with the new key.
func TestRotateSecrets(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north := s.found("north")
		admin := north.people["basic"]
		s.must(admin, http.StatusCreated, "POST /api/v1/sip-accounts", `{"_id":"842873001","domain":"sip.example.com","extension":"200","password":"sip-hunter2"}`)
		s.must(admin, http.StatusCreated, "POST /api/v1/connectors", `{"name":"other","dialect":"delegate","apiUrl":"http://192.0.2.1/","apiUser":"u","apiPassword":"p"}`)
		var old, fresh string
		s.tools(func(tools *app.Tools) {
			found, err := tools.Tenants.FindBySlug(t.Context(), "north")
			if err != nil {
				t.Fatal(err)
			}
			if err := tools.Users.EnsureAccessKey(t.Context(), found.ID, "access-hunter2"); err != nil {
				t.Fatal(err)
			}
			old = tools.Box.KeyID()
			if before := sealedWith(t, tools); len(before) != 1 || len(before[old]) < 5 {
				t.Fatalf("before: %v", before)
			}
			done, err := tools.RotateSecrets(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			fresh = done.Key
			if fresh == old || !slices.Equal(done.Older, []string{old}) || done.Sealed["tenants.key_secret"] != 1 || done.Sealed["ingest_connectors.key_sealed"] != 2 {
				t.Errorf("done: %+v", done)
			}
		})
		text := s.must(admin, http.StatusOK, "POST /api/v1/sip-accounts/842873001/reveal", "")
		if !strings.Contains(text, "sip-hunter2") {
			t.Errorf("revealed %s", text)
		}
		s.must(&client{}, http.StatusOK, north.webhook, event("c"))
		s.must(admin, http.StatusCreated, "POST /api/v1/connectors", `{"name":"third","dialect":"delegate"}`)
		if err := os.Remove(filepath.Join(s.common.Data, "secret.key."+old)); err != nil {
			t.Fatal(err)
		}
		s.tools(func(tools *app.Tools) {
			if after := sealedWith(t, tools); len(after) != 1 || after[fresh] == nil {
				t.Errorf("after: %v, want all with %s", after, fresh)
			}
			if err := tools.Tenants.CheckKey(t.Context()); err != nil {
				t.Error(err)
			}
			var said string
			const query = `SELECT after FROM audit_entries WHERE tenant = 0 AND action = 'secrets.rotated'`
			if err := tools.DB.QueryRowContext(t.Context(), query).Scan(&said); err != nil || !strings.Contains(said, fresh) {
				t.Errorf("the trail says of it: %s, %v", said, err)
			}
		})
	})
}

// A rotation that was cut short anywhere is finished by the next, which also
// seals anew what the one before had not.
func TestRotateSecretsAgain(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := prepared(t, dsn)
		s.tools(func(tools *app.Tools) {
			for i := range 3 {
				slug := fmt.Sprint("centre-", i)
				if _, err := tools.Users.CreateTenantFor(t.Context(), newTenant(slug), "admin-"+slug, password); err != nil {
					t.Fatal(err)
				}
				if _, err := tools.Box.Rotate(); err != nil { // and then the machine stopped
					t.Fatal(err)
				}
			}
			if keys := sealedWith(t, tools); len(keys) != 3 {
				t.Fatalf("before: %v", keys)
			}
		})
		s.tools(func(tools *app.Tools) {
			done, err := tools.RotateSecrets(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			if keys := sealedWith(t, tools); len(keys) != 1 || keys[done.Key] == nil {
				t.Errorf("after: %v, want all with %s", keys, done.Key)
			}
		})
	})
}
