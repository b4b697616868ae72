// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"encoding/json"
	"os"
	"testing"

	"tandem/internal/app"
)

// The description in the repository is that of the program.
func TestOpenAPIIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/api/openapi.json")
	if err != nil || string(got) != string(want) {
		t.Errorf("docs/api/openapi.json is not current (%v); run make gen", err)
	}
}

// Every operation has a summary, an id of its own and a tag, or the pages made
// from the description cannot be read.
func TestOpenAPIIsWhole(t *testing.T) {
	t.Parallel()
	text, err := app.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]struct {
			Summary     string   `json:"summary"`
			OperationID string   `json:"operationId"`
			Tags        []string `json:"tags"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for path, methods := range description.Paths {
		for method, operation := range methods {
			name := method + " " + path
			if operation.Summary == "" || len(operation.Tags) == 0 {
				t.Errorf("%s has no summary or no tag", name)
			}
			if other := seen[operation.OperationID]; other != "" {
				t.Errorf("%s and %s are both %s", name, other, operation.OperationID)
			}
			seen[operation.OperationID] = name
		}
	}
	for _, path := range []string{"/webhook", "/api/client/webhook", "/api/dashboard/count", "/ws", "/api/v1/calls", "/api/v1/feed"} {
		if description.Paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
}
