// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

const headerRequestID = "X-Request-Id"

const (
	requestIDMax = 64
	pathMax      = 200 // characters of a path in the access log
)

// ids makes the ids of requests: what tells this process from all others, and
// a count. They are names, not secrets.
type ids struct {
	process string
	count   atomic.Int64
}

func newIDs() *ids { return &ids{process: rand.Text() + "-"} }

// of returns the id a proxy gave the request, or a new one.
func (i *ids) of(r *http.Request) string {
	id := ""
	if sent := r.Header[headerRequestID]; len(sent) > 0 {
		id = sent[0]
	}
	if id == "" || len(id) > requestIDMax || strings.ContainsFunc(id, isOdd) {
		return i.process + strconv.FormatInt(i.count.Add(1), 36)
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
	own       probe // what a mux answers itself
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
	if !g.Logger.Enabled(r.Context(), slog.LevelInfo) {
		return
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
	return masked(path)
}

// numberMin is how many digits in a row look like a phone number.
const numberMin = 6

// masked returns a path without the phone numbers in it, but for their ends.
func masked(path string) string {
	var out []byte // nil while nothing had to be masked
	for i, digits := 0, 0; i <= len(path); i++ {
		if i < len(path) && '0' <= path[i] && path[i] <= '9' {
			digits++
			continue
		}
		if digits >= numberMin {
			if out == nil {
				out = []byte(path)
			}
			for k := i - digits; k < i-2; k++ {
				out[k] = '*'
			}
		}
		digits = 0
	}
	if out == nil {
		return path
	}
	return string(out)
}
