// SPDX-License-Identifier: Apache-2.0

// Package httpapi gives every module the same HTTP manners: typed inputs and
// outputs, problem+json errors (RFC 9457), keyset paging, one OpenAPI
// description of the whole product.
package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tandem/internal/module"
)

// BodyMax is the most a typed request may carry, in bytes.
const BodyMax = 1 << 20

// API collects the typed routes of all modules of one process and describes
// them together.
type API struct {
	huma   huma.API
	mux    *catcher
	logger *slog.Logger
}

// New returns an API without routes. The version is the product's.
func New(version string, logger *slog.Logger) *API {
	useProblems()
	config := huma.DefaultConfig("Tandem", version)
	config.Info.Description = "Tandem joins phone systems to CRMs."
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.CreateHooks = nil // no $schema members in answers
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	text := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	config.Formats = map[string]huma.Format{"application/json": text, "json": text}
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"basic":   {Type: "http", Scheme: "basic"},
		"apiKey":  {Type: "http", Scheme: "bearer", Description: "An API key, which X-API-Key carries as well, or a softphone token."},
		"session": {Type: "apiKey", In: "cookie", Name: "tandem_session"},
	}
	mux := &catcher{}
	return &API{huma: humago.New(mux, config), mux: mux, logger: logger}
}

var errNotText = errors.New("must be text in UTF-8")

// readJSON is [json.Unmarshal] for what clients send. That puts a mark in the
// place of bytes that are no text, and what they were meant to say would be
// lost without a word.
func readJSON(data []byte, value any) error {
	if !utf8.Valid(data) {
		return errNotText
	}
	return json.Unmarshal(data, value)
}

// catcher is the mux that huma registers with. It only catches what is
// registered, for the route that is being made.
type catcher struct{ caught http.HandlerFunc }

// HandleFunc implements [humago.Mux].
func (c *catcher) HandleFunc(_ string, handler func(http.ResponseWriter, *http.Request)) {
	c.caught = handler
}

// ServeHTTP implements [humago.Mux]; routes are served one by one instead.
func (c *catcher) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Get makes a route that only reads.
func Get[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodGet, path, right, summary, 0, handle)
}

// Post makes a route that does something and answers 200.
func Post[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodPost, path, right, summary, http.StatusOK, handle)
}

// Create makes a route that adds something and answers 201.
func Create[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodPost, path, right, summary, http.StatusCreated, handle)
}

// Accept makes a route that has something done later and answers 202.
func Accept[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodPost, path, right, summary, http.StatusAccepted, handle)
}

// Put makes a route that replaces something.
func Put[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodPut, path, right, summary, http.StatusOK, handle)
}

// Patch makes a route that changes a part of something.
func Patch[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodPatch, path, right, summary, http.StatusOK, handle)
}

// Delete makes a route that removes something and answers 204.
func Delete[In, Out any](a *API, path, right, summary string, handle func(context.Context, *In) (*Out, error)) module.Route {
	return route(a, http.MethodDelete, path, right, summary, http.StatusNoContent, handle)
}

func route[In, Out any](a *API, method, path, right, summary string, status int, handle func(context.Context, *In) (*Out, error)) module.Route {
	operation := huma.Operation{
		Method: method, Path: path, Summary: summary, DefaultStatus: status,
		OperationID:  operationID(method, path),
		Tags:         []string{tag(path)},
		MaxBodyBytes: BodyMax,
		Metadata:     map[string]any{schemasKey: a.huma.OpenAPI().Components.Schemas},
		Description:  "Needs the right `" + right + "`.",
		Security:     []map[string][]string{{"session": {}}, {"basic": {}}, {"apiKey": {}}},
	}
	if right == module.Public {
		operation.Description, operation.Security = "Open to everyone.", nil
	}
	huma.Register(a.huma, operation, func(ctx context.Context, in *In) (*Out, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.reply(ctx, method, path, err)
		}
		return out, nil
	})
	return module.Route{Method: method, Pattern: path, Right: right, Handler: a.mux.caught}
}

// Describe adds a route that has a plain handler to the description.
func (a *API) Describe(operation *huma.Operation) {
	if operation.OperationID == "" {
		operation.OperationID = operationID(operation.Method, operation.Path)
	}
	a.huma.OpenAPI().AddOperation(operation)
}

// OpenAPI returns the description of all routes made so far, as JSON.
func (a *API) OpenAPI() ([]byte, error) {
	text, err := a.huma.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI: %w", err)
	}
	return text, nil
}

// operationID makes "list-by…" free ids: get-calls, get-calls-id-events.
func operationID(method, path string) string {
	words := strings.FieldsFunc(strings.TrimPrefix(path, "/api/v1"), func(r rune) bool {
		return r == '/' || r == '{' || r == '}'
	})
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// tag groups routes by the noun their path begins with.
func tag(path string) string {
	noun, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/"), "/")
	return noun
}
