// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/gateway"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// world is a gateway with a few routes, and what it stands on. Who the
// credentials belong to is answered over the bus, as by the user service.
type world struct {
	gateway.Options

	database    *db.DB
	demo, other tenant.Tenant
	log         *buffer
	asked       atomic.Int64
}

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var consoleFiles = fstest.MapFS{
	"index.html":       {Data: []byte("<!doctype html><title>console</title>")},
	"docs.html":        {Data: []byte("<!doctype html><title>docs</title>")},
	"theme.js":         {Data: []byte("theme()")},
	"assets/app-1a.js": {Data: []byte("app()")},
	".gitkeep":         {Data: []byte("")},
}

func newWorld(t testing.TB) *world {
	t.Helper()
	database := dbtest.Open(t, filepath.Join(t.TempDir(), "test.db"))
	w := &world{log: &buffer{}, database: database}
	w.Options = gateway.Options{
		Bus:     eventlogtest.Bus(t),
		Tenants: tenanttest.Directory(t, database),
		Console: fs.FS(consoleFiles),
		OpenAPI: func() ([]byte, error) { return []byte(`{"openapi":"3.1.0"}`), nil },
		Ready:   func(context.Context) error { return nil },
		Logger:  slog.New(slog.NewTextHandler(w.log, nil)),
		Now:     time.Now,
		Modules: []module.Module{{Name: "test", Routes: testRoutes()}},
	}
	var err error
	if w.demo, err = w.Tenants.FindBySlug(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if w.other, err = w.Tenants.FindBySlug(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	w.DevTenant = func(context.Context) (identity.Principal, error) {
		return identity.Principal{Tenant: w.demo.Tenant, ID: "dev", Login: "admin", Role: "admin", Rights: identity.RightsOf("admin")}, nil
	}
	return w
}

// change changes a tenant as another process would.
func (w *world) change(t testing.TB, work func(*tenant.Directory, *sql.Tx) error) {
	t.Helper()
	elsewhere := tenant.NewDirectory(w.database, tenanttest.Box(t))
	if err := w.database.InTx(t.Context(), func(tx *sql.Tx) error { return work(elsewhere, tx) }); err != nil {
		t.Fatal(err)
	}
}

// answer answers questions after credentials until ctx ends.
func (w *world) answer(ctx context.Context, t testing.TB) {
	t.Helper()
	principals := map[ask.Credential]identity.Principal{
		{Login: "admin", Password: "right"}:    {Tenant: w.demo.Tenant, ID: "1", Login: "admin", Role: "admin", Rights: identity.RightsOf("admin")},
		{Login: "ana", Password: "right"}:      {Tenant: w.demo.Tenant, ID: "2", Login: "ana", Role: "agent", Rights: identity.RightsOf("agent")},
		{Login: "operator", Password: "right"}: {ID: "3", Login: "operator", Role: "operator", Rights: identity.RightsOf("operator")},
		{APIKey: "other-key"}:                  {Tenant: w.other.Tenant, ID: "5", Role: "key", Rights: identity.RightsOf("key")},
		{APIKey: "demo-key"}:                   {Tenant: w.demo.Tenant, ID: "4", Role: "key", Rights: identity.RightsOf("key")},
		{Token: "head.claims.mac"}:             {Tenant: w.demo.Tenant, ID: "2", Login: "ana", Role: "agent", Rights: identity.RightsOf("agent"), Until: 4000},
		{Session: "demo-session"}:              {Tenant: w.demo.Tenant, ID: "1", Login: "admin", Role: "admin", Rights: identity.RightsOf("admin")},
	}
	err := bus.Answer(ctx, w.Bus, ask.Authenticate, func(_ context.Context, c ask.Credential) (identity.Principal, error) {
		w.asked.Add(1)
		if c.Origin.Address == "" {
			t.Errorf("nobody can tell where a credential was shown: %+v", c.Origin)
		}
		c.Origin = identity.Origin{}
		p, ok := principals[c]
		if !ok {
			return p, problem.New(problem.Unauthenticated, "identity.unauthenticated", "The credential is wrong.")
		}
		return p, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) handler(t testing.TB) http.Handler {
	t.Helper()
	w.Metrics = prometheus.NewRegistry()
	handler, err := gateway.New(w.Options)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// testRoutes are one of each sort. They answer who the gateway says is asking.
func testRoutes() []module.Route {
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := identity.From(r.Context())
		_, hasDeadline := r.Context().Deadline()
		httpapi.WriteJSON(w, http.StatusOK, map[string]any{
			"somebody": ok, "login": p.Login, "tenant": p.Tenant.Slug, "tenantID": p.Tenant.ID, "deadline": hasDeadline,
		})
	})
	return []module.Route{
		{Method: "GET", Pattern: "/api/v1/calls", Right: identity.CallRead, Handler: who},
		{Method: "POST", Pattern: "/api/v1/connectors", Right: identity.ConnectorWrite, Handler: who},
		{Method: "POST", Pattern: "/api/v1/session", Right: module.Public, Handler: who},
		{Method: "POST", Pattern: "/webhook", Right: module.Public, Wire: true, Handler: who},
		{Method: "POST", Pattern: "/webhook/{key}", Right: module.Public, Wire: true, Handler: who},
		{Pattern: "/ws", Right: identity.FeedRead, Wire: true, Stream: true, Handler: who},
		{Method: "GET", Pattern: "/api/v1/panics/{when}", Right: module.Public, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.PathValue("when") == "late" {
				_, _ = w.Write([]byte("half"))
				w.(http.Flusher).Flush()
			}
			panic("a handler's fault")
		})},
	}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
	Who    struct {
		Somebody, Deadline bool
		Login, Tenant      string
		TenantID           int64
	}
	Problem httpapi.Problem
}

// send makes a request of headers given as "Name: value".
func send(t *testing.T, handler http.Handler, method, path string, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	r.Host = "127.0.0.1:8080"
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Result().Header, body: w.Body.String()}
	switch w.Header().Get("Content-Type") {
	case "application/json":
		if err := json.Unmarshal(w.Body.Bytes(), &got.Who); err != nil {
			t.Fatalf("%s: %v", got.body, err)
		}
	case "application/problem+json":
		if err := json.Unmarshal(w.Body.Bytes(), &got.Problem); err != nil {
			t.Fatalf("%s: %v", got.body, err)
		}
	}
	return got
}

const (
	basicAdmin    = "Authorization: Basic YWRtaW46cmlnaHQ="
	basicWrong    = "Authorization: Basic YWRtaW46d3Jvbmc="
	basicAna      = "Authorization: Basic YW5hOnJpZ2h0"
	basicOperator = "Authorization: Basic b3BlcmF0b3I6cmlnaHQ="
	bearer        = "Authorization: Bearer demo-key"
	apiKey        = "X-API-Key: demo-key"
	session       = "Cookie: tandem_session=demo-session"
)

// Who may ask what, for each way of showing who one is, each right, and each
// tenant named. Outside --dev nothing is given without a credential.
func TestAdmission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	handler := w.handler(t)
	w.Dev = true
	dev := w.handler(t)
	demo, other := "tenant-uuid: "+strings.ToUpper(w.demo.UUID), "tenant-uuid: "+w.other.UUID

	tests := map[string]struct {
		request string // method and path
		headers []string
		dev     bool
		status  int
		code    string // of the problem
		who     string // login@tenant
	}{
		"nobody":                        {request: "GET /api/v1/calls", status: 401, code: "identity.unauthenticated"},
		"nobody in dev":                 {request: "GET /api/v1/calls", dev: true, status: 401, code: "identity.unauthenticated"},
		"Basic":                         {request: "GET /api/v1/calls", headers: []string{basicAdmin}, status: 200, who: "admin@demo"},
		"wrong Basic":                   {request: "GET /api/v1/calls", headers: []string{basicWrong}, status: 401, code: "identity.unauthenticated"},
		"wrong Basic beside a session":  {request: "GET /api/v1/calls", headers: []string{basicWrong, session}, status: 401, code: "identity.unauthenticated"},
		"bearer":                        {request: "GET /api/v1/calls", headers: []string{bearer}, status: 200, who: "@demo"},
		"X-API-Key":                     {request: "GET /api/v1/calls", headers: []string{apiKey}, status: 200, who: "@demo"},
		"wrong key":                     {request: "GET /api/v1/calls", headers: []string{apiKey + "x"}, status: 401, code: "identity.unauthenticated"},
		"session":                       {request: "GET /api/v1/calls", headers: []string{session}, status: 200, who: "admin@demo"},
		"strange scheme":                {request: "GET /api/v1/calls", headers: []string{"Authorization: Digest a=b", session}, status: 401, code: "identity.unauthenticated"},
		"endless key":                   {request: "GET /api/v1/calls", headers: []string{"X-API-Key: " + strings.Repeat("k", 3000)}, status: 401, code: "identity.unauthenticated"},
		"agent may read":                {request: "GET /api/v1/calls", headers: []string{basicAna}, status: 200, who: "ana@demo"},
		"agent may not connect":         {request: "POST /api/v1/connectors", headers: []string{basicAna}, status: 403, code: "identity.denied"},
		"key may connect":               {request: "POST /api/v1/connectors", headers: []string{bearer}, status: 200, who: "@demo"},
		"own tenant":                    {request: "GET /api/v1/calls", headers: []string{basicAdmin, demo}, status: 200, who: "admin@demo"},
		"another tenant":                {request: "GET /api/v1/calls", headers: []string{basicAdmin, other}, status: 403, code: "identity.other_tenant"},
		"another tenant, by key":        {request: "GET /api/v1/calls", headers: []string{apiKey, other}, status: 403, code: "identity.other_tenant"},
		"no UUID":                       {request: "GET /api/v1/calls", headers: []string{basicAdmin, "tenant-uuid: demo"}, status: 400, code: "identity.bad_tenant"},
		"operator":                      {request: "GET /api/v1/calls", headers: []string{basicOperator}, status: 200, who: "operator@"},
		"operator in a tenant":          {request: "GET /api/v1/calls", headers: []string{basicOperator, other}, status: 200, who: "operator@other"},
		"operator in no tenant":         {request: "GET /api/v1/calls", headers: []string{basicOperator, "tenant-uuid: 07a066a7-da67-46c8-b558-31a90b1ae22e"}, status: 404, code: "tenant.not_found"},
		"operator, no UUID":             {request: "GET /api/v1/calls", headers: []string{basicOperator, "tenant-uuid: x"}, status: 400, code: "identity.bad_tenant"},
		"webhook by nobody":             {request: "POST /webhook", status: 200, who: ""},
		"webhook's Basic is its own":    {request: "POST /webhook", headers: []string{basicWrong}, status: 200, who: ""},
		"webhook with a key":            {request: "POST /webhook", headers: []string{bearer}, status: 200, who: "@demo"},
		"webhook with a wrong key":      {request: "POST /webhook", headers: []string{bearer + "x"}, status: 401, code: "identity.unauthenticated"},
		"webhook with a key, narrowed":  {request: "POST /webhook", headers: []string{bearer, other}, status: 403, code: "identity.other_tenant"},
		"webhook in dev":                {request: "POST /webhook", dev: true, status: 200, who: "admin@demo"},
		"webhook's Basic in dev":        {request: "POST /webhook", dev: true, headers: []string{basicWrong}, status: 200, who: ""},
		"webhook in dev, rebound name":  {request: "POST /webhook", dev: true, headers: []string{"Host: evil.example:8080"}, status: 200, who: ""},
		"live view by nobody":           {request: "GET /ws", status: 401, code: "identity.unauthenticated"},
		"live view in dev":              {request: "GET /ws", dev: true, status: 200, who: "admin@demo"},
		"live view in dev, own page":    {request: "GET /ws", dev: true, headers: []string{"Origin: http://localhost:3001"}, status: 200, who: "admin@demo"},
		"live view in dev, other site":  {request: "GET /ws", dev: true, headers: []string{"Origin: http://evil.example"}, status: 401, code: "identity.unauthenticated"},
		"live view in dev, wrong Basic": {request: "GET /ws", dev: true, headers: []string{basicWrong}, status: 401, code: "identity.unauthenticated"},
		"metrics by nobody":             {request: "GET /metrics", status: 401, code: "identity.unauthenticated"},
		"metrics by a tenant's admin":   {request: "GET /metrics", headers: []string{basicAdmin}, status: 403, code: "identity.denied"},
		"metrics by a tenant's key":     {request: "GET /metrics", headers: []string{bearer}, status: 403, code: "identity.denied"},
		"metrics by an operator":        {request: "GET /metrics", headers: []string{basicOperator}, status: 200},
		"metrics in dev":                {request: "GET /metrics", dev: true, status: 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chosen := handler
			if test.dev {
				chosen = dev
			}
			method, path, _ := strings.Cut(test.request, " ")
			got := send(t, chosen, method, path, test.headers...)
			if got.status != test.status || got.Problem.Code != test.code {
				t.Fatalf("%d %q, want %d %q: %s", got.status, got.Problem.Code, test.status, test.code, got.body)
			}
			who := ""
			if got.Who.Somebody {
				who = got.Who.Login + "@" + got.Who.Tenant
			}
			if who != test.who {
				t.Errorf("acts as %q, want %q", who, test.who)
			}
			if got.Who.Somebody && got.Who.Tenant != "" && got.Who.TenantID == 0 {
				t.Error("the tenant has no number")
			}
		})
	}
}

// A denied request names the right that would do; a browser's fetch gets no
// WWW-Authenticate, everyone else does.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	handler := w.handler(t)
	if got := send(t, handler, "GET", "/api/v1/calls", bearer); got.status != 503 || got.Problem.Code != "bus.nobody_there" {
		t.Errorf("without the user service: %d %s", got.status, got.body)
	}
	w.answer(t.Context(), t)
	if got := send(t, handler, "POST", "/api/v1/connectors", basicAna); !strings.Contains(got.Problem.Detail, "connector.write") {
		t.Errorf("does not name the right: %s", got.body)
	}
	if got := send(t, handler, "GET", "/api/v1/calls"); got.header.Get("WWW-Authenticate") != `Basic realm="Tandem"` {
		t.Errorf("challenge %q", got.header.Get("WWW-Authenticate"))
	}
	if got := send(t, handler, "GET", "/api/v1/calls", "Sec-Fetch-Mode: cors"); got.status != 401 || got.header.Get("WWW-Authenticate") != "" {
		t.Errorf("a browser is told to ask: %d %q", got.status, got.header.Get("WWW-Authenticate"))
	}
}

// Another site can make a browser send its cookie, or a password that it was told
// once: what changes something, and sockets, must come from our own pages. Whoever writes a header may.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	w.PublicURL = "https://calls.example"
	handler := w.handler(t)
	const socket = "Upgrade: websocket"
	tests := map[string]struct {
		request string
		headers []string
		status  int
	}{
		"change from own page":          {"POST /api/v1/connectors", []string{session, "Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1:8080"}, 200},
		"change from another site":      {"POST /api/v1/connectors", []string{session, "Sec-Fetch-Site: cross-site", "Origin: http://evil.example"}, 403},
		"change from a sibling":         {"POST /api/v1/connectors", []string{session, "Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:9090"}, 403},
		"change, old browser, own page": {"POST /api/v1/connectors", []string{session, "Origin: http://127.0.0.1:8080"}, 200},
		"change, old browser":           {"POST /api/v1/connectors", []string{session, "Origin: http://evil.example"}, 403},
		"change, public address":        {"POST /api/v1/connectors", []string{session, "Origin: https://calls.example"}, 200},
		"change by a program":           {"POST /api/v1/connectors", []string{session}, 200},
		"change with a key":             {"POST /api/v1/connectors", []string{bearer, "Origin: http://evil.example"}, 200},
		"change with Basic, other site": {"POST /api/v1/connectors", []string{basicAdmin, "Origin: http://evil.example"}, 403},
		"change with Basic, own page":   {"POST /api/v1/connectors", []string{basicAdmin, "Sec-Fetch-Site: same-origin"}, 200},
		"change with Basic, program":    {"POST /api/v1/connectors", []string{basicAdmin}, 200},
		"read from another site":        {"GET /api/v1/calls", []string{session, "Sec-Fetch-Site: cross-site"}, 200},
		"sign-in from another site":     {"POST /api/v1/session", []string{"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"}, 403},
		"sign-in":                       {"POST /api/v1/session", []string{"Sec-Fetch-Site: same-origin"}, 200},
		"socket from own page":          {"GET /ws", []string{session, socket, "Origin: http://127.0.0.1:8080"}, 200},
		"socket, public address":        {"GET /ws", []string{session, socket, "Origin: https://calls.example"}, 200},
		"socket, public name in clear":  {"GET /ws", []string{session, socket, "Origin: http://calls.example"}, 403},
		"socket from another site":      {"GET /ws", []string{session, socket, "Origin: http://evil.example"}, 403},
		"socket from nowhere":           {"GET /ws", []string{session, socket, "Origin: null"}, 403},
		"socket with Basic, other site": {"GET /ws", []string{basicAdmin, socket, "Origin: http://evil.example"}, 403},
		"socket with Basic, program":    {"GET /ws", []string{basicAdmin, socket}, 200},
		"socket with a key":             {"GET /ws", []string{bearer, socket, "Origin: http://evil.example"}, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(test.request, " ")
			got := send(t, handler, method, path, test.headers...)
			if got.status != test.status || got.status == 403 && got.Problem.Code != "identity.cross_origin" {
				t.Errorf("%d, want %d: %s", got.status, test.status, got.body)
			}
		})
	}
}

// An answer is used again for a moment, until anything about users changes.
func TestAnswersAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	var now atomic.Int64
	w.Now = func() time.Time { return time.Unix(now.Load(), 0) }
	handler := w.handler(t)

	asked := func(headers ...string) int64 {
		before := w.asked.Load()
		send(t, handler, "GET", "/api/v1/calls", headers...)
		return w.asked.Load() - before
	}
	if n := asked(bearer); n != 1 {
		t.Errorf("asked %d times at first", n)
	}
	if n := asked(apiKey); n != 0 {
		t.Errorf("asked %d times although known", n)
	}
	if asked(basicWrong); asked(basicWrong) != 1 {
		t.Error("a wrong credential was remembered")
	}
	now.Store(6)
	if n := asked(bearer); n != 1 {
		t.Errorf("asked %d times when the answer was old", n)
	}
	w.Bus.Ring(ask.BellUsers)
	for asked(bearer) == 0 {
		// The bell is on its way. Time stands still here, so nothing but the
		// bell makes the gateway forget; without it the test would not end.
		if t.Context().Err() != nil {
			t.Fatal("the bell was not heard")
		}
	}
}

// A socket is closed when its credential has become wrong or lost the right,
// and not because the user service is away for a moment.
func TestStillGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	isGood := func(right string, headers ...string) bool {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ws", http.NoBody)
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			r.Header.Set(name, value)
		}
		return gateway.StillGood(w.Bus, right)(t.Context(), r)
	}
	if !isGood(identity.FeedRead, session) {
		t.Error("closed while nobody answers")
	}
	w.answer(t.Context(), t)
	if !isGood(identity.FeedRead) || !isGood(identity.FeedRead, session) || !isGood(identity.FeedRead, basicAna) {
		t.Error("closed although nothing has changed")
	}
	if isGood(identity.FeedRead, session+"x") || isGood(identity.FeedRead, basicWrong) || isGood(identity.InboxRead, basicAna) {
		t.Error("open although it would not be let in")
	}
}
