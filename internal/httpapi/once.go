// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/db"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// Tables holds the migrations of the table this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

const (
	headerKey  = "Idempotency-Key" // draft-ietf-httpapi-idempotency-key-header-07
	onceKeep   = 24 * time.Hour    // how long a key is known
	onceHold   = time.Minute       // how long a request may be worked on before another may take it up
	onceKeyMax = 255
)

// Transact runs work in a write transaction.
type Transact func(ctx context.Context, work func(context.Context, *sql.Tx) error) error

// Once has requests take effect once that carry the same Idempotency-Key: the
// first is carried out, the others get its answer. Keys are each asker's own
// and are known for a day.
type Once struct {
	store    onceStore
	transact Transact
	logger   *slog.Logger
	now      func() time.Time
}

// NewOnce returns a keeper of answers.
func NewOnce(database *db.DB, transact Transact, logger *slog.Logger, now func() time.Time) *Once {
	return &Once{store: onceStore{database}, transact: transact, logger: logger, now: now}
}

// Wrap returns route with its effect held to once. If the key is required a
// request without one is refused.
func (o *Once) Wrap(route module.Route, required bool) module.Route {
	next := route.Handler
	route.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Values(headerKey)) == 0 && !required {
			next.ServeHTTP(w, r)
			return
		}
		if err := o.serve(w, r, next); err != nil {
			if problem.Of(err).Kind == problem.Internal {
				o.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			}
			WriteProblem(w, err)
		}
	})
	return route
}

type effectKey struct{}

// EffectOf returns the id that the request of ctx has for what it makes: the
// same when it is sent again with the same key. It is "" for a request without
// a key.
func EffectOf(ctx context.Context) string {
	id, _ := ctx.Value(effectKey{}).(string)
	return id
}

// serve answers with what next answers, now or the first time. What it returns
// is the answer when there is none yet.
func (o *Once) serve(w http.ResponseWriter, r *http.Request, next http.Handler) error {
	key, err := keyOf(r)
	if err != nil {
		return err
	}
	t, err := identity.TenantOf(r.Context())
	if err != nil {
		return err
	}
	who, _ := identity.From(r.Context())
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, BodyMax))
	if err != nil {
		return problem.New(problem.TooLarge, "request.too_large", "The request is too large, or broke off.")
	}
	row, err := o.begin(r.Context(), onceRow{tenant: t.ID, asker: who.ID, key: key, request: fingerprint(r, body)})
	if err != nil {
		return err
	}
	if row.status != 0 {
		w.Header().Set("Idempotency-Replayed", "true")
		answer(w, row)
		return nil
	}
	r = r.WithContext(context.WithValue(r.Context(), effectKey{}, row.effect))
	r.Body = io.NopCloser(bytes.NewReader(body))
	made := &recorder{header: w.Header(), status: http.StatusOK}
	next.ServeHTTP(made, r)
	row.status, row.kind, row.answer = made.status, made.header.Get("Content-Type"), made.body.String()
	if err := o.end(context.WithoutCancel(r.Context()), row); err != nil {
		// What was done is done, and will not be done twice: the id of the
		// effect is known. Only the answer is not kept.
		o.logger.WarnContext(r.Context(), "answer not kept", "path", r.URL.Path, "error", err)
	}
	answer(w, row)
	return nil
}

// keyOf returns the key of a request. It may stand in quotes, as the draft has
// it, or without.
func keyOf(r *http.Request) (string, error) {
	values := r.Header.Values(headerKey)
	if len(values) == 0 {
		return "", problem.New(problem.Malformed, "request.key_missing", "Give the request an %s, such as a UUID, so that sending it twice does no harm.", headerKey)
	}
	key := strings.TrimSpace(values[0])
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	printable := strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > onceKeyMax || !printable {
		return "", problem.New(problem.Malformed, "request.key_malformed", "The %s must be 1 to %d visible ASCII characters.", headerKey, onceKeyMax)
	}
	return key, nil
}

// fingerprint returns what makes two requests the same.
func fingerprint(r *http.Request, body []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.RequestURI(), body))
	return hex.EncodeToString(sum[:])
}

// begin takes note of a request that is about to be carried out, or returns the
// answer that it had.
func (o *Once) begin(ctx context.Context, row onceRow) (onceRow, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return row, fmt.Errorf("make id: %w", err)
	}
	now := o.now()
	row.effect, row.heldUntil, row.expiresAt = id.String(), now.Add(onceHold).UnixMilli(), now.Add(onceKeep).UnixMilli()
	var known onceRow
	err = o.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := o.store.forget(ctx, tx, row.tenant, now.UnixMilli()); err != nil {
			return err
		}
		var found bool
		if known, found, err = o.store.find(ctx, tx, row); err != nil {
			return err
		}
		switch {
		case !found:
			known = row
			return o.store.write(ctx, tx, row)
		case known.request != row.request:
			return problem.New(problem.Invalid, "request.key_reused", "This %s was given to another request; give each its own.", headerKey)
		case known.status == 0 && known.heldUntil > now.UnixMilli():
			return problem.New(problem.Conflict, "request.in_flight", "The first request with this %s is still being carried out; try again in a moment.", headerKey)
		case known.status == 0:
			known.heldUntil = row.heldUntil // whoever worked on it is gone
			return o.store.write(ctx, tx, known)
		default:
			return nil
		}
	})
	return known, err
}

// end keeps an answer. What failed on our side may be tried again, under the
// same effect; what was refused has had none, and its key is free again.
func (o *Once) end(ctx context.Context, row onceRow) error {
	return o.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		switch {
		case row.status >= 500:
			row.status, row.answer, row.heldUntil = 0, "", 0
			return o.store.write(ctx, tx, row)
		case row.status >= 400:
			return o.store.remove(ctx, tx, row)
		default:
			return o.store.write(ctx, tx, row)
		}
	})
}

func answer(w http.ResponseWriter, row onceRow) {
	if row.kind != "" {
		w.Header().Set("Content-Type", row.kind)
	}
	w.WriteHeader(row.status)
	_, _ = io.WriteString(w, row.answer) // the client may have gone
}

// recorder takes an answer down.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (r *recorder) Header() http.Header { return r.header }

// Write implements [http.ResponseWriter].
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) { r.status = status }
