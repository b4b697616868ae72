// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// The committed page lists what the program can answer, so that a code which disappears is seen in review.
func TestPageIsCurrent(t *testing.T) {
	t.Parallel()
	problems, err := collect(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page(problems), string(got)); diff != "" {
		t.Errorf("docs/errors.md is stale, run make gen (-should +is):\n%s", diff)
	}
}

// Both ways to make a problem are found, with what is filled in shown as dots; tests do not count.
func TestCollect(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"cmd/a.go": {Data: []byte("package a\n")},
		"internal/x/x.go": {Data: []byte(`package x
func f() error {
	if a {
		return problem.New(problem.NotFound, "x.not_found", "There is no "+
			"call %q, 100%% sure.", id)
	}
	return fmt.Errorf("wrapped: %w", problem.NewFields("x.invalid", "The call is wrong."))
}`)},
		"internal/x/x_test.go": {Data: []byte("package x\nvar _ = problem.New(problem.Denied, \"x.test\", \"Only here.\")\n")},
	}
	got, err := collect(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []problem{{"x.not_found", "404", `There is no call …, 100% sure.`}, {"x.invalid", "422", "The call is wrong."}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(problem{})); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A code that is put together at run time cannot be listed, so it is refused with its place.
func TestCodesHaveToBeWritten(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`code`, `"x." + reason`, `"nodots"`, `"X.Upper"`} {
		tree := fstest.MapFS{
			"cmd/a.go":      {Data: []byte("package a\n")},
			"internal/x.go": {Data: []byte("package x\n\nvar _ = problem.New(problem.Denied, " + code + ", \"No.\")\n")},
		}
		if _, err := collect(tree); err == nil || !strings.HasPrefix(err.Error(), "internal/x.go:3:9: ") {
			t.Errorf("%s: %v", code, err)
		}
	}
}
