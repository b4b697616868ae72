// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

const (
	connectsWanted = 10_000           // as far as this process may have files open
	spare          = 3                // goroutines that come and go
	goneMax        = 40 * time.Second // for what hostile clients leave behind: a slow one has 10 s for a frame
)

var connecting sync.Mutex

// Clients that never read, never finish their handshake, send frames of 20 MB
// or a thousand a second, and ten thousand that connect and say nothing cost
// the others nothing: every post is taken and every follower is told of every
// call. Nobody has to hang up for the server to be rid of them.
func TestHostileClients(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		// One at a time, since this process may open only so many files.
		connecting.Lock()
		t.Cleanup(connecting.Unlock)
		here, told, pbx := place{data: t.TempDir(), dsn: dsn}, newLedger(), newPBX(t)
		pbx.server.SetKeepAlivesEnabled(false) // Tandem's connections to it are none of those that are counted
		p := here.start(t)
		webhook := p.connector(t, "hostile", pbx.URL)
		stop := told.start(t, webhook, "before", posters) // so that there is something to ask for
		told.awaitMore(t, http.StatusOK, 800)
		stop()
		settle(t, dsn)
		var followers []*follower
		for range 3 {
			followers = append(followers, p.follow(t))
		}
		await(t, settleMax, "followers follow", func() bool { return p.metric(t, "tandem_feed_clients") == 3 })
		http.DefaultClient.CloseIdleConnections()
		base := p.metric(t, "go_goroutines")
		await(t, settleMax, "the posters' connections are gone", func() bool {
			before := base
			base = p.metric(t, "go_goroutines")
			return base >= before
		})

		stop = told.start(t, webhook, "meanwhile", 4)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { p.neverRead(t) })
			group.Go(func() { p.halfOpen(t) })
		}
		for range 3 {
			group.Go(func() { p.sendHuge(t) })
			group.Go(func() { p.sendMany(t) })
		}
		connects := 0
		group.Go(func() { connects = p.connectOnly(t) })
		group.Wait()
		most := p.metric(t, "go_goroutines")
		told.awaitMore(t, http.StatusOK, 400)
		stop()

		told.only(t, http.StatusOK)
		for i, f := range followers {
			await(t, 10*time.Second, fmt.Sprintf("follower %d was told of every call", i), func() bool { return len(unknown(f, told)) == 0 })
		}
		gone := await(t, goneMax, fmt.Sprintf("no more goroutines than %v, and the three honest clients", base), func() bool {
			return p.metric(t, "go_goroutines") <= base+spare && p.metric(t, "tandem_feed_clients") == 3
		})
		settle(t, dsn)
		slowest := told.slowest[http.StatusOK]
		t.Logf("%d connects; %v goroutines before, %v at the worst, as before within %s; %d posts all taken, the slowest in %s; %v slow clients closed",
			connects, base, most, gone.Round(time.Millisecond), told.count(http.StatusOK), slowest, p.metric(t, "tandem_feed_slow_total"))
		p.stop(t)
		check(t, dsn, told)
		here.examine(t)
	})
}

// unknown returns the waiting calls that a follower was not told of.
func unknown(f *follower, told *ledger) (names []string) {
	told.mu.Lock()
	defer told.mu.Unlock()
	for name := range told.stored {
		if callID, waits := strings.CutSuffix(name, " call.standby"); waits && !f.knows(callID+" STANDBY") {
			names = append(names, name)
		}
	}
	return names
}

// neverRead asks for much and takes nothing.
func (s *process) neverRead(t *testing.T) {
	w, err := s.webSocket(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { w.Close() })
	_ = w.Conn.(*net.TCPConn).SetReadBuffer(4096) //nolint:forcetypeassert // it is one
	asked := append(frame(subscribe), bytes.Repeat(frame(`{"event":"ListCalls","data":{}}`), 90)...)
	if _, err := w.Write(asked); err != nil {
		t.Error(err)
	}
}

// halfOpen begins a handshake and falls silent.
func (s *process) halfOpen(t *testing.T) {
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { conn.Close() })
	_, _ = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgr")
}

// sendHuge sends a frame of 20 MB.
func (s *process) sendHuge(t *testing.T) {
	const size = 20 << 20
	head := append(binary.BigEndian.AppendUint64([]byte{0x81, 0xff}, size), 0, 0, 0, 0)
	s.expectClose(t, 1009, func(w *wire) {
		_, _ = w.Write(head)
		_, _ = w.Write(bytes.Repeat([]byte(" "), size)) // it will not be let finish
	})
}

// sendMany sends a thousand frames at once, several times.
func (s *process) sendMany(t *testing.T) {
	s.expectClose(t, 4008, func(w *wire) {
		for range 5 {
			if _, err := w.Write(bytes.Repeat(frame(`{"event":"x","data":1}`), 1000)); err != nil {
				return
			}
		}
	})
}

// expectClose says that the server closes the socket with this code. It may cut
// a client that goes on sending before that could read it.
func (s *process) expectClose(t *testing.T, code uint16, misbehave func(*wire)) {
	w, err := s.webSocket(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { w.Close() })
	_ = w.SetDeadline(time.Now().Add(goneMax))
	go misbehave(w)
	for {
		kind, payload, err := w.next()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			t.Errorf("not closed within %s", goneMax)
			return
		case err != nil:
			return
		case kind == 0x88:
			if got := binary.BigEndian.Uint16(payload); got != code {
				t.Errorf("closed with %d, want %d", got, code)
			}
			return
		}
	}
}

// connectOnly connects as often as this process may have files open, but not
// more often than wanted, and keeps every connection open.
func (s *process) connectOnly(t *testing.T) (made int) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Error(err)
		return 0
	}
	made = connectsWanted
	if most := int(min(limit.Cur, 1<<20)) - 2000; most < made {
		t.Logf("only %d connects, because this process may not open more files", most)
		made = max(0, most)
	}
	var group sync.WaitGroup
	conns := make([]net.Conn, made)
	t.Cleanup(func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Close()
			}
		}
	})
	const atOnce = 20
	for worker := range atOnce {
		group.Go(func() {
			for i := worker; i < made; i += atOnce {
				conn, err := s.connect(t.Context())
				if err != nil {
					t.Errorf("connect %d: %v", i, err)
					return
				}
				conns[i] = conn
			}
		})
	}
	group.Wait()
	return made
}
