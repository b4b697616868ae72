// SPDX-License-Identifier: Apache-2.0

// Package fault makes what can go wrong go wrong, around the built program: it
// is killed in the middle of its work, its disk is full, its database goes
// away, phone systems and clients misbehave. What counts is counted afterwards,
// and it is the same every time: what was acknowledged is there, once, and
// every call that waited was decided once and its command came to an end.
package fault_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

const (
	posters     = 20
	roundsUsual = 4
)

// rounds is how often Tandem is killed: TANDEM_CRASH_ROUNDS, or a few times.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TANDEM_CRASH_ROUNDS")
	if text == "" {
		return roundsUsual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Killed with -9 under 20 posters, again and again: whatever was answered 200
// is in the log, nothing is there twice, no position is missing, each waiting
// call was decided at most once, and every decision's command came to an end.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		pbx, here, told := newPBX(t), place{data: t.TempDir(), dsn: dsn}, newLedger()
		key := ""
		var starting time.Duration
		for round := range rounds(t) {
			began := time.Now()
			p := here.start(t)
			starting += time.Since(began)
			if round == 0 {
				key = keyOf(t, p.connector(t, "killed", pbx.URL))
			}
			stop := told.start(t, p.url+"/webhook/"+key, strconv.Itoa(round), posters)
			// Somewhere in the middle, but not before there is something to lose.
			told.awaitMore(t, http.StatusOK, posters*(10+rand.IntN(20)))
			p.kill()
			stop()
		}
		p := here.start(t)
		settle(t, dsn)
		p.stop(t)
		told.only(t, http.StatusOK, 0)
		a := check(t, dsn, told)
		here.examine(t)
		pbx.knows(t, a)
		t.Logf("%d kills: %d events acknowledged, %d requests without an answer, %d events in the log; %d calls decided, %d commands sent and %d missed; %s per start",
			rounds(t), len(told.stored), told.count(0), len(a.records), len(a.decided), a.sent, a.missed, (starting / time.Duration(rounds(t))).Round(time.Millisecond))
		if a.sent == 0 {
			t.Error("no command was sent")
		}
	})
}

// keyOf returns the key at the end of a webhook's address: the port changes
// with every start.
func keyOf(t *testing.T, webhook string) string {
	t.Helper()
	_, key, found := strings.Cut(webhook, "/webhook/")
	if !found {
		t.Fatalf("no key in %q", webhook)
	}
	return key
}
