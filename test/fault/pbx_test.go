// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/live"
)

// pbx is a phone system that takes commands, if it is in the mood.
type pbx struct {
	URL string

	server *http.Server // nil while it is dead
	mu     sync.Mutex
	mood   http.HandlerFunc // what it does instead of taking commands; nil for nothing
	asked  int              // requests, whatever became of them
	taken  map[string]int   // commands by call_id
}

func newPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{URL: fmt.Sprintf("http://127.0.0.1:%d", freePort(t)), taken: map[string]int{}}
	p.live(t)
	t.Cleanup(p.die)
	return p
}

// live lets it listen.
func (p *pbx) live(t *testing.T) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	p.server = server
	go func() { _ = server.Serve(listener) }() // ends when it dies
}

// die lets its port refuse connections.
func (p *pbx) die() {
	if p.server != nil {
		_ = p.server.Close() // connections are cut
	}
	p.server = nil
}

// ServeHTTP implements [http.Handler].
func (p *pbx) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	p.asked++
	mood := p.mood
	p.mu.Unlock()
	if mood != nil {
		mood(w, r)
		return
	}
	var command struct {
		CallID string `json:"call_id"`
	}
	if err == nil {
		err = json.Unmarshal(body, &command)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.taken[command.CallID]++
	p.mu.Unlock()
	fmt.Fprint(w, `{"status":"ok"}`)
}

// turn changes the mood; nil is the good one.
func (p *pbx) turn(mood http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mood = mood
}

// knows holds that what counts as sent has reached the phone system.
func (p *pbx) knows(t *testing.T, a account) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for stream, outcomes := range a.ended {
		_, callID, _ := live.ParseStream(stream)
		if outcomes[0] == "command.sent" && p.taken[callID] == 0 {
			t.Errorf("the command for %s counts as sent, and the phone system knows nothing of it", callID)
		}
	}
}

func (p *pbx) attempts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}
