// SPDX-License-Identifier: Apache-2.0

// Package load drives a running Tandem as phone systems and browsers do, as
// hard as it can, and then asks whether everything that was acknowledged is
// there.
//
// It takes its measures where the phone system stands: from the moment an event
// is due until its answer has been read. Without a rate an event is due when
// the one before it on its connection has been answered; with one, it is due by
// the clock, however far behind the server is, so that waiting in front of a
// slow server counts as its slowness.
//
// It shares the machine with what it measures, because it talks to this
// machine's own addresses only, so it is made to cost little: an HTTP client of
// its own that writes a request in one call and reads the answer without
// building headers, and one epoll loop for all subscribers.
package load

import (
	"context"
	"io"
	"sync"
	"time"
)

// Bounds end a run, whichever comes first.
type Bounds struct {
	Warmup   time.Duration // at the beginning, not measured
	Duration time.Duration // after the warm-up
	Events   int64         // sent altogether
}

// Common is what every way of driving needs.
type Common struct {
	Bounds

	Connections int       // keep-alive connections that post
	Rate        float64   // events/s by the clock; 0: as fast as answers come
	Progress    io.Writer // a terminal that is shown how it goes; nil for none

	// Begin and End, if set, are called where the measured part begins and ends.
	Begin, End func()
}

// run is one run while it lasts.
type run struct {
	Common

	target Target
	name   string // of the run: call ids begin with it
	tally  *tally
	pace   *pace
}

func newRun(target Target, options Common) *run {
	return &run{
		Common: options, target: target, name: runName(time.Now()),
		tally: newTally(), pace: newPace(options.Rate, options.Events),
	}
}

// play lets workers work until the bounds are reached or ctx ends, and returns
// how long the measured part was. Workers end by themselves once stopped.
func (r *run) play(ctx context.Context, workers int, work func(ctx context.Context)) time.Duration {
	bounded, stop := context.WithTimeout(ctx, r.Warmup+r.Duration)
	defer stop()
	showing := r.show(bounded)
	if r.Warmup == 0 {
		r.begin()
	}
	r.pace.start()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { work(bounded) })
	}
	ended := make(chan struct{})
	go func() {
		group.Wait()
		close(ended)
	}()
	if r.Warmup > 0 {
		r.await(bounded, ended)
		r.begin()
	}
	began := time.Now()
	select {
	case <-bounded.Done():
	case <-ended:
	}
	r.tally.measuring.Store(false)
	took := time.Since(began)
	if r.End != nil {
		r.End()
	}
	stop()
	<-ended // what is in flight is finished: it may be acknowledged
	<-showing
	return took
}

// await waits for the warm-up to end.
func (r *run) await(ctx context.Context, ended <-chan struct{}) {
	timer := time.NewTimer(r.Warmup)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-ended:
	case <-timer.C:
	}
}

func (r *run) begin() {
	if r.Begin != nil {
		r.Begin()
	}
	r.tally.measuring.Store(true)
}
