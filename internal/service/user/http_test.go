// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
)

// request is what a browser or program sends.
type request struct {
	method, path, body string
	session            string // the cookie
	as                 identity.Principal
	encrypted          bool
}

type response struct {
	status int
	body   string
	cookie *http.Cookie // nil when none was set
	me     struct {
		Login, Role string
		Rights      []string
		Tenant      identity.Tenant
	}
	code   string
	fields []string
}

// send asks the service's routes, as the gateway does once it knows who asks.
func (w *world) send(t *testing.T, q request) response {
	t.Helper()
	mux := http.NewServeMux()
	for _, route := range w.module.Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	r := httptest.NewRequestWithContext(identity.With(t.Context(), q.as), q.method, q.path, strings.NewReader(q.body))
	r.Header.Set("Content-Type", "application/json")
	if q.session != "" {
		r.AddCookie(&http.Cookie{Name: "tandem_session", Value: q.session})
	}
	if q.encrypted {
		r.TLS = &tls.ConnectionState{}
	}
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, r)
	result := recorder.Result()
	got := response{status: recorder.Code, body: recorder.Body.String()}
	if cookies := result.Cookies(); len(cookies) > 0 {
		got.cookie = cookies[0]
	}
	if got.body == "" {
		return got
	}
	var problems struct {
		Code   string
		Errors []struct{ Location string }
	}
	if err := errors.Join(json.Unmarshal([]byte(got.body), &got.me), json.Unmarshal([]byte(got.body), &problems)); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	got.code = problems.Code
	for _, field := range problems.Errors {
		got.fields = append(got.fields, field.Location)
	}
	return got
}

func (w *world) signIn(t *testing.T, login, password, before string) response {
	t.Helper()
	body, err := json.Marshal(map[string]string{"login": login, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	return w.send(t, request{method: "POST", path: "/api/v1/session", body: string(body), session: before})
}

// sessionOf says whose session it is, or what is wrong with it.
func (w *world) sessionOf(t *testing.T, token string) string {
	t.Helper()
	p, err := w.authenticate(t, ask.Credential{Session: token})
	if err != nil {
		return problem.Of(err).Code
	}
	return p.Login
}

const ended = "identity.unauthenticated"

// A session begins with a password, lasts while it is used and ends by signing
// out, by time, or when the password changes.
func TestSession(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		if got := w.signIn(t, "ana", "wrong horse", ""); got.status != 401 || got.cookie != nil {
			t.Errorf("wrong password: %d %v", got.status, got.cookie)
		}
		first := w.signIn(t, "Ana", "correct horse", "")
		if first.status != 200 || first.me.Login != "ana" || first.me.Tenant.Slug != "demo" || len(first.me.Rights) == 0 {
			t.Fatalf("signed in: %d %s", first.status, first.body)
		}
		c := first.cookie
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.MaxAge != 3600 || len(c.Value) < 43 {
			t.Errorf("cookie %s", c)
		}
		if strings.Contains(first.body, c.Value) {
			t.Error("the cookie's value is in the body, where scripts read it")
		}
		if who := w.sessionOf(t, c.Value); who != "ana" {
			t.Errorf("session of %s", who)
		}

		// Signing in again ends the session that the browser had.
		second := w.signIn(t, "ana", "correct horse", c.Value).cookie
		if second.Value == c.Value || w.sessionOf(t, c.Value) != ended || w.sessionOf(t, second.Value) != "ana" {
			t.Error("the session was not replaced")
		}
		p, err := w.authenticate(t, ask.Credential{Session: second.Value})
		if err != nil {
			t.Fatal(err)
		}
		me := w.send(t, request{method: "GET", path: "/api/v1/session", session: second.Value, as: p})
		if me.status != 200 || me.me.Login != "ana" || me.cookie == nil || me.cookie.Value != second.Value {
			t.Errorf("who am I: %d %s, cookie %v", me.status, me.body, me.cookie)
		}
		// With another credential the cookie beside it is not prolonged.
		other := w.send(t, request{method: "GET", path: "/api/v1/session", session: second.Value, as: identity.Principal{ID: "key", Role: "key"}})
		if other.cookie != nil {
			t.Errorf("cookie %v for another's session", other.cookie)
		}
		out := w.send(t, request{method: "DELETE", path: "/api/v1/session", session: second.Value, as: p})
		if out.status != 204 || out.cookie.MaxAge >= 0 || w.sessionOf(t, second.Value) != ended {
			t.Errorf("signed out: %d, %v", out.status, out.cookie)
		}

		third := w.signIn(t, "ana", "correct horse", "").cookie
		if err := w.SetPassword(t.Context(), "ana", "another horse"); err != nil {
			t.Fatal(err)
		}
		if w.sessionOf(t, third.Value) != ended {
			t.Error("a session outlives the password")
		}
	})
}

// A session that is used moves on, at most once a minute; one that is not ends
// after its time.
func TestSessionSlides(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		token := w.signIn(t, "ana", "correct horse", "").cookie.Value
		seen := func() (at int64) {
			t.Helper()
			if err := database.QueryRowContext(t.Context(), `SELECT seen_at FROM user_sessions`).Scan(&at); err != nil {
				t.Fatal(err)
			}
			return at
		}
		begin := seen()
		w.clock.forward(59 * time.Second)
		w.sessionOf(t, token)
		// Uses are written in order: once the next one is there, this one was not written.
		w.clock.forward(50 * time.Minute)
		w.sessionOf(t, token)
		want := w.clock.Now().UnixMilli()
		for seen() == begin {
			if t.Context().Err() != nil {
				t.Fatal("the use was not written")
			}
		}
		if at := seen(); at != want {
			t.Errorf("seen at %d, want %d", at, want)
		}
		w.clock.forward(59 * time.Minute)
		if who := w.sessionOf(t, token); who != "ana" {
			t.Errorf("a session in use has ended: %s", who)
		}
		w.clock.forward(61 * time.Minute)
		if who := w.sessionOf(t, token); who != ended {
			t.Errorf("a session that is not used lives on: %s", who)
		}
	})
}

// The cookie stays off the open wire wherever there is an encrypted one.
func TestCookieIsSecure(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/test.db"), func(o *user.Options) { o.PublicURL = "https://calls.example" })
	w.create(t, ana(w))
	if !w.signIn(t, "ana", "correct horse", "").cookie.Secure {
		t.Error("not secure behind an https address")
	}
	w = start(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	w.create(t, ana(w))
	got := w.send(t, request{method: "POST", path: "/api/v1/session", body: `{"login":"ana","password":"correct horse"}`, encrypted: true})
	if !got.cookie.Secure {
		t.Error("not secure on an encrypted connection")
	}
}

const setupBody = `{"token":"TOKEN","tenant":{"name":"North","slug":"north","region":"VN","timeZone":"Asia/Ho_Chi_Minh"},` +
	`"admin":{"login":"chief","password":"correct horse"}}`

// The first start's link makes the first tenant and its administrator, once,
// and signs them in. A link that is wrong, old or used makes nothing.
func TestSetUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		var given []string
		w := start(t, database, func(o *user.Options) {
			o.OnTenantCreated = func(_ context.Context, created identity.Tenant) error {
				given = append(given, created.Slug)
				return errors.New("no defaults today") // which must not undo the tenant
			}
		})
		setUp := func(token, old, replacement string) response {
			t.Helper()
			body := strings.Replace(strings.Replace(setupBody, "TOKEN", token, 1), old, replacement, 1)
			return w.send(t, request{method: "POST", path: "/api/v1/setup", body: body})
		}
		expired, err := w.SetupLink(t.Context())
		if err != nil || expired == "" {
			t.Fatalf("link %q, %v", expired, err)
		}
		w.clock.forward(25 * time.Hour)
		link, err := w.SetupLink(t.Context())
		if err != nil || link == "" || link == expired {
			t.Fatalf("link %q, %v", link, err)
		}
		for name, token := range map[string]string{"wrong": "guess", "old": expired} {
			if got := setUp(token, "", ""); got.status != 403 || got.code != "user.bad_setup_token" {
				t.Errorf("%s link: %d %s", name, got.status, got.body)
			}
		}
		faults := map[string]struct{ old, replacement, field string }{
			"login":    {"chief", "Big Chief", "body.admin.login"},
			"password": {"correct horse", "horse", "body.admin.password"},
			"slug":     {`"north"`, `"api"`, "body.tenant.slug"},
			"name":     {"North", "N\\u0000", "body.tenant.name"},
			"zone":     {"Asia/Ho_Chi_Minh", "Asia/Nowhere", "body.tenant.timeZone"},
		}
		for name, fault := range faults {
			if got := setUp(link, fault.old, fault.replacement); got.status != 422 || len(got.fields) != 1 || got.fields[0] != fault.field {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		// A tenant that is refused leaves nobody behind, and the link good.
		if got := setUp(link, "north", "demo"); got.status != 409 || got.code != "tenant.taken" {
			t.Errorf("taken slug: %d %s", got.status, got.body)
		}
		done := setUp(link, "", "")
		if done.status != 200 || done.me.Role != "admin" || done.me.Tenant.Slug != "north" || w.sessionOf(t, done.cookie.Value) != "chief" {
			t.Fatalf("%d %s", done.status, done.body)
		}
		if len(given) != 1 || given[0] != "north" {
			t.Errorf("defaults for %v", given)
		}
		if got := setUp(link, "", ""); got.status != 409 || got.code != "user.already_set_up" {
			t.Errorf("used link: %d %s", got.status, got.body)
		}
		if again, err := w.SetupLink(t.Context()); err != nil || again != "" {
			t.Errorf("another link %q, %v", again, err)
		}
		north, err := w.tenants.FindBySlug(t.Context(), "north")
		if err != nil {
			t.Fatal(err)
		}
		records, err := w.log.ReadStream(t.Context(), north.ID, "tenant/"+north.UUID, 0, 0)
		if err != nil || len(records) != 1 || records[0].Type != "tenant.created" {
			t.Errorf("%+v, %v", records, err)
		}
	})
}

// Two people who open the link at once do not both become the first.
func TestSetUpOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		link, err := w.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		statuses := make(chan int, 2)
		for _, name := range []string{"north", "south"} {
			body := strings.NewReplacer("TOKEN", link, "north", name, "chief", name).Replace(setupBody)
			go func() { statuses <- w.send(t, request{method: "POST", path: "/api/v1/setup", body: body}).status }()
		}
		if first, second := <-statuses, <-statuses; first+second != 200+409 {
			t.Errorf("answered %d and %d", first, second)
		}
	})
}

// A tenant and its administrator come together or not at all.
func TestCreateTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		south := tenant.New{Slug: "south", Name: "South", Region: "BR", TimeZone: "America/Sao_Paulo"}
		if _, err := w.CreateTenant(t.Context(), south, user.NewUser{Login: "ana", Password: "correct horse"}); problem.Of(err).Code != "user.login_taken" {
			t.Errorf("taken login: %v", err)
		}
		if _, err := w.tenants.FindBySlug(t.Context(), "south"); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("half a tenant: %v", err)
		}
		created, err := w.CreateTenant(t.Context(), south, user.NewUser{Login: "sara", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := w.authenticate(t, ask.Credential{Login: "sara", Password: "correct horse"}); err != nil || p.Tenant.Slug != "south" || p.Role != "admin" {
			t.Errorf("%+v, %v", p, err)
		}
		same, err := w.EnsureTenant(t.Context(), south)
		if err != nil || same.ID != created.ID {
			t.Errorf("%+v, %v", same, err)
		}
		if all, err := w.ListTenants(t.Context()); err != nil || len(all) != 3 || all[2].Slug != "south" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
