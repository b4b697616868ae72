// SPDX-License-Identifier: Apache-2.0

package httpapi_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
)

// effects counts what a handler did, by the id of the effect, and answers as
// the test wants.
type effects struct {
	mu     sync.Mutex
	ids    []string
	status int
	during func() // called while a request is carried out
}

func (e *effects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.ids = append(e.ids, httpapi.EffectOf(r.Context()))
	n, status, during := len(e.ids), e.status, e.during
	e.mu.Unlock()
	if during != nil {
		during()
	}
	httpapi.WriteJSON(w, status, map[string]any{"n": n, "body": string(body)})
}

// onceWorld is a route whose effect is held to once.
type onceWorld struct {
	t     *testing.T
	route module.Route
	ahead atomic.Int64
}

func startOnce(t *testing.T, database *db.DB, e *effects, required bool) *onceWorld {
	t.Helper()
	if err := database.Migrate(t.Context(), "httpapi", httpapi.Tables); err != nil {
		t.Fatal(err)
	}
	w := &onceWorld{t: t}
	transact := func(ctx context.Context, work func(context.Context, *sql.Tx) error) error {
		return database.InTx(ctx, func(tx *sql.Tx) error { return work(ctx, tx) })
	}
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	once := httpapi.NewOnce(database, transact, slog.New(slog.DiscardHandler), now)
	w.route = once.Wrap(module.Route{Method: http.MethodPost, Pattern: "/do", Right: "x", Handler: e}, required)
	return w
}

func (w *onceWorld) post(tenant int64, who, key, body string) (int, string) {
	r := httptest.NewRequestWithContext(
		identity.With(w.t.Context(), identity.Principal{Tenant: identity.Tenant{ID: tenant}, ID: who}),
		http.MethodPost, "/do", strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	recorder := httptest.NewRecorder()
	w.route.Handler.ServeHTTP(recorder, r)
	return recorder.Code, strings.TrimSpace(recorder.Body.String())
}

// A key has one effect, and everyone who sends it again gets the first answer;
// another's key, or a day later, is another.
func TestOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		e := &effects{status: http.StatusAccepted}
		w := startOnce(t, database, e, true)
		const first = `{"body":"a","n":1}`
		for _, step := range []struct {
			tenant         int64
			who, key, body string
			status         int
			says           string
		}{
			{1, "u1", "k1", "a", 202, first},
			{1, "u1", "k1", "a", 202, first},
			{1, "u1", `"k1"`, "a", 202, first},
			{1, "u1", "k1", "b", 422, "request.key_reused"},
			{1, "u1", "", "a", 400, "request.key_missing"},
			{1, "u1", "a b", "a", 400, "request.key_malformed"},
			{1, "u1", "é", "a", 400, "request.key_malformed"},
			{1, "u1", strings.Repeat("x", 256), "a", 400, "request.key_malformed"},
			{1, "u2", "k1", "a", 202, `"n":2`},
			{2, "u1", "k1", "a", 202, `"n":3`},
			{0, "u1", "k1", "a", 403, "identity.no_tenant"},
		} {
			status, body := w.post(step.tenant, step.who, step.key, step.body)
			if status != step.status || !strings.Contains(body, step.says) {
				t.Errorf("%+v: %d %s", step, status, body)
			}
		}
		w.ahead.Store(int64(25 * time.Hour))
		if status, body := w.post(1, "u1", "k1", "b"); status != 202 || !strings.Contains(body, `"n":4`) {
			t.Errorf("a day later: %d %s", status, body)
		}
	})
}

// While the first is carried out the second is told to wait; when the first
// has died over it, the second takes up its effect.
func TestOnceInFlight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		e := &effects{status: http.StatusOK}
		w := startOnce(t, database, e, true)
		e.during = func() {
			e.during = nil
			if status, body := w.post(1, "u1", "k1", "a"); status != 409 || !strings.Contains(body, "request.in_flight") {
				t.Errorf("meanwhile: %d %s", status, body)
			}
			w.ahead.Store(int64(2 * time.Minute))
			if status, _ := w.post(1, "u1", "k1", "a"); status != 200 {
				t.Errorf("long after: %d", status)
			}
		}
		if status, _ := w.post(1, "u1", "k1", "a"); status != 200 {
			t.Errorf("the first: %d", status)
		}
		if len(e.ids) != 2 || e.ids[0] == "" || e.ids[0] != e.ids[1] {
			t.Errorf("effects %v", e.ids)
		}
	})
}

// What failed may be tried again with the same key and effect; what was
// refused had none, so the key may be used for what was meant.
func TestOnceFailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		e := &effects{status: http.StatusServiceUnavailable}
		w := startOnce(t, database, e, false)
		w.post(1, "u1", "k1", "a")
		e.status = http.StatusOK
		if status, _ := w.post(1, "u1", "k1", "a"); status != 200 || len(e.ids) != 2 || e.ids[0] != e.ids[1] {
			t.Errorf("again: %d %v", status, e.ids)
		}
		e.status = http.StatusUnprocessableEntity
		w.post(1, "u1", "k2", "wrong")
		e.status = http.StatusOK
		if status, _ := w.post(1, "u1", "k2", "right"); status != 200 {
			t.Errorf("put right: %d", status)
		}
		if status, _ := w.post(1, "u1", "", "a"); status != 200 || e.ids[len(e.ids)-1] != "" {
			t.Errorf("without a key: %d %v", status, e.ids)
		}
	})
}
