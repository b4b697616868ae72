// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

// SubscribersOptions are how many follow the live view, and how much happens.
type SubscribersOptions struct {
	Common

	Callers     int64
	Subscribers int

	// Drain is how long after the last event a subscriber may still be told; 0
	// for ten seconds.
	Drain time.Duration

	// Connected, if set, is called when all are subscribed and nothing happens yet.
	Connected func()
}

// Delivery is what subscribers saw.
type Delivery struct {
	Complete int     // subscribers that were told of everything
	Latency  Latency // from the answer to the post until a subscriber has the whole frame, for each event and subscriber
	Early    int64   // of these, how many had it before the answer; they count as 0
	Frames   int64
	Bytes    int64
	Closed   map[string]int // subscribers that were closed, by reason
}

// watch follows what is posted and what is seen.
type watch struct {
	base     int64          // position where the run began
	answered []atomic.Int64 // when the post of an event was answered, Unix ns; by position less base; 0 for others'
	last     atomic.Int64   // newest position that was posted
	posted   atomic.Int64

	latency *hdrhistogram.Histogram
	seen    int64
}

// ownPerEvent bounds how many events of its own Tandem adds to one of ours.
const ownPerEvent = 3

const (
	drainTime  = 10 * time.Second
	drainEvery = 20 * time.Millisecond // until it is looked whether all have been told
)

// Subscribers posts calls by the clock and measures when each of many
// subscribers is told.
func Subscribers(ctx context.Context, target Target, options SubscribersOptions) (*Report, error) {
	sockets, err := subscribeAll(ctx, &target, options.Subscribers)
	defer func() {
		for _, s := range sockets {
			if s != nil {
				s.conn.Close()
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	if options.Connected != nil {
		options.Connected()
	}
	if options.Drain == 0 {
		options.Drain = drainTime
	}
	w := newWatch(sockets, options)
	following, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- follow(following, sockets, w.changed) }()
	report, err := Lives(ctx, target, LivesOptions{Common: options.Common, Callers: options.Callers, Posted: w.post})
	if err != nil {
		return nil, err
	}
	w.drain(ctx, options.Drain, sockets, ended)
	stop()
	if err := <-ended; err != nil {
		return nil, err
	}
	report.Mode, report.Subscribers, report.Delivery = "subscribers", len(sockets), w.delivery(sockets)
	return report, nil
}

// dialers is how many subscriptions are begun at once.
const dialers = 16

func subscribeAll(ctx context.Context, target *Target, n int) ([]*socket, error) {
	sockets := make([]*socket, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(dialers)
	for i := range sockets {
		group.Go(func() (err error) {
			sockets[i], err = subscribe(ctx, target)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return sockets, fmt.Errorf("of %d subscribers: %w", n, err)
	}
	return sockets, nil
}

func newWatch(sockets []*socket, options SubscribersOptions) *watch {
	w := &watch{latency: newHistogram()}
	for _, s := range sockets {
		w.base = max(w.base, s.position.Load())
	}
	events := options.Rate * (options.Warmup + options.Duration).Seconds()
	if options.Events > 0 {
		events = min(events, float64(options.Events))
	}
	w.answered = make([]atomic.Int64, int(events)*(1+ownPerEvent)+1024)
	return w
}

// post notes that an event was answered.
func (w *watch) post(p Post) {
	w.posted.Add(1)
	if i := p.Position - w.base; i > 0 && i < int64(len(w.answered)) {
		w.answered[i].Store(p.Answered.UnixNano())
	}
	for {
		last := w.last.Load()
		if p.Position <= last || w.last.CompareAndSwap(last, p.Position) {
			return
		}
	}
}

// changed notes that a subscriber has been told of everything up to a position.
// One goroutine at a time calls it.
func (w *watch) changed(_ *socket, from, to int64) {
	now := time.Now().UnixNano()
	for position := max(from, w.base) + 1; position <= to; position++ {
		i := position - w.base
		if i >= int64(len(w.answered)) {
			return
		}
		if answered := w.answered[i].Load(); answered != 0 && answered <= now {
			w.seen++
			_ = w.latency.RecordValue(min(max((now-answered)/1000, latencyMin), latencyMax)) // it is within the bounds
		}
	}
}

// drain waits until every subscriber has been told of everything, or until it
// has taken too long.
func (w *watch) drain(ctx context.Context, most time.Duration, sockets []*socket, ended chan error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	ticker := time.NewTicker(drainEvery)
	defer ticker.Stop()
	for w.complete(sockets) < len(sockets) {
		select {
		case <-ctx.Done():
			return
		case err := <-ended:
			ended <- err
			return
		case <-ticker.C:
		}
	}
}

func (w *watch) complete(sockets []*socket) (n int) {
	last := w.last.Load()
	for _, s := range sockets {
		if s.position.Load() >= last {
			n++
		}
	}
	return n
}

// delivery sums up. What a complete subscriber was told and has no latency, it
// was told before the post was answered.
func (w *watch) delivery(sockets []*socket) *Delivery {
	d := &Delivery{Complete: w.complete(sockets), Closed: map[string]int{}}
	for _, s := range sockets {
		d.Frames += s.frames
		d.Bytes += s.bytes
		if s.closed != "" {
			d.Closed[s.closed]++
		}
	}
	if d.Complete == len(sockets) {
		d.Early = max(0, w.posted.Load()*int64(len(sockets))-w.seen)
		_ = w.latency.RecordValues(latencyMin, d.Early) // it is within the bounds
	}
	d.Latency = latencyOf(w.latency)
	return d
}
