// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/ask"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/problem"
)

const (
	readAtOnce = 500
	// restTime is the least time between two looks at the log. Many short
	// ones would only take time from those who write.
	restTime  = 5 * time.Millisecond
	reachTime = time.Second
	// recheckTime is how often credentials are looked at when no bell rings:
	// sessions end by themselves.
	recheckTime = time.Minute
	// closingTime is how long clients have to be gone when the process ends.
	closingTime = 3 * time.Second
)

// Run follows the log and tells clients of it until ctx ends. When it returns
// every client is gone.
func (f *Feed) Run(ctx context.Context) error {
	events, stop, err := f.bus.Listen(ask.BellEvents)
	if err != nil {
		return err
	}
	defer stop()
	users, stop, err := f.bus.Listen(ask.BellUsers)
	if err != nil {
		return err
	}
	defer stop()
	agents, stop, err := f.bus.Listen(ask.BellAgents)
	if err != nil {
		return err
	}
	defer stop()
	head, err := f.log.Head(ctx)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer f.shut(cancel)
	f.start(max(0, head-int64(f.behind)), func(r *room) { f.work.Go(func() { r.run(ctx) }) })
	f.work.Go(func() { f.recheckLoop(ctx, users) })

	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for second := int64(0); ; {
		if err := f.catchUp(ctx); err != nil {
			return unlessEnded(ctx, fmt.Errorf("follow log: %w", err))
		}
		f.letIn()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(restTime):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-seconds.C:
			second++
			f.ping(second)
			f.endExpired(time.Now())
		case <-agents:
			f.agentsChanged()
		case <-events:
		case <-f.nudges:
		}
	}
}

// unlessEnded returns err, or nil if ctx has ended: that was asked for.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that is what this function is for
	}
	return err
}

// start begins at a position of the log, with nobody there yet.
func (f *Feed) start(since int64, begin func(*room)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since, f.begin = since, begin
	f.position.Store(since)
	f.rooms, f.clients = map[int64]*room{}, map[*client]struct{}{}
}

// letIn opens the door once the log has been looked back at.
func (f *Feed) letIn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = true
}

// shut sends every client away and waits for them to be gone.
func (f *Feed) shut(cancel context.CancelFunc) {
	f.mu.Lock()
	f.open = false
	clients := make([]*client, 0, len(f.clients))
	for c := range f.clients {
		clients = append(clients, c)
	}
	f.mu.Unlock()
	for _, c := range clients {
		c.close(closeGoingAway, "shutting down")
	}
	cancel()
	gone := make(chan struct{})
	go func() {
		f.work.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(closingTime):
		f.logger.Warn("clients of the live view did not leave in time", "clients", f.count())
	}
}

// catchUp takes in what the log holds now.
func (f *Feed) catchUp(ctx context.Context) error {
	for {
		records, err := f.log.ReadAfter(ctx, f.position.Load(), readAtOnce)
		if err != nil || len(records) == 0 {
			return err
		}
		touches := map[int64][]touch{}
		for i := range records {
			if f.pop(&records[i]) || f.remind(&records[i]) {
				continue
			}
			if t, ok := touchOf(&records[i]); ok {
				touches[records[i].Tenant] = append(touches[records[i].Tenant], t)
			}
		}
		for id, list := range touches {
			r, err := f.roomOf(ctx, id)
			if problem.Of(err).Kind == problem.NotFound {
				continue // nobody can be there either
			}
			if err != nil {
				return err
			}
			r.touch(list)
		}
		f.move(records[len(records)-1].Position)
		if len(records) < readAtOnce {
			return nil
		}
	}
}

func (f *Feed) move(position int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.position.Store(position)
	close(f.moved)
	f.moved = make(chan struct{})
}

// reach waits until everything that the log holds now has been read, so that
// who asks after an append is answered with it. It waits no longer than
// reachTime: being told a little later is no loss.
func (f *Feed) reach(ctx context.Context) error {
	head, err := f.log.Head(ctx)
	if err != nil {
		return err
	}
	enough := time.After(reachTime)
	for {
		f.mu.Lock()
		moved := f.moved
		f.mu.Unlock()
		if f.position.Load() >= head {
			return nil
		}
		select {
		case f.nudges <- struct{}{}:
		default:
		}
		select {
		case <-moved:
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// touchOf returns what a record changes in what clients see, and whether it
// changes anything: calls, what phone systems report, the numbers of calls and
// contacts.
func touchOf(r *eventlog.Record) (touch, bool) {
	if connector, callID, ok := live.ParseStream(r.Stream); ok {
		return touch{r.Position, live.Ref{Connector: connector, CallID: callID}}, true
	}
	counted := r.Type == live.TypeErased || r.Type == "contact.created" || r.Type == "contact.deleted" || r.Type == "contact.restored"
	return touch{position: r.Position}, counted || call.Family(r.Type) != ""
}

// roomOf returns a tenant's room, which begins to exist when it is first
// needed.
func (f *Feed) roomOf(ctx context.Context, id int64) (*room, error) {
	f.mu.Lock()
	r := f.rooms[id]
	f.mu.Unlock()
	if r != nil {
		return r, nil
	}
	found, err := f.tenants.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	return f.room(found.Tenant), nil
}

func (f *Feed) room(tenant identity.Tenant) *room {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rooms[tenant.ID] == nil {
		f.rooms[tenant.ID] = newRoom(f, tenant, f.since)
	}
	return f.rooms[tenant.ID]
}

// errFull and errStarting say why nobody can come in now.
var (
	errFull     = problem.New(problem.Unavailable, "feed.full", "There are too many clients of the live view already.")
	errStarting = problem.New(problem.Unavailable, "feed.not_running", "The live view is not running here at the moment.")
)

// admit gives a connection a place. Whoever gets one has to dismiss it.
func (f *Feed) admit() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.open:
		return errStarting
	case f.admitted >= f.maxClients:
		f.metrics.refused.Inc()
		return errFull
	default:
		f.admitted++
		f.work.Add(1)
		return nil
	}
}

// dismiss gives the place of an admitted connection to others.
func (f *Feed) dismiss() {
	f.mu.Lock()
	f.admitted--
	f.mu.Unlock()
	f.work.Done()
}

// enter lets the client of an admitted connection in, unless the live view is
// about to end.
func (f *Feed) enter(c *client) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		c.close(closeGoingAway, "shutting down")
		return
	}
	f.clients[c] = struct{}{}
	c.room.enter(c)
	if !c.room.running {
		c.room.running = true
		f.begin(c.room)
	}
}

func (f *Feed) leave(c *client) {
	f.mu.Lock()
	delete(f.clients, c)
	f.mu.Unlock()
	c.room.leave(c)
}

// some returns the clients that choose picks.
func (f *Feed) some(choose func(*client) bool) []*client {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []*client
	for c := range f.clients {
		if choose(c) {
			list = append(list, c)
		}
	}
	return list
}

// ping pings those whose turn it is: each after its own time, not all at once.
func (f *Feed) ping(second int64) {
	for _, c := range f.some(func(c *client) bool { return (c.number+second)%c.seconds == 0 }) {
		c.out.send(c.ping) // if it does not fit the client is busy, and so alive or soon closed
	}
}

// endExpired closes clients whose credential has ended by itself.
func (f *Feed) endExpired(now time.Time) {
	for _, c := range f.some(func(c *client) bool { return c.until != 0 && c.until <= now.UnixMilli() }) {
		c.close(closeSessionEnded, "session ended")
	}
}

// recheckLoop closes clients whose credential is no longer good.
func (f *Feed) recheckLoop(ctx context.Context, users <-chan struct{}) {
	if f.recheck == nil {
		return
	}
	ticker := time.NewTicker(recheckTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-users:
		case <-ticker.C:
		}
		for _, c := range f.some(func(*client) bool { return true }) {
			f.look(ctx, c)
		}
	}
}

// look closes a client whose credential is no longer good. Each is looked at
// once it is in the list as well: the bell may have rung while it was on its
// way from the check at the door to here.
func (f *Feed) look(ctx context.Context, c *client) {
	if f.recheck != nil && !f.recheck(ctx, c.request) && ctx.Err() == nil {
		c.close(closeSessionEnded, "session ended")
	}
}
