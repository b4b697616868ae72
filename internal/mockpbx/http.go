// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// bodyMax is how large a request may be, in bytes.
const bodyMax = 1 << 20

// Handler is the PBX's HTTP API.
func (p *PBX) Handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, handler http.HandlerFunc) { mux.HandleFunc(pattern, p.underFaults(handler)) }
	handle("GET /{$}", p.hint)

	handle("POST /actions", p.postAction)
	handle("GET /peers", p.listPeers)
	handle("GET /recordings/{file}", p.getRecording)

	handle("POST /api/client/pabx/call", p.driveCall)
	handle("POST /api/client/actions", p.delegateCall)

	handle("GET /get_cdr", p.listRecords)
	handle("GET /trigger_webhooks", p.simulateCall)
	handle("POST /post", p.echo)

	mux.HandleFunc("GET /faults", p.showFaults)
	mux.HandleFunc("PUT /faults", p.putFaults)
	mux.HandleFunc("GET /stats", p.showStats)
	return mux
}

func (p *PBX) hint(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "Mock PBX. GET /get_cdr, GET /trigger_webhooks, GET /peers, POST /actions, GET /recordings/{call_id}.wav, "+
		"POST /api/client/pabx/call, POST /api/client/actions, POST /post, GET and PUT /faults, GET /stats\n")
}

func (p *PBX) echo(w http.ResponseWriter, r *http.Request) {
	var payload json.RawMessage
	if status := readJSON(w, r, &payload); status != http.StatusOK {
		writeError(w, status, reasonOf(status))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"payload": payload})
}

// readJSON decodes a request's body into v. It returns 200, 400 for what is not
// JSON of that shape, or 413; each API says no in its own way.
func readJSON(w http.ResponseWriter, r *http.Request, v any) int {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusBadRequest
	}
	if json.Unmarshal(body, v) != nil {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

func reasonOf(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "body is larger than 1 MiB"
	}
	return "body is not valid JSON for this address"
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		// Only an echoed payload could do this, and that was checked.
		status, body = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	write(w, status, body)
}

func writeError(w http.ResponseWriter, status int, reason string) {
	writeJSON(w, status, map[string]string{"error": reason})
}

// writeText answers in text/html, as the originals label their texts. What a
// client sent must be escaped before.
func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	write(w, status, []byte(text))
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away needs no answer
}

// text is a JSON string or number, as text: some clients send a queue as 900,
// others as "900". null is "".
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	if s := string(data); s != "" && strings.ContainsRune("-0123456789", rune(s[0])) {
		*t = text(s)
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}
