// SPDX-License-Identifier: Apache-2.0

package thirdparty_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/service/thirdparty"
)

// Of several processes one delivers, so that each event goes once and in order;
// when that one ends another takes its turn, and nothing is lost or sent twice.
func TestProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	f := start(t, dbtest.Open(t, dbtest.Postgres(t)), quick)
	to := newReceiver(t)
	path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
	first := f.end
	f.run() // a second process
	var last int64
	for i := range 30 {
		last = f.event("call.new", fmt.Sprint("c", i), "")
	}
	f.delivery(path, last, "sent")
	first()
	for i := range 30 {
		last = f.event("call.finished", fmt.Sprint("c", i), "")
	}
	f.delivery(path, last, "sent")
	f.until("all are sent", func() bool {
		return len(f.must(http.MethodGet, path+"/deliveries?status=pending", "")["items"].([]any)) == 0
	})
	seen := map[string]bool{}
	for len(to.got) > 0 {
		got := <-to.got
		if id := got.header.Get("webhook-id"); seen[id] {
			t.Errorf("sent twice: %s", got.body)
		} else {
			seen[id] = true
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d of 60 were sent", len(seen))
	}
}

// An endpoint that takes nothing until the last attempt is disabled, with what
// it did not take kept for when it is enabled again.
func TestUnreachable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		// The breaker's rests are in real time, which a clock that runs ahead passes.
		began := time.Now()
		f := start(t, database, quick, func(o *thirdparty.Options) {
			o.Now = func() time.Time { return began.Add(time.Since(began) * 2000) }
		})
		to := newReceiver(t)
		to.status(http.StatusInternalServerError)
		path, _ := f.endpoint(`{"name":"E","template":"webhook","url":"` + to.URL + `"}`)
		position := f.event("call.new", "c1", "")
		f.until("it is disabled", func() bool {
			e := f.must(http.MethodGet, path, "")
			return e["enabled"] == false && e["disabledReason"] == "unreachable" && e["failingSince"] != nil && e["lastError"] == "answered 500"
		})
		if d := f.delivery(path, position, "pending"); d["attempts"] != 5.0 {
			t.Errorf("delivery %v", d)
		}
		to.status(http.StatusOK)
		f.must(http.MethodPost, path+"/enable", `{}`)
		f.delivery(path, position, "sent")
		f.until("it no longer fails", func() bool { return f.must(http.MethodGet, path, "")["failingSince"] == nil })
	})
}
