// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// world is a trail with two call centres, 1 and 2.
type world struct {
	log     *eventlog.Log
	tenants *tenant.Directory
	trail   *audit.Trail
	module  module.Module
	mux     *http.ServeMux
	now     time.Time
}

func start(t *testing.T, database *db.DB) *world {
	t.Helper()
	w := &world{tenants: tenanttest.Directory(t, database), mux: http.NewServeMux(), now: time.Now()}
	w.log = eventlogtest.Start(t, database)
	logger := slog.New(slog.DiscardHandler)
	w.trail = audit.New(audit.Options{
		Log: w.log, Database: database, Tenants: w.tenants, Logger: logger, Now: func() time.Time { return w.now },
	})
	w.module = w.trail.Module(httpapi.New("test", logger))
	if err := database.Migrate(t.Context(), "audit", w.module.Tables); err != nil {
		t.Fatal(err)
	}
	for _, route := range w.module.Routes {
		w.mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	return w
}

// record writes entries as somebody of the first call centre.
func (w *world) record(t *testing.T, login string, entries ...audit.Entry) {
	t.Helper()
	ctx := identity.With(t.Context(), identity.Principal{ID: "id-of-" + login, Login: login, Role: "admin"})
	ctx = identity.WithOrigin(ctx, identity.Origin{Address: "192.0.2.7", RequestID: "r1"})
	err := w.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return audit.Record(ctx, tx, entries...) })
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) get(t *testing.T, tenant int64, path string) *httptest.ResponseRecorder {
	t.Helper()
	p := identity.Principal{Tenant: identity.Tenant{ID: tenant}, ID: "reader", Login: "reader", Role: "admin", Rights: identity.RightsOf("admin")}
	recorder := httptest.NewRecorder()
	w.mux.ServeHTTP(recorder, httptest.NewRequestWithContext(identity.With(t.Context(), p), http.MethodGet, path, http.NoBody))
	return recorder
}

// actions returns those of a list over all its pages, the newest first.
func (w *world) actions(t *testing.T, tenant int64, query string) string {
	t.Helper()
	var actions []string
	after := ""
	for {
		got := w.get(t, tenant, "/api/v1/audit?limit=2"+query+after)
		var page struct {
			Items []struct{ Action string }
			Next  string
		}
		if err := json.Unmarshal(got.Body.Bytes(), &page); err != nil || got.Code != 200 {
			t.Fatalf("%s: %d %s", query, got.Code, got.Body)
		}
		for _, item := range page.Items {
			actions = append(actions, item.Action)
		}
		if page.Next == "" {
			return strings.Join(actions, " ")
		}
		after = "&after=" + page.Next
	}
}

// A list is one call centre's, in pages, and chosen by what is asked for.
func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		begun := time.Now().Add(-time.Second).UTC().Format(time.RFC3339)
		w.record(t, "ana",
			audit.Entry{Tenant: 1, Action: "agent.created", Object: "agent/1", After: map[string]string{"name": "A"}},
			audit.Entry{Tenant: 1, Action: "agent.changed", Object: "agent/1", Before: 1, After: 2},
			audit.Entry{Tenant: 2, Action: "agent.created", Object: "agent/1"},
			audit.Entry{Tenant: 0, Action: "tenant.created", Object: "tenant/1"})
		w.record(t, "bruno",
			audit.Entry{Tenant: 1, Action: "sip-account.revealed", Object: "sip-account/1"},
			audit.Entry{Tenant: 1, Action: "agent_x", Object: "agent_x"})
		ended := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
		for query, want := range map[string]string{
			"":                                  "agent_x sip-account.revealed agent.changed agent.created",
			"&object=agent/1":                   "agent.changed agent.created",
			"&object=agent/":                    "agent.changed agent.created",
			"&object=agent":                     "",
			"&action=agent.":                    "agent.changed agent.created",
			"&action=agent.changed":             "agent.changed",
			"&actor=bruno":                      "agent_x sip-account.revealed",
			"&actor=id-of-ana":                  "agent.changed agent.created",
			"&actor=ana&object=sip-account/1":   "",
			"&from=" + begun + "&action=agent.": "agent.changed agent.created",
			"&to=" + begun:                      "",
			"&from=" + ended:                    "",
			"&to=" + ended + "&actor=bruno":     "agent_x sip-account.revealed",
		} {
			if got := w.actions(t, 1, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		if got := w.actions(t, 2, ""); got != "agent.created" {
			t.Errorf("another call centre sees %s", got)
		}
		if got := w.actions(t, 0, ""); got != "tenant.created" {
			t.Errorf("an operator outside sees %s", got)
		}
		got := w.get(t, 1, "/api/v1/audit?action=agent.changed").Body.String()
		for _, part := range []string{`"actor":{"id":"id-of-ana","name":"ana","role":"admin"}`, `"address":"192.0.2.7"`, `"requestId":"r1"`, `"before":1`, `"after":2`} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is not in %s", part, got)
			}
		}
		if got := w.get(t, 1, "/api/v1/audit?object=sip-account/1").Body.String(); !strings.Contains(got, `"before":null,"after":null`) {
			t.Errorf("nothing is %s", got)
		}
		for _, bad := range []string{"?after=x", "?from=yesterday", "?colour=red", "?limit=0"} {
			if got := w.get(t, 1, "/api/v1/audit"+bad); got.Code != 422 {
				t.Errorf("%s: %d %s", bad, got.Code, got.Body)
			}
		}
	})
}

// An export holds every entry once, however many pages they are, and runs
// nothing in whatever opens it.
func TestExport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		const n = 1203
		entries := make([]audit.Entry, n)
		for i := range entries {
			entries[i] = audit.Entry{Tenant: 1, Action: "agent.changed", Object: "agent/" + strconv.Itoa(i), Before: "a,\"b\"\n"}
		}
		entries[7].Object = "=HYPERLINK(1)"
		w.record(t, "@ana", entries...)
		got := w.get(t, 1, "/api/v1/audit/export?action=agent.")
		if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/csv") || !strings.Contains(got.Header().Get("Content-Disposition"), "audit.csv") {
			t.Fatalf("%d %v", got.Code, got.Header())
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.Body.String(), "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != n+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		seen := map[string]bool{}
		for _, row := range rows[1:] {
			seen[row[8]] = true
			if row[3] != "'@ana" || row[9] != `"a,\"b\"\n"` {
				t.Fatalf("row %q", row)
			}
		}
		if len(seen) != n || !seen["'=HYPERLINK(1)"] {
			t.Errorf("%d different objects", len(seen))
		}
		lines := bufio.NewScanner(w.get(t, 1, "/api/v1/audit/export?format=ndjson").Body)
		count := map[string]int{}
		for lines.Scan() {
			var line struct{ Action string }
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			count[line.Action]++
		}
		if count["agent.changed"] != n || count["audit.exported"] != 1 {
			t.Errorf("NDJSON has %v", count)
		}
		if got := w.get(t, 1, "/api/v1/audit/export?format=xls"); got.Code != 422 {
			t.Errorf("an unknown format: %d", got.Code)
		}
	})
}

// What is personal goes, of the object and of who did something; that it was
// done stays, and other call centres' entries too.
func TestErase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		named := map[string]string{"name": "Ana"}
		w.record(t, "ana",
			audit.Entry{Tenant: 1, Action: "agent.created", Object: "agent/id-of-ana", After: named},
			audit.Entry{Tenant: 1, Action: "contact.deleted", Object: "contact/1", Before: named},
			audit.Entry{Tenant: 2, Action: "agent.created", Object: "agent/id-of-ana", After: named})
		err := w.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			return audit.Erase(ctx, tx, 1, "agent/id-of-ana")
		})
		if err != nil {
			t.Fatal(err)
		}
		got := w.get(t, 1, "/api/v1/audit").Body.String()
		if strings.Contains(got, `"ana"`) || strings.Contains(got, "192.0.2.7") || strings.Count(got, "Ana") != 1 || !strings.Contains(got, `"after":"erased"`) {
			t.Errorf("left: %s", got)
		}
		if got := w.actions(t, 1, "&actor=id-of-ana"); got != "contact.deleted agent.created" {
			t.Errorf("what was done: %s", got)
		}
		if got := w.get(t, 2, "/api/v1/audit").Body.String(); !strings.Contains(got, "Ana") || !strings.Contains(got, "192.0.2.7") {
			t.Errorf("another call centre's: %s", got)
		}
	})
}

// A call centre's trail is as long as it wants, and no other's is shortened.
func TestPrune(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		first, err := w.tenants.Find(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		err = w.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			return w.tenants.Update(ctx, tx.Tx, 1, tenant.Settings{
				Name: first.Name, Region: first.Region, TimeZone: first.TimeZone, Locales: []string{"en"}, Retention: tenant.Retention{Audit: 30},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		old := make([]audit.Entry, 2100)
		for i := range old {
			old[i] = audit.Entry{Tenant: 1, Action: "old", Object: "x"}
		}
		w.record(t, "ana", append(old, audit.Entry{Tenant: 2, Action: "old", Object: "x"})...)
		prune := func() {
			t.Helper()
			if err := w.trail.Prune(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.now = w.now.AddDate(0, 0, 29)
		prune()
		if got := w.get(t, 1, "/api/v1/audit?limit=1").Body.String(); !strings.Contains(got, "old") {
			t.Errorf("too early: %s", got)
		}
		w.now = w.now.AddDate(0, 0, 2)
		prune()
		if got := w.actions(t, 1, ""); got != "" {
			t.Errorf("left: %s", got)
		}
		if got := w.actions(t, 2, ""); got != "old" {
			t.Errorf("another call centre's: %s", got)
		}
	})
}
