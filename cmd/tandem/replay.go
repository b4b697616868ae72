// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tandem/internal/app"
	"tandem/internal/call"
	"tandem/internal/config"
)

type replayCommand struct {
	config.Common

	Projection string    `arg:"" enum:"calls,agents,activities" help:"What to compute anew: calls (the state and counters of every call), agents (what every agent does) or activities (call logs and missed calls)."`
	DryRun     bool      `help:"Show what differs and change nothing."`
	Until      time.Time `placeholder:"TIME" help:"Take in only what happened by then (RFC 3339), to see how it was; changes nothing."`
}

func (c replayCommand) Run(ctx context.Context, t terminal) (err error) {
	tools, err := open(ctx, t, c.Common)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	switch {
	case c.Projection != "calls" && !c.Until.IsZero():
		return errors.New("--until is for calls only")
	case c.Projection == "agents":
		return c.agents(ctx, t, tools)
	case c.Projection == "activities":
		return c.activities(ctx, t, tools)
	}
	until := int64(0)
	if !c.Until.IsZero() {
		until = c.Until.UnixMilli()
	}
	apply := !c.DryRun && until == 0
	began := time.Now()
	found, err := tools.Live.Replay(ctx, tools.Log, until, apply)
	if err != nil {
		return err
	}
	for _, d := range found.Differences {
		t.printf("tenant %d connector %d call %s\n  stored %s\n  folded %s\n", d.Tenant, d.Connector, d.CallID, short(d.Stored), short(d.Folded))
	}
	if more := found.Different - int64(len(found.Differences)); more > 0 {
		t.printf("and %d more\n", more)
	}
	took := time.Since(began)
	t.printf("%d calls from %d events in %s (%.0f events/s): %d differ", found.Calls, found.Events,
		took.Round(time.Millisecond), float64(found.Events)/took.Seconds(), found.Different)
	if found.CountsWrong {
		t.printf(", counters are wrong")
	}
	wrong := found.Different > 0 || found.CountsWrong
	switch {
	case wrong && apply:
		t.printf("; put right\n")
	case wrong && until == 0:
		t.printf("; run without --dry-run to put it right\n")
		return errFinding
	default:
		t.printf("\n")
	}
	return nil
}

// agents computes anew what every agent does.
func (c replayCommand) agents(ctx context.Context, t terminal, tools *app.Tools) error {
	found, err := tools.Presence.Replay(ctx, !c.DryRun)
	if err != nil {
		return err
	}
	for _, example := range found.Examples {
		t.printf("%s\n", example)
	}
	t.printf("%d agents from %d events: %d differ", found.Agents, found.Events, found.Different)
	return c.conclude(t, int64(found.Different))
}

// activities computes anew what was made of calls.
func (c replayCommand) activities(ctx context.Context, t terminal, tools *app.Tools) error {
	found, err := tools.Activity.Replay(ctx, !c.DryRun)
	if err != nil {
		return err
	}
	for _, example := range found.Examples {
		t.printf("%s\n", example)
	}
	t.printf("%d calls: %d call logs or missed calls differ", found.Calls, found.Different)
	return c.conclude(t, found.Different)
}

// conclude says what was done about what differs.
func (c replayCommand) conclude(t terminal, different int64) error {
	switch {
	case different > 0 && c.DryRun:
		t.printf("; run without --dry-run to put it right\n")
		return errFinding
	case different > 0:
		t.printf("; put right\n")
	default:
		t.printf("\n")
	}
	return nil
}

// short returns a call's state in one line.
func short(c *call.Call) string {
	if c == nil {
		return "nothing"
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
