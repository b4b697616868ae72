// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
)

const (
	cardsMax   = 500         // in one frame of changes
	retryTime  = time.Second // after the database refused
	sideBySide = 64          // clients from which on several goroutines write
)

// room is where the clients of one call centre are. One goroutine of it turns
// what changed into frames; another, when needed, makes the snapshots and
// replays that subscriptions begin with, so that those hold nobody up.
type room struct {
	feed   *Feed
	tenant identity.Tenant
	wake   chan struct{}

	running bool // the feed's lock guards it

	mu       sync.Mutex
	clients  map[*client]struct{}
	history  history
	changed  map[live.Ref]struct{} // not yet told
	dirty    bool                  // something changed, be it no call
	late     map[live.Ref]struct{} // calls that will be folded anew, without an event
	again    bool                  // some of those are among the changed
	round    int64                 // counts how often changes were told
	told     int64                 // the position up to which they were
	recent   []*frame              // what an opening that is not sent yet may lack
	orders   []order
	building bool
	from     int64     // the round that the openings in the making began in
	snapshot *snapshot // the latest, while it may serve again

	agentsDue  bool  // some agent may do something else
	agentsTold int64 // position up to which was told what they do
}

func newRoom(f *Feed, tenant identity.Tenant, since int64) *room {
	return &room{
		feed: f, tenant: tenant, wake: make(chan struct{}, 1),
		clients: map[*client]struct{}{}, changed: map[live.Ref]struct{}{}, late: map[live.Ref]struct{}{},
		history: history{since: since},
	}
}

// touch takes in what the log said since.
func (r *room) touch(touches []touch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range touches {
		r.history.add(t)
		if len(r.clients) > 0 { // else whoever comes later reads it from the database
			r.change(t.ref)
		}
	}
	r.ring()
}

func (r *room) change(ref live.Ref) {
	if ref != (live.Ref{}) {
		r.changed[ref] = struct{}{}
	}
	r.dirty = true
}

func (r *room) ring() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run tells clients what changes, at most once per pause, until ctx ends.
func (r *room) run(ctx context.Context) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-again.C:
			r.lookAgain()
		}
		begun := time.Now()
		r.startBuilding(ctx)
		err := r.tell(ctx)
		pause := pauseAfter(time.Since(begun), r.feed.coalesce)
		if err != nil && ctx.Err() == nil {
			r.feed.logger.WarnContext(ctx, "changes not read", "tenant", r.tenant.Slug, "error", err)
			pause = retryTime
		}
		if err := r.tellAgents(ctx); err != nil && ctx.Err() == nil {
			r.feed.logger.WarnContext(ctx, "agents not told of", "tenant", r.tenant.Slug, "error", err)
			pause = retryTime
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// pauseAfter returns how long a room rests when telling has taken a while. Its
// frames begin a period apart; where telling takes more than a tenth of that,
// they begin up to two fifths later, for each frame costs a write to each
// client, however much is in it. A room rests as long as it works, so that
// thousands do not take a whole core, but never longer than a period.
func pauseAfter(took, period time.Duration) time.Duration {
	apart := min(max(10*took, period), period*7/5)
	return max(apart-took, min(took, period))
}

// reached returns the position up to which the room knows everything. The
// caller holds the lock.
func (r *room) reached() int64 {
	// A record is noted here before the reader of the log goes on.
	return max(r.feed.position.Load(), r.history.last())
}

// lookAgain counts calls that wait to be folded anew as changed: that changes
// them without an event.
func (r *room) lookAgain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ref := range r.late {
		r.change(ref)
		r.again = true
	}
}

// tell sends what changed since the last time.
func (r *room) tell(ctx context.Context) error {
	r.mu.Lock()
	if !r.dirty {
		r.mu.Unlock()
		return nil
	}
	position := r.reached()
	refs := make([]live.Ref, 0, len(r.changed))
	for ref := range r.changed {
		refs = append(refs, ref)
	}
	clear(r.changed)
	r.round++
	round, told, again := r.round, r.told, r.again
	r.told, r.dirty, r.again = position, false, false
	r.fanOut(func(c *client) bool { return c.notified && !c.subscribed }, (*client).notify)
	watched := r.building || len(r.orders) > 0
	for c := range r.clients {
		watched = watched || c.subscribed
	}
	if !watched {
		r.snapshot, r.recent = nil, nil
	}
	r.mu.Unlock()
	if !watched {
		return nil
	}

	frames, late, err := r.frames(ctx, refs, told, position)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		for _, ref := range refs {
			r.change(ref)
		}
		r.told, r.dirty, r.again = told, true, again
		r.ring()
		return err
	}
	for ref, isLate := range late {
		if isLate {
			r.late[ref] = struct{}{}
		} else {
			delete(r.late, ref)
		}
	}
	for _, f := range frames {
		f.round, f.again = round, again
	}
	r.keep(frames)
	for _, f := range frames {
		r.fanOut(func(c *client) bool { return c.subscribed }, func(c *client) { c.deliver(f) })
	}
	return nil
}

// frames returns the changes as frames, in pieces if they are many. Only the
// last says the new position, so that a client which misses it asks for all.
func (r *room) frames(ctx context.Context, refs []live.Ref, told, position int64) (frames []*frame, late map[live.Ref]bool, err error) {
	calls, err := r.feed.live.FindRefs(ctx, r.tenant.ID, refs)
	if err != nil {
		return nil, nil, err
	}
	counts, err := liveview.CountsOf(ctx, r.feed.live, r.tenant.ID)
	if err != nil {
		return nil, nil, err
	}
	late = map[live.Ref]bool{}
	for i := range calls {
		late[live.Ref{Connector: calls[i].Connector, CallID: calls[i].CallID}] = calls[i].Late
	}
	cards := r.cards(ctx, calls)
	for first := true; first || len(cards) > 0; first = false {
		piece := cards[:min(cardsMax, len(cards))]
		cards = cards[len(piece):]
		if len(cards) == 0 {
			told = position
		}
		f, err := newFrame(eventChanges, update{Position: told, Calls: piece, Counts: &counts})
		if err != nil {
			return nil, nil, err
		}
		frames = append(frames, f)
	}
	return frames, late, nil
}

// cards returns calls as clients see them. What no call.* event has begun is
// no call yet.
func (r *room) cards(ctx context.Context, calls []live.Call) []liveview.Card {
	calls = slices.DeleteFunc(calls, func(c live.Call) bool { return c.State.State == "" })
	names := r.feed.namer.Name(ctx, r.tenant.ID, calls, false)
	cards := make([]liveview.Card, 0, len(calls))
	for i := range calls {
		cards = append(cards, liveview.CardOf(&calls[i], names, r.tenant.Region))
	}
	return cards
}

// keep remembers frames for those whose snapshot is being made or was made a
// moment ago.
func (r *room) keep(frames []*frame) {
	r.recent = append(r.recent, frames...)
	from := r.round
	if r.building {
		from = min(from, r.from)
	}
	if r.snapshot != nil && (r.building || time.Since(r.snapshot.made) < snapshotTime) {
		from = min(from, r.snapshot.after)
	}
	r.recent = slices.DeleteFunc(r.recent, func(f *frame) bool { return f.round <= from })
}

// fanOut calls do for each of the chosen clients, side by side if they are
// many. The caller holds the lock.
func (r *room) fanOut(chosen func(*client) bool, do func(*client)) {
	list := make([]*client, 0, len(r.clients))
	for c := range r.clients {
		if chosen(c) {
			list = append(list, c)
		}
	}
	r.feed.metrics.frames.Add(float64(len(list)))
	if len(list) < sideBySide {
		for _, c := range list {
			do(c)
		}
		return
	}
	var writers sync.WaitGroup
	for part := range slices.Chunk(list, len(list)/runtime.GOMAXPROCS(0)+1) {
		writers.Go(func() {
			for _, c := range part {
				do(c)
			}
		})
	}
	writers.Wait()
}

// enter and leave keep the list of clients.

func (r *room) enter(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients[c] = struct{}{}
}

func (r *room) leave(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.clients, c)
}

// drained brings a client that was too far behind up to date again.
func (r *room) drained(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, here := r.clients[c]
	if c.agentsLacking {
		r.ring()
	}
	switch {
	case !here || !c.lagging:
	case c.subscribed:
		r.order(order{client: c, lagging: true})
	default:
		c.lagging = false
		c.notify()
	}
}
