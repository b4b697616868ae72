// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"net/http"
	"testing"
	"time"
)

// While its database is gone, Tandem says within two seconds that it cannot
// take what is posted, and that it is not ready. When the database is back all
// goes on by itself, and what was acknowledged before the end is there.
func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	here, pbx, told := place{data: t.TempDir(), dsn: c.dsn}, newPBX(t), newLedger()
	p := here.start(t)
	stop := told.start(t, p.connector(t, "gone", pbx.URL), "gone", posters)

	var away, back, ready time.Duration
	for range 2 { // what a first end leaves behind must not be in the way of a second
		told.awaitMore(t, http.StatusOK, 200)
		began := time.Now()
		c.stop(t)
		told.awaitMore(t, http.StatusServiceUnavailable, 1)
		away = max(away, time.Since(began))
		await(t, 5*time.Second, "not ready without a database", func() bool { return !p.isReady(t) })
		told.awaitMore(t, http.StatusServiceUnavailable, 200)

		c.start(t)
		began = time.Now()
		told.awaitMore(t, http.StatusOK, 1)
		back = max(back, time.Since(began))
		await(t, 30*time.Second, "ready again", func() bool { return p.isReady(t) })
		ready = max(ready, time.Since(began))
	}
	stop()
	settle(t, c.dsn)
	told.only(t, http.StatusOK, http.StatusServiceUnavailable)
	if slowest := told.slowest[http.StatusServiceUnavailable]; slowest > 2*time.Second {
		t.Errorf("a post was answered 503 after %s", slowest)
	}
	p.stop(t)
	a := check(t, c.dsn, told)
	here.examine(t)
	pbx.knows(t, a)
	t.Logf("%d posts acknowledged, %d answered 503, the slowest after %s and the first %s after the end; posts taken %s after the database was back, ready after %s; %d commands sent, %d missed",
		told.count(http.StatusOK), told.count(http.StatusServiceUnavailable), told.slowest[http.StatusServiceUnavailable], away, back, ready, a.sent, a.missed)
}
