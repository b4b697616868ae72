// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire is a WebSocket as raw as a test of misbehaviour needs it.
type wire struct {
	net.Conn

	reader *bufio.Reader
}

// connect opens a connection to the program, and nothing more.
func (s *process) connect(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: requestMax}
	return dialer.DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "http://"))
}

// webSocket opens a WebSocket.
func (s *process) webSocket(ctx context.Context) (*wire, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadDeadline(time.Now().Add(requestMax)) // for the handshake
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nX-API-Key: tandem-demo-key\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", strings.TrimPrefix(s.url, "http://"))
	w := &wire{Conn: conn, reader: bufio.NewReader(conn)}
	response, err := http.ReadResponse(w.reader, nil)
	if err == nil && response.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("handshake: %s", response.Status)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	response.Body.Close()
	_ = conn.SetReadDeadline(time.Time{})
	return w, nil
}

// frame returns a client's frame of text, masked with zeros.
func frame(payload string) []byte {
	out := []byte{0x81}
	switch n := len(payload); {
	case n <= 125:
		out = append(out, 0x80|byte(n))
	case n <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	return append(append(out, 0, 0, 0, 0), payload...)
}

const subscribe = `{"event":"subscribe","data":{}}`

// next returns the server's next frame: its first byte, and what is in it.
func (w *wire) next() (kind byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(w.reader, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	if size > 125 {
		length := make([]byte, map[uint64]int{126: 2, 127: 8}[size])
		if _, err := io.ReadFull(w.reader, length); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(append(make([]byte, 8-len(length)), length...))
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(w.reader, payload)
	return head[0], payload, err
}

// follower is an honest client that has subscribed: it knows the calls that it
// was told of, and why it was sent away.
type follower struct {
	*wire

	ended chan struct{} // closed when the socket has ended

	mu    sync.Mutex
	calls map[string]bool
	code  uint16 // of the close; 0 for none
}

func (s *process) follow(t *testing.T) *follower {
	t.Helper()
	w, err := s.webSocket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	f := &follower{wire: w, ended: make(chan struct{}), calls: map[string]bool{}}
	if _, err := w.Write(frame(subscribe)); err != nil {
		t.Fatal(err)
	}
	go f.listen()
	return f
}

func (f *follower) listen() {
	defer close(f.ended)
	for {
		kind, payload, err := f.next()
		switch {
		case err != nil:
			return
		case kind == 0x88 && len(payload) >= 2:
			f.mu.Lock()
			f.code = binary.BigEndian.Uint16(payload)
			f.mu.Unlock()
		case kind == 0x89:
			_, _ = f.Write([]byte{0x8a, 0x80, 0, 0, 0, 0}) // alive
		case kind == 0x81:
			f.take(payload)
		}
	}
}

// take notes the calls that a frame tells of.
func (f *follower) take(payload []byte) {
	var told struct {
		Event string `json:"event"`
		Data  struct {
			Calls []struct {
				CallID string `json:"callId"`
				State  string `json:"state"`
			} `json:"calls"`
		} `json:"data"`
	}
	if json.Unmarshal(payload, &told) != nil {
		return // of Welcome, whose data are a text
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range told.Data.Calls {
		f.calls[c.CallID+" "+c.State] = true
	}
}

func (f *follower) knows(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}
