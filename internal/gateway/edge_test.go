// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/gateway"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// What is wrong with a route is said at the start, with the module's name.
func TestRoutesAreChecked(t *testing.T) {
	t.Parallel()
	serve := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	tests := map[string]struct {
		routes []module.Route
		want   string
	}{
		"no right":          {[]module.Route{{Pattern: "/api/x", Handler: serve}}, "names no right"},
		"unknown right":     {[]module.Route{{Pattern: "/api/x", Right: "call.raed", Handler: serve}}, `nobody has the right "call.raed"`},
		"no handler":        {[]module.Route{{Pattern: "/api/x", Right: identity.CallRead}}, "has no handler"},
		"twice":             {[]module.Route{{Pattern: "/api/x", Right: identity.CallRead, Handler: serve}, {Pattern: "/api/x", Right: identity.CallRead, Handler: serve}}, "conflicts with pattern"},
		"overlap":           {[]module.Route{{Pattern: "/api/{a}/x", Right: identity.CallRead, Handler: serve}, {Pattern: "/api/x/{a}", Right: identity.CallRead, Handler: serve}}, "conflicts with pattern"},
		"the gateway's own": {[]module.Route{{Method: "GET", Pattern: "/healthz", Right: identity.CallRead, Handler: serve}}, "conflicts with pattern"},
		"bad pattern":       {[]module.Route{{Pattern: "/api/{", Right: identity.CallRead, Handler: serve}}, "bad wildcard"},
		"root wildcard":     {[]module.Route{{Pattern: "/{domain}/x", Right: identity.CallRead, Handler: serve}}, "segment of its own"},
		"page":              {[]module.Route{{Pattern: "/calls", Right: identity.CallRead, Handler: serve}}, "page of the console"},
		"a tenant's slug":   {[]module.Route{{Pattern: "/demo/x", Right: identity.CallRead, Handler: serve}}, "tenant.Reserved"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Modules = []module.Module{{Name: "broken", Routes: test.routes}}
			w.Metrics = prometheus.NewRegistry()
			_, err := gateway.New(w.Options)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "module broken") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// Every path has an answer in the manner of its place.
func TestPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	handler := w.handler(t)
	w.Console = nil
	bare := w.handler(t)
	const immutable = "public, max-age=31536000, immutable"
	tests := map[string]struct {
		request string
		bare    bool
		status  int
		body    string // part of it
		cache   string
		allow   string
	}{
		"health":               {request: "GET /healthz", status: 200, body: `{"status":"ok"}`, cache: "no-store"},
		"ready":                {request: "GET /readyz", status: 200, body: "ready", cache: "no-store"},
		"description":          {request: "GET /api/openapi.json", status: 200, body: "3.1.0", cache: "no-cache"},
		"docs":                 {request: "GET /api/docs", status: 200, body: "docs", cache: "no-cache"},
		"console":              {request: "GET /", status: 200, body: "console", cache: "no-cache"},
		"page":                 {request: "GET /setup?token=x", status: 200, body: "console", cache: "no-cache"},
		"page below":           {request: "GET /calls/12", status: 200, body: "console", cache: "no-cache"},
		"another host's name":  {request: "GET //evil.example/x", status: 404, body: "nothing"},
		"head of a page":       {request: "HEAD /login", status: 200, cache: "no-cache"},
		"asset":                {request: "GET /assets/app-1a.js", status: 200, body: "app()", cache: immutable},
		"file":                 {request: "GET /theme.js", status: 200, body: "theme()", cache: "no-cache"},
		"docs by its file":     {request: "GET /docs.html", status: 404, body: "nothing"},
		"hidden file":          {request: "GET /.gitkeep", status: 404, body: "nothing"},
		"missing asset":        {request: "GET /assets/app-2b.js", status: 404, body: "nothing"},
		"changed page":         {request: "POST /", status: 405, body: "request.no_such_method", allow: "GET, HEAD"},
		"console not built":    {request: "GET /", bare: true, status: 200, body: "make build", cache: "no-cache"},
		"docs not built":       {request: "GET /api/docs", bare: true, status: 200, body: "/api/openapi.json", cache: "no-cache"},
		"unknown in the API":   {request: "GET /api/v1/nothing", status: 404, body: `"code":"request.no_such_path"`},
		"unknown elsewhere":    {request: "GET /nothing", status: 404, body: "There is nothing at this path."},
		"unknown below a hook": {request: "POST /webhook/a/b", status: 404, body: "There is nothing at this path."},
		"wrong method":         {request: "PUT /api/v1/calls", status: 405, body: `"code":"request.no_such_method"`, allow: "GET, HEAD"},
		"wrong method, hook":   {request: "GET /webhook", status: 405, body: `"code":"request.no_such_method"`, allow: "POST"},
		"head of a route":      {request: "HEAD /healthz", status: 200, cache: "no-store"},
		"unclean path":         {request: "GET /api//v1/calls", status: 307, cache: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chosen := handler
			if test.bare {
				chosen = bare
			}
			method, path, _ := strings.Cut(test.request, " ")
			got := send(t, chosen, method, path)
			if got.status != test.status || !strings.Contains(got.body, test.body) {
				t.Errorf("%d %s, want %d %s", got.status, got.body, test.status, test.body)
			}
			if got.header.Get("Cache-Control") != test.cache || got.header.Get("Allow") != test.allow {
				t.Errorf("Cache-Control %q, Allow %q; want %q, %q", got.header.Get("Cache-Control"), got.header.Get("Allow"), test.cache, test.allow)
			}
			if got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("X-Request-Id") == "" {
				t.Errorf("headers %v", got.header)
			}
		})
	}
	page := send(t, handler, "GET", "/")
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy %q", csp)
	}
	if again := send(t, handler, "GET", "/", "If-None-Match: "+page.header.Get("Etag")); again.status != 304 {
		t.Errorf("page sent again: %d", again.status)
	}
}

// What is not ready is named if it may be, and hidden if it is a fault of ours.
func TestReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var state error
	w.Ready = func(context.Context) error { return state }
	handler := w.handler(t)
	state = problem.New(problem.Unavailable, "app.not_ready", "Not running: routing.")
	if got := send(t, handler, "GET", "/readyz"); got.status != 503 || got.Problem.Detail != "Not running: routing." {
		t.Errorf("%d %s", got.status, got.body)
	}
	state = errors.New("dial 10.0.0.9: refused")
	if got := send(t, handler, "GET", "/readyz"); got.status != 503 || strings.Contains(got.body, "10.0.0.9") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A request leaves one line that says who asked for what, and gives nothing
// away: not what was shown, not the key in a path, not what was looked for.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	handler := w.handler(t)
	send(t, handler, "GET", "/api/v1/calls?number=84901234567&search=Nguyen", basicAdmin, "X-Request-Id: proxy-17")
	send(t, handler, "GET", "/api/v1/calls", bearer)
	send(t, handler, "GET", "/api/v1/calls", session)
	send(t, handler, "GET", "/api/v1/calls", basicWrong)
	send(t, handler, "POST", "/webhook/hook-secret")
	send(t, handler, "POST", "/webhook/hook-secret/")
	send(t, handler, "GET", "/setup?token=setup-secret")
	send(t, handler, "GET", "/84901234567")
	send(t, handler, "POST", "/api/v1/connectors", basicAna)

	text := w.log.String()
	for _, secret := range []string{"cmlnaHQ", "YWRtaW4", "right", "wrong", "demo-key", "demo-session", "hook-secret", "setup-secret", "8490", "Nguyen"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log:\n%s", secret, text)
		}
	}
	if n := strings.Count(text, "msg=request "); n != 9 {
		t.Errorf("%d lines for 9 requests:\n%s", n, text)
	}
	for _, want := range []string{
		"method=GET path=/api/v1/calls status=200", "request_id=proxy-17", "tenant=demo principal=admin", "principal=4",
		"path=/webhook/{key} ", "route=/webhook/{key}", "path=/webhook/… ", "path=/*********67 ", "status=403", "principal=ana",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the log:\n%s", want, text)
		}
	}
	w.FullNumbers = true
	send(t, w.handler(t), "GET", "/84901234567")
	if !strings.Contains(w.log.String(), "path=/84901234567 ") {
		t.Error("the number is masked although it need not be")
	}
}

// Requests are measured by route, whatever they name in the path.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Dev = true
	handler := w.handler(t)
	send(t, handler, "POST", "/webhook/one")
	send(t, handler, "POST", "/webhook/two")
	if log := w.log.String(); strings.Contains(log, "principal=") {
		t.Errorf("who sends a connector's key counts as somebody:\n%s", log)
	}
	send(t, handler, "MADEUP", "/ws")
	text := send(t, handler, "GET", "/metrics").body
	if want := `tandem_http_request_seconds_count{method="POST",route="/webhook/{key}",status="2xx"} 2`; !strings.Contains(text, want) {
		t.Errorf("no %s in %s", want, text)
	}
	for _, odd := range []string{"one", "MADEUP", "/ws"} {
		if strings.Contains(text, `"`+odd) {
			t.Errorf("%s is in %s", odd, text)
		}
	}
}

// An id from a proxy is kept when it is one, and replaced when it is not.
func TestRequestID(t *testing.T) {
	t.Parallel()
	handler := newWorld(t).handler(t)
	if got := send(t, handler, "GET", "/healthz", "X-Request-Id: proxy-17").header.Get("X-Request-Id"); got != "proxy-17" {
		t.Errorf("id %q", got)
	}
	for _, odd := range []string{"a b", "<script>", strings.Repeat("x", 65)} {
		got := send(t, handler, "GET", "/healthz", "X-Request-Id: "+odd).header.Get("X-Request-Id")
		if got == "" || got == odd {
			t.Errorf("id %q for %q", got, odd)
		}
	}
}

// A handler that panics is a 500 with a line in the log that tells where; one
// that has begun to answer breaks the connection, so that nobody takes half an
// answer for the whole. The server goes on.
func TestPanic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.start(t)
	if status, body, err := get(address + "/api/v1/panics/early"); err != nil || status != http.StatusInternalServerError || strings.Contains(body, "fault") {
		t.Errorf("%d %s %v", status, body, err)
	}
	if _, body, err := get(address + "/api/v1/panics/late"); err == nil {
		t.Errorf("half an answer looks whole: %s", body)
	}
	if status, _, err := get(address + "/healthz"); err != nil || status != http.StatusOK {
		t.Errorf("after the panics: %d %v", status, err)
	}
	if text := w.log.String(); strings.Count(text, "a handler's fault") != 2 || !strings.Contains(text, "testRoutes") {
		t.Errorf("log: %s", text)
	}
}

// start serves the world on a free port until the test ends.
func (w *world) start(t *testing.T) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	address, done := w.startUntil(ctx, t)
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return address
}

func (w *world) startUntil(ctx context.Context, t *testing.T) (address string, done <-chan error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	handler := w.handler(t)
	go func() { result <- gateway.Serve(ctx, []net.Listener{listener}, handler, slog.New(slog.DiscardHandler)) }()
	return "http://" + listener.Addr().String(), result
}

// get returns the whole answer, or why it is not whole.
func get(address string) (status int, body string, err error) {
	response, err := http.Get(address)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// When the server stops, what is in flight finishes and a stream is told to
// end; nothing has to be cut.
func TestServeFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begun, release := make(chan struct{}), make(chan struct{})
	w.Modules = []module.Module{{Name: "test", Routes: []module.Route{
		{Method: "GET", Pattern: "/api/slow", Right: module.Public, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-release
			_, _ = w.Write([]byte("finished"))
			if r.Context().Err() != nil {
				t.Error("the request was told to end")
			}
		})},
		{Method: "GET", Pattern: "/api/stream", Right: module.Public, Stream: true, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			_, _ = w.Write([]byte("ended"))
			close(release) // only now may the slow one finish
		})},
	}}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	address, done := w.startUntil(ctx, t)
	stream, err := http.Get(address + "/api/stream") // returns with its header, so it is open
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	slow := make(chan string, 1)
	go func() {
		_, body, err := get(address + "/api/slow")
		slow <- body + errorText(err)
	}()
	<-begun
	stop()
	if body, err := io.ReadAll(stream.Body); string(body) != "ended" {
		t.Errorf("stream: %q %v", body, err)
	}
	if got := <-slow; got != "finished" {
		t.Errorf("slow request: %s", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, _, err := get(address + "/healthz"); err == nil {
		t.Error("still answers")
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A request has a deadline; a stream has none.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	handler := w.handler(t)
	if got := send(t, handler, "GET", "/api/v1/calls", bearer); !got.Who.Deadline {
		t.Error("a request has no deadline")
	}
	if got := send(t, handler, "GET", "/ws", bearer); got.status != 200 || got.Who.Deadline {
		t.Error("a stream has a deadline")
	}
}

// Behind a proxy the client is whom the proxy names, and not who the client says it is: what is counted by address, and
// the audit trail, go by it.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxies   []string
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy is named":         {nil, "127.0.0.1:9", []string{"203.0.113.9"}, "127.0.0.1"},
		"a stranger names another":  {[]string{"127.0.0.1/32"}, "203.0.113.1:9", []string{"203.0.113.9"}, "203.0.113.1"},
		"a proxy":                   {[]string{"127.0.0.1/32"}, "127.0.0.1:9", []string{"203.0.113.9"}, "203.0.113.9"},
		"a client wrote one before": {[]string{"127.0.0.1/32"}, "127.0.0.1:9", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"it claims to be the proxy": {[]string{"127.0.0.1/32"}, "127.0.0.1:9", []string{"127.0.0.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":               {[]string{"127.0.0.1/32", "10.0.0.0/8"}, "127.0.0.1:9", []string{"198.51.100.1", "203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"IPv6 and a port":           {[]string{"::1/128"}, "[::1]:9", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		"IPv4 in IPv6":              {[]string{"127.0.0.1/32"}, "[::ffff:127.0.0.1]:9", []string{"203.0.113.9"}, "203.0.113.9"},
		"the proxy says nothing":    {[]string{"127.0.0.1/32"}, "127.0.0.1:9", nil, "127.0.0.1"},
		"what is no address":        {[]string{"127.0.0.1/32"}, "127.0.0.1:9", []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		"proxies all the way":       {[]string{"10.0.0.0/8"}, "10.0.0.1:9", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, proxy := range test.proxies {
				w.Proxies = append(w.Proxies, netip.MustParsePrefix(proxy))
			}
			got := ""
			w.Modules = []module.Module{{Name: "test", Routes: []module.Route{{
				Method: "GET", Pattern: "/api/v1/where", Right: module.Public,
				Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = identity.OriginOf(r.Context()).Address }),
			}}}}
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/where", http.NoBody)
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.forwarded
			w.handler(t).ServeHTTP(httptest.NewRecorder(), r)
			if got != test.want {
				t.Errorf("the client is %q, want %q", got, test.want)
			}
		})
	}
}
