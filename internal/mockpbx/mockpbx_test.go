// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a network without sockets, for tests on synctest's clock: every
// request is answered by a handler, at once.
type wire struct{ http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// tandem stands for the other side: it keeps what it hears, and answers each
// standby with a delegate, through the API that belongs to the trunk.
type tandem struct {
	pbx         *PBX // set before the first event
	destination string
	answer      func(heard) bool // whether to delegate

	mu     sync.Mutex
	bodies []string
	events []heard
	codes  []int // answers to the delegates
	failer failer
}

func (d *tandem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h := hear(d.failer, post{To: "http://tandem" + r.URL.Path, Body: body})
	d.mu.Lock()
	d.bodies = append(d.bodies, r.URL.Path+" "+string(body))
	d.events = append(d.events, h)
	d.mu.Unlock()
	if h.Trunk == pabx {
		w.WriteHeader(http.StatusNoContent)
	}
	if h.Type == "call.standby" && d.destination != "" && (d.answer == nil || d.answer(h)) {
		path, kind := "/actions", "delegate"
		if h.Trunk == pabx {
			path, kind = "/api/client/actions", "call.waiting"
		}
		status, _ := ask(d.pbx, http.MethodPost, path, `{"type":"`+kind+`","call_id":"`+h.CallID+`","destination":"`+d.destination+`"}`)
		d.mu.Lock()
		d.codes = append(d.codes, status)
		d.mu.Unlock()
	}
}

// ask sends one request to the PBX's API.
func ask(p *PBX, method, path, body string) (int, string) {
	recorder := httptest.NewRecorder()
	p.Handler().ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

// run plays a PBX against d for a while on synctest's clock.
func run(t *testing.T, d *tandem, o Options, length time.Duration, during func(*PBX)) {
	t.Helper()
	d.failer = t
	o.Start, o.VendorURL, o.PabxURL = morning, bothTrunks[vendor], bothTrunks[pabx]
	o.HTTPClient = &http.Client{Transport: wire{d}}
	d.pbx = New(o, quiet())
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.pbx.Run(ctx) }()
	if during != nil {
		during(d.pbx)
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// Against a Tandem that answers at once, a whole run repeats itself: each
// call's events are the same bytes in the same order, both dialects alike.
func TestRunRepeatsItself(t *testing.T) {
	t.Parallel()

	play := func() (sorted string, d *tandem) {
		d = &tandem{destination: "901"}
		synctest.Test(t, func(t *testing.T) { run(t, d, Options{Seed: 11, Calls: CallsGentle}, 20*time.Minute, nil) })
		// Calls are independent of each other on the wire; within one, the
		// order counts and a stable sort by call keeps it.
		order := make([]int, len(d.events))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(d.events[a].CallID, d.events[b].CallID) })
		var b strings.Builder
		for _, i := range order {
			b.WriteString(d.bodies[i] + "\n")
		}
		return b.String(), d
	}
	first, d := play()
	second, _ := play()
	if first != second {
		t.Error("the second run differs")
	}
	if len(d.events) < 500 {
		t.Errorf("twenty minutes are only %d events", len(d.events))
	}
	for i, code := range d.codes {
		if code != http.StatusOK && code != http.StatusCreated {
			t.Errorf("delegate %d is answered %d", i, code)
		}
	}
	for _, e := range d.events {
		if e.Type == "call.waiting" && e.Direction == "inbound" && e.Queue != "901" {
			t.Errorf("call %s waits in %q", e.CallID, e.Queue)
		}
	}
}

// A caller whom nobody delegates goes to the PBX's own queue ten seconds after
// the standby, not sooner and not later.
func TestPBXRoutesByItself(t *testing.T) {
	t.Parallel()

	d := &tandem{}
	synctest.Test(t, func(t *testing.T) { run(t, d, Options{Seed: 4, Calls: CallsGentle}, 5*time.Minute, nil) })
	standby := map[string]time.Time{}
	routed := 0
	for _, e := range d.events {
		switch {
		case e.Type == "call.standby":
			standby[e.CallID] = e.At
		case e.Type == "call.waiting" && e.Direction == "inbound":
			routed++
			if e.Queue != "900" || e.At.Sub(standby[e.CallID]) != 10*time.Second {
				t.Errorf("waits in %q after %v", e.Queue, e.At.Sub(standby[e.CallID]))
			}
		}
	}
	if routed < 10 {
		t.Errorf("%d calls were routed", routed)
	}
}

// The virtual clock: at speed 60 a minute of the wall is an hour of calls, and
// the events have the virtual time.
func TestSpeed(t *testing.T) {
	t.Parallel()

	d := &tandem{destination: "900"}
	synctest.Test(t, func(t *testing.T) { run(t, d, Options{Seed: 4, Calls: CallsGentle, Speed: 60}, time.Minute, nil) })
	calls := 0
	for _, e := range d.events {
		if e.Type == "call.new" {
			calls++
		}
	}
	if last := d.events[len(d.events)-1].At.Sub(morning); calls < 300 || last < 59*time.Minute || last > time.Hour {
		t.Errorf("%d calls until %v", calls, last)
	}
}

// Calls off is silence; the dialer action still makes calls.
func TestCallsOff(t *testing.T) {
	t.Parallel()

	d := &tandem{}
	synctest.Test(t, func(t *testing.T) {
		run(t, d, Options{Seed: 4, Calls: CallsOff}, time.Hour, func(p *PBX) {
			<-time.After(20 * time.Minute) // on synctest's clock
			synctest.Wait()
			if len(d.events) != 0 {
				t.Errorf("silence has %d events", len(d.events))
			}
			status, body := ask(p, http.MethodPost, "/actions",
				`{"type":"dialer","numbers":["0912345678"],"destination":"202","destination_type":"peer","code":"camp-9","retries":"10","retry_gap":"10s","ttl":"30m"}`)
			if status != http.StatusOK || body != `{"status":"ok"}` {
				t.Errorf("dialer is answered %d %s", status, body)
			}
		})
	})
	types := make([]string, 0, len(d.events))
	for _, e := range d.events {
		if e.Type != "call.recording-available" {
			types = append(types, e.Type)
		}
		if e.Actor != "" && e.Number != "202" {
			t.Errorf("%s has the call, not 202", e.Actor)
		}
	}
	if line := strings.Join(types, " ") + " "; !flow.MatchString(line) || !strings.Contains(line, "dialer.success call.new call.waiting actor.ringing") {
		t.Errorf("dialed call goes %s", line)
	}
}

// A trunk without a URL plays no calls, so they hold no agents.
func TestOneTrunk(t *testing.T) {
	t.Parallel()

	x := newExchange(gentle(), 1, map[trunk]string{pabx: bothTrunks[pabx]})
	posts := playFor(t, x, 10*time.Minute, prompt)
	for _, p := range posts {
		if p.To != bothTrunks[pabx] {
			t.Errorf("%s goes to %s", p.Type, p.To)
		}
	}
	if len(posts) == 0 {
		t.Error("nothing is played")
	}
}

// The whole over real sockets: a server that stands for Tandem delegates back,
// and every call that it hears ends in the right order.
func TestRealPeer(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	address := make(chan string, 1)
	arrived := make(chan heard, 1000)
	var api string
	var known sync.Once
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if user, password, ok := r.BasicAuth(); r.URL.Path == "/webhook" && (!ok || user != "pbx" || password != "s3cret") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h := hear(t, post{To: "http://tandem" + strings.TrimSuffix(r.URL.Path, "/key-1"), Body: body})
		if h.Type == "call.standby" {
			known.Do(func() { api = "http://" + <-address })
			request, _ := http.NewRequestWithContext(r.Context(), http.MethodPost, api+"/actions",
				strings.NewReader(`{"type":"delegate","call_id":"`+h.CallID+`","destination":901}`))
			if response, err := http.DefaultClient.Do(request); err == nil {
				_ = response.Body.Close()
			}
		}
		arrived <- h
		w.WriteHeader(http.StatusOK)
	}))
	defer peer.Close()
	defer http.DefaultClient.CloseIdleConnections()
	served := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() {
		served <- Serve(running, Options{
			Seed: 2, Speed: 60, Calls: CallsGentle, Listen: "127.0.0.1:0",
			VendorURL: strings.Replace(peer.URL, "http://", "http://pbx:s3cret@", 1) + "/webhook",
			PabxURL:   peer.URL + "/api/client/webhook/key-1",
		}, quiet(), func(addr string) { address <- addr })
	}()
	lives := map[string][]heard{}
	finished := map[trunk]int{}
	routed := 0
	for finished[vendor] < 3 || finished[pabx] < 2 {
		select {
		case h := <-arrived:
			lives[h.CallID] = append(lives[h.CallID], h)
			if h.Type == "call.finished" {
				finished[h.Trunk]++
				if h.Trunk == pabx { // vendor lives may begin with events without a call id
					checkLife(t, lives[h.CallID])
				}
			}
			if h.Queue == "901" && h.Direction == "inbound" {
				routed++
			}
		case <-ctx.Done():
			t.Fatalf("finished %v in a minute", finished)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if routed == 0 {
		t.Error("no delegate was followed")
	}
}

// Options that cannot work are refused before anything begins, and what is
// wrong is said without the credentials in a URL.
func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"calls":   {Options{Calls: "wild"}, `calls is "wild"`},
		"speed":   {Options{Speed: -1}, "speed is -1"},
		"url":     {Options{VendorURL: "ftp://u:hush@host/"}, "the vendor webhook is not an http or https URL"},
		"address": {Options{PublicURL: "pbx.example"}, "the public address is not an http or https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := New(test.options, quiet()).Run(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if err := Serve(t.Context(), test.options, quiet(), nil); err == nil {
				t.Error("serves")
			}
		})
	}
	if err := Serve(t.Context(), Options{Listen: "256.0.0.1:1"}, quiet(), nil); err == nil {
		t.Error("listens at an address that there is not")
	}
}

// Nobody's request brings the API down, whatever is in it.
func FuzzRequests(f *testing.F) {
	paths := []string{"/actions", "/api/client/pabx/call", "/api/client/actions", "/post", "/peers", "/get_cdr", "/trigger_webhooks", "/", "/faults", "/stats", "/recordings/1.wav"}
	f.Add(0, []byte(`{"type":"delegate","call_id":"x","destination":900}`))
	f.Add(0, []byte(`{"type":"dialer","numbers":[912345678],"destination":"900","retries":"-1"}`))
	f.Add(1, []byte(`{"their_number":"0912345678","our_number":"0800123456","type":"call.new"}`))
	f.Add(2, []byte(`{"type":null,"call_id":[],"destination":{}}`))
	f.Add(3, []byte(`[1,2`))
	f.Add(8, []byte(`{"dup":"1%","api":[{"mode":"slow","delay":"1ns","share":"50%"}]}`))
	f.Add(8, []byte("late: 100%\napi: &a\n  - *a\n"))
	pbx := New(Options{VendorURL: bothTrunks[vendor], PabxURL: bothTrunks[pabx]}, quiet())
	f.Fuzz(func(t *testing.T, which int, body []byte) {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
			recorder := httptest.NewRecorder()
			path := paths[uint(which)%uint(len(paths))]
			pbx.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body)))
			if recorder.Code >= 500 && recorder.Code != http.StatusServiceUnavailable {
				t.Errorf("%s %s is answered %d", path, body, recorder.Code)
			}
		}
	})
}
