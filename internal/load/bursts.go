// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"time"
)

// BurstsOptions are how bursts grow, and when the server counts as bent.
type BurstsOptions struct {
	Common // its duration bounds one burst

	Callers  int64
	Step     int64         // the burst number i has Step·i events
	Most     int           // bursts
	Pause    time.Duration // between two bursts
	Bound    time.Duration // p99 from the burst's beginning that the server must keep
	ErrorMax float64       // share of a burst that may fail
}

// Bursts is the vendor's Black Friday: 1,000 events at once, then 2,000, and so
// on until the server bends. All events of a burst are due when it begins, so
// that the last one's latency is the time the whole burst took. What the last
// burst before the server bent was is in the report.
func Bursts(ctx context.Context, target Target, options BurstsOptions) (*Report, error) {
	total := newRun(target, options.Common)
	var books books
	var took time.Duration
	report := &Report{}
	for i := 1; i <= options.Most && ctx.Err() == nil; i++ {
		burst := options.Common
		burst.Events, burst.Rate = options.Step*int64(i), burstRate
		one, err := Lives(ctx, target, LivesOptions{Common: burst, Callers: options.Callers})
		if err != nil {
			return nil, err
		}
		took += one.Took
		books = append(books, book{one.run.name, one.book})
		total.tally.add(one.run.tally)
		report.Bursts = append(report.Bursts, burstOf(one, burst.Events, options))
		if report.Bursts[i-1].Bent != "" {
			break
		}
		report.LastGood = i
		if !pause(ctx, options.Pause) {
			break
		}
	}
	whole := total.report("bursts", took, books)
	whole.Bursts, whole.LastGood = report.Bursts, report.LastGood
	return whole, ctx.Err()
}

// burstRate is all at once.
const burstRate = 1e9

// Burst is what became of one burst.
type Burst struct {
	Events  int64
	Failed  int64
	Took    time.Duration
	Latency Latency
	Bent    string // why the server counts as bent; "" if it does not
}

func burstOf(r *Report, events int64, options BurstsOptions) Burst {
	b := Burst{Events: events, Failed: events - r.Acked, Took: r.Took, Latency: r.Latency}
	switch share := float64(b.Failed) / float64(events); {
	case share > options.ErrorMax:
		b.Bent = fmt.Sprintf("%.2g %% failed", share*100)
	case r.Latency.P99 > options.Bound:
		b.Bent = fmt.Sprintf("p99 %s", short(r.Latency.P99))
	}
	return b
}

// pause waits; not ok when ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// books are the ledgers of several runs.
type books []book

type book struct {
	run string
	of  checker
}

func (all books) check(ctx context.Context, r *reader, _ string) (v Verdict, err error) {
	for _, b := range all {
		one, err := b.of.check(ctx, r, b.run)
		if err != nil {
			return v, err
		}
		v.Acknowledged += one.Acknowledged
		v.Missing += one.Missing
		v.Method = one.Method
		if len(v.Examples) < examplesMax {
			v.Examples = append(v.Examples, one.Examples...)
		}
	}
	return v, nil
}
