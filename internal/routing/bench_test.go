// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"tandem/internal/db/dbtest"
)

// From the append of a waiting call until its phone system is told, one call
// at a time and a hundred at once.
func BenchmarkStandbyToDelegate(b *testing.B) {
	for _, together := range []int{1, 100} {
		b.Run(fmt.Sprint(together), func(b *testing.B) {
			d := start(b, dbtest.Open(b, filepath.Join(b.TempDir(), "bench.db")))
			told := make(chan struct{}, together)
			p := newPBX(b, func(w http.ResponseWriter, r *http.Request, nth int) {
				told <- struct{}{}
				fine(w, r, nth)
			})
			d.around.connect(1, "delegate", p.URL)
			round := 0
			for b.Loop() {
				round++
				for i := range together {
					go d.standby(1, fmt.Sprintf("c%d-%d", round, i), "0912345678")
				}
				for range together {
					<-told
				}
			}
		})
	}
}
