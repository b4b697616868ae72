// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// posters post calls at once and remember which of them Tandem acknowledged.
type posters struct {
	cancel context.CancelFunc
	client *http.Client
	ended  sync.WaitGroup

	mu    sync.Mutex
	acked map[string]bool
	more  chan struct{} // of size 1: something was acknowledged
}

// burst implements burst start N, burst wait N, burst stop and burst check.
//
//	burst start 20   20 posters begin
//	burst wait 500   until 500 calls are acknowledged
//	burst stop       the posters end, whatever they were at
//	burst check      every acknowledged call is in the list of calls
func burst(ts *testscript.TestScript, neg bool, args []string) {
	p := &worldOf(ts).posters
	if neg || len(args) == 0 {
		ts.Fatalf("usage: burst start N | wait N | stop | check")
	}
	n := 0
	if len(args) > 1 {
		var err error
		n, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	switch args[0] {
	case "start":
		p.start(ts.Getenv("URL"), n)
	case "wait":
		ts.Check(p.wait(n))
	case "stop":
		p.stop()
		ts.Logf("%d calls were acknowledged", len(p.acked))
	case "check":
		ts.Check(p.check(ts.Getenv("URL"), ts.Getenv("KEY")))
	default:
		ts.Fatalf("unknown: burst %s", args[0])
	}
}

func (p *posters) start(address string, n int) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.more = cancel, make(chan struct{}, 1)
	if p.acked == nil {
		p.acked = map[string]bool{}
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, Timeout: requestMax}
	p.client = client
	run := randomName()
	for poster := range n {
		p.ended.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("%s.%d.%d", run, poster, i)
				if post(ctx, client, address, id) {
					p.note(id)
				}
			}
		})
	}
}

// post posts one call.new and says whether it was acknowledged.
func post(ctx context.Context, client *http.Client, address, id string) bool {
	event := fmt.Sprintf(`{"type":"call.new","call_id":%q,"direction":"inbound","our_number":"08007770000","their_number":"11955550123","timestamp":%q}`,
		id, time.Now().UTC().Format(time.RFC3339Nano))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/webhook", strings.NewReader(event))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (p *posters) note(id string) {
	p.mu.Lock()
	p.acked[id] = true
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *posters) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acked)
}

func (p *posters) wait(n int) error {
	deadline := time.After(waitMax)
	for p.count() < n {
		select {
		case <-p.more:
		case <-deadline:
			return fmt.Errorf("%d calls were acknowledged within %s, wanted %d", p.count(), waitMax, n)
		}
	}
	return nil
}

func (p *posters) stop() {
	if p.cancel != nil {
		p.cancel()
		p.ended.Wait()
		// A connection that was opened and never used holds up a server's end for five seconds.
		p.client.CloseIdleConnections()
	}
}

// check reads the whole list of calls, page by page.
func (p *posters) check(address, key string) error {
	missing := make(map[string]bool, len(p.acked))
	for id := range p.acked {
		missing[id] = true
	}
	after := ""
	for {
		page := ask{method: http.MethodGet, address: address + "/api/v1/calls?limit=200&after=" + after, timeout: requestMax, header: http.Header{}}
		page.header.Set("Authorization", "Bearer "+key)
		got, err := page.send()
		if err != nil {
			return err
		}
		items, err := find(got.value, "items")
		if err != nil {
			return fmt.Errorf("%w in %s", err, got)
		}
		calls, _ := items.([]any)
		for _, call := range calls {
			id, _ := enter(call, "callId")
			delete(missing, show(id))
		}
		next, _ := find(got.value, "next")
		after, _ = next.(string)
		if after == "" || len(calls) == 0 {
			break
		}
	}
	if len(missing) > 0 || len(p.acked) == 0 {
		return fmt.Errorf("%d of %d acknowledged calls are missing", len(missing), len(p.acked))
	}
	return nil
}
