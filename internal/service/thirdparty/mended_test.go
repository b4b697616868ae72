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

// Whoever has mended a receiver need not wait until it is tried again: a test
// that is taken, an event sent again by hand and a change of the endpoint each
// have everything tried at once.
func TestMendedByHand(t *testing.T) {
	for name, mend := range map[string]func(f *fixture, path string, last int64, body string){
		"a test that is taken": func(f *fixture, path string, _ int64, _ string) { f.must(http.MethodPost, path+"/test", "") },
		"one sent again": func(f *fixture, path string, last int64, _ string) {
			f.must(http.MethodPost, fmt.Sprint(path, "/deliveries/", last, "/resend"), "")
		},
		"another address": func(f *fixture, path string, _ int64, body string) { f.must(http.MethodPut, path, body) },
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, database *db.DB) {
				f := start(t, database, quick, func(o *thirdparty.Options) { o.Schedule = []time.Duration{time.Hour} })
				to := newReceiver(t)
				to.status(http.StatusInternalServerError)
				body := `{"name":"E","template":"webhook","url":"` + to.URL + `"}`
				path, _ := f.endpoint(body)
				var list []int64
				for i := range 5 { // enough to be left alone
					position := f.event("call.new", fmt.Sprint("c", i), "")
					list = append(list, position, f.event("call.finished", fmt.Sprint("c", i), ""))
					f.until("it has failed", func() bool { return f.delivery(path, position, "pending")["attempts"] == 1.0 })
				}
				f.delivery(path, list[len(list)-1], "pending")
				to.status(http.StatusOK)
				mend(f, path, list[len(list)-1], body)
				for _, position := range list {
					f.delivery(path, position, "sent")
				}
			})
		})
	}
}
