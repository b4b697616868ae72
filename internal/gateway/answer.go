// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

const headerRequestID = "X-Request-Id"

const (
	requestIDMax = 64
	pathMax      = 200 // characters of a path in the access log
)

// number is what looks like a phone number in a path.
var number = regexp.MustCompile(`\d{6,}`)

// requestID returns the id a proxy gave the request, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get(headerRequestID)
	if id == "" || len(id) > requestIDMax || strings.ContainsFunc(id, isOdd) {
		return rand.Text()
	}
	return id
}

// isOdd reports whether c has no place in an id.
func isOdd(c rune) bool {
	isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	return !isLetter && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
}

// answer sees what is answered, for the access log.
type answer struct {
	http.ResponseWriter

	started   time.Time
	status    int // 0 until the header is written
	bytes     int64
	gate      *gate // nil when no route was found
	principal *identity.Principal
}

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Flush implements [http.Flusher].
func (a *answer) Flush() {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	_ = http.NewResponseController(a.ResponseWriter).Flush() // a writer that cannot has nothing to flush
}

// Hijack implements [http.Hijacker], for WebSockets.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil {
		a.status = http.StatusSwitchingProtocols
	}
	return conn, buffer, err
}

// Unwrap lets [http.ResponseController] reach the connection's deadlines.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// finish catches a handler that panicked, and writes the request's line in the
// access log.
func (g *gateway) finish(a *answer, r *http.Request, id string) {
	fault := recover()
	if fault == http.ErrAbortHandler { //nolint:errorlint // it is this very value
		g.write(a, r, id)
		panic(fault)
	}
	if fault != nil {
		g.Logger.ErrorContext(r.Context(), "handler panicked", "request_id", id, "panic", fault, "stack", string(debug.Stack()))
		if a.status != 0 {
			g.write(a, r, id)
			// The client must see that what it has got is not the whole.
			panic(http.ErrAbortHandler)
		}
		httpapi.WriteProblem(a, fmt.Errorf("panic: %v", fault))
	}
	if a.status == 0 {
		a.status = http.StatusOK // what net/http answers for a handler that says nothing
	}
	g.write(a, r, id)
}

// write counts the request and adds its line to the access log. It says who asked for what,
// and nothing that opens anything: no credential, no query, no key in a path.
func (g *gateway) write(a *answer, r *http.Request, id string) {
	took := g.Now().Sub(a.started)
	if a.gate != nil {
		a.gate.observe(a.status, took)
	}
	attributes := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", g.pathOf(a, r)),
		slog.Int("status", a.status),
		slog.Int64("bytes", a.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request_id", id),
	}
	if a.gate != nil {
		attributes = append(attributes, slog.String("route", a.gate.route.Pattern))
	}
	if p := a.principal; p != nil {
		who := p.Login
		if who == "" {
			who = p.ID // of an API key
		}
		attributes = append(attributes, slog.String("tenant", p.Tenant.Slug), slog.String("principal", who))
	}
	g.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attributes...)
}

// pathOf returns the path as it may be written down.
func (g *gateway) pathOf(a *answer, r *http.Request) string {
	path := r.URL.Path
	switch {
	case a.gate != nil && !strings.Contains(a.gate.route.Pattern, "{"):
		return path // the pattern itself, which says nothing of anybody
	case a.gate != nil:
		if key := r.PathValue("key"); key != "" {
			path = strings.Replace(path, key, "{key}", 1)
		}
	case g.table[firstSegment(path)] != nil:
		// Almost a route of ours: what follows may be a key with a slash too many.
		path = "/" + firstSegment(path) + "/…"
	}
	if len(path) > pathMax {
		path = path[:pathMax] + "…"
	}
	if g.FullNumbers {
		return path
	}
	return number.ReplaceAllStringFunc(path, func(found string) string {
		return strings.Repeat("*", len(found)-2) + found[len(found)-2:]
	})
}
