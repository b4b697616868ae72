// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// posted is one event as the server got it.
type posted struct {
	Type      string    `json:"type"`
	CallID    string    `json:"call_id"`
	Actor     string    `json:"actor"`
	SID       string    `json:"sid"`
	Timestamp time.Time `json:"timestamp"`
	position  int64
}

// server stands in for Tandem and can be made to lie: a real one that loses
// what it has acknowledged is not to be had.
type server struct {
	*httptest.Server
	t *testing.T

	forget func(n int64, e posted) bool // what is acknowledged and not kept
	status func(n int64) int            // 0: as usual; -1: the connection is cut
	deaf   int                          // subscribers that are not told

	mu      sync.Mutex
	events  []posted // kept, in the order they came
	lost    int64
	got     int64
	sockets []net.Conn
}

func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, forget: func(int64, posted) bool { return false }, status: func(int64) int { return 0 }}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhook", s.webhook)
	mux.HandleFunc("GET /api/v1/calls", s.calls)
	mux.HandleFunc("GET /api/v1/calls/{id}/events", s.callEvents)
	mux.HandleFunc("GET /ws", s.socket)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.mu.Lock()
		for _, conn := range s.sockets {
			conn.Close()
		}
		s.mu.Unlock()
		s.Close()
	})
	return s
}

func (s *server) target() Target {
	s.t.Helper()
	target, err := NewTarget(s.t.Context(), s.URL, "/webhook", "secret")
	if err != nil {
		s.t.Fatal(err)
	}
	return target
}

func (s *server) webhook(w http.ResponseWriter, r *http.Request) {
	var e posted
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		s.t.Errorf("post %s: %v", text, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got++
	switch status := s.status(s.got); {
	case status < 0:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
		return
	case status > 0:
		w.WriteHeader(status)
		return
	}
	e.position = s.got
	if s.forget(s.got, e) {
		s.lost++
	} else {
		s.events = append(s.events, e)
	}
	fmt.Fprintf(w, `{"success":true,"code":200,"data":{"id":%d}}`, e.position)
	for _, conn := range s.sockets[min(s.deaf, len(s.sockets)):] {
		_, _ = conn.Write(serverFrame(fmt.Sprintf(`{"data":{"position":%d,"calls":[]},"event":"Changes","status":"Ok"}`, e.position)))
	}
}

// byCall returns the kept events of each call, and the calls, the newest first.
func (s *server) byCall() (events map[string][]posted, ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events = map[string][]posted{}
	for _, e := range s.events {
		if events[e.CallID] == nil {
			ids = append(ids, e.CallID)
		}
		events[e.CallID] = append(events[e.CallID], e)
	}
	slices.Reverse(ids)
	return events, ids
}

func (s *server) calls(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	events, ids := s.byCall()
	var items []callItem
	for _, id := range ids {
		items = append(items, callItem{ID: events[id][0].position, CallID: id, Events: len(events[id])})
	}
	page(w, r, items)
}

func (s *server) callEvents(w http.ResponseWriter, r *http.Request) {
	events, _ := s.byCall()
	var items []map[string]any
	for _, list := range events {
		if strconv.FormatInt(list[0].position, 10) != r.PathValue("id") {
			continue
		}
		for _, e := range list {
			items = append(items, map[string]any{"type": e.Type, "data": map[string]any{"sid": e.SID}})
		}
	}
	page(w, r, items)
}

func page[T any](w http.ResponseWriter, r *http.Request, items []T) {
	start, _ := strconv.Atoi(r.URL.Query().Get("after")) // 0 for the first page
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	end := min(start+limit, len(items))
	answer := map[string]any{"items": items[start:end]}
	if end < len(items) {
		answer["next"] = strconv.Itoa(end)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *server) socket(w http.ResponseWriter, _ *http.Request) {
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.t.Error(err)
		return
	}
	// The welcome comes together with the answer, as it may.
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"+
		string(serverFrame(`{"data":"Welcome","event":"Welcome","status":"Ok"}`)))
	if want := `{"event":"subscribe","data":{}}`; readClientFrame(s.t, buffer.Reader) != want {
		s.t.Errorf("the subscriber did not say %s", want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = conn.Write(serverFrame(fmt.Sprintf(`{"data":{"position":%d,"result":"snapshot","calls":[%s]},"event":"Subscribed","status":"Ok"}`,
		s.got, strings.Repeat(`{},`, 30_000)+"{}")))
	s.sockets = append(s.sockets, conn)
}

// serverFrame returns a text frame as servers send it.
func serverFrame(text string) []byte {
	switch n := len(text); {
	case n < 126:
		return append([]byte{0x81, byte(n)}, text...)
	case n <= 0xffff:
		return append([]byte{0x81, 126, byte(n >> 8), byte(n)}, text...)
	default:
		return append([]byte{0x81, 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, text...)
	}
}

// readClientFrame returns the text of a short masked frame.
func readClientFrame(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	head := make([]byte, 6)
	if _, err := io.ReadFull(in, head); err != nil {
		t.Errorf("read frame: %v", err)
		return ""
	}
	if head[1]&0x80 == 0 {
		t.Error("the frame of a client is not masked")
	}
	text := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(in, text); err != nil {
		t.Errorf("read frame: %v", err)
	}
	for i := range text {
		text[i] ^= head[2+i%4]
	}
	return string(text)
}
