// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// loops runs the background work of the parts. A loop that fails is run again
// after a rest: a broken part must not end calls.
type loops struct {
	logger *slog.Logger
	group  sync.WaitGroup

	mu   sync.Mutex
	down map[string]bool // loops that rest after a failure
}

func newLoops(logger *slog.Logger) *loops {
	return &loops{logger: logger, down: map[string]bool{}}
}

// start runs work until ctx ends, and again whenever it returns before.
func (l *loops) start(ctx context.Context, name string, work func(context.Context) error) {
	l.group.Go(func() {
		rest := restartAfter
		for {
			l.mark(name, false)
			began := time.Now()
			err := work(ctx)
			if ctx.Err() != nil {
				return
			}
			l.mark(name, true)
			if time.Since(began) > steady {
				rest = restartAfter
			}
			l.logger.Error("part stopped and will be run again", "module", name, "error", err, "rest", rest)
			select {
			case <-ctx.Done():
				return
			case <-time.After(rest):
			}
			rest = min(2*rest, restartAfterMax)
		}
	})
}

func (l *loops) mark(name string, down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down[name] = down
}

// resting returns the names of the loops that have failed and not come back.
func (l *loops) resting() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for name, down := range l.down {
		if down {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// wait returns when every loop has ended.
func (l *loops) wait() { l.group.Wait() }
