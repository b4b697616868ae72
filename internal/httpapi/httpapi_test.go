// SPDX-License-Identifier: Apache-2.0

package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/problem"
)

type input struct {
	ID   string `path:"id" maxLength:"3"`
	Body struct {
		Number string `json:"number" minLength:"2"`
	}
}

type output struct {
	Body struct {
		Number string `json:"number"`
	}
}

func serve(t *testing.T, handle func(context.Context, *input) (*output, error)) (*httpapi.API, http.Handler) {
	t.Helper()
	api := httpapi.New("test", slog.New(slog.DiscardHandler))
	route := httpapi.Put(api, "/api/v1/things/{id}", "thing.write", "Change a thing", handle)
	if route.Method != http.MethodPut || route.Right != "thing.write" {
		t.Fatalf("route %+v", route)
	}
	mux := http.NewServeMux()
	mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	return api, mux
}

// Whoever may come again later is told when, in whole seconds, by either sort of
// handler.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	busy := problem.Retry(1500*time.Millisecond, problem.New(problem.TooMany, "thing.busy", "Busy."))
	_, typed := serve(t, func(context.Context, *input) (*output, error) { return nil, busy })
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { httpapi.WriteProblem(w, busy) })
	for name, handler := range map[string]http.Handler{"typed": typed, "plain": plain} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/api/v1/things/a", strings.NewReader(`{"number":"12"}`))
		r.Header.Set("Content-Type", "application/json")
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%s: %d, after %q: %s", name, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
}

// Every no, ours or the framework's, is problem+json with a code; a cause of
// ours is hidden, and no value of the caller's comes back: it may be a number
// or a token.
func TestProblems(t *testing.T) {
	t.Parallel()
	_, handler := serve(t, func(_ context.Context, in *input) (*output, error) {
		switch in.Body.Number {
		case "taken":
			return nil, problem.New(problem.Conflict, "thing.taken", "Thing %s is taken.", in.ID)
		case "broken":
			return nil, fmt.Errorf("open /var/lib/secret: no such file")
		}
		out := &output{}
		out.Body.Number = in.Body.Number
		return out, nil
	})
	tests := map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"good":          {"/api/v1/things/a", `{"number":"12"}`, 200, ""},
		"ours":          {"/api/v1/things/a", `{"number":"taken"}`, 409, "thing.taken"},
		"hidden":        {"/api/v1/things/a", `{"number":"broken"}`, 500, "internal"},
		"too short":     {"/api/v1/things/a", `{"number":"X"}`, 422, "request.invalid"},
		"unknown field": {"/api/v1/things/a", `{"number":"12","telephone":"4711"}`, 422, "request.invalid"},
		"long id":       {"/api/v1/things/abcd", `{"number":"12"}`, 422, "request.invalid"},
		"not JSON":      {"/api/v1/things/a", `{"number":`, 400, "request.malformed"},
		"no text":       {"/api/v1/things/a", "{\"number\":\"\xc0\xaf\"}", 400, "request.malformed"},
		"unknown query": {"/api/v1/things/a?x=4711", `{"number":"12"}`, 422, "request.invalid"},
		"huge":          {"/api/v1/things/a", `{"number":"` + strings.Repeat("9", httpapi.BodyMax) + `"}`, 413, "request.too_large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, test.path, strings.NewReader(test.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("status %d, want %d: %.300s", w.Code, test.status, w.Body)
			}
			if test.code == "" {
				return
			}
			var p httpapi.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != test.code || p.Type != "/problems/"+test.code {
				t.Errorf("problem %+v, %v; want code %s", p, err, test.code)
			}
			if kind := w.Header().Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("content type %q", kind)
			}
			for _, leak := range []string{"4711", "/var/lib", `"X"`} {
				if strings.Contains(w.Body.String(), leak) {
					t.Errorf("%q leaked: %s", leak, w.Body)
				}
			}
		})
	}
}

// The description has the route, its right and its problems.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	api, _ := serve(t, func(context.Context, *input) (*output, error) { return nil, nil })
	text, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"/api/v1/things/{id}"`, "thing.write", "application/problem+json", `"openapi":"3.1.0"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// A time that RFC 3339 cannot write does not cost the whole answer: JSON has no
// form for the year 10000, which a phone system's clock may show.
func TestTimesCanBeWritten(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{
		1_767_225_600_250:   `"2026-01-01T00:00:00.25Z"`,
		253_402_300_799_999: `"9999-12-31T23:59:59.999Z"`,
		253_402_300_800_000: `"9999-12-31T23:59:59.999Z"`,
		math.MaxInt64:       `"9999-12-31T23:59:59.999Z"`,
		-62_167_219_200_001: `"0000-01-01T00:00:00Z"`,
		math.MinInt64:       `"0000-01-01T00:00:00Z"`,
		0:                   `null`,
	} {
		text, err := json.Marshal(httpapi.Time(ms))
		if err != nil || string(text) != want {
			t.Errorf("%d is %s, %v, want %s", ms, text, err, want)
		}
	}
}

// A full last page has no next; a cursor leads where it came from and nonsense
// is a problem.
func TestPaging(t *testing.T) {
	t.Parallel()
	cursor := httpapi.IntCursor
	if page := httpapi.Cut([]int64{1, 2}, 2, cursor); page.Next != "" || len(page.Items) != 2 {
		t.Errorf("full last page %+v", page)
	}
	page := httpapi.Cut([]int64{1, 2, 3}, 2, cursor)
	if n, err := httpapi.ParseIntCursor(page.Next, 0); err != nil || n != 2 || len(page.Items) != 2 {
		t.Errorf("page %+v leads to %d, %v", page, n, err)
	}
	if _, err := httpapi.ParseIntCursor("nonsense", 0); problem.Of(err).Kind != problem.Invalid {
		t.Errorf("nonsense: %v", err)
	}
	if text, _ := json.Marshal(httpapi.Cut(nil, 2, cursor)); string(text) != `{"items":[]}` {
		t.Errorf("empty page %s", text)
	}
}
