// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"tandem/internal/load"
)

// feedRate is how many events happen in a second while many look on.
const feedRate = 100

// settle is how long a server is left alone before its memory is looked at.
const settle = 5 * time.Second

// crowd is one number of subscribers.
type crowd struct {
	n                                        int
	p50, p99, most, micros, megabytes, share series
}

func measureFeed(ctx context.Context, p *plan, out *page) error {
	var crowds []*crowd
	for _, n := range p.crowds {
		crowds = append(crowds, &crowd{n: n})
	}
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		quiet, err := p.quiet(ctx)
		if err != nil {
			return err
		}
		for _, c := range crowds {
			if err := c.measure(ctx, p, quiet); err != nil {
				return err
			}
		}
	}
	out.line("## Event to screen\n")
	out.line("%d events/s while so many subscribers follow over WebSocket; from the answer to the webhook until a subscriber has the whole frame, for", feedRate)
	out.line("each event and each subscriber. A delivery is one event told to one subscriber; its CPU is Tandem's, less that of a run without subscribers.")
	rows := [][]string{{"subscribers", "told of everything", "p50 ms", "p99 ms", "most ms", "CPU µs/delivery", "idle sockets add MB"}}
	for _, c := range crowds {
		rows = append(rows, []string{figure(float64(c.n)), c.share.String() + " %", c.p50.String(), c.p99.String(), c.most.String(), c.micros.String(), c.megabytes.String()})
	}
	out.table(rows...)
	return nil
}

// quiet returns the CPU time in a second of a Tandem that nobody looks at.
func (p *plan) quiet(ctx context.Context) (float64, error) {
	c := &crowd{}
	var perSecond float64
	err := c.with(ctx, p, func(at *process, target load.Target, common load.Common) error {
		var before, after time.Duration
		common.Begin, common.End = func() { before = at.cpu() }, func() { after = at.cpu() }
		report, err := load.Lives(ctx, target, load.LivesOptions{Common: common, Callers: 1000})
		if err == nil {
			perSecond = (after - before).Seconds() / report.Took.Seconds()
		}
		return err
	})
	return perSecond, err
}

func (c *crowd) with(ctx context.Context, p *plan, drive func(*process, load.Target, load.Common) error) error {
	s, err := p.sqlite()
	if err != nil {
		return err
	}
	started, err := p.startAgain(ctx, s, "")
	if err != nil {
		return err
	}
	defer started.stop()
	target, err := started.target(ctx)
	if err != nil {
		return err
	}
	return drive(started, target, load.Common{
		Bounds: load.Bounds{Warmup: warmup, Duration: p.duration}, Connections: 16, Rate: feedRate,
	})
}

func (c *crowd) measure(ctx context.Context, p *plan, quiet float64) error {
	return c.with(ctx, p, func(at *process, target load.Target, common load.Common) error {
		if err := rest(ctx, settle); err != nil {
			return err
		}
		empty, _ := at.memory()
		var full float64
		var before, after time.Duration
		common.Begin, common.End = func() { before = at.cpu() }, func() { after = at.cpu() }
		report, err := load.Subscribers(ctx, target, load.SubscribersOptions{
			Common: common, Subscribers: c.n, Callers: 1000,
			Connected: func() {
				_ = rest(ctx, settle) // the run itself sees ctx end
				full, _ = at.memory()
			},
		})
		if err != nil {
			return err
		}
		d := report.Delivery
		spent := (after - before).Seconds() - quiet*report.Took.Seconds()
		deliveries := float64(report.Latency.Count) * float64(c.n)
		c.micros = append(c.micros, spent*1e6/deliveries)
		c.megabytes = append(c.megabytes, full-empty)
		c.share = append(c.share, 100*float64(d.Complete)/float64(c.n))
		c.p50, c.p99 = append(c.p50, milliseconds(d.Latency.P50)), append(c.p99, milliseconds(d.Latency.P99))
		c.most = append(c.most, milliseconds(d.Latency.Most))
		p.say("  %d subscribers: p99 %s ms, %d complete, closed %v", c.n, figure(milliseconds(d.Latency.P99)), d.Complete, d.Closed)
		return nil
	})
}
