// SPDX-License-Identifier: Apache-2.0

package cdr_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// Whoever may see their own calls only sees those, in lists and one by one;
// others are not there for them, and neither are their events.
func TestOwnCalls(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		answerNames(t, f.bus)
		err := bus.Answer(t.Context(), f.bus, ask.FindAgent, func(_ context.Context, q ask.AgentQuestion) (ask.Agent, error) {
			if q.ID != "u1" || q.Tenant != 1 {
				return ask.Agent{}, problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
			}
			return ask.Agent{ID: "u1", Login: "ana", Email: "ana@demo.example"}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		mine := f.append(inbound("mine")...)
		theirs := f.append(inbound("theirs")[:3]...)
		f.append(event("theirs", "actor.entered", 5, `,"actor":"bruno@demo.example"`))
		byLogin := f.append(inbound("by-login")[:3]...)
		f.append(event("by-login", "actor.entered", 5, `,"actor":"ana"`))
		own := []string{identity.Own(identity.CallRead)}
		tests := map[string]struct {
			as     identity.Principal
			list   string
			status map[int64]int
		}{
			"all":         {identity.Principal{ID: "u1", Rights: []string{identity.CallRead}}, "by-login theirs mine", map[int64]int{mine: 200, theirs: 200, byLogin: 200}},
			"own":         {identity.Principal{ID: "u1", Rights: own}, "by-login mine", map[int64]int{mine: 200, theirs: 404, byLogin: 200}},
			"both":        {identity.Principal{ID: "u1", Rights: append(own, identity.CallRead)}, "by-login theirs mine", map[int64]int{theirs: 200}},
			"a key's own": {identity.Principal{ID: "k1", Rights: own}, "", map[int64]int{mine: 404, theirs: 404}},
		}
		for name, test := range tests {
			f.as = test.as
			if got := f.list("?limit=1"); got != test.list {
				t.Errorf("%s: lists %q, want %q", name, got, test.list)
			}
			for id, want := range test.status {
				for _, path := range []string{"", "?at=2026-01-01T09:00:30Z", "/events"} {
					var answer map[string]any
					if got := f.get(fmt.Sprintf("/api/v1/calls/%d%s", id, path), &answer); got != want {
						t.Errorf("%s: call %d%s is %d, want %s", name, id, path, got, http.StatusText(want))
					}
				}
			}
		}
	})
}
