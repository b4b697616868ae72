// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

// SIGTERM in the middle of everything: posters, browsers that follow, one that
// does not read, a request that never ends, a phone system that does not
// answer. Tandem ends in time and in order; whatever was answered 2xx is there,
// browsers are told that it goes, and the commands that had no time are carried
// out by the next start.
func TestTerminatedUnderLoad(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		here, told := place{data: t.TempDir(), dsn: dsn}, newLedger()
		p := here.start(t)
		sound, deaf := newPBX(t), newPBX(t)
		deaf.turn(moods["deaf"])
		stop := told.start(t, p.connector(t, "sound", sound.URL), "sound", posters)
		stopDeaf := told.start(t, p.connector(t, "deaf", deaf.URL), "deaf", 2)
		follows := p.follow(t)
		streamed := p.stream(t)
		p.unread(t)
		p.unfinished(t, "/webhook")
		p.unfinished(t, "/api/v1/contacts")
		told.awaitMore(t, http.StatusOK, 500)
		await(t, settleMax, "a command is on its way", func() bool { return deaf.attempts() > 0 })

		took := p.stop(t)
		stop()
		stopDeaf()
		told.only(t, http.StatusOK, http.StatusServiceUnavailable, 0)
		<-follows.ended
		if follows.code != 1001 {
			t.Errorf("the WebSocket was closed with %d, want 1001", follows.code)
		}
		if err := <-streamed; err != nil {
			t.Errorf("the stream of events was not ended in order: %v", err)
		}
		here.examine(t)

		deaf.turn(nil)
		p = here.start(t)
		settle(t, dsn)
		p.stop(t)
		a := check(t, dsn, told)
		t.Logf("ended %s after SIGTERM; %d posts acknowledged, %d answered 503, %d not answered; %d commands sent, %d missed",
			took.Round(time.Millisecond), told.count(http.StatusOK), told.count(http.StatusServiceUnavailable), told.count(0), a.sent, a.missed)
	})
}

// stream follows by server-sent events until the server ends the stream, and
// tells how it did.
func (s *process) stream(t *testing.T) <-chan error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/feed", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer tandem-demo-key")
	response, err := http.DefaultClient.Do(request) //nolint:bodyclose // closed where its end is read
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	ended := make(chan error, 1)
	go func() {
		defer response.Body.Close()
		_, err := io.Copy(io.Discard, response.Body)
		ended <- err
	}()
	return ended
}

// unread asks for everything, several times, and reads nothing.
func (s *process) unread(t *testing.T) {
	t.Helper()
	w, err := s.webSocket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if _, err := w.Write(frame(subscribe)); err != nil {
		t.Fatal(err)
	}
}

// unfinished begins a request and never ends it.
func (s *process) unfinished(t *testing.T, path string) {
	t.Helper()
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nX-API-Key: tandem-demo-key\r\n"+
		"Content-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n", path)
	// It is being read when the server asks for the body.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	fmt.Fprint(conn, `{"type":`)
}
