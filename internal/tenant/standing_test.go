// SPDX-License-Identifier: Apache-2.0

package tenant_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// change changes tenants as another process would.
func change(t *testing.T, database *db.DB, work func(*tenant.Directory, *sql.Tx) error) {
	t.Helper()
	elsewhere := tenant.NewDirectory(database, tenanttest.Box(t))
	if err := database.InTx(t.Context(), func(tx *sql.Tx) error { return work(elsewhere, tx) }); err != nil {
		t.Fatal(err)
	}
}

func privateBus(t testing.TB) *bus.Bus {
	t.Helper()
	b, err := bus.Open("", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// A suspended tenant is refused within a second, whoever suspended it and
// though nothing told this process; the others are not. It goes on when it is
// resumed.
func TestSuspend(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory := tenanttest.Directory(t, database)
		within := func(want error) {
			t.Helper()
			begun := time.Now()
			for !errors.Is(directory.AdmitRequest(t.Context(), 1), want) {
				if time.Since(begun) > time.Second {
					t.Fatalf("after a second: %v, want %v", directory.AdmitRequest(t.Context(), 1), want)
				}
			}
			if err := directory.AdmitWebhook(t.Context(), 1); !errors.Is(err, want) {
				t.Errorf("webhook: %v, want %v", err, want)
			}
			if err := directory.AdmitRequest(t.Context(), 2); err != nil {
				t.Errorf("another tenant: %v", err)
			}
		}
		within(nil)
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.Suspend(t.Context(), tx, 1) })
		within(tenant.ErrSuspended)
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error {
			return d.Resume(t.Context(), tx, tenant.Account{Tenant: identity.Tenant{ID: 1}})
		})
		within(nil)
	})
}

// Whoever watches rings when a tenant was changed by a process that it does
// not hear.
func TestWatch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory, b := tenanttest.Directory(t, database), privateBus(t)
		if err := directory.AdmitRequest(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		rings, stop, err := b.Listen("users")
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		done := make(chan error, 1)
		go func() { done <- directory.Watch(t.Context(), b) }()
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.Suspend(t.Context(), tx, 1) })
		select {
		case <-rings:
		case <-time.After(2 * time.Second):
			t.Error("nobody was told")
		}
	})
}

// A tenant does what its limits allow and no more, requests and webhooks apart,
// and what it is told says when to come again.
func TestRates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory := tenanttest.Directory(t, database)
		limits := tenant.Usual
		limits.RequestsPerSecond, limits.WebhooksPerSecond = 3, 5
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.SetLimits(t.Context(), tx, 1, limits) })
		let := func(admit func() error) (n int) {
			for range 100 {
				err := admit()
				if err == nil {
					n++
				} else if p := problem.Of(err); p.Code != "limit.rate" || p.Kind != problem.TooMany || p.Retry != time.Second {
					t.Fatalf("refused with %+v", p)
				}
			}
			return n
		}
		// One more may come in while the loop runs.
		if n := let(func() error { return directory.AdmitRequest(t.Context(), 1) }); n < 3 || n > 4 {
			t.Errorf("%d requests at once, want 3", n)
		}
		requests, webhooks, err := directory.Rates(t.Context(), 1)
		if err != nil || requests < 2 || webhooks != 0 {
			t.Errorf("used %d requests and %d webhooks, %v", requests, webhooks, err)
		}
		if n := let(func() error { return directory.AdmitWebhook(t.Context(), 1) }); n < 5 || n > 6 {
			t.Errorf("%d webhooks at once, want 5", n)
		}
		if n := let(func() error { return directory.AdmitWebhook(t.Context(), 2) }); n != 100 {
			t.Errorf("a tenant without a limit: %d webhooks", n)
		}
	})
}

// What there is no room for is refused; 0 is no limit.
func TestRoom(t *testing.T) {
	t.Parallel()
	evening := time.Date(2026, 3, 1, 22, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		err   error
		code  string
		retry time.Duration
	}{
		"room":      {tenant.Room("contacts", 10, 8, 2), "", 0},
		"full":      {tenant.Room("contacts", 10, 9, 2), "limit.reached", time.Hour},
		"no limit":  {tenant.Room("contacts", 0, 1_000_000, 1), "", 0},
		"today":     {tenant.RoomToday("imports", 2, 1, 1, evening), "", 0},
		"tomorrow":  {tenant.RoomToday("imports", 2, 2, 1, evening), "limit.reached", 90 * time.Minute},
		"unlimited": {tenant.RoomToday("imports", 0, 2, 1, evening), "", 0},
	}
	for name, test := range tests {
		if p := problem.Of(test.err); p.Code != test.code || p.Retry != test.retry {
			t.Errorf("%s: %q in %v, want %q in %v", name, p.Code, p.Retry, test.code, test.retry)
		}
	}
}

// What an administrator sets is there again, in this process at once and in
// others within a second; what cannot be is refused with the names of the
// fields.
func TestSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory, b := tenanttest.Directory(t, database), privateBus(t)
		demo, err := directory.Find(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := tenant.Settings{
			Name: "Đông Á", Region: "BR", TimeZone: "America/Sao_Paulo", Locales: []string{"pt-BR", "en"},
			Retention: tenant.Retention{Calls: 365, Audit: 30},
		}
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.Update(t.Context(), tx, 1, want) })
		if err := directory.Changed(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		got, err := directory.Account(t.Context(), demo.UUID)
		if diff := cmp.Diff(want, got.Settings()); err != nil || diff != "" {
			t.Errorf("%v (-want +got): %s", err, diff)
		}
		if again, err := directory.Find(t.Context(), 1); err != nil || again.Region != "BR" {
			t.Errorf("from memory: %+v, %v", again.Tenant, err)
		}
		bad := tenant.Settings{Name: " ", Region: "vn", TimeZone: "Local", Locales: []string{"en", "en"}, Retention: tenant.Retention{Audit: -1}}
		err = database.InTx(t.Context(), func(tx *sql.Tx) error { return directory.Update(t.Context(), tx, 1, bad) })
		var names []string
		for _, f := range problem.Of(err).Fields {
			names = append(names, f.Name)
		}
		if diff := cmp.Diff([]string{"name", "region", "timeZone", "locales[1]", "retentionDays.audit"}, names); diff != "" {
			t.Errorf("fields at fault (-want +got): %s", diff)
		}
	})
}

// An erased tenant is nobody's any more, its name is free, its number is not.
func TestEraseTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory := tenanttest.Directory(t, database)
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.BeginErasure(t.Context(), tx, 2) })
		erasing, err := directory.Erasing(t.Context())
		if err != nil || len(erasing) != 1 || erasing[0].Slug != "other" {
			t.Fatalf("being erased: %+v, %v", erasing, err)
		}
		err = database.InTx(t.Context(), func(tx *sql.Tx) error { return directory.Resume(t.Context(), tx, erasing[0]) })
		if problem.Of(err).Code != "tenant.erasing" {
			t.Errorf("resumed while being erased: %v", err)
		}
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error { return d.EndErasure(t.Context(), tx, 2) })
		if _, err := tenant.NewDirectory(database, tenanttest.Box(t)).FindBySlug(t.Context(), "other"); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("still found: %v", err)
		}
		if err := tenant.NewDirectory(database, tenanttest.Box(t)).AdmitWebhook(t.Context(), 2); !errors.Is(err, tenant.ErrSuspended) {
			t.Errorf("still admitted: %v", err)
		}
		var id int64
		change(t, database, func(d *tenant.Directory, tx *sql.Tx) error {
			created, err := d.Create(t.Context(), tx, tenant.New{Slug: "other", Region: "VN", TimeZone: "UTC"})
			id = created.ID
			return err
		})
		if id != 3 {
			t.Errorf("the next tenant has number %d", id)
		}
	})
}

// What every request pays, alone and beside others of its call centre.
func BenchmarkAdmit(b *testing.B) {
	directory := tenanttest.Directory(b, dbtest.Open(b, b.TempDir()+"/tandem.db"))
	ctx, cancel := context.WithCancel(b.Context())
	watched := make(chan error, 1)
	go func() { watched <- directory.Watch(ctx, privateBus(b)) }()
	b.Cleanup(func() {
		cancel()
		if err := <-watched; err != nil {
			b.Error(err)
		}
	})
	admits := map[string]func() error{
		"request": func() error { return directory.AdmitRequest(b.Context(), 1) },
		"webhook": func() error { return directory.AdmitWebhook(b.Context(), 1) },
	}
	for name, admit := range admits {
		check := func(b *testing.B) {
			b.Helper()
			if err := admit(); err != nil && problem.Of(err).Code != "limit.rate" {
				b.Fatal(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check(b)
			}
		})
		b.Run(name+" beside others", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					check(b)
				}
			})
		})
	}
}
