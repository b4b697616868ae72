// SPDX-License-Identifier: Apache-2.0

package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tandem/internal/httpapi"
)

type hintInput struct {
	Search string `query:"search"`
	Body   struct {
		FirstName string `json:"firstName,omitempty"`
		CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true"`
		Rules     []struct {
			When struct {
				Caller string `json:"caller,omitempty"`
			} `json:"when,omitempty"`
		} `json:"rules,omitempty"`
	}
}

// A member or parameter that is not known says what was meant, when it is near
// something, and else what there is; at any depth.
func TestHints(t *testing.T) {
	t.Parallel()
	route := httpapi.Post(httpapi.New("test", slog.New(slog.DiscardHandler)), "/api/v1/hints", "thing.write", "Take hints",
		func(context.Context, *hintInput) (*struct{}, error) { return nil, nil })
	tests := map[string]struct{ query, body, location, message string }{
		"near":      {"", `{"fistName":"x"}`, "body.fistName", "there is no such member; did you mean firstName?"},
		"other way": {"", `{"first_name":"x"}`, "body.first_name", "there is no such member; did you mean firstName?"},
		"large":     {"", `{"FirstName":"x"}`, "body.FirstName", "there is no such member; did you mean firstName?"},
		"far":       {"", `{"colour":"x"}`, "body.colour", "there is no such member; there are firstName, rules"},
		"deep":      {"", `{"rules":[{"when":{"calller":"x"}}]}`, "body.rules[0].when.calller", "there is no such member; did you mean caller?"},
		"in a list": {"", `{"rules":[{},{"wen":{}}]}`, "body.rules[1].wen", "there is no such member; did you mean when?"},
		"empty":     {"", `{"":1}`, "body.", "there is no such member; there are firstName, rules"},
		"query":     {"?serch=x", `{}`, "query.serch", "there is no such parameter; did you mean search?"},
		"far query": {"?colour=x", `{}`, "query.colour", "there is no such parameter; there are search"},
	}
	for name, test := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/hints"+test.query, strings.NewReader(test.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		route.Handler.ServeHTTP(w, r)
		var p httpapi.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || len(p.Errors) != 1 {
			t.Errorf("%s: %s, %v", name, w.Body, err)
			continue
		}
		if got := p.Errors[0]; got.Location != test.location || got.Message != test.message {
			t.Errorf("%s: %+v, want %s: %s", name, got, test.location, test.message)
		}
	}
}
