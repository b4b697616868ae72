// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// served is a PBX behind a real socket and, on the other side, a server that
// hears its events.
type served struct {
	t      *testing.T
	base   string
	events chan heard
	client *http.Client
}

func serve(t *testing.T, o Options) *served {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	s := &served{t: t, events: make(chan heard, 10_000), client: &http.Client{Transport: &http.Transport{}}}
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.events <- hear(t, post{To: "http://tandem" + r.URL.Path, Body: body})
		w.WriteHeader(http.StatusNoContent)
	}))
	o.Seed, o.Start, o.Listen = 1, morning, "127.0.0.1:0"
	o.VendorURL, o.PabxURL = peer.URL+"/webhook", peer.URL+"/api/client/webhook"
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- Serve(ctx, o, quiet(), func(addr string) { ready <- addr }) }()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		peer.Close()
	})
	select {
	case addr := <-ready:
		s.base = "http://" + addr
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	return s
}

// ask sends one request on a connection of its own, as a client does that has
// not called for a while.
func (s *served) ask(method, path, body string) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.HasPrefix(path, "/recordings") {
		request.SetBasicAuth("pbx", "pbx")
	}
	request.Close = true
	response, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func (s *served) put(faults string) {
	s.t.Helper()
	if status, answer, err := s.ask(http.MethodPut, "/faults", faults); status != http.StatusOK {
		s.t.Fatalf("%s is answered %d %s, %v", faults, status, answer, err)
	}
}

// drive posts one stage of a hand-driven call.
func (s *served) drive(stage string) {
	s.t.Helper()
	status, answer, err := s.ask(http.MethodPost, "/api/client/pabx/call", `{"their_number":"0912345678","our_number":"0800123456","type":"`+stage+`"}`)
	if status != http.StatusOK {
		s.t.Fatalf("%s is answered %d %s, %v", stage, status, answer, err)
	}
}

func (s *served) hear() heard {
	s.t.Helper()
	select {
	case h := <-s.events:
		return h
	case <-s.t.Context().Done():
	case <-time.After(30 * time.Second):
	}
	s.t.Fatal("no event comes")
	return heard{}
}

func (s *served) stats() (a statsAnswer) {
	s.t.Helper()
	_, answer, err := s.ask(http.MethodGet, "/stats", "")
	if err != nil || json.Unmarshal([]byte(answer), &a) != nil {
		s.t.Fatalf("stats are %s, %v", answer, err)
	}
	return a
}

// Each fault of events, as a peer on a real socket meets it; between two of
// them everything is as it should be.
func TestEventFaultsReachAPeer(t *testing.T) {
	t.Parallel()

	s := serve(t, Options{Speed: 60})
	types := func(n int) (list []string) {
		for range n {
			list = append(list, s.hear().Type)
		}
		return list
	}
	same := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("heard %v, want %v", got, want)
		}
	}
	s.drive("call.new")
	same(types(1), "call.new")

	s.put(`{"drop":"100%"}`)
	s.drive("call.standby")
	s.put(`{"dup":"100%"}`)
	s.drive("call.waiting")
	same(types(2), "call.waiting", "call.waiting")

	s.put(`{"reorder":"100%"}`)
	s.drive("actor.entered")
	s.put(`{}`)
	s.drive("call.ongoing")
	if got := types(2); s.stats().Faults.Reordered == 1 {
		same(got, "call.ongoing", "actor.entered")
	} else { // five virtual seconds lay between the two requests
		same(got, "actor.entered", "call.ongoing")
	}

	s.put(`{"late":"100%","late_for":{"from":"1m","to":"1m"}}`)
	s.drive("actor.left")
	s.put(`{"skew":"-2h"}`)
	s.drive("call.finished")
	finished, left := s.hear(), s.hear()
	same([]string{finished.Type, left.Type}, "call.finished", "actor.left")
	if behind := left.At.Sub(finished.At); behind < time.Hour || behind > 3*time.Hour {
		t.Errorf("the clock is %v behind", behind)
	}

	for { // the last acknowledgement is on its way
		stats := s.stats()
		checkConserved(t, stats)
		if stats.Events.Pending == 0 {
			if e := stats.Events; e.Sent != 8 || e.Acknowledged != 7 || e.AcknowledgedCopies != 1 || e.Dropped != 1 || stats.Faults.Late != 1 {
				t.Errorf("stats are %+v", stats)
			}
			return
		}
	}
}

// Each outage of the API, as a client on a real socket meets it, and that it
// ends.
func TestOutagesReachAPeer(t *testing.T) {
	t.Parallel()

	s := serve(t, Options{Speed: 10})
	s.drive("call.new")
	callID := s.hear().CallID
	delegate := `{"type":"delegate","call_id":"` + callID + `","destination":"900"}`

	s.put(`{"api":[{"mode":"error"}]}`)
	if status, answer, err := s.ask(http.MethodPost, "/actions", delegate); status != 500 || answer != `{"error":"internal error"}` || err != nil {
		t.Errorf("error: %d %s, %v", status, answer, err)
	}
	s.put(`{"api":[{"mode":"html"}]}`)
	if status, answer, err := s.ask(http.MethodPost, "/actions", delegate); status != 200 || !strings.HasPrefix(answer, "<!doctype html>") || err != nil {
		t.Errorf("html: %d %s, %v", status, answer, err)
	}
	if got := s.stats().Delegates.Received; got != 0 {
		t.Errorf("%d delegates have got through", got)
	}
	s.put(`{"api":[{"mode":"slow","delay":"150ms"}]}`)
	begun := time.Now()
	if status, _, err := s.ask(http.MethodGet, "/peers", ""); status != 200 || err != nil || time.Since(begun) < 150*time.Millisecond {
		t.Errorf("slow: %d after %v, %v", status, time.Since(begun), err)
	}
	s.put(`{"api":[{"mode":"cut"}]}`)
	if status, _, err := s.ask(http.MethodPost, "/actions", delegate); err == nil {
		t.Errorf("cut: %d", status)
	}
	if h := s.hear(); h.Type != "call.waiting" || s.stats().Delegates.InTime != 1 {
		t.Errorf("the delegate whose answer was cut off has led to %s", h.Type)
	}

	// An open connection is cut as well, new ones are refused.
	kept := s.base + "/peers"
	s.put(`{}`)
	response, err := s.client.Get(kept)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	s.put(`{"api":[{"mode":"dead","for":"10s"}]}`)
	pause := time.NewTicker(5 * time.Millisecond) // between two looks at a condition
	defer pause.Stop()
	for err = nil; err == nil; <-pause.C { // until the PBX has put the receiver down
		_, _, err = s.ask(http.MethodGet, "/peers", "")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("dead: %v", err)
	}
	dead := time.Now()
	refused := false
	for status := 0; status != 200; <-pause.C {
		status, _, err = s.ask(http.MethodGet, "/peers", "")
		refused = refused || errors.Is(err, syscall.ECONNREFUSED)
		if time.Since(dead) > 20*time.Second {
			t.Fatalf("stays dead: %v", err)
		}
	}
	if took := time.Since(dead); !refused || took < 500*time.Millisecond {
		t.Errorf("was dead for %v, refused connections: %v", took, refused)
	}
	if api := s.stats().API; api[apiError] != 1 || api[apiHTML] != 1 || api[apiSlow] != 1 || api[apiCut] != 1 {
		t.Errorf("outages are %v", api)
	}
}

// While somebody else has the address of a dead API, the PBX goes on trying.
func TestDoor(t *testing.T) {
	t.Parallel()

	d, err := openDoor(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan error, 1)
	accept := func() {
		conn, err := d.Accept()
		if err == nil {
			_ = conn.Close()
		}
		arrived <- err
	}
	go accept()
	d.shut()
	d.shut()
	squatter, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.open(t.Context()); err == nil {
		t.Error("opens at an address that is taken")
	}
	_ = squatter.Close()
	if err := d.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := <-arrived; err != nil {
		t.Errorf("accept after reopening: %v", err)
	}
	d.shut()
	go accept()
	if err := errors.Join(d.Close(), d.open(t.Context())); err != nil {
		t.Error(err)
	}
	if err := <-arrived; !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept after closing: %v", err)
	}
}

// An answered call has its recording some seconds after its end, at the URL
// that the event names; without the credential nobody hears it.
func TestRecordings(t *testing.T) {
	t.Parallel()

	s := serve(t, Options{Speed: 600})
	if status, answer, err := s.ask(http.MethodPost, "/actions",
		`{"type":"dialer","numbers":["0900000000"],"destination":"200","code":"camp-9"}`); status != 200 {
		t.Fatalf("dialer is answered %d %s, %v", status, answer, err)
	}
	var h, finished heard
	for h = s.hear(); h.Type != "call.recording-available"; h = s.hear() {
		if h.Type == "call.finished" {
			finished = h
		}
	}
	if after := h.At.Sub(finished.At); after < recordedMin || after > recordedMax {
		t.Errorf("recording comes %v after the end", after)
	}
	if want := s.base + "/recordings/" + finished.CallID + ".wav"; h.URL != want {
		t.Fatalf("recording is at %s, want %s", h.URL, want)
	}
	where, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	status, sound, err := s.ask(http.MethodGet, where.Path, "")
	if status != http.StatusOK || err != nil {
		t.Fatalf("recording is answered %d, %v", status, err)
	}
	checkWave(t, []byte(sound))

	for path, want := range map[string]int{
		where.Path + "x": 404, strings.TrimSuffix(where.Path, ".wav"): 404, "/recordings/1.2.wav": 404, "/recordings/..%2f.wav": 404,
	} {
		if status, _, _ := s.ask(http.MethodGet, path, ""); status != want {
			t.Errorf("%s is answered %d, want %d", path, status, want)
		}
	}
	for _, user := range []*url.Userinfo{nil, url.UserPassword("pbx", "guess"), url.UserPassword("guess", "pbx"), url.User("pbx")} {
		where.User = user
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, where.String(), nil)
		response, err := s.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusUnauthorized || response.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("user %v is answered %d", user, response.StatusCode)
		}
	}
}

func checkWave(t *testing.T, file []byte) {
	t.Helper()
	var header struct {
		Riff              [4]byte
		Size              uint32
		Wave, Fmt         [4]byte
		FmtSize           uint32
		Format, Channels  uint16
		Rate, BytesPerSec uint32
		Block, Bits       uint16
		Data              [4]byte
		DataSize          uint32
	}
	if err := binary.Read(bytes.NewReader(file), binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	if string(header.Riff[:])+string(header.Wave[:])+string(header.Fmt[:])+string(header.Data[:]) != "RIFFWAVEfmt data" ||
		int(header.Size) != len(file)-8 || int(header.DataSize) != len(file)-44 || header.FmtSize != 16 || header.Format != 1 ||
		header.Channels != 1 || header.Rate != 8000 || header.BytesPerSec != 16000 || header.Block != 2 || header.Bits != 16 {
		t.Errorf("header is %+v of %d bytes", header, len(file))
	}
	if len(file) > 10_000 || bytes.Count(file[44:], []byte{0}) > len(file)/4 {
		t.Errorf("%d bytes, %d of them nothing", len(file), bytes.Count(file[44:], []byte{0}))
	}
}

// A call on the envelope's trunk has a recording too, of which no event tells;
// the credential is the one that was given, and old recordings go.
func TestRecordingsOfBothTrunks(t *testing.T) {
	t.Parallel()

	p := New(Options{Seed: 1, Start: morning, RecordingUser: "ears", RecordingPassword: "only", PublicURL: "https://pbx.example/mock/"}, quiet())
	x := p.exchange
	if x.recordings.base != "https://pbx.example/mock/recordings/" {
		t.Errorf("recordings are at %s", x.recordings.base)
	}
	x.urls = bothTrunks
	x.record(&played{life: life{Trunk: pabx}, callID: "a-1"}, morning)
	x.record(&played{life: life{Trunk: vendor}, callID: "1.2"}, morning)
	next, _ := x.next()
	x.catchUp(next.Add(-time.Millisecond))
	x.catchUp(next.Add(recordedMax))
	if posts := x.take(); len(posts) != 1 || posts[0].To != bothTrunks[vendor] {
		t.Errorf("%d events tell of recordings", len(posts))
	}
	get := func(callID string) int {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, "/recordings/"+callID+".wav", nil)
		request.SetBasicAuth("ears", "only")
		p.Handler().ServeHTTP(recorder, request)
		return recorder.Code
	}
	if a, b := get("a-1"), get("1.2"); a != 200 || b != 200 {
		t.Errorf("recordings are answered %d and %d", a, b)
	}
	for range recordingsMax - 1 {
		x.recordings.keep("x")
	}
	if a, b := get("a-1"), get("1.2"); a != 404 || b != 200 {
		t.Errorf("old recordings are answered %d and %d", a, b)
	}
	if !bytes.Equal(wave("1.2"), wave("1.2")) || bytes.Equal(wave("1.2"), wave("1.3")) {
		t.Error("a recording is not its call's own")
	}
}
