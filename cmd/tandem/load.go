// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tandem/internal/load"
)

type loadCommand struct {
	Lives       livesCommand       `cmd:"" help:"Play calls: seven events each, in order, every call with an id of its own."`
	Bursts      burstsCommand      `cmd:"" help:"Send 1,000 events at once, then 2,000, and so on until the server bends."`
	Storm       stormCommand       `cmd:"" help:"Send events of one call for ever, in no order."`
	Subscribers subscribersCommand `cmd:"" help:"Follow the live view many times over, and measure when a change is seen."`
}

// Help implements kong.HelpProvider.
func (loadCommand) Help() string {
	return `Drives the Tandem that runs on this machine, such as tandem serve --dev, and tells what it bore. At the end everything that was
acknowledged is looked for; when something is missing, the exit code is 1. What is sent stays in the log: use an installation that
nobody needs.`
}

// targetFlags say which Tandem is driven and for how long.
type targetFlags struct {
	URL         string        `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The Tandem to drive, on this machine."`
	Webhook     string        `default:"/webhook" placeholder:"PATH" help:"Where events go; outside --dev with the connector's key: /webhook/…"`
	Key         string        `default:"tandem-demo-key" env:"TANDEM_LOAD_KEY" placeholder:"KEY" help:"API key that may read calls and follow the live view."`
	Connections int           `default:"64" help:"Connections that post."`
	Duration    time.Duration `default:"10s" help:"How long at most; of bursts, each."`
	Events      int64         `default:"1000000" help:"How many events at most; of bursts, 1000 times their number each."`
	Warmup      time.Duration `default:"1s" help:"What comes before the measured part."`
}

func (f targetFlags) target(ctx context.Context) (load.Target, error) {
	return load.NewTarget(ctx, f.URL, f.Webhook, f.Key)
}

func (f targetFlags) common(t terminal, rate float64) load.Common {
	return load.Common{
		Bounds:      load.Bounds{Warmup: f.Warmup, Duration: f.Duration, Events: f.Events},
		Connections: f.Connections, Rate: rate, Progress: progress(t.err),
	}
}

// progress returns where progress is drawn: a terminal, or nil.
func progress(to io.Writer) io.Writer {
	file, ok := to.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return file
}

// run drives the target, tells what became of it, and checks.
func (f targetFlags) run(ctx context.Context, t terminal, drive func(load.Target) (*load.Report, error)) error {
	target, err := f.target(ctx)
	if err != nil {
		return err
	}
	report, err := drive(target)
	if err != nil {
		return err
	}
	if err := report.Write(t.out); err != nil {
		return err
	}
	if report.Acked == 0 {
		return errors.New("nothing was acknowledged")
	}
	// Whoever cuts a run short still wants to know what is missing.
	verdict, err := report.Check(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("look for what was acknowledged: %w", err)
	}
	t.printf("%d of %d acknowledged events are missing (looked at: %s)\n", verdict.Missing, verdict.Acknowledged, verdict.Method)
	for _, example := range verdict.Examples {
		t.printf("  missing: %s\n", example)
	}
	switch {
	case verdict.Missing > 0:
		return fmt.Errorf("%d acknowledged events are missing", verdict.Missing)
	case report.Delivery != nil && report.Delivery.Complete < report.Subscribers:
		return fmt.Errorf("%d subscribers were not told of everything: %v", report.Subscribers-report.Delivery.Complete, report.Delivery.Closed)
	default:
		return nil
	}
}

type livesCommand struct {
	targetFlags

	Rate    float64 `placeholder:"N" help:"Events per second, by the clock. Without it: as fast as answers come."`
	Callers int64   `default:"1000" help:"Distinct numbers that call."`
}

func (c livesCommand) Run(ctx context.Context, t terminal) error {
	return c.run(ctx, t, func(target load.Target) (*load.Report, error) {
		return load.Lives(ctx, target, load.LivesOptions{Common: c.common(t, c.Rate), Callers: c.Callers})
	})
}

type burstsCommand struct {
	targetFlags

	Callers int64         `default:"1000" help:"Distinct numbers that call."`
	Step    int64         `default:"1000" help:"By how many events the bursts grow."`
	Most    int           `default:"50" help:"How many bursts at most."`
	Pause   time.Duration `default:"1s" help:"Between two bursts."`
	Bound   time.Duration `default:"2s" help:"The server has bent when the 99th percentile of a burst takes longer, from the burst's beginning."`
	Failing float64       `default:"0" help:"The server has bent when a larger share of a burst than this fails, such as 0.01."`
}

func (c burstsCommand) Run(ctx context.Context, t terminal) error {
	return c.run(ctx, t, func(target load.Target) (*load.Report, error) {
		common := c.common(t, 0)
		common.Warmup = 0
		return load.Bursts(ctx, target, load.BurstsOptions{
			Common: common, Callers: c.Callers, Step: c.Step, Most: c.Most, Pause: c.Pause, Bound: c.Bound, ErrorMax: c.Failing,
		})
	})
}

type stormCommand struct {
	targetFlags

	Rate float64 `placeholder:"N" help:"Events per second, by the clock. Without it: as fast as answers come."`
}

func (c stormCommand) Run(ctx context.Context, t terminal) error {
	return c.run(ctx, t, func(target load.Target) (*load.Report, error) {
		return load.Storm(ctx, target, c.common(t, c.Rate))
	})
}

type subscribersCommand struct {
	targetFlags

	Rate        float64 `default:"100" placeholder:"N" help:"Events per second."`
	Subscribers int     `default:"1000" help:"How many follow."`
	Callers     int64   `default:"1000" help:"Distinct numbers that call."`
}

func (c subscribersCommand) Run(ctx context.Context, t terminal) error {
	return c.run(ctx, t, func(target load.Target) (*load.Report, error) {
		return load.Subscribers(ctx, target, load.SubscribersOptions{
			Common: c.common(t, c.Rate), Subscribers: c.Subscribers, Callers: c.Callers,
		})
	})
}
