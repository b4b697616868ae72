// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type book struct {
	Total int
	Data  []record
}

func fetch(t *testing.T, p *PBX) (book, string, http.Header) {
	t.Helper()
	recorder := httptest.NewRecorder()
	p.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/get_cdr", nil))
	var b book
	if err := json.Unmarshal(recorder.Body.Bytes(), &b); err != nil || recorder.Code != http.StatusOK {
		t.Fatalf("answer %d, %v", recorder.Code, err)
	}
	return b, recorder.Body.String(), recorder.Header()
}

// Each request makes five records more and returns all; the seed says which.
func TestRecordsGrow(t *testing.T) {
	t.Parallel()

	p, again := resting(), resting()
	for _, want := range []int{5, 10, 15} {
		b, body, header := fetch(t, p)
		if b.Total != want || len(b.Data) != want {
			t.Errorf("total %d with %d records, want %d", b.Total, len(b.Data), want)
		}
		if _, other, _ := fetch(t, again); other != body {
			t.Error("the same seed gives other records")
		}
		if id := header.Get("tenant-uuid"); len(id) != 36 || id[14] != '4' {
			t.Errorf("tenant %q is not a version 4 UUID", id)
		}
	}
	b, _, _ := fetch(t, p)
	for i, r := range b.Data {
		begun, _ := time.Parse(time.RFC3339, *r.CallStart)
		ended, _ := time.Parse(time.RFC3339, *r.CallEnd)
		if want := morning.Add(time.Duration(i+1) * time.Hour); !begun.Equal(want) {
			t.Errorf("record %d begins at %v, want %v", i, begun, want)
		}
		if *r.Duration != ended.Sub(begun).Seconds() || *r.Duration < 60 || r.Action != "HANGUP" || r.AnswerStart == nil || r.CallerNumber < 84_000_000_000 {
			t.Errorf("record %d is %+v", i, r)
		}
	}
}

// The records do not grow for ever.
func TestRecordsAreBounded(t *testing.T) {
	t.Parallel()

	b := newRecordBook(1, morning)
	for range recordsMax/recordsEach + 10 {
		b.more()
	}
	b.keep(record{})
	if len(b.list) != recordsMax {
		t.Errorf("%d records", len(b.list))
	}
}

// A simulated call tells of each state with all that is known so far, keeps to
// its order, and ends among the records whether or not the last post was sent.
func TestSimulatedCalls(t *testing.T) {
	t.Parallel()

	const calls = 60
	var mu sync.Mutex
	lives := map[string][]record{}
	webhook := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var sent record
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &sent); err != nil || r.Header.Get("Tenant-UUID") != "t-1" {
			t.Errorf("post of %q: %s: %v", r.Header.Get("Tenant-UUID"), body, err)
		}
		mu.Lock()
		defer mu.Unlock()
		lives[sent.Recording] = append(lives[sent.Recording], sent)
	})
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{
			Seed: 1, Start: morning, CDRWebhook: "http://crm/pbx/webhook", TenantUUID: "t-1",
			HTTPClient: &http.Client{Transport: wire{webhook}},
		}, quiet())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range calls {
			if status, answer := ask(p, http.MethodGet, "/trigger_webhooks", ""); status != 200 || answer != `{"status":"firing webhooks"}` {
				t.Errorf("answer %d %s", status, answer)
			}
		}
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
		if b, _, _ := fetch(t, p); b.Total != calls+recordsEach || p.records.running != 0 {
			t.Errorf("%d records, %d calls running", b.Total, p.records.running)
		}
	})
	count := map[string]int{}
	for _, posts := range lives {
		actions := make([]string, 0, len(posts))
		for _, r := range posts {
			actions = append(actions, r.Action)
			if (r.AnswerStart != nil) != strings.Contains(strings.Join(actions, " "), "ANSWERED") || (r.Duration != nil) != (r.Action == "HANGUP") {
				t.Errorf("at %s the record is %+v", r.Action, r)
			}
		}
		count[strings.Join(actions, " ")]++
	}
	t.Log(count)
	whole := count["ORIGINATE RING ANSWERED HANGUP"] + count["ORIGINATE RING HANGUP"]
	silent := count["ORIGINATE RING ANSWERED"] + count["ORIGINATE RING"]
	if whole+silent != calls || silent == 0 || silent > calls/5 {
		t.Errorf("calls go %v", count)
	}
}

// Without a webhook the call only runs.
func TestSimulatedCallWithoutWebhook(t *testing.T) {
	t.Parallel()

	p := resting()
	ask(p, http.MethodGet, "/trigger_webhooks", "")
	p.exchange.catchUp(morning.Add(time.Minute))
	if len(p.exchange.posts) != 0 || len(p.records.list) != 1 {
		t.Errorf("%d posts, %d records", len(p.exchange.posts), len(p.records.list))
	}
}

// The small addresses.
func TestHintAndEcho(t *testing.T) {
	t.Parallel()

	p := resting()
	if status, answer := ask(p, http.MethodGet, "/", ""); status != 200 || !strings.Contains(answer, "/get_cdr") {
		t.Errorf("hint %d %s", status, answer)
	}
	if status, answer := ask(p, http.MethodPost, "/post", `{"a":[1,2.50]}`); status != 200 || answer != `{"payload":{"a":[1,2.50]}}` {
		t.Errorf("echo %d %s", status, answer)
	}
	if status, answer := ask(p, http.MethodPost, "/post", `{"a"`); status != 400 || answer != `{"error":"body is not valid JSON for this address"}` {
		t.Errorf("echo of nonsense %d %s", status, answer)
	}
	if status, _ := ask(p, http.MethodGet, "/nowhere", ""); status != 404 {
		t.Errorf("nowhere is answered %d", status)
	}
}
