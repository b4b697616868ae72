// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/db/dbtest"
)

type centre struct {
	UUID, Slug, Name, Region, TimeZone, State string
	Locales                                   []string
}

// ways are how the people, programs and phone systems of a call centre come in.
type ways struct {
	people  map[string]*client
	webhook string
	uuid    string
}

// found creates a call centre with the body that is documented, and everything
// that may come in.
func (s *site) found(slug string) ways {
	s.Helper()
	operator := basic("operator")
	made := read[centre](s, s.must(operator, http.StatusCreated, "POST /api/v1/tenants",
		`{"name":"North","slug":"`+slug+`","admin":{"login":"admin-`+slug+`","password":"`+password+`"}}`))
	if made.State != "active" || made.Slug != slug || made.Region != "VN" || made.TimeZone != "Asia/Ho_Chi_Minh" {
		s.Fatalf("created %+v", made)
	}
	admin := basic("admin-" + slug)
	s.tools(func(tools *app.Tools) {
		found, err := tools.Tenants.FindBySlug(s.Context(), slug)
		if err != nil {
			s.Fatal(err)
		}
		if err := tools.Users.EnsureAPIKey(s.Context(), found.ID, "key", "key-"+slug); err != nil {
			s.Fatal(err)
		}
	})
	connector := read[struct{ WebhookURL string }](s, s.must(admin, http.StatusCreated, "POST /api/v1/connectors", `{"name":"pbx","dialect":"delegate"}`))
	_, path, _ := strings.Cut(connector.WebhookURL, "/webhook/")
	return ways{
		uuid: made.UUID, webhook: "POST /webhook/" + path,
		people: map[string]*client{"basic": admin, "session": s.signIn("admin-" + slug), "key": withKey("key-" + slug)},
	}
}

// event is what a phone system reports.
func event(call string) string {
	return `{"type":"call.new","call_id":"` + call + `","from":"0912345678"}`
}

// Suspending ends a call centre's every way in within a second and its live
// connections too, whether over HTTP or by a command; another call centre goes
// on, nothing is deleted, and resuming brings all of it back.
func TestSuspend(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north, south := s.found("north"), s.found("south")
		s.must(&client{}, http.StatusOK, north.webhook, event("before"))
		operator := basic("operator")
		suspensions := map[string]func(){
			"over HTTP": func() {
				s.must(operator, http.StatusOK, "POST /api/v1/tenants/"+north.uuid+"/suspend", "")
			},
			"by a command": func() {
				s.tools(func(tools *app.Tools) {
					if _, err := tools.Settings.Suspend(t.Context(), north.uuid); err != nil {
						t.Fatal(err)
					}
				})
			},
		}
		for how, suspend := range suspensions {
			live := s.open(north.people["session"], "GET /api/v1/feed", "") //nolint:bodyclose // closed below, once it has been cut
			if live.StatusCode != http.StatusOK {
				t.Fatalf("%s: feed: %d", how, live.StatusCode)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = io.Copy(io.Discard, live.Body) // it is cut
			}()
			suspend()
			begun := time.Now()
			for name, c := range north.people {
				s.endsWithin(time.Second, begun, how+", "+name, func() (int, string) { return s.send(c, "GET /api/v1/contacts", "") })
			}
			s.endsWithin(time.Second, begun, how+", webhook", func() (int, string) { return s.send(&client{}, north.webhook, event("meanwhile")) })
			if status, text := s.send(&client{}, "POST /api/v1/session", `{"login":"admin-north","password":"`+password+`"}`); status != http.StatusForbidden || !strings.Contains(text, "tenant.suspended") {
				t.Errorf("%s: signed in: %d %s", how, status, text)
			}
			select {
			case <-ended:
			case <-time.After(3 * time.Second):
				t.Errorf("%s: a live connection stays", how)
			}
			live.Body.Close()
			s.must(south.people["key"], http.StatusOK, "GET /api/v1/contacts", "")
			s.must(&client{}, http.StatusOK, south.webhook, event("other"))
			s.must(operator, http.StatusOK, "POST /api/v1/tenants/"+north.uuid+"/resume", "")
			for _, c := range north.people {
				s.must(c, http.StatusOK, "GET /api/v1/contacts", "")
			}
		}
		calls := s.must(north.people["key"], http.StatusOK, "GET /api/v1/calls", "")
		if !strings.Contains(calls, `"before"`) || strings.Contains(calls, `"meanwhile"`) {
			t.Errorf("calls: %s", calls)
		}
		s.must(&client{}, http.StatusOK, north.webhook, event("after"))
	})
}

// endsWithin waits until what is asked is refused because of the suspension.
func (s *site) endsWithin(limit time.Duration, begun time.Time, what string, ask func() (int, string)) {
	s.Helper()
	for {
		status, text := ask()
		if status == http.StatusForbidden && strings.Contains(text, "tenant.suspended") {
			return
		}
		if time.Since(begun) > limit {
			s.Errorf("%s, %v later: %d %s", what, time.Since(begun), status, text)
			return
		}
	}
}

// Only operators see and change call centres; their administrators change the
// settings of their own, and both are refused what cannot be.
func TestSettings(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north := s.found("north")
		operator, admin := basic("operator"), north.people["basic"]
		own := "PUT /api/v1/tenants/" + north.uuid
		for _, request := range []string{"GET /api/v1/tenants", "GET /api/v1/tenants/" + north.uuid, own, "DELETE /api/v1/tenants/" + north.uuid, "GET /api/v1/tenants/" + north.uuid + "/export"} {
			s.must(admin, http.StatusForbidden, request, "")
		}
		const taken = `{"name":"N","slug":"north","admin":{"login":"other","password":"correct horse"}}`
		if text := s.must(operator, http.StatusConflict, "POST /api/v1/tenants", taken); !strings.Contains(text, "tenant.taken") {
			t.Error(text)
		}
		for body, field := range map[string]string{
			`{"name":"N","slug":"n n","admin":{"login":"other","password":"correct horse"}}`:  "body.slug",
			`{"name":"N","slug":"n","admin":{"login":"other","password":"short"}}`:            "body.admin.password",
			`{"name":"N","slug":"n","admin":{"login":"an other","password":"correct horse"}}`: "body.admin.login",
		} {
			if text := s.must(operator, http.StatusUnprocessableEntity, "POST /api/v1/tenants", body); !strings.Contains(text, `"location":"`+field+`"`) {
				t.Errorf("%s: %s, want %s", body, text, field)
			}
		}
		s.must(operator, http.StatusNotFound, "GET /api/v1/tenants/07a066a7-da67-46c8-b558-31a90b1ae22e", "")

		after := read[centre](s, s.must(operator, http.StatusOK, own, `{"name":"Nord","region":"BR","timeZone":"America/Sao_Paulo","locales":["pt-BR"]}`))
		if after.Name != "Nord" || after.Region != "BR" || after.Slug != "north" || len(after.Locales) != 1 {
			t.Errorf("changed to %+v", after)
		}
		text := s.must(admin, http.StatusOK, "PUT /api/v1/settings", `{"name":"Norte","region":"BR","timeZone":"America/Bahia","retentionDays":{"calls":365,"recordings":90,"audit":0,"deliveries":30}}`)
		if got := s.must(admin, http.StatusOK, "GET /api/v1/settings", ""); got != text || !strings.Contains(got, `"calls":365`) || !strings.Contains(got, "pt-BR") {
			t.Errorf("settings %s, want %s", got, text)
		}
		if text := s.must(admin, http.StatusUnprocessableEntity, "PUT /api/v1/settings", `{"name":"Norte","region":"BR","timeZone":"Mars/Base"}`); !strings.Contains(text, `"location":"body.timeZone"`) {
			t.Error(text)
		}
		if me := s.must(north.people["session"], http.StatusOK, "GET /api/v1/session", ""); !strings.Contains(me, "America/Bahia") {
			t.Errorf("me: %s", me)
		}
		s.tools(func(tools *app.Tools) {
			const query = `SELECT COUNT(*) FROM audit_entries WHERE object = $1 AND actor_name = $2 AND action = $3 AND address <> ''`
			for action, by := range map[string]string{"tenant.created": "operator", "tenant.changed": "admin-north"} {
				var n int
				if err := tools.DB.QueryRowContext(t.Context(), query, "tenant/"+north.uuid, by, action).Scan(&n); err != nil || n != 1 {
					t.Errorf("the trail has %s by %s %d times, %v", action, by, n, err)
				}
			}
		})
	})
}

// A call centre's limits are seen with what is used of them, and hold: what is
// too much is refused with the time to come again.
func TestLimits(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north := s.found("north")
		type limit struct {
			Name        string
			Limit, Used *int64
		}
		items := read[struct{ Items []limit }](s, s.must(north.people["key"], http.StatusOK, "GET /api/v1/limits", "")).Items
		seen := map[string]limit{}
		for _, one := range items {
			seen[one.Name] = one
		}
		if one := seen["agents"]; one.Limit == nil || *one.Limit != 10_000 || one.Used == nil || *one.Used != 1 {
			t.Errorf("agents: %+v", one)
		}
		if one := seen["webhooksPerSecond"]; one.Limit != nil || one.Used == nil {
			t.Errorf("webhooks: %+v", one)
		}
		s.must(basic("operator"), http.StatusOK, "PUT /api/v1/tenants/"+north.uuid, `{"name":"North","region":"VN","timeZone":"UTC","limits":{
			"contacts":1,"agents":1,"keys":1,"endpoints":1,"importsPerDay":1,"importRows":1,"requestsPerSecond":2,"webhooksPerSecond":1}}`)
		refused := func(ask func() *http.Response) {
			t.Helper()
			for range 50 {
				response := ask()
				response.Body.Close()
				if response.StatusCode == http.StatusTooManyRequests {
					if response.Header.Get("Retry-After") == "" {
						t.Error("no time to come again")
					}
					return
				}
			}
			t.Error("never refused")
		}
		refused(func() *http.Response { return s.open(north.people["key"], "GET /api/v1/contacts", "") })
		refused(func() *http.Response { return s.open(&client{}, north.webhook, event("c")) })
	})
}

// An operator copies a call centre out and erases it. The copy has what it had
// and no secret; afterwards its credentials are nobody's, its name is free, and
// another call centre has lost nothing.
func TestExportAndErase(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north, south := s.found("north"), s.found("south")
		for _, w := range []ways{north, south} {
			s.must(&client{}, http.StatusOK, w.webhook, event("call-of-one"))
			s.must(w.people["key"], http.StatusCreated, "POST /api/v1/contacts", `{"firstName":"Ngọc","phone":"0987654321"}`)
		}
		operator := basic("operator")
		archive := []byte(s.must(operator, http.StatusOK, "GET /api/v1/tenants/"+north.uuid+"/export", ""))
		all := unzip(t, archive)
		if !strings.Contains(all["log.ndjson"], "call-of-one") || !strings.Contains(all["tables/customer_contacts.ndjson"], "Ngọc") {
			t.Errorf("log: %s\ncontacts: %s", all["log.ndjson"], all["tables/customer_contacts.ndjson"])
		}
		_, key, _ := strings.Cut(north.webhook, "/webhook/")
		for name, text := range all {
			if strings.Contains(text, "v1:") || strings.Contains(text, "$argon2id") || strings.Contains(text, key) {
				t.Errorf("%s holds a secret: %s", name, text)
			}
		}
		if !strings.Contains(all["manifest.json"], "password_hash") || !strings.Contains(all["manifest.json"], "key_sealed") {
			t.Errorf("what was left out: %s", all["manifest.json"])
		}

		erase := "DELETE /api/v1/tenants/" + north.uuid
		if text := s.must(operator, http.StatusUnprocessableEntity, erase+"?confirm=south", ""); !strings.Contains(text, "tenant.not_confirmed") {
			t.Error(text)
		}
		s.must(operator, http.StatusNoContent, erase+"?confirm=north", "")
		s.must(operator, http.StatusNotFound, erase+"?confirm=north", "")
		for name, c := range north.people {
			if status, text := s.send(c, "GET /api/v1/contacts", ""); status != http.StatusUnauthorized && status != http.StatusForbidden {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		if status, _ := s.send(&client{}, north.webhook, event("late")); status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("webhook: %d", status)
		}
		if calls := s.must(south.people["key"], http.StatusOK, "GET /api/v1/calls", ""); !strings.Contains(calls, "call-of-one") {
			t.Errorf("the other call centre's calls: %s", calls)
		}
		s.found("north")
		s.tools(func(tools *app.Tools) {
			found, err := tools.Live.Replay(t.Context(), tools.Log, 0, false)
			if err != nil || found.Different != 0 || found.CountsWrong {
				t.Errorf("after the erasure a replay finds %+v, %v", found, err)
			}
		})
	})
}

// A key that is revoked, or was rotated and is kept for no time, opens nothing
// from then on, though the gateway remembers whose it was; the new one does.
func TestKeysEndAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		admin := s.found("north").people["session"]
		type made struct{ ID, Key string }
		first := read[made](s, s.must(admin, http.StatusCreated, "POST /api/v1/keys", `{"name":"CRM","rights":["contact.read"]}`))
		use := func(key string) int {
			status, _ := s.send(withKey(key), "GET /api/v1/contacts", "")
			return status
		}
		ends := func(key string) {
			t.Helper()
			for begun := time.Now(); use(key) != http.StatusUnauthorized; {
				if time.Since(begun) > time.Second {
					t.Fatalf("still answered %d", use(key))
				}
			}
		}
		if status := use(first.Key); status != http.StatusOK {
			t.Fatalf("a new key: %d", status)
		}
		s.must(withKey(first.Key), http.StatusForbidden, "POST /api/v1/contacts", `{"firstName":"x"}`)
		s.must(withKey(first.Key), http.StatusForbidden, "POST /api/v1/keys", `{"name":"x"}`)
		second := read[made](s, s.must(admin, http.StatusCreated, "POST /api/v1/keys/"+first.ID+"/rotate", `{"keepSeconds":0}`))
		ends(first.Key)
		if status := use(second.Key); status != http.StatusOK {
			t.Errorf("the key after it: %d", status)
		}
		s.must(admin, http.StatusNoContent, "DELETE /api/v1/keys/"+second.ID, "")
		ends(second.Key)
	})
}

func unzip(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		opened, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(opened)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// Whoever guesses at a login is told when to come again, whichever way they
// came.
func TestLockedSaysWhen(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		s.found("north")
		guess := &client{header: http.Header{}}
		r := http.Request{Header: guess.header}
		r.SetBasicAuth("admin-north", "guess")
		for range 30 {
			response := s.open(guess, "GET /api/v1/me", "")
			response.Body.Close()
			if response.StatusCode == http.StatusTooManyRequests {
				if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 10 {
					t.Errorf("told to come again in %q", response.Header.Get("Retry-After"))
				}
				return
			}
		}
		t.Error("the login stays open")
	})
}
