// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const (
	knownTime = 5 * time.Second // how long an answer may be used when its bell was lost
	knownMax  = 10_000          // credentials remembered
	askTime   = 10 * time.Second
)

// known remembers for a moment whose a credential is, so that a busy client is
// not asked about at every request. Only a keyed hash of the credential is
// kept.
type known struct {
	now   func() time.Time
	key   []byte
	rings <-chan struct{}

	mu         sync.Mutex
	entries    map[[sha256.Size]byte]entry
	generation int // counts how often everything was forgotten
}

type entry struct {
	principal identity.Principal
	until     time.Time
}

func newKnown(b *bus.Bus, now func() time.Time) (*known, error) {
	rings, _, err := b.Listen(ask.BellUsers) // for as long as the bus is open
	if err != nil {
		return nil, err
	}
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return &known{now: now, key: key, rings: rings, entries: map[[sha256.Size]byte]entry{}}, nil
}

// hash returns what a credential is remembered by. The lengths keep parts that
// run into each other apart.
func (k *known) hash(c ask.Credential) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, k.key)
	for _, part := range []string{c.Login, c.Password, c.APIKey, c.Session, c.Token} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part))) //nolint:gosec // bounded by credentialBytesMax
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	mac.Sum(sum[:0])
	return sum
}

// find returns whose credential it is, if that is remembered, and the
// generation to hand to keep.
func (k *known) find(sum [sha256.Size]byte) (p identity.Principal, generation int, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.listen()
	e, ok := k.entries[sum]
	if ok && !k.now().Before(e.until) {
		delete(k.entries, sum)
		ok = false
	}
	return e.principal, k.generation, ok
}

// keep remembers an answer, unless something changed since it was asked for.
func (k *known) keep(sum [sha256.Size]byte, p identity.Principal, generation int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.listen()
	if k.generation != generation {
		return
	}
	if len(k.entries) >= knownMax {
		clear(k.entries)
	}
	until := k.now().Add(knownTime)
	if ends := time.UnixMilli(p.Until); p.Until != 0 && ends.Before(until) {
		until = ends
	}
	k.entries[sum] = entry{p, until}
}

// listen forgets everything if logins, keys or sessions have changed.
func (k *known) listen() {
	select {
	case <-k.rings:
		clear(k.entries)
		k.generation++
	default:
	}
}

// authenticate returns whose credential it is.
func (g *gateway) authenticate(r *http.Request, c credential) (identity.Principal, error) {
	sum := g.known.hash(c.Credential)
	p, generation, ok := g.known.find(sum)
	if ok {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTime)
	defer cancel()
	c.Origin = originOf(r)
	p, err := bus.Ask(ctx, g.Bus, ask.Authenticate, c.Credential)
	if errors.Is(err, context.DeadlineExceeded) {
		return identity.Principal{}, problem.New(problem.Unavailable, "gateway.no_answer", "The sign-in check takes too long; try again.")
	}
	if err != nil {
		return identity.Principal{}, err
	}
	if p.Tenant.UUID != "" {
		// The number of a tenant does not travel; its UUID does.
		found, err := g.Tenants.FindByUUID(ctx, p.Tenant.UUID)
		if err != nil {
			return identity.Principal{}, fmt.Errorf("find tenant of %s: %w", p.ID, err)
		}
		p.Tenant = found.Tenant
	}
	g.known.keep(sum, p, generation)
	return p, nil
}

// StillGood returns a check for connections that outlive the request they began
// with: whether its credential would still get it the right. Only a plain no
// counts; while nobody can tell, what is open stays open.
func StillGood(b *bus.Bus, right string) func(context.Context, *http.Request) bool {
	return func(ctx context.Context, r *http.Request) bool {
		shown := credentialOf(r)
		switch shown.kind {
		case kindNone:
			return true // it was let in without one
		case kindUnreadable:
			return false
		}
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		shown.Origin = originOf(r)
		p, err := bus.Ask(ctx, b, ask.Authenticate, shown.Credential)
		if err != nil {
			kind := problem.Of(err).Kind
			return kind != problem.Unauthenticated && kind != problem.Denied // wrong, or of a suspended tenant
		}
		return p.Can(right)
	}
}
