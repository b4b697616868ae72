// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func lifeOf(seed uint64, index int) life {
	s := gentle()
	return s.life(seed, index)
}

func dialedLife(seed uint64, index int, number string, plan dialPlan) life {
	s := gentle()
	return s.dialed(seed, index, dialOrder{Number: number, Destination: "200", Code: "c", Plan: plan})
}

func gap(seed uint64, index int) time.Duration {
	s := gentle()
	after, _ := s.arrivals.after(seed, index, 0, 0)
	return after
}

// The seeds that people have written down must go on giving the calls that
// they remember. When the script changes on purpose, this line changes with it.
func TestScriptStaysTheSame(t *testing.T) {
	t.Parallel()

	sum := sha256.New()
	for i := range 500 {
		fmt.Fprintf(sum, "%v %+v %v\n", gap(7, i), lifeOf(7, i), dialedLife(7, i, "0912345678", dialPlan{Retries: 2, TTL: time.Minute}))
	}
	const want = "dc5c89a85ac6ca6806089d8395358ac029e5fa24627d0baf339ad65dbdf781ab"
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("script of seed 7 has the hash %s, want %s", got, want)
	}
}

var mobileForm = regexp.MustCompile(`^0[35789]\d{8}$`)

// Whatever the seed, a life is one that the phone systems' documents allow,
// within the bounds of the gentle rate.
func TestAnySeedGivesValidLives(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		seed, index := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 100_000).Draw(t, "index")
		l := lifeOf(seed, index)

		if diff := cmp.Diff(l, lifeOf(seed, index)); diff != "" {
			t.Fatalf("not a function of seed and index:\n%s", diff)
		}
		if g := gap(seed, index); index > 0 && (g < 6*time.Second || g > 12*time.Second) {
			t.Errorf("gap %v", g)
		}
		if !mobileForm.MatchString(l.Their) && l.Their != "anonymous" && (l.Their != "" || l.Trunk == pabx) {
			t.Errorf("their number %q on trunk %s", l.Their, l.Trunk)
		}
		if l.Outbound != (l.Queue != "") || (l.Outbound && l.Trunk != vendor) {
			t.Errorf("outbound %v to %q on %s", l.Outbound, l.Queue, l.Trunk)
		}
		checkSteps(t, l.Steps)
	})
}

// flow is how the types of one life may follow each other.
var flow = regexp.MustCompile(`^(` +
	`(call\.new call\.standby call\.waiting |(dialer\.attempt dialer\.failure )*dialer\.attempt dialer\.success call\.new call\.waiting )` +
	`(actor\.ringing actor\.noanswer )*` +
	`(actor\.ringing actor\.entered call\.ongoing actor\.left call\.finished |call\.queue-abandon call\.finished )` +
	`|(dialer\.attempt dialer\.failure )*(dialer\.exceeded|(dialer\.attempt )?dialer\.expired) )$`)

func checkSteps(t failer, steps []step) {
	var types strings.Builder
	for _, s := range steps {
		types.WriteString(s.Type + " ")
		if s.After < 0 || s.After%time.Millisecond != 0 {
			t.Errorf("%s comes after %v", s.Type, s.After)
		}
		if s.Type == "actor.left" && (s.After < 20*time.Second || s.After > 90*time.Second) {
			t.Errorf("talk of %v", s.After)
		}
		if (s.Type == "actor.ringing") != (s.Wait == waitAgent) {
			t.Errorf("%s waits for %v", s.Type, s.Wait)
		}
	}
	if !flow.MatchString(types.String()) {
		t.Errorf("life goes %s", types.String())
	}
}

// The dialer keeps to what it is told: attempts, rests and total time.
func TestDialerKeepsToItsPlan(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		plan := dialPlan{
			Retries: rapid.IntRange(0, 10).Draw(t, "retries"),
			Gap:     time.Duration(rapid.IntRange(0, 60).Draw(t, "gap")) * time.Second,
			TTL:     time.Duration(rapid.IntRange(0, 300).Draw(t, "ttl")) * time.Second,
		}
		l := dialedLife(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "index"), "0912345678", plan)
		checkSteps(t, l.Steps)
		var attempts int
		var passed time.Duration
		for _, s := range l.Steps {
			if s.Type == "call.new" {
				break
			}
			if s.Type == "dialer.attempt" {
				attempts++
			}
			if s.Type != "dialer.exceeded" {
				passed += s.After
			}
		}
		if attempts > plan.Retries+1 || passed > plan.TTL {
			t.Errorf("%d attempts in %v, planned %+v", attempts, passed, plan)
		}
	})
}

// About half of the callers have called before, and some hide their number:
// both cases are on the board within minutes.
func TestMixOfCalls(t *testing.T) {
	t.Parallel()

	const calls = 2000
	seen := map[string]bool{}
	count := map[string]int{}
	for i := range calls {
		l := lifeOf(1, i)
		switch {
		case l.Their == "" || l.Their == "anonymous":
			count["withheld"]++
		case seen[l.Their]:
			count["back"]++
		}
		seen[l.Their] = true
		if l.Outbound {
			count["outbound"]++
		}
		count[string(l.Trunk)]++
		for _, s := range l.Steps {
			count[s.Type]++
		}
	}
	for what, percent := range map[string][2]int{
		"back": {40, 60}, "withheld": {2, 10}, "outbound": {8, 16}, "pabx": {25, 45}, "vendor": {55, 75},
		"call.queue-abandon": {5, 20}, "actor.noanswer": {8, 25}, "dialer.failure": {1, 8},
	} {
		if got := 100 * count[what] / calls; got < percent[0] || got > percent[1] {
			t.Errorf("%d %% of the calls are %s, want %d to %d", got, what, percent[0], percent[1])
		}
	}
}

// Call ids are those of the two systems, and no two calls share one.
func TestCallIDs(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if got, want := vendorID(at, 17), "1772600767.20017"; got != want {
		t.Errorf("vendor id %s, want %s", got, want)
	}
	version1 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for serial := range 30_000 {
		id := timeID(9, at, serial)
		if !version1.MatchString(id) || seen[id] {
			t.Fatalf("serial %d has the id %s, known %v", serial, id, seen[id])
		}
		seen[id] = true
	}
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for i := range 100 {
		if id := randomID(newDice(9, diceRecord, i)); !version4.MatchString(id) {
			t.Errorf("%s is not a version 4 UUID", id)
		}
	}
}
