// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"net/http"
	"testing"
	"time"

	"tandem/internal/service/thirdparty/reach"
)

// What an answer means is what Standard Webhooks say.
func TestJudge(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]verdict{
		0: verdictAgain, 200: verdictSent, 204: verdictSent, 299: verdictSent, 301: verdictAgain, 302: verdictAgain, 304: verdictAgain, 400: verdictAgain,
		401: verdictAgain, 404: verdictAgain, 410: verdictGone, 429: verdictSlow, 500: verdictAgain, 502: verdictSlow, 503: verdictAgain, 504: verdictSlow,
	} {
		if got := judge(&reach.Answer{Status: status}); got != want {
			t.Errorf("%d %s: %v, want %v", status, http.StatusText(status), got, want)
		}
	}
	if got := judge(&reach.Answer{Status: 503, RetryAfter: time.Second}); got != verdictSlow {
		t.Errorf("503 with Retry-After: %v", got)
	}
}

// The attempts are those of Standard Webhooks: ten, over three days and a bit.
func TestSchedule(t *testing.T) {
	t.Parallel()
	var whole time.Duration
	for _, d := range standardSchedule {
		whole += d
	}
	if len(standardSchedule) != 9 || whole.Hours() < 75 || whole.Hours() > 76 {
		t.Errorf("%d retries over %v", len(standardSchedule), whole)
	}
}

// An endpoint that fails is left alone for longer and longer, with one request
// now and then; the first that is taken ends it. What an event is refused for
// says nothing about the endpoint.
func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_225_600, 0)
	failed, sent := &attempt{verdict: verdictAgain, status: 500}, &attempt{verdict: verdictSent, status: 200}
	var b breaker
	for range 20 {
		b.begin()
		b.end(now, &attempt{verdict: verdictAgain, status: 422})
	}
	if b.tripped() || !b.allows(now) {
		t.Fatal("tripped by what was refused")
	}
	for i := range tripAfter {
		if !b.allows(now) || b.slots(4) != 4 {
			t.Fatalf("closed after %d failures", i)
		}
		b.begin()
		b.end(now, failed)
	}
	rests := []time.Duration{}
	for range 8 {
		if b.allows(now) {
			t.Fatal("open, and yet asked")
		}
		rests = append(rests, b.until.Sub(now))
		now = b.until
		if !b.allows(now) || b.slots(4) != 1 {
			t.Fatal("no probe after its rest")
		}
		b.begin()
		if b.allows(now) {
			t.Fatal("two probes at a time")
		}
		b.end(now, failed)
	}
	if rests[0] < restFirst || rests[0] > 2*restFirst || rests[1] < 2*restFirst || rests[7] < restMax || rests[7] > restMax+restMax/10 {
		t.Errorf("rests %v", rests)
	}
	b.begin()
	if !b.end(now, sent) || b.tripped() || !b.allows(now) || b.slots(4) != 4 {
		t.Error("a success does not end it")
	}
}

// Who asks to be spared is, for as long as it says, and gets one request at a
// time until it takes one.
func TestSparing(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_225_600, 0)
	var b breaker
	b.begin()
	b.end(now, &attempt{verdict: verdictSlow, status: 429, retryAfter: time.Minute})
	if b.allows(now.Add(59*time.Second)) || !b.allows(now.Add(67*time.Second)) || b.slots(4) != 1 {
		t.Errorf("spared until %v", b.until.Sub(now))
	}
	b.begin()
	b.end(now, &attempt{verdict: verdictSlow, status: 502})
	if rest := b.until.Sub(now); rest < 2*spareFirst || rest > 3*spareFirst {
		t.Errorf("then for %v", rest)
	}
	b.begin()
	b.end(now, &attempt{verdict: verdictSent, status: 200})
	if b.slots(4) != 4 {
		t.Error("spared for ever")
	}
}
