// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/problem"
)

const (
	lookEvery = 400 * time.Millisecond // how often Watch looks whether a tenant has changed
	lookTime  = 900 * time.Millisecond // how old what is known may be where nobody watches
)

// ErrSuspended is what everything of a suspended call centre is answered.
var ErrSuspended = problem.New(problem.Denied, "tenant.suspended", "This call centre is suspended; ask whoever runs this installation.")

var errBusy = problem.Retry(time.Second,
	problem.New(problem.TooMany, "limit.rate", "This call centre asks more often than it may; try again in a second."))

// standing is whether a call centre may do anything now, and how much.
type standing struct {
	suspended          bool
	limits             Limits
	requests, webhooks *rate.Limiter // nil for no limit
}

// standings are those of all tenants at one moment.
type standings struct {
	version int64 // of all tenants together
	until   time.Time
	byID    map[int64]*standing
}

// keeper holds the standings in memory, because every request needs one.
type keeper struct {
	current atomic.Pointer[standings]
	watched atomic.Bool // somebody looks for changes, so that those who ask need not
	mu      sync.Mutex  // held while reading them
}

// AdmitRequest returns nil if a tenant's people and programs may ask something
// now: a Denied problem when it is suspended, and TooMany when it asks more
// often than it may. Tenant 0, where operators are, may always.
func (d *Directory) AdmitRequest(ctx context.Context, tenant int64) error {
	return d.admit(ctx, tenant, func(s *standing) *rate.Limiter { return s.requests })
}

// AdmitWebhook is [Directory.AdmitRequest] for a tenant's phone systems.
func (d *Directory) AdmitWebhook(ctx context.Context, tenant int64) error {
	return d.admit(ctx, tenant, func(s *standing) *rate.Limiter { return s.webhooks })
}

// Suspended returns the Denied problem of a suspended tenant, and nil for
// others, without counting anything.
func (d *Directory) Suspended(ctx context.Context, tenant int64) error {
	return d.admit(ctx, tenant, func(*standing) *rate.Limiter { return nil })
}

func (d *Directory) admit(ctx context.Context, tenant int64, limiter func(*standing) *rate.Limiter) error {
	if tenant == 0 {
		return nil
	}
	all, err := d.standings(ctx)
	if err != nil {
		return err
	}
	s := all.byID[tenant]
	switch {
	case s == nil:
		// Nobody has looked since it was made; that lasts no longer than lookTime.
		return nil
	case s.suspended:
		return ErrSuspended
	}
	if l := limiter(s); l != nil && !l.AllowN(d.now(), 1) {
		return errBusy
	}
	return nil
}

// Limits returns a tenant's limits; the usual ones for a tenant that is new.
func (d *Directory) Limits(ctx context.Context, tenant int64) (Limits, error) {
	all, err := d.standings(ctx)
	if err != nil {
		return Limits{}, err
	}
	if s := all.byID[tenant]; s != nil {
		return s.limits, nil
	}
	return Usual, nil
}

// Rates returns how many of a second's requests and webhooks a tenant has used
// up at this process.
func (d *Directory) Rates(ctx context.Context, tenant int64) (requests, webhooks int64, err error) {
	all, err := d.standings(ctx)
	if err != nil {
		return 0, 0, err
	}
	now := d.now()
	used := func(l *rate.Limiter) int64 {
		if l == nil {
			return 0
		}
		return int64(l.Burst()) - int64(l.TokensAt(now))
	}
	if s := all.byID[tenant]; s != nil {
		return used(s.requests), used(s.webhooks), nil
	}
	return 0, 0, nil
}

// standings returns the tenants' standings, at most lookTime old. While the
// database cannot be read they are the last that are known.
func (d *Directory) standings(ctx context.Context) (*standings, error) {
	all := d.standing.current.Load()
	if all != nil && d.standing.watched.Load() {
		return all, nil // without asking the clock, which costs more than all the rest
	}
	now := d.now()
	if all != nil && now.Before(all.until) {
		return all, nil
	}
	if all != nil && !d.standing.mu.TryLock() {
		return all, nil // another request is looking
	} else if all == nil {
		d.standing.mu.Lock()
	}
	defer d.standing.mu.Unlock()
	if newer := d.standing.current.Load(); newer != nil && now.Before(newer.until) {
		return newer, nil
	}
	newer, err := d.look(ctx, now)
	if err != nil && all != nil {
		return all, nil // whoever needs the database will say so
	}
	return newer, err
}

// look finds out whether any tenant has changed, and reads the standings again
// if so. The caller holds the lock.
func (d *Directory) look(ctx context.Context, now time.Time) (*standings, error) {
	version, err := d.version(ctx)
	if err != nil {
		return nil, err
	}
	known := d.standing.current.Load()
	next := &standings{version: version, until: now.Add(lookTime)}
	if known != nil && known.version == version {
		next.byID = known.byID
	} else {
		d.forget()
		if next.byID, err = d.readStandings(ctx, known); err != nil {
			return nil, err
		}
	}
	d.standing.current.Store(next)
	return next, nil
}

// refresh reads the standings if anything has changed, and reports whether.
func (d *Directory) refresh(ctx context.Context) (changed bool, err error) {
	d.standing.mu.Lock()
	defer d.standing.mu.Unlock()
	before := d.standing.current.Load()
	after, err := d.look(ctx, d.now())
	return err == nil && (before == nil || before.version != after.version), err
}

// newStanding returns the standing of a tenant; with the limiters that it had,
// if its limits are what they were.
func newStanding(suspended bool, l Limits, before *standing) *standing {
	s := &standing{suspended: suspended, limits: l}
	if before != nil && before.limits == l {
		s.requests, s.webhooks = before.requests, before.webhooks
		return s
	}
	s.requests, s.webhooks = limiterOf(l.RequestsPerSecond), limiterOf(l.WebhooksPerSecond)
	return s
}

// limiterOf lets through so many a second, and at once what it saved up within
// one.
func limiterOf(perSecond int64) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), int(perSecond))
}

// Changed makes this process see at once what was changed of a tenant, and
// tells the others.
func (d *Directory) Changed(ctx context.Context, b *bus.Bus) error {
	_, err := d.refresh(ctx)
	d.ring(b)
	return err
}

// ring rings for whoever remembers what a tenant or its credentials were.
func (d *Directory) ring(b *bus.Bus) {
	b.Ring(ask.BellUsers)
	b.Ring(ask.BellConnectors)
}

// Watch looks for changes of tenants until ctx ends, and rings for them: they
// may have been made by a command, whose bells nobody here hears.
func (d *Directory) Watch(ctx context.Context, b *bus.Bus) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	d.standing.watched.Store(true)
	defer d.standing.watched.Store(false)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		// A database that cannot be read now is looked at again.
		if changed, err := d.refresh(ctx); err == nil && changed {
			d.ring(b)
		}
	}
}
