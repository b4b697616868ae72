// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"tandem/internal/tenant"
)

// Every credential of a suspended call centre is refused within a second,
// though the gateway remembers for longer whose it is; those of another are
// not, and an operator may still look.
func TestSuspendedTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	handler := w.handler(t)
	ways := map[string]string{
		"basic":   "Authorization: Basic YWRtaW46cmlnaHQ=",
		"key":     "X-API-Key: demo-key",
		"bearer":  "Authorization: Bearer demo-key",
		"token":   "Authorization: Bearer head.claims.mac",
		"session": "Cookie: tandem_session=demo-session",
	}
	for name, header := range ways {
		if got := send(t, handler, "GET", "/api/v1/calls", header); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, got.status, got.body)
		}
	}
	w.change(t, func(d *tenant.Directory, tx *sql.Tx) error { return d.Suspend(t.Context(), tx, 1) })
	begun := time.Now()
	for name, header := range ways {
		for {
			got := send(t, handler, "GET", "/api/v1/calls", header)
			if got.status == http.StatusForbidden && got.Problem.Code == "tenant.suspended" {
				break
			}
			if time.Since(begun) > time.Second {
				t.Fatalf("%s, a second later: %d %s", name, got.status, got.body)
			}
		}
	}
	if got := send(t, handler, "GET", "/api/v1/calls", "Authorization: Basic b3BlcmF0b3I6cmlnaHQ=", "tenant-uuid: "+w.demo.UUID); got.status != http.StatusOK {
		t.Errorf("operator: %d %s", got.status, got.body)
	}
	if got := send(t, handler, "GET", "/api/v1/calls", "X-API-Key: other-key"); got.status != http.StatusOK {
		t.Errorf("another call centre: %d %s", got.status, got.body)
	}
}

// Who asks more often than its call centre may is told to come again.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer(t.Context(), t)
	limits := tenant.Usual
	limits.RequestsPerSecond = 2
	w.change(t, func(d *tenant.Directory, tx *sql.Tx) error { return d.SetLimits(t.Context(), tx, 1, limits) })
	handler := w.handler(t)
	counts := map[int]int{}
	for range 20 {
		got := send(t, handler, "GET", "/api/v1/calls", "X-API-Key: demo-key")
		counts[got.status]++
		if got.status == http.StatusTooManyRequests && (got.header.Get("Retry-After") != "1" || got.Problem.Code != "limit.rate") {
			t.Fatalf("refused without a time: %v %s", got.header, got.body)
		}
	}
	if counts[http.StatusOK] < 2 || counts[http.StatusOK] > 3 || counts[http.StatusTooManyRequests] < 17 {
		t.Errorf("answers by status: %v", counts)
	}
}
