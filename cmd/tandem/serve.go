// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"tandem/internal/app"
	"tandem/internal/config"
)

type serveCommand struct{ config.Serve }

func (serveCommand) Help() string {
	return `Without flags everything runs on this machine, with SQLite in ./data, on port 8080; the first start prints a link that sets it up. With --dev it is a demo with a phone system of its own, which only this machine reaches.

Once Tandem answers it prints a line "ready url=…" on standard output. SIGTERM and Ctrl-C let what is in flight finish and end it within ten seconds.`
}

// gcPercent trades memory, of which Tandem uses little, for a tenth of the CPU
// under load, measured. More than this would save next to nothing, and the
// process would come to 250 MB.
const gcPercent = 200

func (c serveCommand) Run(ctx context.Context, t terminal) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return app.Serve(ctx, c.Serve, version, c.logger(t), t.out)
}

// logger writes what the process says to standard error.
func (c serveCommand) logger(t terminal) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // the settings allow only levels there are
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "text" || c.Log.Format == "" && c.Dev {
		return slog.New(slog.NewTextHandler(t.err, options))
	}
	return slog.New(slog.NewJSONHandler(t.err, options))
}
