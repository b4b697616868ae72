// SPDX-License-Identifier: Apache-2.0

package clicktocall_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/service/clicktocall"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

const site = "https://www.example.com"

// world is a service with two call centres, demo and other.
type world struct {
	log       *eventlog.Log
	directory *tenant.Directory
	handler   http.Handler

	address string // of the visitor, "" for that of httptest

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func start(t *testing.T, database *db.DB) *world {
	t.Helper()
	w := &world{directory: tenanttest.Directory(t, database), now: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)}
	if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), "clicktocall", clicktocall.Tables); err != nil {
		t.Fatal(err)
	}
	w.log = eventlogtest.Start(t, database)
	service := clicktocall.New(clicktocall.Options{
		Log: w.log, Database: database, Tenants: w.directory, Now: w.clock,
	})
	mux := http.NewServeMux()
	for _, route := range service.Module(httpapi.New("test", slog.New(slog.DiscardHandler))).Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	w.handler = mux
	return w
}

// ask sends a request: as the administrator of a call centre when slug names
// one, else as a page of an origin.
func (w *world) ask(t *testing.T, slug, origin, method, path, body string) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = cmp.Or(w.address, r.RemoteAddr)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if slug != "" {
		found, err := w.directory.FindBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithContext(identity.With(r.Context(), identity.Principal{Tenant: found.Tenant, ID: "u1", Login: "admin", Role: "admin"}))
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	_ = json.Unmarshal(recorder.Body.Bytes(), &answer) // a script is no JSON
	if answer == nil {
		answer = map[string]any{"script": recorder.Body.String()}
	}
	return recorder.Code, answer, recorder.Header()
}

// visit asks to be called as a page does it and returns how that ended.
func (w *world) visit(t *testing.T, slug, number string) (status int, code any) {
	t.Helper()
	status, got, _ := w.ask(t, "", site, http.MethodPost, "/click-to-call/"+slug+"/tokens", "{}")
	if status != http.StatusCreated {
		return status, got["code"]
	}
	body, _ := json.Marshal(map[string]any{"token": got["token"], "number": number, "page": site + "/buy?session=7#top", "language": "vi", "consent": true})
	status, got, _ = w.ask(t, "", site, http.MethodPost, "/click-to-call/"+slug+"/requests", string(body))
	return status, got["code"]
}

const button = `{"header":"Talk to us","content":"Free call","color":"#0a7","position":"bottom-right","delay":3,"activated":true,
	"destination":"900","origins":["https://www.example.com/"],"consent":"You may call me."}`

// The button is one record per call centre, with S000's names and values on the wire.
func TestButton(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		const path = "/api/v1/click-to-call"
		if status, got, _ := w.ask(t, "demo", "", http.MethodGet, path, ""); status != http.StatusNotFound || got["code"] != "click_to_call.not_found" {
			t.Errorf("before there is one: %d %v", status, got)
		}
		status, made, _ := w.ask(t, "demo", "", http.MethodPost, path, button)
		if status != http.StatusCreated || made["delay"] != 3.0 || made["color"] != "#0a7" || made["deleted"] != false || made["script"] != "/click-to-call/demo.js" {
			t.Fatalf("created: %d %v", status, made)
		}
		if made["destinationType"] != "queue" || made["countries"].([]any)[0] != "VN" || made["origins"].([]any)[0] != site {
			t.Errorf("what was left out: %v", made)
		}
		if status, got, _ := w.ask(t, "demo", "", http.MethodPost, path, button); status != http.StatusConflict || got["code"] != "click_to_call.exists" {
			t.Errorf("a second one: %d %v", status, got)
		}
		whole, _ := json.Marshal(made)
		if status, got, _ := w.ask(t, "demo", "", http.MethodPut, path, string(whole)); status != http.StatusOK || got["_id"] != made["_id"] || got["createdAt"] != made["createdAt"] {
			t.Errorf("sent back as it was given: %d %v", status, got)
		}
		if status, _, _ := w.ask(t, "other", "", http.MethodGet, path, ""); status != http.StatusNotFound {
			t.Errorf("another call centre sees it: %d", status)
		}
		if status, _, _ := w.ask(t, "demo", "", http.MethodDelete, path, ""); status != http.StatusNoContent {
			t.Errorf("deleted: %d", status)
		}
		if status, _, _ := w.ask(t, "demo", "", http.MethodDelete, path, ""); status != http.StatusNotFound {
			t.Errorf("deleted twice: %d", status)
		}
		if _, got, header := w.ask(t, "", "", http.MethodGet, "/click-to-call/demo.js", ""); !strings.Contains(got["script"].(string), `"activated":false`) || header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("the script of a deleted button: %v %v", header, got)
		}
	})
}

// A client that knows the fields of S000 and no other makes a button.
func TestButtonOfFewFields(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/tandem.db"))
	const few = `{"header":"Talk to us","content":"Free call","color":"#0a7","position":"bottom-right","delay":3,"activated":true}`
	status, got, _ := w.ask(t, "demo", "", http.MethodPost, "/api/v1/click-to-call", few)
	if status != http.StatusCreated || got["activated"] != true || got["destinationType"] != "queue" || got["destination"] != "" {
		t.Errorf("%d %v", status, got)
	}
}

func TestButtonIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/tandem.db"))
	for field, change := range map[string]string{
		"body.color":                `"color":"red"`,
		"body.position":             `"position":"top"`,
		"body.delay":                `"delay":-1`,
		"body.header":               `"header":" "`,
		"body.content":              `"content":"a\u0000b"`,
		"body.origins[0]":           `"origins":["https://x.example/path"]`,
		"body.countries[0]":         `"countries":["Vietnam"]`,
		"body.destination":          `"destination":"","destinationType":"peer"`,
		"body.destinationType":      `"destinationType":"moon"`,
		"body.hours.ranges":         `"hours":{"ranges":[]}`,
		"body.hours.ranges[0].to":   `"hours":{"ranges":[{"from":"08:00","to":"25:00"}]}`,
		"body.hours.timeZone":       `"hours":{"timeZone":"Mars","ranges":[{"from":"08:00","to":"10:00"}]}`,
		"body.origins[1]":           `"origins":["https://x.example","javascript:alert(1)"]`,
		"body.origins[2]":           `"origins":["https://x.example","https://y.example:8443","https://bücher.example"]`,
		"body.hours.ranges[0].days": `"hours":{"ranges":[{"days":["moonday"],"from":"08:00","to":"10:00"}]}`,
	} {
		body := strings.TrimSuffix(button, "}") + "," + change + "}"
		status, got, _ := w.ask(t, "demo", "", http.MethodPost, "/api/v1/click-to-call", body)
		text, _ := json.Marshal(got["errors"])
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(text), `"`+field+`"`) {
			t.Errorf("%s: %d %v", field, status, got)
		}
	}
}

// A visitor's request is a fact in the log, once, and nothing about it tells
// more than the page and the number.
func TestRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		if status, code := w.visit(t, "demo", "0912345678"); status != http.StatusNotFound || code != "click_to_call.off" {
			t.Errorf("without a button: %d %v", status, code)
		}
		if status, got, _ := w.ask(t, "demo", "", http.MethodPost, "/api/v1/click-to-call", button); status != http.StatusCreated {
			t.Fatal(got)
		}
		if status, code := w.visit(t, "demo", "0912 345 678"); status != http.StatusAccepted {
			t.Fatalf("request: %d %v", status, code)
		}
		records, err := w.log.ReadAfter(t.Context(), 0, 10)
		if err != nil || len(records) != 1 || records[0].Type != clicktocall.TypeRequested {
			t.Fatalf("log: %v %v", records, err)
		}
		for _, part := range []string{`"to":"+84912345678"`, `"destination":"900"`, `"destination_type":"queue"`, `"first":"destination"`, `"page":"https://www.example.com/buy"`} {
			if !strings.Contains(string(records[0].Data), part) {
				t.Errorf("%s is missing in %s", part, records[0].Data)
			}
		}
		_, list, _ := w.ask(t, "demo", "", http.MethodGet, "/api/v1/click-to-call/requests?limit=5", "")
		first := list["items"].([]any)[0].(map[string]any)
		if first["number"] != "0912 345 678" || first["consent"] != "You may call me." || first["language"] != "vi" {
			t.Errorf("listed: %v", first)
		}
		if _, list, _ := w.ask(t, "other", "", http.MethodGet, "/api/v1/click-to-call/requests?limit=5", ""); len(list["items"].([]any)) != 0 {
			t.Errorf("another call centre sees it: %v", list)
		}
	})
}

func TestRequestIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/tandem.db"))
	for _, slug := range []string{"demo", "other"} {
		if status, got, _ := w.ask(t, slug, "", http.MethodPost, "/api/v1/click-to-call", strings.Replace(button, `"delay":3`, `"hours":{"ranges":[{"days":["wed"],"from":"08:00","to":"23:00"}]}`, 1)); status != http.StatusCreated {
			t.Fatal(got)
		}
	}
	token := func(slug, origin string) string {
		_, got, _ := w.ask(t, "", origin, http.MethodPost, "/click-to-call/"+slug+"/tokens", "{}")
		text, _ := got["token"].(string)
		return text
	}
	request := func(token, number string, consent bool) string {
		body, _ := json.Marshal(map[string]any{"token": token, "number": number, "consent": consent})
		return string(body)
	}
	used := token("demo", site)
	for name, test := range map[string]struct {
		origin, body string
		status       int
		code         string
	}{
		"no origin":        {"", request(token("demo", site), "0912345678", true), 403, "click_to_call.other_origin"},
		"another site":     {"https://evil.example", request(token("demo", site), "0912345678", true), 403, "click_to_call.other_origin"},
		"no token":         {site, request("", "0912345678", true), 403, "click_to_call.bad_token"},
		"token of another": {site, request(token("other", site), "0912345678", true), 403, "click_to_call.bad_token"},
		"changed token":    {site, request(used[:len(used)-1]+"x", "0912345678", true), 403, "click_to_call.bad_token"},
		"abroad":           {site, request(used, "+5511955550123", true), 422, "click_to_call.bad_number"},
		"premium":          {site, request(used, "1900 1234", true), 422, "click_to_call.bad_number"},
		"no number":        {site, request(used, "call me", true), 422, "click_to_call.bad_number"},
		"no consent":       {site, request(used, "0912345678", false), 422, "click_to_call.no_consent"},
		"no JSON":          {site, `token=1`, 400, "request.malformed"},
		"two values":       {site, request(used, "0912345678", true) + "{}", 400, "request.malformed"},
		"unknown member":   {site, `{"tokens":"x"}`, 400, "request.malformed"},
		"far too much":     {site, `{"number":"` + strings.Repeat("1", 5000) + `"}`, 413, "request.too_large"},
	} {
		status, got, _ := w.ask(t, "", test.origin, http.MethodPost, "/click-to-call/demo/requests", test.body)
		if status != test.status || got["code"] != test.code {
			t.Errorf("%s: %d %v, want %d %s", name, status, got, test.status, test.code)
		}
	}
	if head, err := w.log.Head(t.Context()); err != nil || head != 0 {
		t.Errorf("%d events are in the log of refused requests, %v", head, err)
	}

	if status, got, header := w.ask(t, "", site, http.MethodPost, "/click-to-call/demo/requests", request(used, "0912345678", true)); status != 202 || header.Get("Access-Control-Allow-Origin") != site {
		t.Fatalf("a good request: %d %v", status, got)
	}
	if status, got, _ := w.ask(t, "", site, http.MethodPost, "/click-to-call/demo/requests", request(used, "0912345679", true)); status != 409 || got["code"] != "click_to_call.token_used" {
		t.Errorf("a used token: %d %v", status, got)
	}
	w.visit(t, "demo", "+84 912 345 678")
	w.visit(t, "demo", "0912-345-678")
	if status, code := w.visit(t, "demo", "0912345678"); status != 429 || code != "click_to_call.too_many" {
		t.Errorf("the fourth call of a number within the hour: %d %v", status, code)
	}
	late := token("demo", site)
	w.pass(16 * time.Minute)
	if status, got, _ := w.ask(t, "", site, http.MethodPost, "/click-to-call/demo/requests", request(late, "0912345670", true)); status != 403 {
		t.Errorf("an old token: %d %v", status, got)
	}
	w.pass(time.Hour)
	if status, code := w.visit(t, "demo", "0912345678"); status != 202 {
		t.Errorf("an hour later: %d %v", status, code)
	}
	w.pass(8 * time.Hour) // it is Thursday in Vietnam
	if status, code := w.visit(t, "demo", "0912345677"); status != 403 || code != "click_to_call.closed" {
		t.Errorf("outside the hours: %d %v", status, code)
	}
}

// What a call centre writes cannot end the script, and the script stays small.
func TestScript(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/tandem.db"))
	body := strings.Replace(button, "Talk to us", `</script><script>alert(1)//\u2028`, 1)
	if status, got, _ := w.ask(t, "demo", "", http.MethodPost, "/api/v1/click-to-call", body); status != http.StatusCreated {
		t.Fatal(got)
	}
	_, got, header := w.ask(t, "", "", http.MethodGet, "/click-to-call/demo.js", "")
	script := got["script"].(string)
	if strings.Contains(script, "</script>") || strings.Contains(script, "\u2028") || !strings.Contains(script, `"open":true`) {
		t.Errorf("script ends with %s", script[len(script)-300:])
	}
	if strings.Contains(script, "900") || strings.Contains(script, `"SETTINGS"`) {
		t.Error("the script tells who takes the calls, or nothing")
	}
	if header.Get("Set-Cookie") != "" || header.Get("Cache-Control") != "public, max-age=60" {
		t.Errorf("headers: %v", header)
	}
	for path, want := range map[string]int{"/click-to-call/nobody.js": 404, "/click-to-call/demo": 404, "/click-to-call/preview.js?header=a&color=%23fff&position=left-center": 200, "/click-to-call/preview.js?color=x": 422} {
		if status, _, _ := w.ask(t, "", "", http.MethodGet, path, ""); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

// Whoever has a network of IPv6 addresses is still one visitor, and where the web site is written with the port that
// browsers leave out, it is still that web site.
func TestVisitorsAreCounted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		if status, got, _ := w.ask(t, "demo", "", http.MethodPost, "/api/v1/click-to-call", strings.Replace(button, "www.example.com/", "WWW.example.com:443", 1)); status != http.StatusCreated {
			t.Fatal(got)
		}
		visit := func(address string, n int) (int, any) {
			w.address = address
			return w.visit(t, "demo", fmt.Sprintf("09123456%02d", n))
		}
		for n := range 10 {
			if status, code := visit(fmt.Sprintf("[2001:db8:1:2::%x]:4711", n+1), n); status != http.StatusAccepted {
				t.Fatalf("request %d: %d %v", n, status, code)
			}
		}
		if status, code := visit("[2001:db8:1:2:ffff::1]:4711", 20); status != http.StatusTooManyRequests || code != "click_to_call.too_many" {
			t.Errorf("the eleventh of a network: %d %v", status, code)
		}
		for _, other := range []string{"[2001:db8:1:3::1]:4711", "203.0.113.7:4711"} {
			if status, code := visit(other, 21); status != http.StatusAccepted {
				t.Errorf("%s, who has not asked yet: %d %v", other, status, code)
			}
		}
	})
}
