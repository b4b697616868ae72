// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/feed"
	"tandem/internal/live/livetest"
)

// setUpNarrow is setUp with a network that holds little on the way to clients,
// and with all the time in the world for those who do not read.
func setUpNarrow(t testing.TB, database *db.DB, change ...func(*feed.Options)) *fixture {
	t.Helper()
	f := &fixture{TB: t, narrow: true}
	f.log, f.live, f.directory, f.bus = livetest.Start(t, database)
	f.start(append(change, func(o *feed.Options) { o.Slowest = time.Hour })...)
	return f
}

// narrow is a listener whose connections hold back little of what is sent. A
// system's own buffers take megabytes, until which nobody counts as slow.
type narrow struct{ net.Listener }

// Accept implements [net.Listener].
func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = errors.Join(err, tcp.SetWriteBuffer(8<<10))
	}
	return conn, err
}

// tellAll returns when the live view has told of all that the log holds, so that
// what comes is news. It stores one more event.
func (f *fixture) tellAll() {
	f.Helper()
	s := f.dial()
	s.send(`{"event":"subscribe","data":{}}`)
	s.await("Subscribed")
	last := f.append(1, "side fact", "actor.left")
	for s.update("Changes").Position < last {
	}
	_ = s.conn.NetConn().Close()
	f.eventually("nobody is there", func() bool { return f.metric("tandem_feed_clients") == 0 })
}

// A client need not wait for the answer to its handshake: what it sends along
// with it is heard, whole or in part.
func TestSpeaksEarly(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	address := strings.TrimPrefix(f.server.URL, "http://")
	handshake := "GET /ws HTTP/1.1\r\nHost: " + address + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	text := `{"event":"subscribe","data":{}}`
	command := append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...) // masked with zeros
	for early := range len(command) + 1 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write(append([]byte(handshake), command[:early]...)); err != nil {
			t.Fatal(err)
		}
		answer := bufio.NewReader(conn)
		for line := "-"; line != "\r\n"; {
			if line, err = answer.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := conn.Write(command[early:]); err != nil {
			t.Fatal(err)
		}
		for heard := ""; !strings.Contains(heard, `"event":"Subscribed"`); {
			if heard, err = frameFrom(answer); err != nil {
				t.Fatalf("with %d bytes sent early: %v", early, err)
			}
		}
		_ = conn.Close()
	}
}

// frameFrom reads one frame of the server.
func frameFrom(r io.Reader) (string, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", err
	}
	length := uint64(head[1])
	switch head[1] {
	case 126:
		var long uint16
		if err := binary.Read(r, binary.BigEndian, &long); err != nil {
			return "", err
		}
		length = uint64(long)
	case 127:
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return "", err
		}
	}
	text := make([]byte, length)
	_, err := io.ReadFull(r, text)
	return string(text), err
}

// A connection does not outlive a credential that ends by itself, and needs no
// bell for it; others stay.
func TestTokenEnd(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	later := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	stays, other := f.dial(), f.dial("X-Test-Until", later)
	soon := strconv.FormatInt(time.Now().UnixMilli(), 10)
	if code := f.dial("X-Test-Until", soon).closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.server.URL+"/api/v1/feed", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Test-Until", soon)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil { // ends, or the test does not
		t.Error(err)
	}
	for _, s := range []*socket{stays, other} {
		s.send(`{"event":"ListCalls","data":{}}`)
		s.await("ListCalls")
	}
}
