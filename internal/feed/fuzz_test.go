// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

// Whatever bytes a client sends after the handshake, the server comes to an end
// with it, and goes on with the others.
func FuzzFrames(fuzz *testing.F) {
	subscribe := rawFrame(0x81, []byte(`{"event":"subscribe","data":{}}`))
	goodbye := rawFrame(0x88, []byte{0x03, 0xe8})
	for _, seed := range [][]byte{
		nil, subscribe, goodbye, append(subscribe, goodbye...), rawFrame(0x89, []byte("here?")),
		append(rawFrame(0x01, []byte(`{"event":"ListCalls",`)), rawFrame(0x80, []byte(`"data":{"type":"x"}}`))...),
		rawFrame(0x81, []byte(`{"event":"ListCallEvents","data":{"call_id":"1"}}`)), rawFrame(0x82, []byte(`{"event":"resume","data":{"position":1}}`)),
		{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		{0xf1, 0x80},
		{0x81, 0x02, '{', '}'},
	} {
		fuzz.Add(seed)
	}
	f := setUp(fuzz, dbtest.Open(fuzz, fuzz.TempDir()+"/test.db"))
	f.append(1, "there", "call.new")
	address := strings.TrimPrefix(f.server.URL, "http://")
	handshake := fmt.Sprintf("GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", address)
	fuzz.Fuzz(func(t *testing.T, sent []byte) {
		var dialer net.Dialer
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, handshake)
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("handshake: %v, %v", response, err)
		}
		response.Body.Close()
		_, _ = conn.Write(sent) // the server may hang up before the end
		_ = conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, reader); err != nil && isTimeout(err) {
			t.Errorf("still there %s after %q", patience, sent)
		}
	})
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error) //nolint:errorlint // of the connection itself
	return ok && timeout.Timeout()
}
