// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"math/rand/v2"
	"time"
)

const (
	tripAfter  = 5                // failures in a row
	restFirst  = 15 * time.Second // of an endpoint that fails; doubled with each probe that fails too
	restMax    = 10 * time.Minute
	spareFirst = 5 * time.Second // of an endpoint that asked to be spared; doubled likewise
	spareMax   = 5 * time.Minute
)

// breaker keeps an endpoint that does not work from being asked all the time.
// It belongs to the endpoint's worker.
//
//	closed ──5 failures──► open ──rest──► one probe ──ok──► closed
//	                         ▲               └──failure──┘
type breaker struct {
	failures int // in a row
	probes   int // that failed
	spared   int // answers in a row that asked for it
	until    time.Time
	probing  bool
}

// tripped reports whether the endpoint is taken for dead.
func (b *breaker) tripped() bool { return b.failures >= tripAfter }

// allows reports whether a request may be made at now.
func (b *breaker) allows(now time.Time) bool {
	return !now.Before(b.until) && (!b.tripped() || !b.probing)
}

// slots returns how many requests may be under way.
func (b *breaker) slots(most int) int {
	if b.tripped() || b.spared > 0 {
		return 1
	}
	return most
}

// begin notes that a request is made.
func (b *breaker) begin() { b.probing = b.tripped() }

// end notes what a request came to and reports whether the endpoint has come
// back.
func (b *breaker) end(now time.Time, a *attempt) (back bool) {
	b.probing = false
	switch a.verdict {
	case verdictSent:
		back = b.failures > 0 || b.spared > 0
		*b = breaker{}
		return back
	case verdictAgain, verdictSlow:
	default:
		return false // says nothing about the endpoint
	}
	if ofEvent(a.status) {
		b.failures = 0
		return false
	}
	b.failures++
	rest := time.Duration(0)
	if a.verdict == verdictSlow {
		b.spared++
		rest = max(doubled(spareFirst, b.spared-1, spareMax), a.retryAfter)
	}
	if b.tripped() {
		b.probes++
		rest = max(rest, doubled(restFirst, b.probes-1, restMax))
	}
	if rest > 0 {
		b.until = now.Add(jitter(rest))
	}
	return false
}

// ofEvent reports whether a status is about what was sent rather than about
// the endpoint.
func ofEvent(status int) bool {
	switch status {
	case 400, 409, 413, 415, 422:
		return true
	}
	return false
}

func doubled(d time.Duration, times int, most time.Duration) time.Duration {
	for range times {
		if d *= 2; d >= most {
			return most
		}
	}
	return d
}

// jitter spreads what would else happen together: it adds up to a tenth.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/10+1)
}
