// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/service/thirdparty"
)

// Somebody sets the clock back by an hour before what happened was told: it is
// told now, and so is what happens after it, not in an hour.
func TestClockSetBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		var ahead atomic.Int64
		f := start(t, database, quick, func(o *thirdparty.Options) {
			o.Timeout = time.Minute
			o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		to := newReceiver(t)
		release := make(chan struct{})
		to.says(func(http.ResponseWriter, *http.Request, int) { <-release })
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		f.event("call.new", "c1", "")
		to.next(t)
		second := f.event("call.finished", "c1", "") // waits for the first
		f.until("it is written down", func() bool {
			return len(f.must(http.MethodGet, path+"/deliveries?status=pending", "")["items"].([]any)) == 2
		})
		f.end()
		close(release)
		to.status(http.StatusOK)
		ahead.Store(int64(-time.Hour))
		f.run()
		f.delivery(path, second, "sent")
	})
}
