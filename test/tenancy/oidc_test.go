// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"tandem/internal/app"
	"tandem/internal/db/dbtest"
)

const (
	clientID     = "tandem"
	clientSecret = "client-hunter2"
)

// staff are the people whom the provider knows, by what they sign in with
// there.
type staff map[string]*storage.User

func (s staff) GetUserByUsername(name string) *storage.User { return s[name] }
func (s staff) ExampleClientID() string                     { return "service" }

func (s staff) GetUserByID(id string) *storage.User {
	for _, one := range s {
		if one.ID == id {
			return one
		}
	}
	return nil
}

// provider starts a real OpenID provider that lets the site's people in, and
// returns its issuer.
func provider(t *testing.T, s *site, people staff) string {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	store := storage.NewStorageWithClients(people, map[string]*storage.Client{
		clientID: storage.WebClient(clientID, clientSecret, s.address+"/api/v1/oidc/callback"),
	})
	handler = exampleop.SetupServer(issuer, store, slog.New(slog.DiscardHandler), false)
	return issuer
}

var hiddenID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// travel signs in at the provider as a person does, and returns the browser and
// the page of Tandem that it ends at. Bend may change the address at which the
// browser comes back.
func (s *site) travel(slug, name string, bend func(*url.URL)) (*client, *url.URL) {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	browser := &client{header: http.Header{}}
	browser.Jar = jar
	browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if bend != nil && r.URL.Path == "/api/v1/oidc/callback" {
			bend(r.URL)
		}
		if strings.HasPrefix(r.URL.Path, "/api/v1/") || !strings.HasPrefix(s.address, "http://"+r.URL.Host) {
			return nil // on its way
		}
		return http.ErrUseLastResponse
	}
	// The body of what it returns is read and closed.
	get := func(r *http.Request) (*http.Response, string) {
		s.Helper()
		response, err := browser.Do(r)
		if err != nil {
			s.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			s.Fatal(err)
		}
		return response, string(text)
	}
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.address+"/api/v1/oidc/login?return=/calls&tenant="+slug, http.NoBody)
	if err != nil {
		s.Fatal(err)
	}
	response, page := get(r) //nolint:bodyclose // see get
	if id := hiddenID.FindStringSubmatch(page); id != nil {
		form := url.Values{"username": {name}, "password": {"verysecure"}, "id": {id[1]}}
		r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, response.Request.URL.String(), strings.NewReader(form.Encode()))
		if err != nil {
			s.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, page = get(r) //nolint:bodyclose // see get
	}
	end, err := response.Location()
	if err != nil {
		s.Fatalf("%s ended at %s: %d %s", name, response.Request.URL, response.StatusCode, page)
	}
	return browser, end
}

// People sign in with their call centre's provider, a real one, as whom it says
// they are and nobody else; whoever the call centre does not know stays outside
// unless it has said that such people become agents.
func TestOIDC(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		north, south := s.found("north"), s.found("south")
		people := staff{}
		for id, verified := range map[string]bool{"ana": true, "bob": false, "eve": true} {
			people[id] = &storage.User{ID: "id-" + id, Username: id, Password: "verysecure", FirstName: id, LastName: "Example", Email: id + "@example.com", EmailVerified: verified}
		}
		issuer := provider(t, s, people)
		admin := north.people["basic"]
		for _, login := range []string{"ana", "bob"} {
			s.must(admin, http.StatusCreated, "POST /api/v1/agents", `{"login":"`+login+`","name":"`+login+`","email":"`+login+`@example.com"}`)
		}
		settings := func(more string) string {
			return `{"enabled":true,"issuer":"` + issuer + `","clientId":"tandem","clientSecret":"` + clientSecret + `"` + more + `}`
		}
		ends := func(slug, name, want string, bend func(*url.URL)) *client {
			t.Helper()
			browser, end := s.travel(slug, name, bend)
			if end.RequestURI() != want {
				t.Errorf("%s of %s ended at %s, want %s", name, slug, end, want)
			}
			return browser
		}
		ends("north", "ana", "/login?problem=oidc.not_set_up", nil)
		text := s.must(admin, http.StatusOK, "PUT /api/v1/settings/oidc", settings(""))
		if strings.Contains(text, clientSecret) || !strings.Contains(text, s.address+"/api/v1/oidc/callback") {
			t.Errorf("settings: %s", text)
		}

		browser := ends("north", "ana", "/calls", nil)
		if me := s.must(browser, http.StatusOK, "GET /api/v1/session", ""); !strings.Contains(me, `"login":"ana"`) || !strings.Contains(me, `"slug":"north"`) {
			t.Errorf("signed in as %s", me)
		}
		ends("north", "bob", "/login?problem=oidc.not_verified", nil)
		ends("north", "eve", "/login?problem=oidc.unknown_user", nil)
		ends("south", "ana", "/login?problem=oidc.not_set_up", nil)
		ends("north", "ana", "/login?problem=oidc.lost", func(u *url.URL) { u.RawQuery = strings.Replace(u.RawQuery, "state=", "state=X", 1) })
		ends("north", "ana", "/login?problem=oidc.refused", func(u *url.URL) { u.RawQuery = strings.Replace(u.RawQuery, "code=", "code=X", 1) })

		// Whoever has an agent's address later is not that agent.
		people["thief"] = &storage.User{ID: "id-thief", Username: "thief", Password: "verysecure", Email: "ana@example.com", EmailVerified: true}
		ends("north", "thief", "/login?problem=oidc.other_subject", nil)
		// And whoever changes theirs is still themselves.
		people["ana"].Email = "ana.new@example.com"
		ends("north", "ana", "/calls", nil)

		s.must(admin, http.StatusOK, "PUT /api/v1/settings/oidc", settings(`,"createUsers":true`))
		browser = ends("north", "eve", "/calls", nil)
		if me := s.must(browser, http.StatusOK, "GET /api/v1/session", ""); !strings.Contains(me, `"login":"eve@example.com"`) || !strings.Contains(me, `"role":"agent"`) {
			t.Errorf("arrived as %s", me)
		}
		s.must(browser, http.StatusForbidden, "PUT /api/v1/settings/oidc", settings(""))
		s.must(basic("operator"), http.StatusOK, "POST /api/v1/tenants/"+north.uuid+"/suspend", "")
		ends("north", "ana", "/login?problem=tenant.suspended", nil)
		s.must(south.people["basic"], http.StatusNotFound, "GET /api/v1/settings/oidc", "")
		s.tools(func(tools *app.Tools) {
			var stored string
			if err := tools.DB.QueryRowContext(t.Context(), `SELECT client_secret FROM user_oidc`).Scan(&stored); err != nil || !strings.HasPrefix(stored, "v1:") {
				t.Errorf("the secret is stored as %q, %v", stored, err)
			}
		})
	})
}

// What cannot be a provider is refused before anybody needs it, with the field.
func TestOIDCRefuses(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		admin := s.found("north").people["basic"]
		for body, field := range map[string]string{
			`{"enabled":true,"issuer":"accounts","clientId":"x"}`:                                   "body.issuer",
			`{"enabled":true,"issuer":"http://accounts.example.com","clientId":"x"}`:                "body.issuer",
			`{"enabled":true,"issuer":"https://169.254.169.254","clientId":"x"}`:                    "body.issuer",
			`{"enabled":true,"issuer":"` + s.address + `","clientId":"x"}`:                          "body.issuer",
			`{"enabled":true,"issuer":"https://accounts.example.com","clientId":""}`:                "body.clientId",
			`{"enabled":true,"issuer":"https://accounts.example.com","clientId":"x","claim":"a b"}`: "body.claim",
		} {
			if text := s.must(admin, http.StatusUnprocessableEntity, "PUT /api/v1/settings/oidc", body); !strings.Contains(text, field) {
				t.Errorf("%s: %s", body, text)
			}
		}
	})
}
