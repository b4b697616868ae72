// SPDX-License-Identifier: Apache-2.0

package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/problem"
)

var double = ask.Question[int, int]{Subject: "test.double"}

// each runs test on the embedded bus and on two connections to a cluster's
// server: callers must not be able to tell which.
func each(t *testing.T, test func(t *testing.T, here, there *bus.Bus)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		b := open(t, "")
		test(t, b, b)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
		if err != nil {
			t.Fatal(err)
		}
		nats.Start()
		t.Cleanup(nats.Shutdown)
		if !nats.ReadyForConnections(5 * time.Second) {
			t.Fatal("server did not start")
		}
		test(t, open(t, nats.ClientURL()), open(t, nats.ClientURL()))
	})
}

func open(t *testing.T, url string) *bus.Bus {
	t.Helper()
	b, err := bus.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// A question finds its answer; a problem keeps its kind, code and detail on
// the way; any other error stays hidden.
func TestAsk(t *testing.T) {
	each(t, func(t *testing.T, here, there *bus.Bus) {
		err := bus.Answer(t.Context(), there, double, func(_ context.Context, n int) (int, error) {
			switch {
			case n < 0:
				return 0, problem.Retry(time.Minute, problem.New(problem.Conflict, "test.negative", "%d is negative.", n))
			case n == 0:
				return 0, fmt.Errorf("secret cause")
			}
			return 2 * n, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := bus.Ask(t.Context(), here, double, 21); err != nil || got != 42 {
			t.Errorf("got %d, %v; want 42", got, err)
		}
		_, err = bus.Ask(t.Context(), here, double, -1)
		if p := problem.Of(err); p.Kind != problem.Conflict || p.Code != "test.negative" || p.Detail != "-1 is negative." || p.Retry != time.Minute {
			t.Errorf("got %+v", p)
		}
		_, err = bus.Ask(t.Context(), here, double, 0)
		if p := problem.Of(err); p.Code != "internal" {
			t.Errorf("got %+v, want an internal problem", p)
		}
	})
}

// Asking where nobody answers fails at once instead of waiting.
func TestAskNobody(t *testing.T) {
	each(t, func(t *testing.T, here, there *bus.Bus) {
		_, err := bus.Ask(t.Context(), here, double, 1)
		if p := problem.Of(err); p.Kind != problem.Unavailable {
			t.Errorf("got %v, want Unavailable", err)
		}
		if here.Answered(t.Context(), double.Subject) {
			t.Error("somebody is said to answer")
		}
		ctx, leave := context.WithCancel(t.Context())
		if err := bus.Answer(ctx, there, double, func(_ context.Context, n int) (int, error) { return n, nil }); err != nil {
			t.Fatal(err)
		}
		if !here.Answered(t.Context(), double.Subject) {
			t.Error("nobody is said to answer")
		}
		leave()
	})
}

// Many rings before a look are one look; a ring after it is another.
func TestBell(t *testing.T) {
	each(t, func(t *testing.T, here, there *bus.Bus) {
		rings, stop, err := there.Listen("test")
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		// A question behind the rings on the same connection tells that they
		// have arrived.
		if err := bus.Answer(t.Context(), there, double, func(_ context.Context, n int) (int, error) { return n, nil }); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			here.Ring("test")
		}
		if _, err := bus.Ask(t.Context(), here, double, 1); err != nil {
			t.Fatal(err)
		}
		<-rings
		here.Ring("test")
		<-rings
	})
}
