// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/ingest"
)

type inboxItem struct {
	ID            string
	ReceivedAt    time.Time
	Connector     *struct{ Name string }
	Path          string
	Status        int
	Reason        string
	Size          int64
	ContentType   string
	Body          string
	BodyEncoding  string
	ReprocessedAt *time.Time
	EventPosition int64
}

type inboxPage struct {
	Items []inboxItem
	Next  string
}

// What was refused is shown as it came, the newest first, page after page, to
// its own call centre only; it can be read again and removed.
func TestInbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		binary := "\x00\xff\xfe{"
		long := strings.Repeat("é", 10_000) // cut in the middle of a character at 16 kB, because of the x
		for _, body := range []string{`{"type":"call.new"}`, binary, "x" + long} {
			if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, body); got.status != 400 {
				t.Fatalf("status %d", got.status)
			}
		}
		var first, second inboxPage
		o.api(http.MethodGet, "/api/v1/inbox?limit=2", "", 200, &first)
		o.api(http.MethodGet, "/api/v1/inbox?limit=2&after="+first.Next, "", 200, &second)
		if len(first.Items) != 2 || first.Next == "" || len(second.Items) != 1 || second.Next != "" {
			t.Fatalf("pages %+v %+v", first, second)
		}
		all := slices.Concat(first.Items, second.Items)
		if all[0].BodyEncoding != "text" || !strings.HasPrefix("x"+long, all[0].Body) || len(all[0].Body) != 16<<10-1 || all[0].Size != int64(1+len(long)) {
			t.Errorf("long body: %d bytes %s of %d", len(all[0].Body), all[0].BodyEncoding, all[0].Size)
		}
		if all[1].BodyEncoding != "base64" || all[1].Body != base64.StdEncoding.EncodeToString([]byte(binary)) {
			t.Errorf("binary body: %+v", all[1])
		}
		got := all[2]
		if got.Body != `{"type":"call.new"}` || got.Path != "/webhook" || got.Status != 400 || got.Reason != "call_id is required" ||
			got.ContentType != "application/json" || got.Connector == nil || got.Connector.Name != "vendor" || got.ReprocessedAt != nil || time.Since(got.ReceivedAt) > time.Minute {
			t.Errorf("item %+v", got)
		}
		for _, call := range []struct{ method, path string }{
			{http.MethodGet, "/api/v1/inbox"}, {http.MethodDelete, "/api/v1/inbox/" + got.ID}, {http.MethodPost, "/api/v1/inbox/" + got.ID + "/reprocess"},
		} {
			theirs := o.ask(call.method, call.path, "", "X-Signed-In: other")
			if theirs.status != 404 && !strings.Contains(theirs.body, `"items":[]`) {
				t.Errorf("%s of another tenant: %d %s", call.method, theirs.status, theirs.body)
			}
		}
		o.api(http.MethodDelete, "/api/v1/inbox/"+got.ID, "", 204, nil)
		o.api(http.MethodDelete, "/api/v1/inbox/"+got.ID, "", 404, nil)
		if len(o.inbox()) != 2 {
			t.Errorf("%d items left, want 2", len(o.inbox()))
		}
	})
}

// After a fix, what was refused becomes the events it would have been, with
// the time it came; what still cannot be read stays, with the reason why.
func TestReprocess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		late := `{"type":"call.new","call_id":"c","timestamp":"2026-01-01T00:00:00Z"}`
		for _, body := range []string{late, `{"type":"call.new"}`, late, `{"type":"call.cpf-provided","call_id":"c","cpf":""}`} {
			if got := o.ask(http.MethodPost, "/webhook?connector=missing", body, "X-Signed-In: demo"); got.status != 400 {
				t.Fatalf("status %d %s", got.status, got.body)
			}
		}
		var count ingest.Reprocessed
		o.api(http.MethodPost, "/api/v1/inbox/reprocess", "", 200, &count)
		if count != (ingest.Reprocessed{Failed: 4}) || len(o.events()) != 0 {
			t.Fatalf("before the fix: %+v, %d events", count, len(o.events()))
		}
		o.clock.Store(time.Hour.Milliseconds())
		missing := o.connect(1, "missing", ingest.Delegate, "")
		items := o.inbox() // the newest first
		var one struct {
			ingest.Reprocessed

			Item inboxItem
		}
		o.api(http.MethodPost, "/api/v1/inbox/"+items[2].ID+"/reprocess", "", 200, &one)
		if one.Failed != 1 || one.Item.Reason != "call_id is required" || one.Item.ReprocessedAt != nil {
			t.Errorf("one: %+v", one)
		}
		o.api(http.MethodPost, "/api/v1/inbox/reprocess", "", 200, &count)
		if count != (ingest.Reprocessed{Stored: 1, Duplicate: 2, Failed: 1}) {
			t.Errorf("all: %+v", count)
		}
		records := o.events()
		if len(records) != 1 || records[0].Connector != missing.ID || records[0].Received != items[3].ReceivedAt || string(records[0].Data) != late {
			t.Fatalf("records %+v", records)
		}
		items = o.inbox()
		for at, position := range []int64{0, records[0].Position, 0, records[0].Position} {
			if items[at].EventPosition != position || (items[at].ReprocessedAt == 0) != (at == 2) {
				t.Errorf("item %d: %+v", at, items[at])
			}
		}
		o.api(http.MethodPost, "/api/v1/inbox/reprocess", "", 200, &count)
		if count != (ingest.Reprocessed{Failed: 1}) {
			t.Errorf("again: %+v", count)
		}
	})
}

// A truncated request never becomes an event, and neither does one whose
// connector is gone.
func TestReprocessHopeless(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database, func(options *ingest.Options) { options.BodyMax = 40 })
		if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, `{"type":"call.new","call_id":"c"}`+strings.Repeat(" ", 100)); got.status != 413 {
			t.Fatalf("status %d", got.status)
		}
		if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, `{"type":"nothing"}`); got.status != 422 {
			t.Fatalf("status %d", got.status)
		}
		if err := o.ingest.DeleteConnector(t.Context(), 1, o.vendor.ID); err != nil {
			t.Fatal(err)
		}
		count, err := o.ingest.ReprocessAll(t.Context(), 1)
		if err != nil || count != (ingest.Reprocessed{Failed: 2}) || len(o.events()) != 0 {
			t.Errorf("%+v %v, %d events", count, err, len(o.events()))
		}
		items := o.inbox()
		if items[0].Reason != "its connector was deleted" || !strings.Contains(items[1].Reason, "too large") || items[1].Size != 133 || items[1].BodyBytes != 40 {
			t.Errorf("items %+v", items)
		}
	})
}

// The inbox stays within its bounds. What it drops unread is the oldest of
// whoever takes the most, is counted, and raises an alarm.
func TestInboxBounds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		var alarms bytes.Buffer
		o := open(t, database, func(options *ingest.Options) {
			options.Inbox = ingest.Bounds{Rows: 5, Bytes: 1000, Age: time.Hour}
			options.Logger = slog.New(slog.NewTextHandler(&alarms, nil))
		})
		refuse := func(key, body string) {
			t.Helper()
			if got := o.ask(http.MethodPost, "/webhook/"+key, body); got.status != 400 {
				t.Fatalf("status %d %s", got.status, got.body)
			}
		}
		refuse(foreignKey, "theirs")
		for n := range 10 {
			refuse(vendorKey, fmt.Sprint("ours ", n))
		}
		items := o.inbox()
		if len(items) != 4 || string(items[0].Body) != "ours 9" || string(items[3].Body) != "ours 6" {
			t.Errorf("%d items, the first %q", len(items), items[0].Body)
		}
		theirs, err := o.ingest.ListInbox(t.Context(), 2, "", 10)
		if err != nil || len(theirs) != 1 {
			t.Errorf("the other tenant's inbox holds %d, %v; want 1", len(theirs), err)
		}
		refuse(vendorKey, strings.Repeat("x", 990))
		if items := o.inbox(); len(items) != 1 || items[0].Size != 990 {
			t.Errorf("%d items after a large one", len(items))
		}
		if n := counted(t, o.ingest, "tandem_inbox_dropped_total", "size"); n != 10 {
			t.Errorf("counted %v dropped, want 10", n)
		}
		if !strings.Contains(alarms.String(), "level=WARN") || !strings.Contains(alarms.String(), "bound=size") {
			t.Errorf("no alarm in %q", alarms.String())
		}
		o.clock.Store(2 * time.Hour.Milliseconds())
		refuse(vendorKey, "new")
		stop := o.run()
		deadline := time.Now().Add(5 * time.Second)
		for counted(t, o.ingest, "tandem_inbox_dropped_total", "age") != 2 {
			if time.Now().After(deadline) {
				t.Fatal("what is too old is not dropped")
			}
		}
		stop()
		if items := o.inbox(); len(items) != 1 || string(items[0].Body) != "new" {
			t.Errorf("%d items left", len(items))
		}
	})
}

// counted returns a counter's value, by its label if that is not "".
func counted(t *testing.T, i *ingest.Ingest, name, label string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	for _, c := range i.Metrics() {
		registry.MustRegister(c)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no counter %s %s", name, label)
	return 0
}

// Whatever many senders send at once, each request is in exactly one place:
// its event in the log, once, or itself in the inbox.
func TestNothingIsLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		const senders, requests = 8, 40
		var refused atomic.Int64
		var group sync.WaitGroup
		for sender := range senders {
			group.Go(func() {
				for n := range requests {
					body := fmt.Sprintf(`{"type":"call.new","call_id":"%d-%d","timestamp":"2026-01-01T00:00:00Z"}`, sender, n)
					switch n % 4 {
					case 1:
						body = `{"type":"call.new","call_id":"shared","n":` + fmt.Sprint(n) + `}` // the same from all
					case 2:
						body = strings.Replace(body, "call.new", "none", 1)
					case 3:
						body = body[:len(body)-1]
					}
					if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, body); got.status/100 == 4 {
						refused.Add(1)
					} else if got.status != 200 {
						t.Errorf("status %d %s", got.status, got.body)
					}
				}
			})
		}
		group.Wait()
		if n := len(o.events()); n != senders*requests/4+requests/4 {
			t.Errorf("%d events, want %d", n, senders*requests/4+requests/4)
		}
		if n := int64(len(o.inbox())); n != senders*requests/2 || n != refused.Load() {
			t.Errorf("%d requests in the inbox, %d refused, want %d", n, refused.Load(), senders*requests/2)
		}
	})
}

// A sender that dribbles its body, or stops in the middle, is answered within
// two seconds like everybody else.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(o.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	fmt.Fprintf(conn, "POST /webhook/%s HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{\"type\":", vendorKey)
	text, err := io.ReadAll(conn)
	if took := time.Since(began); err != nil || took > 2*time.Second || !strings.HasPrefix(string(text), "HTTP/1.1 503") {
		t.Errorf("after %v: %v %q", took, err, text)
	}
	if len(o.events()) != 0 || len(o.inbox()) != 0 {
		t.Error("something was stored")
	}
}

// A body whose framing breaks is refused and what came of it is kept.
func TestBrokenBody(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(o.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /webhook/%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{\"a\r\nnonsense\r\n", vendorKey)
	text, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 400") {
		t.Errorf("%v %q", err, text)
	}
	if items := o.inbox(); len(items) != 1 || string(items[0].Body) != `{"a` {
		t.Errorf("kept %+v", items)
	}
}
