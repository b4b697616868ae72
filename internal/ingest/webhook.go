// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// answerTime is how long a request may take until it is told to come again.
// Phone systems give up after seconds, and 2 s are promised.
const answerTime = 1800 * time.Millisecond

// dialect is how one kind of phone system speaks: how its requests are read
// and how they are answered.
type dialect interface {
	path() string // of its endpoint
	name() string // of the connectors that it belongs to

	// parse reads a request. It returns no event and no refusal for one that
	// is well-formed and says nothing.
	parse(w *work, s *source, m message) ([]eventlog.Event, *refusal)

	// accept answers a request whose events are in the log; with no outcome,
	// one that said nothing.
	accept(rw http.ResponseWriter, w *work, outcomes []eventlog.Outcome)

	// refuse answers with the status of the refusal.
	refuse(rw http.ResponseWriter, no *refusal)
}

// message is a request's body and what it says about itself.
type message struct {
	contentType string
	body        []byte
	received    int64 // Unix ms
}

// work is the memory of one request, used again by later ones.
type work struct {
	buffer bytes.Buffer // the body while it is read
	object object       // what was posted
	part   object       // a part of that
	answer []byte
}

var works = sync.Pool{New: func() any { return new(work) }}

// workBytesMax keeps a few huge requests from staying in memory for good.
const workBytesMax = 64 << 10

func (w *work) release() {
	if w.buffer.Cap() > workBytesMax || cap(w.answer) > workBytesMax || cap(w.object.members) > 256 || cap(w.part.members) > 256 {
		return
	}
	clear(w.object.members[:cap(w.object.members)]) // they hold on to the body
	clear(w.part.members[:cap(w.part.members)])
	works.Put(w)
}

// webhookRoutes are the two endpoints of the original systems, each also with
// the connector's key in the path.
func (i *Ingest) webhookRoutes(api *httpapi.API) []module.Route {
	describe(api)
	var routes []module.Route
	for _, d := range []dialect{flat{}, envelope{}} {
		for _, pattern := range []string{d.path(), d.path() + "/{key}"} {
			routes = append(routes,
				module.Route{Method: http.MethodPost, Pattern: pattern, Right: module.Public, Wire: true, Brief: true, Handler: i.webhook(d)},
				module.Route{Method: http.MethodOptions, Pattern: pattern, Right: module.Public, Wire: true, Handler: http.HandlerFunc(preflight)},
			)
		}
	}
	return routes
}

// cors lets any web page post, as the originals did: whoever knows a key may
// use it anywhere.
func cors(h http.Header) {
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Allow-Headers"] = anyHeaders
}

var (
	anyOrigin  = []string{"*"}
	anyHeaders = []string{"Origin, X-Requested-With, Authorization, Content-Type, Accept"}
	jsonType   = []string{"application/json; charset=utf-8"}
)

func preflight(rw http.ResponseWriter, _ *http.Request) {
	cors(rw.Header())
	rw.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	rw.WriteHeader(http.StatusNoContent)
}

func (i *Ingest) webhook(d dialect) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		cors(rw.Header())
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		outcome := i.receive(ctx, rw, r, d)
		i.metrics.answered(outcome, time.Since(began))
	})
}

// receive takes one request from its credential to its answer.
func (i *Ingest) receive(ctx context.Context, rw http.ResponseWriter, r *http.Request, d dialect) (outcome string) {
	s, no, err := i.identify(ctx, r, d.name())
	switch {
	case problem.Of(err).Kind == problem.Unauthenticated:
		return unauthenticated(rw, r, d)
	case err != nil:
		return i.unavailable(ctx, rw, d, err)
	}
	if err := i.Tenants.AdmitWebhook(ctx, s.tenant.ID); err != nil {
		return i.notAdmitted(ctx, rw, d, err)
	}
	w := works.Get().(*work) // the pool holds nothing else
	defer w.release()
	body, broken, err := i.readBody(ctx, rw, r, w)
	if err != nil {
		return i.unavailable(ctx, rw, d, err)
	}
	if broken != nil {
		no = broken
	}
	m := message{contentType: r.Header.Get("Content-Type"), body: body, received: i.Now().UnixMilli()}
	var events []eventlog.Event
	if no == nil {
		events, no = d.parse(w, s, m)
	}
	if no == nil {
		outcomes, err := i.append(ctx, events)
		if err == nil {
			d.accept(rw, w, outcomes)
			return outcomeOf(outcomes)
		}
		if problem.Of(err).Kind != problem.Invalid {
			return i.unavailable(ctx, rw, d, err)
		}
		no = badBody("the log cannot hold it: " + problem.Of(err).Detail)
	}
	if err := i.keep(ctx, s, r, d, m, no); err != nil {
		return i.unavailable(ctx, rw, d, err)
	}
	d.refuse(rw, no)
	return statusOutcome(no.status)
}

func (i *Ingest) append(ctx context.Context, events []eventlog.Event) ([]eventlog.Outcome, error) {
	if len(events) == 0 {
		return nil, nil
	}
	return i.Log.Append(ctx, events...)
}

func outcomeOf(outcomes []eventlog.Outcome) string {
	if len(outcomes) == 0 {
		return "empty"
	}
	for _, o := range outcomes {
		if !o.Duplicate {
			return "stored"
		}
	}
	return "duplicate"
}

func unauthenticated(rw http.ResponseWriter, r *http.Request, d dialect) string {
	// A browser's fetch would open its own dialogue at this header.
	if r.Header.Get("Sec-Fetch-Mode") == "" {
		rw.Header().Set("WWW-Authenticate", `Basic realm="Tandem", charset="UTF-8"`)
	}
	d.refuse(rw, &refusal{status: http.StatusUnauthorized, reason: "unknown credential"})
	return statusOutcome(http.StatusUnauthorized)
}

// notAdmitted answers a request of a call centre that is suspended, or sends
// more than it may. It is not kept: the sender knows that it was not taken.
func (i *Ingest) notAdmitted(ctx context.Context, rw http.ResponseWriter, d dialect, err error) string {
	no := httpapi.ProblemOf(err)
	if no.Status != http.StatusForbidden && no.Status != http.StatusTooManyRequests {
		return i.unavailable(ctx, rw, d, err)
	}
	maps.Copy(rw.Header(), no.GetHeaders())
	d.refuse(rw, &refusal{status: no.Status, reason: no.Code + ": " + no.Detail})
	return statusOutcome(no.Status)
}

// unavailable answers that nothing was kept and the request is to come again.
// The log's own problems were logged where they arose.
func (i *Ingest) unavailable(ctx context.Context, rw http.ResponseWriter, d dialect, err error) string {
	if p := problem.Of(err); p.Kind == problem.Internal && ctx.Err() == nil {
		i.Logger.ErrorContext(ctx, "webhook not taken", "path", d.path(), "error", err)
	}
	rw.Header().Set("Retry-After", "1")
	d.refuse(rw, &refusal{status: http.StatusServiceUnavailable, reason: "Tandem cannot store events now; send it again"})
	return statusOutcome(http.StatusServiceUnavailable)
}
