// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Bounds of the posting, on the wall's clock: Tandem restarts in real time,
// however fast the calls go.
const (
	pendingMax   = 50_000           // events that wait at a time; more are dropped
	attemptTime  = 10 * time.Second // for one request
	deliverTime  = 5 * time.Minute  // from the first attempt until the event is dropped
	backoffFirst = 100 * time.Millisecond
	backoffMax   = 5 * time.Second
)

// poster carries posts out: in order within a lane, lanes beside each other.
// An event that meets a closed door is tried again for a bounded time.
type poster struct {
	client *http.Client
	logger *slog.Logger

	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // of run; lanes begin when posts come, not when run does
	stopped bool
	lanes   map[string][]post // what each lane owes, oldest first; a running lane is in here
	pending int
	dropped int        // since the queue was last full
	down    bool       // the last attempt failed
	tally   eventStats // of events, not of call records
	running sync.WaitGroup
}

func newPoster(client *http.Client, logger *slog.Logger) *poster {
	return &poster{client: client, logger: logger, lanes: map[string][]post{}}
}

// add queues posts. It never blocks.
func (p *poster) add(posts ...post) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range posts {
		if p.stopped {
			p.count(one, &p.tally.DroppedAsUndelivered)
			continue
		}
		if p.pending >= pendingMax {
			p.count(one, &p.tally.DroppedByFullQueue)
			if p.dropped++; p.dropped%1000 == 1 {
				p.logger.Warn("queue full, events dropped", "pending", p.pending, "dropped", p.dropped)
			}
			continue
		}
		p.pending++
		p.count(one, &p.tally.Pending)
		lane, exists := p.lanes[one.Lane]
		p.lanes[one.Lane] = append(lane, one)
		if !exists && p.ctx != nil {
			p.start(one.Lane)
		}
	}
}

// run carries out what add queues, until ctx ends; then it waits for the
// requests that are under way to stop.
func (p *poster) run(ctx context.Context) {
	p.mu.Lock()
	p.ctx = ctx
	for name := range p.lanes {
		p.start(name)
	}
	p.mu.Unlock()

	<-ctx.Done()

	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.running.Wait()
	if p.pending > 0 {
		p.logger.Info("stopped with events undelivered", "pending", p.pending)
	}
}

// start begins a lane. The caller holds the lock.
func (p *poster) start(name string) {
	ctx := p.ctx
	p.running.Go(func() {
		for {
			one, more := p.head(name)
			if !more {
				return
			}
			fate := p.deliver(ctx, one)
			if ctx.Err() != nil && fate == undelivered {
				return // it is pending still
			}
			p.done(one, fate)
			if ctx.Err() != nil {
				return
			}
		}
	})
}

// head is the oldest post of a lane. A lane without any is gone.
func (p *poster) head(name string) (post, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lane := p.lanes[name]
	if len(lane) == 0 {
		delete(p.lanes, name)
		return post{}, false
	}
	return lane[0], true
}

// fate is what has become of a post.
type fate int

const (
	undelivered fate = iota // nobody took it
	acknowledged
	refused
)

func (p *poster) done(one post, f fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lanes[one.Lane] = p.lanes[one.Lane][1:]
	if p.pending--; p.pending == 0 && p.dropped > 0 {
		p.logger.Warn("queue empty again", "dropped", p.dropped)
		p.dropped = 0
	}
	t := &p.tally
	if one.Tenant != "" {
		return
	}
	t.Pending--
	switch f {
	case acknowledged:
		t.Acknowledged++
		if one.Copy {
			t.AcknowledgedCopies++
		}
	case refused:
		t.Refused++
	default:
		t.DroppedAsUndelivered++
	}
}

// count adds an event to one of the tallies. The caller holds the lock.
func (p *poster) count(one post, tally *int) {
	if one.Tenant == "" {
		*tally++
	}
}

// counts is what has become of the events so far.
func (p *poster) counts() eventStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

// deliver tries until the post arrives, is refused, or its time is over.
func (p *poster) deliver(ctx context.Context, one post) fate {
	deadline := time.Now().Add(deliverTime)
	for backoff := backoffFirst; ; backoff = min(2*backoff, backoffMax) {
		status, err := p.attempt(ctx, one)
		again := err != nil || status >= 500 || status == http.StatusTooManyRequests
		if again && ctx.Err() != nil {
			return undelivered
		}
		p.note(one, again, status, err)
		switch {
		case !again && status/100 == 2:
			// Any 2xx is success: the original sender waits for 201, which its
			// receiver, who answers 204, never says.
			return acknowledged
		case !again:
			p.logger.Warn("event refused", "lane", one.Lane, "type", one.Type, "status", status)
			return refused
		case time.Now().Add(backoff).After(deadline):
			p.logger.Warn("event dropped, nobody takes it", "lane", one.Lane, "type", one.Type, "status", status, "error", err)
			return undelivered
		}
		select {
		case <-ctx.Done():
			return undelivered
		case <-time.After(backoff):
		}
	}
}

// note counts a request, and logs when the other side goes away and when it is
// back.
func (p *poster) note(one post, down bool, status int, err error) {
	p.mu.Lock()
	p.count(one, &p.tally.Requests)
	changed := p.down != down
	p.down = down
	p.mu.Unlock()
	switch {
	case changed && down:
		p.logger.Warn("webhook does not answer, retrying", "status", status, "error", err)
	case changed:
		p.logger.Info("webhook answers again")
	}
}

// attempt posts once. A user and password in the URL travel as Basic
// credentials; errors are without the URL, since a key may stand in it.
func (p *poster) attempt(ctx context.Context, one post) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, one.To, bytes.NewReader(one.Body))
	if err != nil {
		return 0, bare(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "tandem-mockpbx")
	if one.Tenant != "" {
		request.Header.Set("Tenant-UUID", one.Tenant)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, bare(err)
	}
	defer response.Body.Close()
	// Read to the end, within reason, so that the connection serves again.
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, bodyMax))
	if err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	return response.StatusCode, nil
}

func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
