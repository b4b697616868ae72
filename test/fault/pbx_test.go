// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"tandem/internal/live"
)

// pbx is a phone system that takes commands, if it is in the mood.
type pbx struct {
	*httptest.Server

	mu    sync.Mutex
	mood  http.HandlerFunc // what it does instead of taking commands; nil for nothing
	taken map[string]int   // commands by call_id
}

func newPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{taken: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP implements [http.Handler].
func (p *pbx) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	mood := p.mood
	p.mu.Unlock()
	if mood != nil {
		mood(w, r)
		return
	}
	var command struct {
		CallID string `json:"call_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&command); err != nil {
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
