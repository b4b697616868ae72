// SPDX-License-Identifier: Apache-2.0

package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"tandem/internal/problem"
)

// What a caller may see is the problem, however deep it is wrapped; anything
// else must stay hidden behind "internal".
func TestOf(t *testing.T) {
	t.Parallel()

	taken := problem.New(problem.Conflict, "queue.taken", "Queue %s exists.", "900")
	tests := map[string]struct {
		err    error
		code   string
		detail string
	}{
		"none":    {err: nil},
		"plain":   {err: taken, code: "queue.taken", detail: "Queue 900 exists."},
		"wrapped": {err: fmt.Errorf("create: %w", taken), code: "queue.taken", detail: "Queue 900 exists."},
		"foreign": {err: errors.New("disk I/O error"), code: "internal", detail: "Something went wrong on our side."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problem.Of(test.err)
			if got.Code != test.code || got.Detail != test.detail {
				t.Errorf("got %q %q, want %q %q", got.Code, got.Detail, test.code, test.detail)
			}
		})
	}
}
