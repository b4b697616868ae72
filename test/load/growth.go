// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tandem/internal/load"
)

// small is how many events the small database has.
const small = 10_000

func measureGrowth(ctx context.Context, p *plan, out *page) error {
	large, stored, err := p.large(ctx)
	if err != nil {
		return err
	}
	few, many := &server{name: figure(small) + " events stored"}, &server{name: figure(float64(stored)) + " events stored"}
	var ready series
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		s, err := p.sqlite()
		if err != nil {
			return err
		}
		if _, err := few.grown(ctx, p, s, small); err != nil {
			return err
		}
		took, err := many.grown(ctx, p, large, 0)
		if err != nil {
			return err
		}
		ready = append(ready, milliseconds(took))
	}
	perSecond, err := p.replay(ctx, large)
	if err != nil {
		return err
	}
	out.line("## Growth\n")
	out.line("The same as above, SQLite, on a database that has just been filled with little and on one that holds much.")
	rows := [][]string{{"database", "events/s", "÷ small", "p99 ms", "most RSS MB"}}
	for _, s := range []*server{few, many} {
		rows = append(rows, []string{s.name, s.perSecond.String(), s.perSecond.over(few.perSecond).String(), s.p99.String(), s.mostRSS.String()})
	}
	out.table(rows...)
	out.line("With the large database: ready %s ms after its start; `tandem replay calls --dry-run` reads %s events/s.\n", ready, figure(perSecond))
	return nil
}

// large returns the large database, filled unless an earlier run has left it,
// and how many events it has.
func (p *plan) large(ctx context.Context) (store, int64, error) {
	s, err := p.sqlite()
	if p.keep != "" {
		s = store{data: p.keep, dsn: filepath.Join(p.keep, "tandem.db")}
		err = errors.Join(err, os.MkdirAll(p.keep, 0o700))
	}
	if err != nil {
		return s, 0, err
	}
	have, err := ask(ctx, "sqlite", s.dsn, "SELECT COALESCE(MAX(position), 0) FROM events")
	stored, _ := strconv.ParseInt(have, 10, 64) // 0 in a new database
	if err != nil && !strings.Contains(err.Error(), "no such table") {
		return s, 0, err
	}
	if missing := p.stored - stored; missing > 0 {
		p.say("filling a database with %s events", figure(float64(missing)))
		if stored, err = p.filled(ctx, s, stored, missing); err != nil {
			return s, 0, err
		}
	}
	return s, stored, nil
}

// filled adds events to the large database, lets Tandem read them, and returns
// how many it then has.
func (p *plan) filled(ctx context.Context, s store, stored, missing int64) (int64, error) {
	started, err := p.startTandem(ctx, s.data, s.dsn, "") // makes the tables and the demo
	if err != nil {
		return 0, err
	}
	vendor, err := started.vendor(ctx)
	started.stop()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := s.fill(ctx, p, vendor, stored, missing); err != nil {
		return 0, err
	}
	p.say("  filled in %s", time.Since(began).Round(time.Second))
	if started, err = p.startTandem(ctx, s.data, s.dsn, ""); err != nil {
		return 0, err
	}
	defer started.stop()
	took, err := s.drained(ctx)
	if err != nil {
		return 0, err
	}
	p.say("  read by everybody %s after the start", took.Round(time.Second))
	have, err := ask(ctx, "sqlite", s.dsn, "SELECT MAX(position) FROM events")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(have, 10, 64)
}

// fill posts events until there are so many.
func fill(ctx context.Context, to *process, events int64) error {
	target, err := to.target(ctx)
	if err != nil {
		return err
	}
	report, err := load.Lives(ctx, target, load.LivesOptions{Callers: 1000, Common: load.Common{
		Bounds: load.Bounds{Duration: time.Hour, Events: events}, Connections: connections,
	}})
	if err == nil && report.Acked < events {
		err = fmt.Errorf("%d of %d events were acknowledged: %s", report.Acked, events, report.Example)
	}
	return err
}

// grown measures one round on a database, filled before with so many events,
// and returns how long Tandem took to be ready.
func (s *server) grown(ctx context.Context, p *plan, on store, events int64) (ready time.Duration, err error) {
	started, err := p.startAgain(ctx, on, "")
	if err != nil {
		return 0, err
	}
	defer started.stop()
	if events > 0 {
		if err := fill(ctx, started, events); err != nil {
			return 0, err
		}
	}
	_, err = s.drive(ctx, p, started)
	return started.ready, err
}

var replayed = regexp.MustCompile(`\((\d+) events/s\)`)

// replay computes all calls anew and returns how many events that took in a second.
func (p *plan) replay(ctx context.Context, s store) (float64, error) {
	out, err := exec.CommandContext(ctx, p.binary, "replay", "calls", "--dry-run", "--data", s.data, "--database", s.dsn).CombinedOutput()
	found := replayed.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("replay: %w\n%s", err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// stormEvents is how long a storm lasts at most.
const stormEvents = 100_000

func measureStorm(ctx context.Context, p *plan, out *page) error {
	var alone, beside, stormed series
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		for _, company := range []struct {
			into  *series
			drive func(context.Context, load.Target, load.Common) (*load.Report, error)
		}{{&alone, nil}, {&beside, lives}, {&stormed, load.Storm}} {
			perSecond, err := p.accompanied(ctx, company.drive)
			if err != nil {
				return err
			}
			*company.into = append(*company.into, perSecond)
		}
	}
	out.line("## A storm beside other calls\n")
	out.line("What %d connections that play calls get done: alone, while %d more do the same, and while %d more send up to %s events of a single", connections/2, connections/2, connections/2, figure(stormEvents))
	out.line("call in no order; SQLite.")
	out.table(
		[]string{"beside", "events/s", "÷ alone", "÷ beside calls"},
		[]string{"nothing", alone.String(), "", ""},
		[]string{"as many calls", beside.String(), beside.over(alone).String(), ""},
		[]string{"a storm of one call", stormed.String(), stormed.over(alone).String(), stormed.over(beside).String()},
	)
	return nil
}

func lives(ctx context.Context, target load.Target, common load.Common) (*load.Report, error) {
	return load.Lives(ctx, target, load.LivesOptions{Common: common, Callers: 1000})
}

// accompanied returns how many events per second of ordinary calls are
// acknowledged while something else is driven; nil for nothing.
func (p *plan) accompanied(ctx context.Context, company func(context.Context, load.Target, load.Common) (*load.Report, error)) (float64, error) {
	s, err := p.sqlite()
	if err != nil {
		return 0, err
	}
	started, err := p.startTandem(ctx, s.data, s.dsn, "")
	if err != nil {
		return 0, err
	}
	defer started.stop()
	target, err := started.target(ctx)
	if err != nil {
		return 0, err
	}
	common := load.Common{Bounds: load.Bounds{Warmup: warmup, Duration: p.duration}, Connections: connections / 2}
	ended := make(chan error, 1)
	if company == nil {
		ended <- nil
	} else {
		other := common
		other.Duration += 2 * warmup // until after the measurement
		other.Events = stormEvents
		go func() {
			_, err := company(ctx, target, other)
			ended <- err
		}()
	}
	report, err := lives(ctx, target, common)
	if err := errors.Join(err, <-ended); err != nil {
		return 0, err
	}
	p.say("  %s events/s", figure(report.PerSecond()))
	return report.PerSecond(), nil
}
