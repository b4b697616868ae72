// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"fmt"
	"log/slog"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/projection"
)

// The reader must never be what the log waits for: it takes in whole lives of
// calls, with a hundred agents, per event.
func BenchmarkReader(b *testing.B) {
	run := func(b *testing.B, database *db.DB) {
		log, l, _, bell := livetest.Start(b, database)
		if err := database.Migrate(b.Context(), "presence", Tables); err != nil {
			b.Fatal(err)
		}
		p := New(Options{Log: log, Database: database, Bus: bell, Live: l, Logger: slog.New(slog.DiscardHandler)})
		var events []eventlog.Event
		add := func(stream, typ, data string) {
			at := int64(1_767_225_600_000 + len(events)*100)
			events = append(events, eventlog.Event{
				Tenant: 1, Connector: 1, Stream: stream, Key: fmt.Sprint(typ, len(events)), Type: typ, At: at, Received: at, Timed: true, Data: []byte(data),
			})
		}
		for i := range 100 {
			add(fmt.Sprintf("user/u%03d", i), "user.changed", fmt.Sprintf(
				`{"id":"u%03d","change":"created","login":"agent%d","name":"Agent %d","email":"agent%d@demo.example","role":"agent","extension":"%d"}`, i, i, i, i, 200+i))
		}
		lives := []string{"call.new", "call.standby", "call.waiting", "actor.ringing", "actor.entered", "call.ongoing", "actor.left", "call.finished"}
		const calls = 2000
		for i := range calls {
			for _, typ := range lives {
				add(live.Stream(1, fmt.Sprint("c", i)), typ, fmt.Sprintf(`{"actor":"agent%d@demo.example","number":"%d","queue":"900"}`, i%100, 200+i%100))
			}
		}
		for at := 0; at < len(events); at += 500 {
			if _, err := log.Append(b.Context(), events[at:min(at+500, len(events))]...); err != nil {
				b.Fatal(err)
			}
		}
		b.ResetTimer()
		for b.Loop() {
			r := p.reader()
			r.Name = fmt.Sprint("bench", b.N, b.Elapsed())
			if err := projection.CatchUp(b.Context(), log, database, r); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
	}
	b.Run("sqlite", func(b *testing.B) { run(b, dbtest.Open(b, b.TempDir()+"/bench.db")) })
	b.Run("postgres", func(b *testing.B) { run(b, dbtest.Open(b, dbtest.Postgres(b))) })
}
