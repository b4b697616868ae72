// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

// table finds the route of a request: by the first segment of its path, which
// has to match exactly, then by the patterns below it. In one mux for all, a
// pattern that begins with a wildcard would be in the way of every other.
type table map[string]*http.ServeMux

// tableOf puts the modules' routes in a table.
func (g *gateway) tableOf(modules []module.Module) (table, error) {
	t := table{}
	var faults []error
	for _, m := range modules {
		for _, route := range m.Routes {
			if err := t.add(&gate{gateway: g, route: route}); err != nil {
				faults = append(faults, fmt.Errorf("module %s: route %s %s: %w", m.Name, route.Method, route.Pattern, err))
			}
		}
	}
	return t, errors.Join(faults...)
}

func (t table) add(s *gate) (err error) {
	segment := firstSegment(s.route.Pattern)
	switch {
	case s.route.Right == "":
		return errors.New("names no right")
	case s.route.Right != module.Public && !slices.Contains(identity.RightsOf("operator"), s.route.Right):
		return fmt.Errorf("nobody has the right %q", s.route.Right)
	case s.route.Handler == nil:
		return errors.New("has no handler")
	case !strings.HasPrefix(s.route.Pattern, "/"), segment == "", strings.HasPrefix(segment, "{"):
		return errors.New("does not begin with a segment of its own")
	case slices.Contains(pages, segment):
		return fmt.Errorf("/%s is a page of the console", segment)
	case !slices.Contains(tenant.Reserved, segment):
		return fmt.Errorf("%q is missing in tenant.Reserved, so a tenant could be called so", segment)
	}
	if t[segment] == nil {
		t[segment] = http.NewServeMux()
	}
	// The mux says no by panicking; here it is a mistake to be told of like others.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	t[segment].Handle(strings.TrimSpace(s.route.Method+" "+s.route.Pattern), s)
	return nil
}

// serve answers a request whose first segment is in the table, and reports
// whether it is.
func (t table) serve(a *answer, r *http.Request) bool {
	mux, ok := t[firstSegment(r.URL.Path)]
	if !ok {
		return false
	}
	own := &a.own
	own.answer = a
	mux.ServeHTTP(own, r)
	// A gate answers for itself. The mux's own answer is: no such path, no such
	// method, or a redirect to the path's clean form.
	switch {
	case a.gate != nil:
	case own.status == http.StatusMethodNotAllowed:
		methodNotAllowed(a, own.Header().Get("Allow"))
	case own.status == http.StatusNotFound:
		notFound(a, r)
	default:
		handler, _ := mux.Handler(r)
		handler.ServeHTTP(a, r)
	}
	return true
}

// probe is what a mux answers to. A gate finds the real answer behind it; what
// the mux says itself goes no further.
type probe struct {
	answer *answer
	header http.Header
	status int
}

// Header implements [http.ResponseWriter].
func (p *probe) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

// Write implements [http.ResponseWriter].
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements [http.ResponseWriter].
func (p *probe) WriteHeader(status int) { p.status = status }

// firstSegment returns "api" of "/api/v1/calls".
func firstSegment(path string) string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return segment
}

// notFound answers a path that nothing belongs to: in the API's manner below
// /api, else with a line that is fit for a browser.
func notFound(w http.ResponseWriter, r *http.Request) {
	if firstSegment(r.URL.Path) == "api" {
		writeProblem(w, http.StatusNotFound, "request.no_such_path", "There is nothing at this path.")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("There is nothing at this path.\n")) // the client may have gone
}

func methodNotAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	writeProblem(w, http.StatusMethodNotAllowed, "request.no_such_method", "This path takes "+allow+".")
}

// writeProblem answers with a status that no kind of problem stands for.
func writeProblem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(httpapi.Problem{ // the client may have gone
		Type: "/problems/" + code, Title: http.StatusText(status), Status: status, Detail: detail, Code: code,
	})
}
