// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

const (
	settleMax   = 2 * time.Minute // patience with the machine; no claim is made of it
	requestMax  = 20 * time.Second
	dripEvery   = 50 * time.Millisecond
	afterFailed = 10 * time.Millisecond // a poster's rest when it was not served
)

// ledger is what posters were told.
type ledger struct {
	mu       sync.Mutex
	stored   map[string]bool // call_id and type of what was answered 200
	statuses map[int]int     // answers by status; 0 for none
	slowest  map[int]time.Duration
}

func newLedger() *ledger {
	return &ledger{stored: map[string]bool{}, statuses: map[int]int{}, slowest: map[int]time.Duration{}}
}

// start posts calls that begin and wait, several at a time, until stop.
func (l *ledger) start(t *testing.T, webhook, prefix string, posters int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for poster := range posters {
		group.Go(func() { l.postUntil(ctx, webhook, fmt.Sprintf("%s.%d", prefix, poster)) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

func (l *ledger) postUntil(ctx context.Context, webhook, prefix string) {
	client := &http.Client{Timeout: requestMax, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := 0; ctx.Err() == nil; i++ {
		if !l.postCall(ctx, client, webhook, fmt.Sprintf("%s.%d", prefix, i)) {
			select {
			case <-ctx.Done():
			case <-time.After(afterFailed):
			}
		}
	}
}

// drip posts calls as start does, one after the other and not faster than a
// small disk bears for long.
func (l *ledger) drip(t *testing.T, webhook, prefix string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	client := &http.Client{Timeout: requestMax, Transport: &http.Transport{}}
	var group sync.WaitGroup
	group.Go(func() {
		defer client.CloseIdleConnections()
		tick := time.NewTicker(dripEvery)
		defer tick.Stop()
		for i := 0; ctx.Err() == nil; i++ {
			l.postCall(ctx, client, webhook, fmt.Sprintf("%s.%d", prefix, i))
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

// postCall posts a call that begins and waits, and reports whether both were
// taken.
func (l *ledger) postCall(ctx context.Context, client *http.Client, webhook, callID string) bool {
	ok := true
	for _, typ := range []string{"call.new", "call.standby"} {
		body, _ := json.Marshal(map[string]string{
			"type": typ, "call_id": callID, "direction": "inbound", "our_number": "19001234",
			"their_number": fmt.Sprintf("09%08d", rand.IntN(200)), "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
		})
		began := time.Now()
		status := post(ctx, client, webhook, body)
		if ctx.Err() != nil && status == 0 {
			return false // our own doing
		}
		ok = ok && status == http.StatusOK
		l.note(callID+" "+typ, status, time.Since(began))
	}
	return ok
}

// post returns the status; 0 when there was no answer.
func post(ctx context.Context, client *http.Client, address string, body []byte) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // the status came, and that is what counts
	return response.StatusCode
}

func (l *ledger) note(name string, status int, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.statuses[status]++
	l.slowest[status] = max(l.slowest[status], took)
	if status/100 == 2 {
		l.stored[name] = true
	}
}

// count returns how many requests were answered with a status; 0 for those
// that got no answer.
func (l *ledger) count(status int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.statuses[status]
}

// only fails the test if a request was answered with another status than these.
func (l *ledger) only(t *testing.T, statuses ...int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	other := 0
	for _, n := range l.statuses {
		other += n
	}
	for _, status := range statuses {
		other -= l.statuses[status]
	}
	if other != 0 {
		t.Errorf("answers by status %v, want only %v", l.statuses, statuses)
	}
}

// awaitMore returns when n more requests have been answered with a status.
func (l *ledger) awaitMore(t *testing.T, status, n int) {
	t.Helper()
	before := l.count(status)
	await(t, settleMax, fmt.Sprintf("%d more answers %d", n, status), func() bool { return l.count(status) >= before+n })
}

// account is what the log says of calls.
type account struct {
	records   []eventlog.Record
	decided   map[string]int      // decisions by stream
	ended     map[string][]string // outcomes of commands by stream
	undecided int                 // calls that wait, without a decision and not too late for one
	sent      int
	missed    int
}

// balance reads the whole log.
func balance(t *testing.T, database *db.DB) account {
	t.Helper()
	a := account{records: records(t, database), decided: map[string]int{}, ended: map[string][]string{}}
	waiting := map[string]bool{}
	for _, r := range a.records {
		switch r.Type {
		case "call.standby":
			waiting[r.Stream] = true
		case "routing.decided":
			a.decided[r.Stream]++
		case "command.sent":
			a.sent++
			a.ended[r.Stream] = append(a.ended[r.Stream], r.Type)
		case "command.missed":
			a.missed++
			a.ended[r.Stream] = append(a.ended[r.Stream], r.Type)
		}
	}
	for stream := range waiting {
		if a.decided[stream] == 0 && len(a.ended[stream]) == 0 {
			a.undecided++
		}
	}
	return a
}

// settled reports whether every call was decided and every command has ended.
func (a *account) settled() bool {
	for stream := range a.decided {
		if len(a.ended[stream]) == 0 {
			return false
		}
	}
	return a.undecided == 0
}

// settle waits until every call was decided, or missed, and every decision's
// command has come to an end. A process has to run for that.
func settle(t *testing.T, dsn string) {
	t.Helper()
	database := dbtest.Open(t, dsn)
	defer database.Close()
	await(t, settleMax, "every call decided, every command ended", func() bool {
		a := balance(t, database)
		return a.settled()
	})
}

// check holds the conservation: what was answered 2xx is in the log, nothing is
// there twice, no position is missing, and every call that waited was decided
// once and its command ended once, or was missed.
func check(t *testing.T, dsn string, l *ledger) account {
	t.Helper()
	database := dbtest.Open(t, dsn)
	defer database.Close()
	a := balance(t, database)
	seen := map[string]int{}
	for i, r := range a.records {
		if r.Position != int64(i+1) {
			t.Fatalf("position %d at place %d", r.Position, i+1)
		}
		if _, callID, ok := live.ParseStream(r.Stream); ok {
			seen[callID+" "+r.Type]++
		}
	}
	for name := range l.stored {
		if seen[name] == 0 {
			t.Errorf("%s was acknowledged and is gone", name)
		}
	}
	for name, n := range seen {
		if n > 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	for stream, n := range a.decided {
		if n != 1 || len(a.ended[stream]) != 1 {
			t.Errorf("%s: decided %d times, its command ended %v", stream, n, a.ended[stream])
		}
	}
	if a.undecided != 0 {
		t.Errorf("%d calls wait that nobody decided about", a.undecided)
	}
	return a
}

// records reads the whole log.
func records(t *testing.T, database *db.DB) (all []eventlog.Record) {
	t.Helper()
	log := eventlog.New(database, nil, nil)
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
