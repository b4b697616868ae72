// SPDX-License-Identifier: Apache-2.0

package problem_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

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

// When to come again is said of a problem and leaves the one it was made of as
// it was; of anything else there is nothing to say.
func TestRetry(t *testing.T) {
	t.Parallel()
	busy := problem.New(problem.TooMany, "user.busy", "Busy.")
	later := problem.Retry(time.Minute, fmt.Errorf("sign in: %w", busy))
	if got := problem.Of(later); got.Retry != time.Minute || got.Code != "user.busy" || problem.Of(busy).Retry != 0 {
		t.Errorf("got %+v of %+v", got, problem.Of(busy))
	}
	if broken := errors.New("broken"); !errors.Is(problem.Retry(time.Minute, broken), broken) {
		t.Error("an error of ours is no longer itself")
	}
}
