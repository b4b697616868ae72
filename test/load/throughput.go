// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/load"
)

// connections is how many connections post when as much as possible is posted.
const connections = 64

// warmup precedes each measurement.
const warmup = time.Second

// server is one of those that are compared.
type server struct {
	name                                 string
	perSecond, p50, p99, micros, mostRSS series
	drain, sent, missed                  series
	acknowledged, lost, failed           int64
}

func measureThroughput(ctx context.Context, p *plan, out *page) error {
	bare, lite, postgres := &server{name: "empty handler"}, &server{name: "Tandem, SQLite"}, &server{name: "Tandem, PostgreSQL"}
	var idle series
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		if err := bare.bare(ctx, p); err != nil {
			return err
		}
		s, err := p.sqlite()
		if err != nil {
			return err
		}
		now, err := p.idle(ctx, s)
		if err != nil {
			return err
		}
		idle = append(idle, now)
		if err := lite.tandem(ctx, p, s); err != nil {
			return err
		}
		s, drop, ok, err := p.postgres(ctx)
		if err != nil {
			return err
		}
		if ok {
			err := postgres.tandem(ctx, p, s)
			drop()
			if err != nil {
				return err
			}
		}
	}
	out.line("## Webhook to commit\n")
	out.line("%d keep-alive connections, closed loop; calls with ids of their own that rise, seven events each, in order; every reader", connections)
	out.line("running. An event is acknowledged when it is on disk.")
	rows := [][]string{{"server", "events/s", "÷ empty handler", "p50 ms", "p99 ms", "CPU µs/event", "÷ empty handler", "most RSS MB"}}
	for _, s := range []*server{bare, lite, postgres} {
		if len(s.perSecond) > 0 {
			rows = append(rows, []string{
				s.name, s.perSecond.String(), s.perSecond.over(bare.perSecond).String(), s.p50.String(), s.p99.String(), s.micros.String(), s.micros.over(bare.micros).String(), s.mostRSS.String(),
			})
		}
	}
	out.table(rows...)
	for _, s := range []*server{lite, postgres} {
		if len(s.perSecond) > 0 {
			out.line("%s: %s events were acknowledged and %s are missing; %s posts failed. Readers had drained after %s s.", s.name,
				figure(float64(s.acknowledged)), figure(float64(s.lost)), figure(float64(s.failed)), s.drain)
			out.line("Commands per round: %s sent, %s missed (calls that moved on before they could be told anything).\n", s.sent, s.missed)
		}
	}
	out.line("Idle, a few seconds after a start that is not the first: %s MB RSS.\n", idle)
	return nil
}

// idle returns the megabytes of a Tandem that does nothing.
func (p *plan) idle(ctx context.Context, on store) (float64, error) {
	started, err := p.startAgain(ctx, on, "")
	if err != nil {
		return 0, err
	}
	defer started.stop()
	if err := rest(ctx, settle); err != nil {
		return 0, err
	}
	now, _ := started.memory()
	return now, nil
}

// bare measures one round of the bare server.
func (s *server) bare(ctx context.Context, p *plan) error {
	started, err := startBare(ctx)
	if err != nil {
		return err
	}
	defer started.stop()
	_, err = s.drive(ctx, p, started)
	return err
}

// tandem measures one round of Tandem on a new database.
func (s *server) tandem(ctx context.Context, p *plan, on store) error {
	pbx, err := startPBX(ctx)
	if err != nil {
		return err
	}
	defer pbx.stop()
	started, err := p.startAgain(ctx, on, pbx.url)
	if err != nil {
		return err
	}
	defer started.stop()
	report, err := s.drive(ctx, p, started)
	if err != nil {
		return err
	}
	drain, err := on.drained(ctx)
	if err != nil {
		return err
	}
	s.drain = append(s.drain, drain.Seconds())
	if err := s.commands(ctx, started); err != nil {
		return err
	}
	verdict, err := report.Check(ctx)
	if err != nil {
		return err
	}
	s.acknowledged += verdict.Acknowledged
	s.lost += verdict.Missing
	return nil
}

// commands notes what became of the commands to the PBX.
func (s *server) commands(ctx context.Context, of *process) error {
	sent, err := of.metric(ctx, "tandem_routing_commands_sent_total")
	if err != nil {
		return err
	}
	missed, err := of.metric(ctx, "tandem_routing_commands_missed_total")
	s.sent, s.missed = append(s.sent, sent), append(s.missed, missed)
	return err
}

// drive posts as much as the server bears and notes what it saw.
func (s *server) drive(ctx context.Context, p *plan, at *process) (*load.Report, error) {
	target, err := at.target(ctx)
	if err != nil {
		return nil, err
	}
	var before, after time.Duration
	report, err := load.Lives(ctx, target, load.LivesOptions{Callers: 1000, Common: load.Common{
		Bounds: load.Bounds{Warmup: warmup, Duration: p.duration}, Connections: connections,
		Begin: func() { before = at.cpu() }, End: func() { after = at.cpu() },
	}})
	if err != nil {
		return nil, err
	}
	if report.Latency.Count == 0 {
		return nil, fmt.Errorf("%s acknowledged nothing: %s", s.name, report.Example)
	}
	_, most := at.memory()
	s.perSecond = append(s.perSecond, report.PerSecond())
	s.p50, s.p99 = append(s.p50, milliseconds(report.Latency.P50)), append(s.p99, milliseconds(report.Latency.P99))
	s.micros = append(s.micros, float64((after-before).Microseconds())/float64(report.Latency.Count))
	s.mostRSS = append(s.mostRSS, most)
	s.failed += report.Sent - report.Acked
	p.say("  %-20s %s events/s, p99 %s ms", s.name, figure(report.PerSecond()), figure(milliseconds(report.Latency.P99)))
	return report, nil
}

// rest waits, and returns an error when ctx ends.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
