// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"tandem/internal/db/dbtest"
	"tandem/internal/live/livetest"
)

// BenchmarkAppend is the durable write behind a webhook: 64 posters, calls of
// seven events, their state kept in the same transaction. One operation is one
// event.
func BenchmarkAppend(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			dsn := b.TempDir() + "/bench.db"
			if engine == "postgres" {
				dsn = dbtest.Postgres(b)
			}
			log, _, _, _ := livetest.Start(b, dbtest.Open(b, dsn))
			var next atomic.Int64
			b.SetParallelism(32) // times GOMAXPROCS
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for {
					life := lifeOf(1, fmt.Sprintf("1767225600.%08d", next.Add(1)))
					for _, e := range life {
						if !pb.Next() {
							return
						}
						if _, err := log.Append(b.Context(), e); err != nil {
							b.Error(err)
							return
						}
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
