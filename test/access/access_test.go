// SPDX-License-Identifier: Apache-2.0

// Package access_test holds what must be true of the gateway and the user
// service together: neither may import the other, and who gets in is decided
// between them.
package access_test

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/gateway"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/service/user"
	"tandem/internal/tenant/tenanttest"
)

// world is a server whose door is the gateway's and whose lock is the user
// service's.
type world struct {
	users       *user.Users
	address     string
	demo, other identity.Tenant
}

func start(t *testing.T, database *db.DB) *world {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	b := eventlogtest.Bus(t)
	directory := tenanttest.Directory(t, database)
	w := &world{users: user.New(user.Options{
		Log: eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, b), Database: database, Bus: b, Tenants: directory,
		Box: tenanttest.Box(t), Logger: logger, SessionTTL: time.Hour,
	})}
	api := httpapi.New("test", logger)
	users := w.users.Module(api)
	for owner, tables := range map[string]fs.FS{users.Name: users.Tables, "audit": audit.Tables} {
		if err := database.Migrate(t.Context(), owner, tables); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- users.Run(ctx) }()
	handler, err := gateway.New(gateway.Options{
		Modules: []module.Module{users, {Name: "guarded", Routes: guarded()}},
		Bus:     b, Tenants: directory, OpenAPI: api.OpenAPI, Metrics: prometheus.NewRegistry(),
		Ready: func(context.Context) error { return nil }, Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w.address = server.URL
	for slug, place := range map[string]*identity.Tenant{"demo": &w.demo, "other": &w.other} {
		found, err := directory.FindBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		*place = found.Tenant
	}
	return w
}

// guarded are routes that need something, and say as whom they were asked.
func guarded() []module.Route {
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := identity.From(r.Context())
		_, _ = io.WriteString(w, p.Role+"@"+p.Tenant.Slug)
	})
	return []module.Route{
		{Method: "GET", Pattern: "/api/v1/calls", Right: identity.CallRead, Handler: who},
		{Method: "PUT", Pattern: "/api/v1/routing/rules", Right: identity.RoutingWrite, Handler: who},
		{Method: "GET", Pattern: "/api/v1/tenants", Right: identity.TenantRead, Handler: who},
	}
}

// send makes a request of headers given as "Name: value", and returns the
// status and the body.
func (w *world) send(t *testing.T, client *http.Client, request, body string, headers ...string) (status int, text string) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, w.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// browser returns a client that keeps cookies, signed in as login.
func (w *world) browser(t *testing.T, login string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	if status, body := w.send(t, client, "POST /api/v1/session", `{"login":"`+login+`","password":"correct horse"}`); status != http.StatusOK {
		t.Fatalf("sign in as %s: %d %s", login, status, body)
	}
	return client
}

func basic(login string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(login, "correct horse")
	return "Authorization: " + r.Header.Get("Authorization")
}

// Every sort of credential, with every role, gets what its role has, in its
// own tenant, and nothing else.
func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		for _, n := range []user.NewUser{
			{Tenant: w.demo.ID, Login: "admin", Role: user.RoleAdmin},
			{Tenant: w.demo.ID, Login: "ana", Role: user.RoleAgent},
			{Login: "operator", Role: user.RoleOperator},
		} {
			n.Password = "correct horse"
			if _, err := w.users.CreateUser(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.users.EnsureAPIKey(t.Context(), w.demo.ID, "Demo", "demo-key"); err != nil {
			t.Fatal(err)
		}
		plain := http.DefaultClient
		// Each of them shows who they are in the ways they have.
		type way struct {
			client  *http.Client
			headers []string
		}
		ways := map[string][]way{
			"nobody":   {{plain, nil}, {plain, []string{"X-API-Key: guess"}}, {plain, []string{"Cookie: tandem_session=guess"}}},
			"agent":    {{plain, []string{basic("ana")}}, {w.browser(t, "ana"), nil}},
			"admin":    {{plain, []string{basic("admin")}}, {w.browser(t, "admin"), nil}},
			"key":      {{plain, []string{"Authorization: Bearer demo-key"}}, {plain, []string{"X-API-Key: demo-key"}}},
			"operator": {{plain, []string{basic("operator")}}, {w.browser(t, "operator"), nil}},
		}
		const read, write, list, tenants = "GET /api/v1/calls", "PUT /api/v1/routing/rules", "GET /api/v1/agents", "GET /api/v1/tenants"
		tests := map[string]struct {
			statuses map[string]int // by request
			own      int            // of read with the header for the demo tenant
			foreign  int            // of read with the header for the other
		}{
			"nobody":   {map[string]int{read: 401, write: 401, list: 401, tenants: 401}, 401, 401},
			"agent":    {map[string]int{read: 200, write: 403, list: 200, tenants: 403}, 200, 403},
			"admin":    {map[string]int{read: 200, write: 200, list: 200, tenants: 403}, 200, 403},
			"key":      {map[string]int{read: 200, write: 200, list: 200, tenants: 403}, 200, 403},
			"operator": {map[string]int{read: 200, write: 200, list: 403, tenants: 200}, 200, 200},
		}
		for who, test := range tests {
			for i, way := range ways[who] {
				for request, want := range test.statuses {
					if status, body := w.send(t, way.client, request, "", way.headers...); status != want {
						t.Errorf("%s, way %d, %s: %d, want %d: %s", who, i, request, status, want, body)
					}
				}
				own := append([]string{"tenant-uuid: " + w.demo.UUID}, way.headers...)
				if status, body := w.send(t, way.client, read, "", own...); status != test.own || status == 200 && body != who+"@demo" {
					t.Errorf("%s, way %d, own tenant: %d %s", who, i, status, body)
				}
				foreign := append([]string{"tenant-uuid: " + w.other.UUID}, way.headers...)
				if status, body := w.send(t, way.client, read, "", foreign...); status != test.foreign || status == 200 && body != who+"@other" {
					t.Errorf("%s, way %d, another tenant: %d %s", who, i, status, body)
				}
			}
		}
	})
}

// What ends, ends at once, though the gateway remembers for a moment whose a
// credential is: a session by signing out, a password by another one.
func TestWhatEndsEndsAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		if _, err := w.users.CreateUser(t.Context(), user.NewUser{Tenant: w.demo.ID, Login: "ana", Role: user.RoleAgent, Password: "correct horse"}); err != nil {
			t.Fatal(err)
		}
		const read = "GET /api/v1/calls"
		// The bell takes a moment; the five seconds of the gateway's memory it must not take.
		begun := time.Now()
		endsSoon := func(what string, client *http.Client, headers ...string) {
			t.Helper()
			for {
				status, _ := w.send(t, client, read, "", headers...)
				if status == http.StatusUnauthorized {
					return
				}
				if status != http.StatusOK || time.Since(begun) > 3*time.Second {
					t.Fatalf("%s: still %d", what, status)
				}
			}
		}
		client := w.browser(t, "ana")
		address, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		stolen := "Cookie: tandem_session=" + client.Jar.Cookies(address.URL)[0].Value
		if status, _ := w.send(t, http.DefaultClient, read, "", stolen); status != 200 {
			t.Fatalf("the session does not work: %d", status)
		}
		if status, body := w.send(t, client, "DELETE /api/v1/session", ""); status != http.StatusNoContent {
			t.Fatalf("sign out: %d %s", status, body)
		}
		endsSoon("signed out", http.DefaultClient, stolen)
		if len(client.Jar.Cookies(address.URL)) != 0 {
			t.Error("the browser keeps its cookie")
		}
		if status, _ := w.send(t, http.DefaultClient, read, "", basic("ana")); status != 200 {
			t.Fatalf("the password does not work: %d", status)
		}
		if err := w.users.SetPassword(t.Context(), "ana", "another horse"); err != nil {
			t.Fatal(err)
		}
		begun = time.Now()
		endsSoon("password changed", http.DefaultClient, basic("ana"))
	})
}

// A first start, as a person meets it: the link, the form, and they are in.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		link, err := w.users.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar}
		if status, _ := w.send(t, client, "GET /api/v1/session", ""); status != http.StatusUnauthorized {
			t.Errorf("somebody is signed in: %d", status)
		}
		body := `{"token":"` + link + `","tenant":{"name":"North","slug":"north","region":"VN","timeZone":"Asia/Ho_Chi_Minh"},` +
			`"admin":{"login":"chief","password":"correct horse"}}`
		if status, text := w.send(t, client, "POST /api/v1/setup", body, "Sec-Fetch-Site: cross-site"); status != http.StatusForbidden {
			t.Errorf("set up from another site: %d %s", status, text)
		}
		if status, text := w.send(t, client, "POST /api/v1/setup", body, "Sec-Fetch-Site: same-origin"); status != http.StatusOK {
			t.Fatalf("set up: %d %s", status, text)
		}
		_, text := w.send(t, client, "GET /api/v1/session", "")
		var me struct {
			Login, Role string
			Rights      []string
			Tenant      identity.Tenant
		}
		if err := json.Unmarshal([]byte(text), &me); err != nil || me.Login != "chief" || me.Role != "admin" || me.Tenant.Slug != "north" || len(me.Rights) == 0 {
			t.Errorf("signed in as %s, %v", text, err)
		}
	})
}
