// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// A clock that is set back ends no session, and one that is then right again
// neither; a session that was used before the jump still ends after its time.
func TestSessionsAndClockJumps(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		token := w.signIn(t, "ana", "correct horse", "").cookie.Value
		for _, jump := range []time.Duration{-time.Hour, 59 * time.Minute, -24 * time.Hour, 24 * time.Hour} {
			w.clock.forward(jump)
			if who := w.sessionOf(t, token); who != "ana" {
				t.Errorf("after a jump by %s: %s", jump, who)
			}
		}
		w.clock.forward(2 * time.Hour)
		if who := w.sessionOf(t, token); who != ended {
			t.Errorf("a session lives on: %s", who)
		}
	})
}
