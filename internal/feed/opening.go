// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
)

const (
	openMax     = 2_500 // open calls in a snapshot
	finishedMax = 200   // finished calls in it, the newest
	// snapshotTime is how long a snapshot serves others if nothing changes.
	// Those who come at the same time share one anyway.
	snapshotTime = time.Second
)

// order is a client's wish to be brought up to date.
type order struct {
	client   *client
	resume   bool
	position int64 // what it has seen, if it resumes
	lagging  bool  // it wishes nothing; it was too slow
}

// opening is what a subscription begins with. The rounds of changes behind
// after follow it; what the earlier ones told is in it.
type opening struct {
	after int64
	frame *frame
}

// snapshot is the present.
type snapshot struct {
	after      int64
	touched    int64 // position of the newest change in it
	made       time.Time
	subscribed *frame // as an answer
	moved      *frame // for a client that was too slow
}

// subscribe brings a client up to date and keeps it so.
func (r *room) subscribe(o order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order(o)
}

// order takes an order; the caller holds the lock. Of one client's orders the
// last counts, so that nobody can pile up work.
func (r *room) order(o order) {
	if o.client.ordered {
		i := slices.IndexFunc(r.orders, func(other order) bool { return other.client == o.client })
		if i >= 0 {
			r.orders[i] = o
			return
		}
	}
	o.client.ordered = true
	r.orders = append(r.orders, o)
	r.ring()
}

// startBuilding has the orders carried out beside the telling of changes.
func (r *room) startBuilding(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.building || len(r.orders) == 0 {
		return
	}
	r.building, r.from = true, r.round
	r.feed.work.Go(func() { r.build(ctx) })
}

func (r *room) build(ctx context.Context) {
	r.mu.Lock()
	orders := r.orders
	r.orders = nil
	r.mu.Unlock()

	openings, err := r.openings(ctx, orders)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.building = false
	if err != nil {
		if ctx.Err() == nil {
			r.feed.logger.WarnContext(ctx, "subscriptions not begun", "tenant", r.tenant.Slug, "error", err)
			r.orders = append(orders, r.orders...) // the room looks again within a second
		}
		return
	}
	for i, o := range orders {
		r.release(o.client, openings[i])
	}
	if len(r.orders) > 0 {
		r.ring()
	}
}

// release sends a client its opening and what was told since, and from now on
// everything.
func (r *room) release(c *client, o opening) {
	c.subscribed, c.lagging, c.ordered = true, false, false
	c.send(o.frame)
	c.seen, c.position = o.after, o.frame.position
	for _, f := range r.recent {
		c.deliver(f)
	}
}

// openings returns what each order begins with. Equal orders share a frame.
func (r *room) openings(ctx context.Context, orders []order) ([]opening, error) {
	if err := r.feed.reach(ctx); err != nil {
		return nil, err
	}
	replays := map[int64]opening{}
	var latest *snapshot // one for all, for what was told since the oldest has to be kept
	list := make([]opening, 0, len(orders))
	for _, o := range orders {
		if o.resume {
			replay, done := replays[o.position]
			if !done {
				var err error
				if replay, err = r.replay(ctx, o.position); err != nil {
					return nil, err
				}
				replays[o.position] = replay
			}
			if replay.frame != nil {
				list = append(list, replay)
				continue
			}
		}
		if latest == nil {
			var err error
			if latest, err = r.present(ctx); err != nil {
				return nil, err
			}
		}
		start := opening{latest.after, latest.subscribed}
		if o.lagging {
			start.frame = latest.moved
		}
		list = append(list, start)
	}
	return list, nil
}

// replay returns what changed since a position, or no frame if that is too far
// back or in no past of this log.
func (r *room) replay(ctx context.Context, since int64) (opening, error) {
	r.mu.Lock()
	after, position := r.round, r.reached()
	missed, refs, known := r.history.after(since)
	r.mu.Unlock()
	if since > position {
		// Another process may have told of what this one has not read yet.
		head, err := r.feed.log.Head(ctx)
		if err != nil {
			return opening{}, err
		}
		known = since <= head
	}
	if !known {
		return opening{}, nil
	}
	calls, err := r.feed.live.FindRefs(ctx, r.tenant.ID, refs)
	if err != nil {
		return opening{}, err
	}
	result := resultReplayed
	if missed == 0 {
		result = resultUpToDate
	}
	f, err := r.begin(ctx, update{Position: max(position, since), Result: result, Replayed: &missed, Calls: r.cards(ctx, calls)})
	return opening{after, f}, err
}

// present returns a snapshot: the open calls and the newest finished ones.
func (r *room) present(ctx context.Context) (*snapshot, error) {
	r.mu.Lock()
	last, after, touched, position := r.snapshot, r.round, r.history.last(), r.reached()
	r.mu.Unlock()
	if last != nil && last.touched == touched && time.Since(last.made) < snapshotTime {
		return last, nil
	}
	open, none := true, 0
	calls, err := r.feed.live.List(ctx, r.tenant.ID, live.Filter{Open: &open, Limit: openMax + 1})
	if err != nil {
		return nil, err
	}
	truncated := len(calls) > openMax
	calls = calls[:min(len(calls), openMax)]
	finished, err := r.feed.live.List(ctx, r.tenant.ID, live.Filter{States: []call.State{call.StateFinished}, Limit: finishedMax})
	if err != nil {
		return nil, err
	}
	u := update{
		Position: position, Result: resultSnapshot, Replayed: &none, Truncated: &truncated,
		Calls: r.cards(ctx, merge(calls, finished)),
	}
	if u.Counts, err = r.counts(ctx); err != nil {
		return nil, err
	}
	data, err := json.Marshal(u)
	if err != nil {
		return nil, fmt.Errorf("write snapshot: %w", err)
	}
	s := &snapshot{
		after: after, touched: touched, made: time.Now(),
		subscribed: frameOf(eventSubscribed, position, data), moved: frameOf(eventSnapshot, position, data),
	}
	r.mu.Lock()
	r.snapshot = s
	r.mu.Unlock()
	r.feed.metrics.snapshots.Inc()
	return s, nil
}

// merge returns both lists; a call that ended between the two queries is in
// both and counts as finished.
func merge(open, finished []live.Call) []live.Call {
	ended := map[int64]bool{}
	for i := range finished {
		ended[finished[i].ID] = true
	}
	open = slices.DeleteFunc(open, func(c live.Call) bool { return ended[c.ID] })
	return append(open, finished...)
}

func (r *room) counts(ctx context.Context) (*liveview.Counts, error) {
	counts, err := liveview.CountsOf(ctx, r.feed.live, r.tenant.ID)
	return &counts, err
}

// begin returns the answer to a client that came back.
func (r *room) begin(ctx context.Context, u update) (f *frame, err error) {
	var whole bool
	u.Truncated = &whole
	if u.Counts, err = r.counts(ctx); err != nil {
		return nil, err
	}
	return newFrame(eventSubscribed, u)
}
