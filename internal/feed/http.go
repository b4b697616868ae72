// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	docs "tandem/docs/api"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
)

// routes is the table of contents of the live view.
func (f *Feed) routes(api *httpapi.API) []module.Route {
	describe(api)
	count := http.HandlerFunc(f.serveCount)
	return []module.Route{
		{Method: http.MethodGet, Pattern: "/ws", Right: identity.FeedRead, Wire: true, Stream: true, Handler: http.HandlerFunc(f.serveWebSocket)},
		{Method: http.MethodGet, Pattern: "/api/v1/feed", Right: identity.FeedRead, Stream: true, Handler: http.HandlerFunc(f.serveEvents)},
		{Method: http.MethodGet, Pattern: "/api/asyncapi.json", Right: module.Public, Handler: http.HandlerFunc(serveDescription)},
		{Method: http.MethodGet, Pattern: "/api/dashboard/count", Right: identity.CallRead, Wire: true, Handler: count},
		{Method: http.MethodPost, Pattern: "/api/dashboard/count", Right: identity.CallRead, Wire: true, Handler: count},
		{Pattern: "/api/dashboard/", Right: identity.CallRead, Wire: true, Handler: http.HandlerFunc(serveNotFound)},
	}
}

// serveDescription answers with what both protocols say, for programs and the
// people who write them.
func serveDescription(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(docs.AsyncAPI) // the client may have gone
}

// serveCount answers with the nine figures of the dashboard.
func (f *Feed) serveCount(w http.ResponseWriter, r *http.Request) {
	tenant, err := identity.TenantOf(r.Context())
	if err != nil {
		writeCountError(w, err)
		return
	}
	counts, err := f.live.Counts(r.Context(), tenant.ID)
	if err != nil {
		f.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		writeCountError(w, err)
		return
	}
	httpapi.WriteJSON(w, http.StatusOK, map[string]liveview.Totals{"data": liveview.TotalsOf(counts)})
}

// countError is an error in the words of the dashboard's clients.
type countError struct {
	Message string `json:"message"`
	Errors  string `json:"errors"`
}

func writeCountError(w http.ResponseWriter, err error) {
	p := httpapi.ProblemOf(err)
	httpapi.WriteJSON(w, p.Status, countError{"Houve um erro", p.Detail})
}

func serveNotFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, "Not Found") // the client may have gone
}

// describe adds the plain handlers to the description of the API.
func describe(api *httpapi.API) {
	security := []map[string][]string{{"session": {}}, {"basic": {}}, {"apiKey": {}}}
	add := func(method, path, summary, description string, responses map[string]*huma.Response, parameters ...*huma.Param) {
		api.Describe(&huma.Operation{
			Method: method, Path: path, Summary: summary, Description: description, Tags: []string{"feed"},
			Security: security, Parameters: parameters, Responses: responses,
		})
	}
	add(http.MethodGet, "/ws", "Follow calls over WebSocket",
		"Needs the right `"+identity.FeedRead+"`. The frames are described in docs/feed.md.",
		map[string]*huma.Response{"101": {Description: "The connection speaks WebSocket from here on."}})
	add(http.MethodGet, "/api/v1/feed", "Follow calls as server-sent events",
		"Needs the right `"+identity.FeedRead+"`. The events are described in docs/feed.md.",
		map[string]*huma.Response{"200": {Description: "Events until the client goes.", Content: map[string]*huma.MediaType{"text/event-stream": {}}}},
		&huma.Param{Name: "after", In: "query", Description: "The last position that was seen; Last-Event-ID says the same.", Schema: &huma.Schema{Type: huma.TypeInteger}},
		&huma.Param{Name: "agents", In: "query", Description: "true: tell what agents do, too.", Schema: &huma.Schema{Type: huma.TypeBoolean}})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		add(method, "/api/dashboard/count", "Count calls and contacts",
			"Needs the right `"+identity.CallRead+"`. activeCallsCount is the sum of the seven counts less finished.",
			map[string]*huma.Response{"200": {Description: "The nine figures.", Content: map[string]*huma.MediaType{"application/json": {}}}})
	}
}
