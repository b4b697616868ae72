// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// rosterTime is how long another process's change to a connector may go unseen
// when its bell is not heard.
const rosterTime = 5 * time.Second

// rosterAgain is the least age of the roster at which a key that is not in it
// has the connectors read again: whoever just connected a phone system with a
// command, beside a running Tandem, sends its first event at once. It bounds
// what trying out keys can cost.
const rosterAgain = 250 * time.Millisecond

// source is a connector as its webhooks need it. One with id 0 stands for a
// tenant that has no connector for a request.
type source struct {
	tenant     tenant.Tenant
	id         int64
	name       string
	dialect    string
	keyHash    []byte
	staleAfter int64 // ms
	deleted    bool
	keyers     *sync.Pool
}

// roster is all connectors of the installation at one moment.
type roster struct {
	byHash     map[string]*source  // by SHA-256 of the key; without deleted ones
	byTenant   map[int64][]*source // the oldest first
	until      time.Time
	generation uint64
}

// find returns the live connector that choose chooses, or nil.
func (r *roster) find(tenant int64, choose func(*source) bool) *source {
	for _, s := range r.byTenant[tenant] {
		if !s.deleted && choose(s) {
			return s
		}
	}
	return nil
}

// rosterKeeper keeps the roster in memory, because every webhook needs it.
type rosterKeeper struct {
	load func(context.Context) (*roster, error)
	now  func() time.Time

	current    atomic.Pointer[roster]
	generation atomic.Uint64 // rises when a connector has changed
	loading    chan struct{} // of size 1; full while somebody loads
}

// drop makes the next look read the connectors again.
func (k *rosterKeeper) drop() { k.generation.Add(1) }

// get returns a roster that is at most rosterTime old and holds every change
// that was made here.
func (k *rosterKeeper) get(ctx context.Context) (*roster, error) {
	if r := k.current.Load(); k.fresh(r) {
		return r, nil
	}
	select { // no lock: while the database hangs, nobody waits for longer than ctx
	case k.loading <- struct{}{}:
		defer func() { <-k.loading }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the connectors: %w", ctx.Err())
	}
	if r := k.current.Load(); k.fresh(r) {
		return r, nil
	}
	generation := k.generation.Load() // before looking: what changes meanwhile is loaded again
	r, err := k.load(ctx)
	if err != nil {
		return nil, err
	}
	r.generation, r.until = generation, k.now().Add(rosterTime)
	k.current.Store(r)
	return r, nil
}

// newer returns a roster that was read after r; r itself if that is too young.
func (k *rosterKeeper) newer(ctx context.Context, r *roster) (*roster, error) {
	if k.now().Before(r.until.Add(rosterAgain - rosterTime)) {
		return r, nil
	}
	if k.current.Load() == r {
		k.drop()
	}
	return k.get(ctx)
}

func (k *rosterKeeper) fresh(r *roster) bool {
	return r != nil && r.generation == k.generation.Load() && k.now().Before(r.until)
}

func (i *Ingest) loadRoster(ctx context.Context) (*roster, error) {
	connectors, err := i.store.listAll(ctx)
	if err != nil {
		return nil, err
	}
	r := &roster{byHash: map[string]*source{}, byTenant: map[int64][]*source{}}
	for _, c := range connectors {
		s, err := i.newSource(ctx, c)
		if problem.Of(err).Kind == problem.NotFound {
			continue // of a tenant that is no more
		}
		if err != nil {
			return nil, fmt.Errorf("load connector %d: %w", c.ID, err)
		}
		r.byTenant[c.Tenant] = append(r.byTenant[c.Tenant], s)
		if !s.deleted {
			r.byHash[string(s.keyHash)] = s
		}
	}
	return r, nil
}

func (i *Ingest) newSource(ctx context.Context, c row) (*source, error) {
	owner, err := i.Tenants.Find(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	hash, err := hex.DecodeString(c.keyHash)
	if err != nil {
		return nil, fmt.Errorf("read key hash: %w", err)
	}
	return &source{
		tenant: owner, id: c.ID, name: c.Name, dialect: c.Dialect, keyHash: hash,
		staleAfter: c.StaleAfter.Milliseconds(), deleted: c.deleted, keyers: newKeyers(owner.KeySecret),
	}, nil
}
