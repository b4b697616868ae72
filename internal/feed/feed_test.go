// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxzan/gws"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/feed"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/live/liveview"
	"tandem/internal/tenant"
)

// Everything that the live view starts ends with it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// fixture is a running product below the live view, and the view itself.
type fixture struct {
	testing.TB

	log       *eventlog.Log
	live      *live.Live
	directory *tenant.Directory
	bus       *bus.Bus
	feed      *feed.Feed
	server    *httptest.Server
	narrow    bool
	serial    atomic.Int64
	end       func()
}

func setUp(t testing.TB, database *db.DB, change ...func(*feed.Options)) *fixture {
	t.Helper()
	f := &fixture{TB: t}
	f.log, f.live, f.directory, f.bus = livetest.Start(t, database)
	f.start(change...)
	return f
}

// start starts the live view, as a new process would.
func (f *fixture) start(change ...func(*feed.Options)) {
	f.Helper()
	options := feed.Options{
		Log: f.log, Live: f.live, Tenants: f.directory, Bus: f.bus, Logger: slog.New(slog.DiscardHandler), Coalesce: 5 * time.Millisecond,
	}
	for _, c := range change {
		c(&options)
	}
	f.feed = feed.New(options)
	m := f.feed.Module(httpapi.New("test", options.Logger))
	mux := http.NewServeMux()
	for _, route := range m.Routes {
		mux.Handle(strings.TrimSpace(route.Method+" "+route.Pattern), route.Handler)
	}
	f.server = httptest.NewUnstartedServer(f.signedIn(mux))
	if f.narrow {
		f.server.Listener = narrow{f.server.Listener}
	}
	f.server.Start()
	ctx, cancel := context.WithCancel(f.Context())
	gone := make(chan error, 1)
	go func() { gone <- m.Run(ctx) }()
	ended := false
	f.end = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-gone; err != nil {
			f.Error(err)
		}
		f.server.Close()
	}
	f.Cleanup(f.end)
	f.eventually("the live view runs", func() bool {
		s, _, err := f.tryDial(f.server.URL+"/ws", nil)
		if err == nil {
			_ = s.conn.NetConn().Close()
		}
		return err == nil
	})
	f.eventually("nobody is there", func() bool { return f.metric("tandem_feed_clients") == 0 })
}

// signedIn is the gateway's part: who asks belongs to the tenant that a header
// names, demo without one, and is the person that another names, ana without.
func (f *fixture) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slug := r.Header.Get("X-Test-Tenant")
		if slug == "" {
			slug = "demo"
		}
		found, err := f.directory.FindBySlug(r.Context(), slug)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		who := r.Header.Get("X-Test-User")
		if who == "" {
			who = "ana"
		}
		until, _ := strconv.ParseInt(r.Header.Get("X-Test-Until"), 10, 64) // 0 for most
		next.ServeHTTP(w, r.WithContext(identity.With(r.Context(), identity.Principal{Tenant: found.Tenant, ID: who, Until: until})))
	})
}

func (f *fixture) eventually(what string, holds func() bool) {
	f.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			f.Fatalf("never: %s", what)
		}
	}
}

// now is when the events of these tests happen: 2026-01-01T09:00:00Z, a second
// apart.
const now = int64(1_767_258_000_000)

// append stores an event of a phone system and returns its position.
func (f *fixture) append(tenant int64, callID, typ string, members ...string) int64 {
	f.Helper()
	return f.appendFrom(tenant, 7, callID, typ, members...)
}

func (f *fixture) appendFrom(tenant, connector int64, callID, typ string, members ...string) int64 {
	f.Helper()
	at := now + f.serial.Add(1)*1000
	data := fmt.Sprintf(`{"type":%q,"call_id":%q%s}`, typ, callID, strings.Join(members, ""))
	outcomes, err := f.log.Append(f.Context(), eventlog.Event{
		Tenant: tenant, Connector: connector, Stream: live.Stream(7, callID), Key: fmt.Sprint(typ, "/", at), Type: typ,
		At: at, Received: at, Timed: true, Data: []byte(data),
	})
	if err != nil {
		f.Fatal(err)
	}
	return outcomes[0].Record.Position
}

// frame is a message of the server.
type frame struct {
	Event     string          `json:"event"`
	Status    string          `json:"status"`
	Data      json.RawMessage `json:"data"`
	Truncated bool            `json:"truncated"`
	text      string
	code      uint16 // of a close
}

// update is the data of Subscribed, Changes and Snapshot.
type update struct {
	Position  int64           `json:"position"`
	Result    string          `json:"result"`
	Replayed  int             `json:"replayed"`
	Calls     []liveview.Card `json:"calls"`
	Counts    liveview.Counts `json:"counts"`
	Truncated bool            `json:"truncated"`
}

func (u update) ids() string {
	var ids []string
	for _, c := range u.Calls {
		ids = append(ids, c.CallID)
	}
	return strings.Join(ids, " ")
}

// socket is a client's end.
type socket struct {
	gws.BuiltinEventHandler

	f      *fixture
	conn   *gws.Conn
	frames chan frame
	gate   chan struct{} // nil, or closed when the client reads on
}

// OnMessage implements [gws.Event].
func (s *socket) OnMessage(_ *gws.Conn, message *gws.Message) {
	defer func() { _ = message.Close() }()
	if s.gate != nil {
		<-s.gate
	}
	var read frame
	if err := json.Unmarshal(message.Bytes(), &read); err != nil {
		s.f.Errorf("frame %q: %v", message.Bytes(), err)
	}
	read.text = message.Data.String()
	s.frames <- read
}

// OnClose implements [gws.Event].
func (s *socket) OnClose(_ *gws.Conn, err error) {
	last := frame{Event: "closed"}
	if e, ok := err.(*gws.CloseError); ok { //nolint:errorlint // gws gives it unwrapped
		last.code = e.Code
	}
	s.frames <- last
	close(s.frames)
}

// OnPing implements [gws.Event].
func (s *socket) OnPing(conn *gws.Conn, payload []byte) { _ = conn.WritePong(payload) }

// dial connects, with pairs of header names and values.
func (f *fixture) dial(headers ...string) *socket {
	f.Helper()
	s, status, err := f.tryDial(f.server.URL+"/ws", nil, headers...)
	if err != nil {
		f.Fatalf("%v, status %d", err, status)
	}
	if first := s.next(); first.text != `{"data":"Welcome","event":"Welcome","status":"Ok"}` {
		f.Fatalf("first frame %s", first.text)
	}
	return s
}

func (f *fixture) tryDial(url string, gate chan struct{}, headers ...string) (*socket, int, error) {
	s := &socket{f: f, frames: make(chan frame, 100_000), gate: gate}
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	conn, response, err := gws.NewClient(s, &gws.ClientOption{Addr: strings.Replace(url, "http", "ws", 1), RequestHeader: header})
	status := 0
	if response != nil {
		status = response.StatusCode
		_ = response.Body.Close()
	}
	if err != nil {
		return nil, status, err
	}
	s.conn = conn
	go conn.ReadLoop()
	f.Cleanup(func() { _ = conn.NetConn().Close() })
	return s, status, nil
}

func (s *socket) send(text string) {
	s.f.Helper()
	if err := s.conn.WriteString(text); err != nil {
		s.f.Fatal(err)
	}
}

// next returns the next frame.
func (s *socket) next() frame {
	s.f.Helper()
	select {
	case read, ok := <-s.frames:
		if !ok {
			s.f.Fatal("the socket is closed")
		}
		return read
	case <-time.After(patience):
		s.f.Fatal("no frame came")
		return frame{}
	}
}

// await returns the next frame of a kind and drops those before it.
func (s *socket) await(event string) frame {
	s.f.Helper()
	for {
		if read := s.next(); read.Event == event {
			return read
		} else if read.Event == "closed" {
			s.f.Fatalf("closed with %d before %s", read.code, event)
		}
	}
}

// update returns the data of the next frame of a kind.
func (s *socket) update(event string) update {
	s.f.Helper()
	return s.f.read(s.await(event))
}

func (f *fixture) read(read frame) update {
	f.Helper()
	var u update
	if err := json.Unmarshal(read.Data, &u); err != nil {
		f.Fatalf("%s: %v", read.text, err)
	}
	return u
}

// closed returns the code that the server closed the socket with.
func (s *socket) closed() uint16 {
	s.f.Helper()
	return s.awaitAny("closed").code
}

func (s *socket) awaitAny(event string) frame {
	s.f.Helper()
	for {
		if read := s.next(); read.Event == event {
			return read
		}
	}
}

// metric returns the value of a metric.
func (f *fixture) metric(name string) float64 {
	f.Helper()
	for _, collector := range f.feed.Metrics() {
		collected := make(chan prometheus.Metric, 1)
		collector.Collect(collected)
		m := <-collected
		var read dto.Metric
		if err := m.Write(&read); err != nil {
			f.Fatal(err)
		}
		if strings.Contains(m.Desc().String(), `"`+name+`"`) {
			return read.GetCounter().GetValue() + read.GetGauge().GetValue()
		}
	}
	f.Fatalf("no metric %s", name)
	return 0
}

// get asks the server over plain HTTP.
func (f *fixture) get(method, url string) (int, string, http.Header) {
	f.Helper()
	request, err := http.NewRequestWithContext(f.Context(), method, url, nil)
	if err != nil {
		f.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header
}

// events reads server-sent events: the first n, each as its lines.
func events(t testing.TB, body io.Reader, n int) []string {
	t.Helper()
	var list []string
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	var event []string
	for len(list) < n && lines.Scan() {
		if lines.Text() != "" {
			event = append(event, lines.Text())
			continue
		}
		list = append(list, strings.Join(event, "\n"))
		event = nil
	}
	if len(list) < n {
		t.Fatalf("only %d events: %q, %v", len(list), list, lines.Err())
	}
	return list
}
