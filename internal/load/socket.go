// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// RFC 6455 §5.2: what a frame is.
const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xa
)

// frameHeadMax is how much of a frame is kept: its header of up to ten bytes
// and the beginning of its payload, where Changes says its position.
const frameHeadMax = 10 + 48

// socket is one subscriber of the live view. It reads frames from whatever
// pieces they come in and looks only at their beginning: parsing the calls of
// every frame would cost this side more than the server.
type socket struct {
	conn net.Conn
	send func([]byte) // writes a frame without waiting

	head     [frameHeadMax]byte
	kept     int   // bytes of head
	header   int   // bytes of the frame's own header; 0 until known
	rest     int64 // bytes of the frame still to come, once header is known
	payload  int64
	position atomic.Int64 // up to which it knows the log
	frames   int64
	bytes    int64
	begun    bool   // it has had its first snapshot
	closed   string // why it was closed; "" while it is open
}

// take reads data and calls changed for every frame that moves the position,
// with the position before.
func (s *socket) take(data []byte, changed func(s *socket, from, to int64)) {
	s.bytes += int64(len(data))
	for len(data) > 0 {
		if s.header == 0 || s.kept < frameHeadMax && s.rest > 0 {
			n := copy(s.head[s.kept:s.wanted()], data)
			data = data[n:]
			s.kept += n
			if s.header > 0 {
				s.rest -= int64(n)
			} else if s.header, s.payload = headerOf(s.head[:s.kept]); s.header > 0 {
				s.rest = s.payload
			}
		} else {
			n := min(int64(len(data)), s.rest)
			data = data[n:]
			s.rest -= n
		}
		if s.header > 0 && s.rest == 0 {
			s.finish(changed)
		}
	}
}

// wanted returns how far head is to be filled: one byte at a time while the
// header's length is not known, then as much of the payload as is looked at.
func (s *socket) wanted() int {
	if s.header == 0 {
		return s.kept + 1
	}
	return int(min(int64(s.kept)+s.rest, frameHeadMax))
}

// headerOf reads a frame's header; 0 while it is not complete.
func headerOf(head []byte) (length int, payload int64) {
	if len(head) < 2 {
		return 0, 0
	}
	switch n := head[1] & 0x7f; {
	case n < 126:
		return 2, int64(n)
	case n == 126 && len(head) >= 4:
		return 4, int64(binary.BigEndian.Uint16(head[2:]))
	case n == 127 && len(head) >= 10:
		return 10, int64(binary.BigEndian.Uint64(head[2:]))
	default:
		return 0, 0
	}
}

// finish takes in a frame that is complete.
func (s *socket) finish(changed func(s *socket, from, to int64)) {
	payload := s.head[s.header:s.kept]
	switch s.head[0] & 0x0f {
	case opText:
		s.frames++
		if _, text, found := bytes.Cut(payload, []byte(`{"data":{"position":`)); found {
			s.begun = true
			from, to := s.position.Load(), number(text)
			if to > from {
				s.position.Store(to)
				changed(s, from, to)
			}
		}
	case opPing:
		s.send(clientFrame(opPong, payload))
	case opClose:
		s.closed = "close frame"
		if len(payload) >= 2 {
			s.closed = fmt.Sprintf("close frame %d", binary.BigEndian.Uint16(payload))
		}
	}
	s.kept, s.header, s.rest = 0, 0, 0
}

// clientFrame returns a frame as clients send it: masked (RFC 6455 §5.3), with
// a key of zeros, because nothing is to be hidden from a proxy here. The payload
// is at most 125 bytes.
func clientFrame(op byte, payload []byte) []byte {
	frame := []byte{0x80 | op, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	return append(frame, payload...)
}

// socketTime is how long a subscription may take to begin.
const socketTime = 30 * time.Second

// subscribe opens a socket that follows all calls. It has read everything up to
// its first snapshot.
func subscribe(ctx context.Context, target *Target) (*socket, error) {
	conn, err := target.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect subscriber: %w", err)
	}
	s := &socket{conn: conn, send: func(frame []byte) { _, _ = conn.Write(frame) }} // if it fails, so will reading
	if err := s.open(target); err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *socket) open(target *Target) error {
	if err := s.conn.SetDeadline(time.Now().Add(socketTime)); err != nil {
		return err
	}
	request := fmt.Sprintf("GET /ws HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Origin: http://%s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", target.host, target.key, target.host)
	if _, err := s.conn.Write([]byte(request)); err != nil {
		return fmt.Errorf("ask for a WebSocket: %w", err)
	}
	in := bufio.NewReader(s.conn)
	response, err := http.ReadResponse(in, nil) //nolint:bodyclose // it has none: what follows are frames
	if err != nil {
		return fmt.Errorf("ask for a WebSocket: %w", err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("ask for a WebSocket: status %d", response.StatusCode)
	}
	s.send(clientFrame(opText, []byte(`{"event":"subscribe","data":{}}`)))
	for !s.begun || s.kept > 0 || s.header > 0 || in.Buffered() > 0 {
		if _, err := in.Peek(1); err != nil {
			return fmt.Errorf("wait for the first snapshot: %w", err)
		}
		piece, err := in.Peek(in.Buffered())
		if err != nil {
			return fmt.Errorf("wait for the first snapshot: %w", err)
		}
		s.take(piece, func(*socket, int64, int64) {})
		if s.closed != "" {
			return fmt.Errorf("wait for the first snapshot: %s", s.closed)
		}
		if _, err := in.Discard(len(piece)); err != nil {
			return err
		}
	}
	s.frames, s.bytes = 0, 0
	return s.conn.SetDeadline(time.Time{})
}
