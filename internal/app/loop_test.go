// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// A part that fails is run again, later each time; meanwhile it is known to be
// down. The end of the context ends it for good.
func TestLoopsRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLoops(slog.New(slog.DiscardHandler))
		var runs []time.Duration
		began := time.Now()
		l.start(ctx, "broken", func(context.Context) error {
			runs = append(runs, time.Since(began))
			if len(runs) < 4 {
				return errors.New("broken")
			}
			<-ctx.Done()
			return nil
		})
		l.start(ctx, "sound", func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
		synctest.Wait()
		if got := l.resting(); len(got) != 1 || got[0] != "broken" {
			t.Errorf("resting %v, want the broken one", got)
		}
		<-time.After(5 * time.Second) // of the bubble's clock, which waits for nobody
		synctest.Wait()
		want := []time.Duration{0, restartAfter, 3 * restartAfter, 7 * restartAfter}
		if len(runs) != len(want) {
			t.Fatalf("ran at %v, want %v", runs, want)
		}
		for i := range want {
			if runs[i] != want[i] {
				t.Errorf("ran at %v, want %v", runs, want)
			}
		}
		if got := l.resting(); len(got) != 0 {
			t.Errorf("resting %v, want none", got)
		}
		cancel()
		l.wait()
	})
}
