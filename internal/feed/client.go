// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"net/http"
	"sync"
	"sync/atomic"

	"tandem/internal/identity"
)

// client is one connection, of either kind.
type client struct {
	number  int64 // of the connection; spreads the pings
	room    *room
	out     *outbox
	render  func(*frame) []byte
	ping    []byte
	seconds int64         // between pings
	request *http.Request // its credential, to be checked again
	user    string        // id of who is there
	until   int64         // Unix ms when its credential ends by itself; 0 for one that does not
	goodbye func(code uint16, reason string)
	once    sync.Once
	closing atomic.Bool // what it says no longer counts

	// The room's lock guards what follows.
	notified   bool  // gets DataChanged while it is not subscribed
	subscribed bool  // gets Changes
	ordered    bool  // waits for the opening of its subscription
	lagging    bool  // something was kept from it; it is due a snapshot
	seen       int64 // the last round of changes that it knows of
	position   int64 // that its subscription began at

	agents        bool // gets Agents
	agentsLacking bool // and has to get all of them
}

// newClient returns the client behind a connection.
func (f *Feed) newClient(r *http.Request, tenant identity.Tenant, l line) *client {
	who, _ := identity.From(r.Context())
	c := &client{user: who.ID, until: who.Until, number: f.numbers.Add(1), room: f.room(tenant), request: credentialOf(r), out: newOutbox(l, f.slowest, &f.work)}
	c.out.drained = func() { c.room.drained(c) }
	c.out.slow = func() {
		c.closing.Store(true)
		f.metrics.slow.Inc()
	}
	return c
}

// close says goodbye, once.
func (c *client) close(code uint16, reason string) {
	c.once.Do(func() {
		c.closing.Store(true)
		c.goodbye(code, reason)
	})
}

// deliver sends changes that the client does not know of.
func (c *client) deliver(f *frame) {
	if f.round > c.seen && (f.position > c.position || f.again) {
		c.send(f)
	}
}

// send sends an update unless the client is too far behind.
func (c *client) send(f *frame) {
	if !c.lagging && !c.out.send(c.render(f)) {
		c.lagging = true
		c.room.feed.metrics.lagged.Inc()
	}
}

// notify says that something changed. When it cannot, it does so later: after
// the last change a client always hears that there was one.
func (c *client) notify() {
	if !c.lagging && !c.out.send(dataChanged) {
		c.lagging = true
	}
}
