// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"sync/atomic"
	"testing"
	"time"
)

// A softphone's token is known by its form, and what was answered of it is not
// used any more once it has ended, though that of a key would be.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	var now atomic.Int64
	w.Now = func() time.Time { return time.UnixMilli(now.Load()) }
	handler := w.handler(t)
	const token = "Authorization: bearer head.claims.mac"
	asked := func(header string, at int64) int64 {
		t.Helper()
		now.Store(at)
		before := w.asked.Load()
		if got := send(t, handler, "GET", "/api/v1/calls", header); got.status != 200 {
			t.Fatalf("%s: %d %s", header, got.status, got.body)
		}
		return w.asked.Load() - before
	}
	for _, test := range []struct {
		header string
		at     int64 // ms; the token ends at 4000
		asked  int64
	}{{bearer, 0, 1}, {token, 0, 1}, {token, 3999, 0}, {token, 4000, 1}, {token, 4000, 1}, {bearer, 4999, 0}, {bearer, 5000, 1}} {
		if n := asked(test.header, test.at); n != test.asked {
			t.Errorf("%s at %d: asked %d times, want %d", test.header, test.at, n, test.asked)
		}
	}
	for header, code := range map[string]string{
		"Authorization: Bearer head.claims.other": "identity.unauthenticated",
		"X-API-Key: head.claims.mac":              "identity.unauthenticated", // that is for keys
	} {
		if got := send(t, handler, "GET", "/api/v1/calls", header); got.status != 401 || got.Problem.Code != code {
			t.Errorf("%s: %d %s", header, got.status, got.body)
		}
	}
}
