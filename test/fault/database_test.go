// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to lock a database as another program does
)

// The longest that a sender is left without an answer while the database gives none.
const answerMax = 2 * time.Second

// While its database is gone, Tandem says within two seconds that it cannot
// take what is posted, and that it is not ready. When the database is back all
// goes on by itself, and what was acknowledged before the end is there.
func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	c := newCluster(t, clusterFolder(t), clusterFolder(t))
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
	if slowest := told.slowest[http.StatusServiceUnavailable]; slowest > answerMax {
		t.Errorf("a post was answered 503 after %s", slowest)
	}
	p.stop(t)
	a := check(t, c.dsn, told)
	here.examine(t)
	pbx.knows(t, a)
	t.Logf("%d posts acknowledged, %d answered 503, the slowest after %s and the first %s after the end; posts taken %s after the database was back, ready after %s; %d commands sent, %d missed",
		told.count(http.StatusOK), told.count(http.StatusServiceUnavailable), told.slowest[http.StatusServiceUnavailable], away, back, ready, a.sent, a.missed)
}

// A database that hangs takes nothing and refuses nothing. Posts are answered
// 503 all the same, and when it goes on so does Tandem.
func TestDatabaseHangs(t *testing.T) {
	t.Parallel()
	c := newCluster(t, clusterFolder(t), clusterFolder(t))
	hangs(t, place{data: t.TempDir(), dsn: c.dsn}, func() (goOn func()) { return c.freeze(t) })
}

// Another program keeps a SQLite file locked, for longer than SQLite's own
// patience.
func TestDatabaseIsLocked(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	here := place{data: folder, dsn: filepath.Join(folder, "tandem.db")}
	hangs(t, here, func() (goOn func()) {
		other, err := sql.Open("sqlite", here.dsn+"?_pragma=busy_timeout(10000)&_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { other.Close() })
		tx, err := other.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
	})
}

// hangs posts while the database hangs, again and again.
func hangs(t *testing.T, here place, hang func() (goOn func())) {
	t.Helper()
	pbx, told := newPBX(t), newLedger()
	p := here.start(t)
	stop := told.start(t, p.connector(t, "hangs", pbx.URL), "hangs", posters)
	var back, ready time.Duration
	for _, long := range []time.Duration{time.Second, 12 * time.Second} { // within the patience of what waits, and beyond
		told.awaitMore(t, http.StatusOK, 200)
		goOn, since := hang(), time.Now()
		if long > time.Second {
			told.awaitMore(t, http.StatusServiceUnavailable, posters)
			await(t, 5*time.Second, "not ready without a database", func() bool { return !p.isReady(t) })
		}
		await(t, 2*long, "it hangs for long enough", func() bool { return time.Since(since) > long })

		goOn()
		began := time.Now()
		told.awaitMore(t, http.StatusOK, 1)
		back = max(back, time.Since(began))
		await(t, 30*time.Second, "ready again", func() bool { return p.isReady(t) })
		ready = max(ready, time.Since(began))
	}
	told.awaitMore(t, http.StatusOK, 200)
	stop()
	settle(t, here.dsn)
	told.only(t, http.StatusOK, http.StatusServiceUnavailable)
	for status, slowest := range told.slowest {
		if slowest > answerMax {
			t.Errorf("a post was answered %d after %s", status, slowest)
		}
	}
	p.stop(t)
	a := check(t, here.dsn, told)
	here.examine(t)
	pbx.knows(t, a)
	t.Logf("%d posts acknowledged, the slowest after %s, %d answered 503, the slowest after %s; posts taken %s after the database went on, ready after %s; %d commands sent, %d missed",
		told.count(http.StatusOK), told.slowest[http.StatusOK], told.count(http.StatusServiceUnavailable), told.slowest[http.StatusServiceUnavailable], back, ready, a.sent, a.missed)
}
