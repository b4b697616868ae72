// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"tandem/internal/problem"
)

const (
	hashesAtOnce = 2                // each takes a core and 19 MiB for some 20 ms
	hashesMax    = 32               // that may wait or run; more are turned away, or sessions and keys would wait behind them
	hashTime     = 10 * time.Second // longest that one may wait
	verifiedTime = 60 * time.Second // without use, after which a password is hashed again
	verifiedMax  = 10_000
)

// cost is the second of the parameter sets that OWASP's Password Storage Cheat
// Sheet recommends for argon2id: it bounds memory, which hashing two at a time
// would otherwise take from a small machine.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords hashes and compares passwords: few at a time, each one when it has
// not been shown for a minute, and ever more slowly for a login that is being
// guessed at.
type passwords struct {
	now      func() time.Time
	key      []byte // of the hashes by which passwords are remembered
	places   chan struct{}
	slots    chan struct{}
	flight   singleflight.Group
	attempts *attempts

	mu       sync.Mutex
	verified map[[sha256.Size]byte]time.Time // until when

	hashes  prometheus.Counter
	refused *prometheus.CounterVec
}

func newPasswords(now func() time.Time) *passwords {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return &passwords{
		now: now, key: key,
		places:   make(chan struct{}, hashesMax),
		slots:    make(chan struct{}, hashesAtOnce),
		attempts: newAttempts(now),
		verified: map[[sha256.Size]byte]time.Time{},
		hashes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_user_password_hashes_total", Help: "Passwords hashed, to be stored or compared.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_user_refused_total", Help: "Credentials refused, by why.",
		}, []string{"reason"}),
	}
}

func (p *passwords) metrics() []prometheus.Collector {
	return []prometheus.Collector{p.hashes, p.refused}
}

// hash returns what is stored of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	release, err := p.wait(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	p.hashes.Inc()
	return argon2id.CreateHash(password, cost)
}

// guess is what a wrong password led to.
type guess struct {
	wrong  bool          // this very call has compared it, and not another for it
	closed time.Duration // how long the login is closed from now on
}

// check returns nil if stored is the hash of password. A login that does not
// exist has the hash "", and finding that out takes as long as for another.
func (p *passwords) check(ctx context.Context, login, password, stored string) (g guess, err error) {
	if len(password) > passwordBytesMax {
		return g, p.wrong()
	}
	// The stored hash is part of what is remembered, so that a password which
	// was changed, by this process or another, is not remembered any more.
	sum := p.sum(login, password, stored)
	if p.isVerified(sum) {
		return g, nil
	}
	if err := p.locked(login); err != nil {
		return g, err
	}
	// Many requests come with the same password at once, when a client starts.
	_, err, _ = p.flight.Do(string(sum[:]), func() (_ any, err error) {
		g, err = p.compare(context.WithoutCancel(ctx), sum, login, password, stored)
		return nil, err
	})
	return g, err
}

func (p *passwords) compare(ctx context.Context, sum [sha256.Size]byte, login, password, stored string) (g guess, err error) {
	release, err := p.wait(ctx)
	if err != nil {
		return g, err
	}
	defer release()
	if p.isVerified(sum) {
		return g, nil
	}
	if err := p.locked(login); err != nil { // others have guessed while this one waited
		return g, err
	}
	p.hashes.Inc()
	matches := false
	if stored == "" {
		_, err = argon2id.CreateHash(password, cost)
	} else {
		matches, err = argon2id.ComparePasswordAndHash(password, stored)
	}
	if err != nil {
		return g, fmt.Errorf("compare password of %s: %w", login, err)
	}
	if !matches {
		return guess{wrong: true, closed: p.attempts.failed(login)}, p.wrong()
	}
	p.attempts.succeeded(login)
	p.remember(sum)
	return g, nil
}

// wait returns when a hash may be computed, or TooMany when too many wait.
func (p *passwords) wait(ctx context.Context) (release func(), err error) {
	busy := problem.Retry(time.Second, problem.New(problem.TooMany, "user.busy", "Too many people are signing in; try again."))
	select {
	case p.places <- struct{}{}:
	default:
		p.refused.WithLabelValues("busy").Inc()
		return nil, busy
	}
	ctx, cancel := context.WithTimeout(ctx, hashTime)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; <-p.places }, nil
	case <-ctx.Done():
		<-p.places
		p.refused.WithLabelValues("busy").Inc()
		return nil, busy
	}
}

func (p *passwords) wrong() error {
	p.refused.WithLabelValues("password").Inc()
	return problem.New(problem.Unauthenticated, "identity.unauthenticated", "The login or the password is wrong.")
}

func (p *passwords) locked(login string) error {
	wait := p.attempts.wait(login)
	if wait <= 0 {
		return nil
	}
	p.refused.WithLabelValues("locked").Inc()
	return problem.Retry(wait,
		problem.New(problem.TooMany, "user.locked", "Too many wrong passwords for this login; try again in %d seconds.", int(wait/time.Second)+1))
}

// sum returns what a password is remembered by. A zero byte keeps the parts
// apart: only a password can hold one, and it comes last.
func (p *passwords) sum(login, password, stored string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, p.key)
	for _, part := range []string{login, "\x00", stored, "\x00", password} {
		mac.Write([]byte(part))
	}
	mac.Sum(sum[:0])
	return sum
}

// isVerified also remembers a password for longer, since it is in use: a busy
// client neither waits for a hash every minute nor is closed out by those who
// guess at its login.
func (p *passwords) isVerified(sum [sha256.Size]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.verified[sum]
	if !ok || !p.now().Before(until) {
		return false
	}
	p.verified[sum] = p.now().Add(verifiedTime)
	return true
}

func (p *passwords) remember(sum [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.verified) >= verifiedMax {
		clear(p.verified)
	}
	p.verified[sum] = p.now().Add(verifiedTime)
}
