// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

// vanishMax is how long Tandem may keep a client that has vanished: it is
// silent for 75 s first.
const vanishMax = 90 * time.Second

// Clients that vanish without a word, as a telephone does in a tunnel, are
// gone in time, with their goroutines. Whoever stays is told of everything.
func TestClientsVanish(t *testing.T) {
	t.Parallel() // it waits most of the time
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		here, told, pbx := place{data: t.TempDir(), dsn: dsn}, newLedger(), newPBX(t)
		pbx.server.SetKeepAlivesEnabled(false) // as in TestHostileClients
		p := here.start(t)
		webhook := p.connector(t, "vanish", pbx.URL)
		stays := p.follow(t)
		clients := func() float64 { return p.metric(t, "tandem_feed_clients") }
		await(t, settleMax, "one follows", func() bool { return clients() == 1 })
		http.DefaultClient.CloseIdleConnections()
		base := p.metric(t, "go_goroutines")

		between := newTunnel(t, p.url)
		far := *p
		far.url = between.url
		const vanishing = 20
		for range vanishing {
			far.follow(t)
		}
		await(t, settleMax, "all follow", func() bool { return clients() == 1+vanishing })
		between.silent.Store(true)
		began := time.Now()

		stop := told.start(t, webhook, "meanwhile", 1)
		told.awaitMore(t, http.StatusOK, 100)
		stop()
		await(t, vanishMax, "only one follows", func() bool { return clients() == 1 })
		gone := time.Since(began)
		await(t, settleMax, "their goroutines are gone", func() bool { return p.metric(t, "go_goroutines") <= base+spare })
		told.only(t, http.StatusOK)
		await(t, settleMax, "who stays was told of every call", func() bool { return len(unknown(stays, told)) == 0 })
		t.Logf("%d clients that vanished were gone after %s", vanishing, gone.Round(time.Second))
	})
}

// tunnel passes connections on, until it swallows everything: what either
// side sends is taken, and never arrives.
type tunnel struct {
	url    string
	silent atomic.Bool
}

func newTunnel(t *testing.T, to string) *tunnel {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	tunnel := &tunnel{url: "http://" + listener.Addr().String()}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			var dialer net.Dialer
			far, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(to, "http://"))
			if err != nil {
				near.Close()
				continue
			}
			context.AfterFunc(t.Context(), func() { near.Close(); far.Close() })
			go tunnel.pass(far, near)
			go tunnel.pass(near, far)
		}
	}()
	return tunnel
}

// pass copies until the source ends. In silence not even that is passed on.
func (u *tunnel) pass(to io.WriteCloser, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if u.silent.Load() {
			if err != nil {
				return
			}
			continue
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			to.Close()
			return
		}
	}
}
