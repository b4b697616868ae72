// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/projection"
)

// Somebody sets the clock back by an hour while a command is tried again and
// again: it is tried no longer than its phone system waits, by no clock.
func TestClockSetBackWhileSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		d.deadline = 2 * time.Second
		p := newPBX(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusServiceUnavailable) })
		d.around.connect(1, "delegate", p.URL)
		d.start()
		d.standby(1, "c", "0912345678")
		d.await("the first attempt", func() bool { return len(p.told()) > 0 })
		d.clock.forward(-time.Hour)
		typ, fact := d.outcome(1, "c")
		if typ != "command.missed" || fact.Reason != reasonDeadline || fact.TookMS < 0 {
			t.Errorf("%s %+v", typ, fact)
		}
	})
}

// A process dies with a command in its hands, and the clock is set back before
// the next one starts: that takes the command over now, not in an hour.
func TestClockSetBackBeforeRestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.standby(1, "c", "0912345678")
		if err := projection.CatchUp(t.Context(), d.log, d.db, projection.Reader{Name: "routing", Prepare: d.prepare}); err != nil {
			t.Fatal(err)
		}
		next := open(t, database, d.directory, d.log, d.live, d.bus, d.around)
		next.clock.forward(-time.Hour)
		next.start()
		if typ, fact := next.outcome(1, "c"); typ != "command.sent" {
			t.Errorf("%s %+v", typ, fact)
		}
	})
}

// However the clock jumps, each call is decided once at most and each command
// comes to one end.
func TestClockJumps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		d.deadline = 3 * time.Second
		p := newPBX(t, func(w http.ResponseWriter, r *http.Request, nth int) {
			if nth == 1 {
				w.WriteHeader(http.StatusServiceUnavailable) // so that there is something under way at each jump
				return
			}
			fine(w, r, nth)
		})
		d.around.connect(1, "delegate", p.URL)
		d.start()
		jumps := []time.Duration{time.Hour, -2 * time.Hour, 24 * time.Hour, -time.Minute, -48 * time.Hour}
		for i, jump := range jumps {
			for k := range 5 {
				d.standby(1, fmt.Sprint("c", i, k), "0912345678")
			}
			d.await("attempts", func() bool { return len(p.told()) > i })
			d.clock.forward(jump)
		}
		for i := range jumps {
			for k := range 5 {
				callID := fmt.Sprint("c", i, k)
				d.outcome(1, callID)
				switch got := d.types(1, callID); got {
				case "routing.decided command.sent", "routing.decided command.missed", "command.missed":
				default:
					t.Errorf("%s: %s", callID, got)
				}
			}
		}
	})
}
