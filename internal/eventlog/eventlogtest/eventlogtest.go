// SPDX-License-Identifier: Apache-2.0

// Package eventlogtest gives tests a running log.
package eventlogtest

import (
	"context"
	"log/slog"
	"testing"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// Start returns a log that runs on database until the test ends, and until what
// the test has begun later has been cleaned up, as the program writes it last.
func Start(t testing.TB, database *db.DB, inline ...eventlog.Inline) *eventlog.Log {
	t.Helper()
	return StartUntil(Lasting(t), t, database, inline...)
}

// Lasting returns a context that does not end with the test; a log that runs on
// it ends when it is cleaned up.
func Lasting(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }

// StartUntil is Start until ctx ends.
func StartUntil(ctx context.Context, t testing.TB, database *db.DB, inline ...eventlog.Inline) *eventlog.Log {
	t.Helper()
	return StartOn(ctx, t, database, Bus(t), inline...)
}

// StartOn is StartUntil with a bus, for tests that listen to it.
func StartOn(ctx context.Context, t testing.TB, database *db.DB, b *bus.Bus, inline ...eventlog.Inline) *eventlog.Log {
	t.Helper()
	if err := database.Migrate(t.Context(), "eventlog", eventlog.Tables); err != nil {
		t.Fatal(err)
	}
	log := eventlog.New(database, b, slog.New(slog.DiscardHandler), inline...)
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if err := log.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-gone
	})
	return log
}

// Bus returns an embedded bus that is open until the test ends.
func Bus(t testing.TB) *bus.Bus {
	t.Helper()
	b, err := bus.Open("", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}
