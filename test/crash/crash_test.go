// SPDX-License-Identifier: Apache-2.0

// Package crash kills Tandem in the middle of its work, again and again, and
// counts afterwards.
package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

const (
	posters     = 20
	roundsUsual = 4
	settleMax   = 60 * time.Second
)

// rounds is how often Tandem is killed: TANDEM_CRASH_ROUNDS, or a few times.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TANDEM_CRASH_ROUNDS")
	if text == "" {
		return roundsUsual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Killed with -9 under 20 posters, again and again: whatever was answered 200
// is in the log, nothing is there twice, no position is missing, each waiting
// call was decided at most once, and every decision's command came to an end.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		pbx := newPBX(t)
		data := t.TempDir()
		acked := &acknowledged{events: map[string]bool{}}
		for round := range rounds(t) {
			p := start(t, data, dsn)
			if round == 0 {
				p.connect(t, pbx.URL)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			for poster := range posters {
				group.Go(func() { acked.post(ctx, p.url, fmt.Sprintf("%d.%d", round, poster)) })
			}
			// Somewhere in the middle, but not before there is something to lose.
			acked.await(t, (round+1)*posters*(10+rand.IntN(20)))
			p.kill(t)
			cancel()
			group.Wait()
		}
		p := start(t, data, dsn)
		settle(t, dsn)
		p.kill(t)
		check(t, dsn, acked)
		t.Logf("%d events acknowledged over %d kills; %d delegates reached the PBX", len(acked.events), rounds(t), pbx.delegates())
	})
}

// acknowledged are the events that were answered 200.
type acknowledged struct {
	mu     sync.Mutex
	events map[string]bool // call_id/type
}

// post posts calls that begin and wait, one after the other, until ctx ends.
func (a *acknowledged) post(ctx context.Context, address, prefix string) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := 0; ctx.Err() == nil; i++ {
		call := fmt.Sprintf("%s.%d", prefix, i)
		for _, typ := range []string{"call.new", "call.standby"} {
			body, _ := json.Marshal(map[string]string{
				"type": typ, "call_id": call, "direction": "inbound", "our_number": "19001234",
				"their_number": fmt.Sprintf("09%08d", rand.IntN(200)), "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
			})
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/webhook", bytes.NewReader(body))
			if err != nil {
				return
			}
			request.Header.Set("Content-Type", "application/json")
			response, err := client.Do(request)
			if err != nil {
				return // killed
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				a.mu.Lock()
				a.events[call+" "+typ] = true
				a.mu.Unlock()
			}
		}
	}
}

// await returns when n events have been acknowledged.
func (a *acknowledged) await(t *testing.T, n int) {
	t.Helper()
	deadline := time.Now().Add(settleMax)
	for {
		a.mu.Lock()
		have := len(a.events)
		a.mu.Unlock()
		if have >= n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d events acknowledged, want %d", have, n)
		}
		pause(t)
	}
}

// pause lets a little time go between two looks at a condition.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(5 * time.Millisecond):
	}
}

// records reads the whole log.
func records(t *testing.T, database *db.DB) []eventlog.Record {
	t.Helper()
	log := eventlog.New(database, nil, nil)
	var all []eventlog.Record
	position := int64(0)
	for {
		batch, err := log.ReadAfter(t.Context(), position, 5000)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			return all
		}
		all = append(all, batch...)
		position = batch[len(batch)-1].Position
	}
}

// settle returns when every decision's command has come to an end, and every
// call that waits was decided or is too old to be.
func settle(t *testing.T, dsn string) {
	t.Helper()
	database := dbtest.Open(t, dsn)
	defer database.Close()
	deadline := time.Now().Add(settleMax)
	for {
		decided, ended, undecided := tally(records(t, database))
		if undecided == 0 && decided == ended {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d decided, %d ended, %d waiting and not decided", decided, ended, undecided)
		}
		pause(t)
	}
}

func tally(all []eventlog.Record) (decided, ended, undecided int) {
	waiting := map[string]bool{}
	for _, r := range all {
		switch r.Type {
		case "call.standby":
			waiting[r.Stream] = true
		case "routing.decided":
			decided++
			delete(waiting, r.Stream)
		case "command.sent":
			ended++
		case "command.missed":
			if waiting[r.Stream] { // missed without a decision: too late for one
				delete(waiting, r.Stream)
				continue
			}
			ended++
		}
	}
	return decided, ended, len(waiting)
}

func check(t *testing.T, dsn string, acked *acknowledged) {
	t.Helper()
	all := records(t, dbtest.Open(t, dsn))
	seen := map[string]int{}
	for i, r := range all {
		if r.Position != int64(i+1) {
			t.Fatalf("position %d at place %d", r.Position, i+1)
		}
		if _, call, ok := live.ParseStream(r.Stream); ok {
			seen[call+" "+r.Type]++
		}
	}
	for name := range acked.events {
		if seen[name] == 0 {
			t.Errorf("%s was acknowledged and is gone", name)
		}
	}
	for name, n := range seen {
		if n > 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
}

// pbx counts the delegates that reach it.
type pbx struct {
	*httptest.Server

	mu    sync.Mutex
	calls map[string]int
}

func newPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{calls: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var command struct {
			CallID string `json:"call_id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&command); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		p.calls[command.CallID]++
		p.mu.Unlock()
		fmt.Fprint(w, `{"status":"ok"}`)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pbx) delegates() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}

// binary is the program under test, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tandem-crash")
	if err != nil {
		return "", err
	}
	return build(filepath.Join(dir, "tandem"))
})
