// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// The webhooks of a suspended call centre are refused with a 403 that says why,
// in either dialect, and nothing of them is stored; those of another go on, and
// its own do when it is resumed.
func TestSuspendedTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		o.changeTenant(func(d *tenant.Directory, tx *sql.Tx) error { return d.Suspend(t.Context(), tx, 1) })
		const event, wrapped = `{"type":"call.new","call_id":"c"}`, `{"event":"call.new","data":{"call_id":"c"}}`
		for path, body := range map[string]string{"/webhook/" + vendorKey: event, "/api/client/webhook/" + pabxKey: wrapped} {
			status, answer := o.post(path, body)
			if status != http.StatusForbidden || !strings.Contains(answer, "tenant.suspended") {
				t.Errorf("%s: %d %s", path, status, answer)
			}
		}
		if status, answer := o.post("/webhook/"+foreignKey, event); status != http.StatusOK {
			t.Errorf("another call centre: %d %s", status, answer)
		}
		records, err := o.log.ReadAfter(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Tenant == 1 && r.Stream == "call/1/c" {
				t.Errorf("stored at %d", r.Position)
			}
		}
		o.changeTenant(func(d *tenant.Directory, tx *sql.Tx) error {
			return d.Resume(t.Context(), tx, tenant.Account{Tenant: identity.Tenant{ID: 1}})
		})
		if status, answer := o.post("/webhook/"+vendorKey, event); status != http.StatusOK {
			t.Errorf("resumed: %d %s", status, answer)
		}
	})
}

// A phone system that sends more than its call centre may is told to come
// again; without a limit it never is.
func TestTooManyWebhooks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		limits := tenant.Usual
		limits.WebhooksPerSecond = 1
		o.changeTenant(func(d *tenant.Directory, tx *sql.Tx) error { return d.SetLimits(t.Context(), tx, 1, limits) })
		counts := map[int]int{}
		for range 10 {
			status, _ := o.post("/webhook/"+vendorKey, `{"type":"call.new","call_id":"c"}`)
			counts[status]++
			if status, answer := o.post("/webhook/"+foreignKey, `{"type":"call.new","call_id":"c"}`); status != http.StatusOK {
				t.Fatalf("without a limit: %d %s", status, answer)
			}
		}
		if counts[http.StatusOK] == 0 || counts[http.StatusTooManyRequests] == 0 || len(counts) != 2 {
			t.Errorf("answers by status: %v", counts)
		}
	})
}

// changeTenant changes a tenant, and has it known at once.
func (o *office) changeTenant(work func(*tenant.Directory, *sql.Tx) error) {
	o.Helper()
	elsewhere := tenant.NewDirectory(o.database, tenanttest.Box(o.T))
	if err := o.database.InTx(o.Context(), func(tx *sql.Tx) error { return work(elsewhere, tx) }); err != nil {
		o.Fatal(err)
	}
	if err := o.tenants.Changed(o.Context(), o.bus); err != nil {
		o.Fatal(err)
	}
}

// post sends what a phone system would, and returns its answer.
func (o *office) post(path, body string) (status int, text string) {
	o.Helper()
	got := o.ask(http.MethodPost, path, body)
	return got.status, got.body
}
