// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// under is gentle with faults, written as PUT /faults has them.
func under(t failer, faults string) Scenario {
	s := gentle()
	f, err := readFaults([]byte(faults))
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.faults = f
	return s
}

// Faults repeat themselves to the byte as everything else does, and what befalls
// one event leaves the others as they are.
func TestFaultsRepeatThemselves(t *testing.T) {
	t.Parallel()

	plain, posts := bytesOf(t, gentle(), 5, time.Hour)
	const most = `{"dup":"2%","reorder":"3%","drop":"1%","late":"2%"}`
	sum, faulty := bytesOf(t, under(t, most), 5, time.Hour)
	again, _ := bytesOf(t, under(t, most), 5, time.Hour)
	other, _ := bytesOf(t, under(t, most), 6, time.Hour)
	if sum != again || sum == other || sum == plain {
		t.Error("the bytes do not depend on seed and faults alone")
	}
	if quiet, _ := bytesOf(t, under(t, `{}`), 5, time.Hour); quiet != plain {
		t.Error("no faults change the bytes")
	}
	seen := map[string]bool{}
	for _, p := range posts {
		seen[string(p.Body)] = true
	}
	strange := 0
	for _, p := range faulty {
		// A standby that is dropped or late has no delegate in time, so its call
		// takes another course; the others are the same.
		if !seen[string(p.Body)] {
			strange++
		}
	}
	if strange == 0 || strange > len(posts)/4 {
		t.Errorf("%d of %d events are others than without faults", strange, len(posts))
	}
}

// Each event fault alone, over the events of one call: what arrives, in which
// order and when.
func TestEventFaults(t *testing.T) {
	t.Parallel()

	whole := []string{"call.new 0s", "call.standby 1s", "call.waiting 11s", "call.queue-abandon 16s", "call.finished 16.12s"}
	tests := map[string]struct {
		faults string
		want   []string // as they go out
		tally  faultTally
	}{
		"none": {`{}`, whole, faultTally{sent: 5}},
		"drop": {`{"drop":"100%"}`, nil, faultTally{sent: 5, dropped: 5}},
		"late": {`{"late":"100%","late_for":{"from":"2m","to":"2m"}}`, whole, faultTally{sent: 5, late: 5}},
		"reorder": {`{"reorder":"100%"}`, []string{
			"call.standby 1s", "call.new 0s", // overtaken
			"call.waiting 11s", // nothing came for five seconds, so it went as it was
			"call.finished 16.12s", "call.queue-abandon 16s",
		}, faultTally{sent: 5, reordered: 2}},
		"skew ahead":  {`{"skew":"90s"}`, []string{"call.new 1m30s", "call.standby 1m31s", "call.waiting 1m41s", "call.queue-abandon 1m46s", "call.finished 1m46.12s"}, faultTally{sent: 5}},
		"skew behind": {`{"skew":"-1h"}`, []string{"call.new -1h0m0s", "call.standby -59m59s", "call.waiting -59m49s", "call.queue-abandon -59m44s", "call.finished -59m43.88s"}, faultTally{sent: 5}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			x := newExchange(under(t, test.faults), 1, bothTrunks)
			steps := append([]step{
				{Type: "call.new"}, {Type: "call.standby", After: time.Second}, {Type: "call.waiting", After: time.Second / 4, Wait: waitDelegate},
			}, abandon(5*time.Second)...)
			x.begin(life{Trunk: vendor, Their: "0912345678", Our: "19001234", Steps: steps}, 0, morning)
			var got []string
			for next, more := x.next(); more; next, more = x.next() {
				x.catchUp(next)
				for _, p := range x.take() {
					h := hear(t, p)
					got = append(got, h.Type+" "+h.At.Sub(morning).String())
					if out := next.Sub(h.At); name == "late" && out != 2*time.Minute {
						t.Errorf("%s goes out after %v", h.Type, out)
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if x.faults.tally != test.tally || x.faults.holds != 0 {
				t.Errorf("tally is %+v, %d held; want %+v", x.faults.tally, x.faults.holds, test.tally)
			}
		})
	}
}

// An event waits its own five seconds to be overtaken, not those of one that
// waited before it.
func TestOvertaking(t *testing.T) {
	t.Parallel()

	x := newExchange(under(t, `{"reorder":"100%"}`), 1, bothTrunks)
	for after, eventType := range []string{"a", "b", "", "", "c"} {
		if at := morning.Add(time.Duration(after) * time.Second); eventType != "" {
			x.send(vendor, "lane", eventType, at, eventType)
			x.catchUp(at)
		}
	}
	for _, test := range []struct {
		at   time.Duration
		want string
	}{{5 * time.Second, "ba"}, {9*time.Second - 1, ""}, {9 * time.Second, "c"}} {
		x.catchUp(morning.Add(test.at))
		got := ""
		for _, p := range x.take() {
			got += p.Type
		}
		if got != test.want {
			t.Errorf("by %v goes out %q, want %q", test.at, got, test.want)
		}
	}
}

// A duplicate is the same bytes again, within five seconds.
func TestDuplicates(t *testing.T) {
	t.Parallel()

	x := newExchange(under(t, `{"dup":"100%"}`), 1, bothTrunks)
	x.open(morning)
	first := map[string]time.Time{}
	times := map[string]int{}
	for next, _ := x.next(); next.Before(morning.Add(10 * time.Minute)); next, _ = x.next() {
		x.catchUp(next)
		for _, p := range x.take() {
			body := string(p.Body)
			if times[body]++; times[body] == 1 {
				first[body] = next
			} else if !p.Copy || next.Sub(first[body]) > dupMax {
				t.Errorf("%s again after %v", body, next.Sub(first[body]))
			}
		}
	}
	once := 0 // their copies are still to come
	for _, n := range times {
		if n == 1 {
			once++
		} else if n != 2 {
			t.Errorf("an event is sent %d times", n)
		}
	}
	if len(times) < 100 || once != x.faults.holds {
		t.Errorf("%d of %d events are sent once, %d copies are held", once, len(times), x.faults.holds)
	}
}

// However often which fault strikes and whatever Tandem answers: every event is
// acknowledged, refused, dropped or pending, at any instant; and what the
// counters say is what has arrived.
func TestEventsAreConserved(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(r *rapid.T) {
		percent := rapid.IntRange(0, 25)
		faults := fmt.Sprintf(`{"dup":"%d%%","reorder":"%d%%","drop":"%d%%","late":"%d%%"}`,
			percent.Draw(r, "dup"), percent.Draw(r, "reorder"), percent.Draw(r, "drop"), percent.Draw(r, "late"))
		seed := rapid.Uint64().Draw(r, "seed")
		sulky := rapid.IntRange(0, 3).Draw(r, "sulky") // quarters of the requests that are not taken
		minutes := rapid.IntRange(1, 15).Draw(r, "minutes")

		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			n, acknowledged, refused := 0, 0, 0
			network := answers(func(*http.Request, string) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				if n++; n%4 < sulky {
					status := []int{503, 400, 500}[n%3]
					if status == 400 {
						refused++
					}
					return status, nil
				}
				acknowledged++
				return 200, nil
			})
			pbx := New(Options{
				Seed: seed, Start: morning, Scenario: under(r, faults), VendorURL: bothTrunks[vendor], PabxURL: bothTrunks[pabx],
				HTTPClient: &http.Client{Transport: network},
			}, quiet())
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(minutes)*time.Minute+time.Second/2)
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- pbx.Run(ctx) }()
			for range minutes {
				<-time.After(time.Minute)
				synctest.Wait()
				checkConserved(r, pbx.stats())
			}
			s := pbx.stats()
			mu.Lock()
			if s.Events.Acknowledged != acknowledged || s.Events.Refused != refused || s.Events.Requests < acknowledged {
				r.Errorf("stats %+v; acknowledged %d, refused %d", s.Events, acknowledged, refused)
			}
			mu.Unlock()
			if err := <-done; err != nil {
				r.Errorf("run: %v", err)
			}
			checkConserved(r, pbx.stats())
		})
	})
}

func checkConserved(t failer, s statsAnswer) {
	e := s.Events
	if e.Sent != e.Acknowledged+e.Refused+e.Dropped+e.Pending || e.Held > e.Pending || e.Held < 0 || e.AcknowledgedCopies > s.Faults.Duplicates {
		t.Errorf("events are not conserved: %+v", e)
	}
	if e.DroppedByFault != s.Faults.Dropped || e.Sent == 0 {
		t.Errorf("faults are %+v, events %+v", s.Faults, e)
	}
}

// GET and PUT /faults: what is set is shown in the form in which it is set, and
// what is wrong is refused and changes nothing.
func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()

	p := resting()
	const none = `{"dup":"0%","reorder":"0%","drop":"0%","late":"0%","late_for":{"from":"0s","to":"0s","skew":1},"skew":"0s","api":[]}`
	if status, answer := ask(p, http.MethodGet, "/faults", ""); status != 200 || answer != none {
		t.Errorf("at first %d %s", status, answer)
	}
	const put = `{"dup":"1%","drop":"0.1%","late_for":{"from":"1m","to":"90s"},"skew":"-1m30s","api":[{"mode":"slow","delay":"3s"}]}`
	const shown = `{"dup":"1%","reorder":"0%","drop":"0.1%","late":"0%","late_for":{"from":"1m0s","to":"1m30s","skew":1},"skew":"-1m30s",` +
		`"api":[{"mode":"slow","at":"0s","delay":"3s","share":"100%"}]}`
	if status, answer := ask(p, http.MethodPut, "/faults", put); status != 200 || answer != shown {
		t.Errorf("put is answered %d %s", status, answer)
	}
	for body, want := range map[string]string{
		`{"dup":1}`:                      `{"error":"body:1: \"1\" is not a share; write a percentage from 0% to 100%, such as 2% or 0.1%"}`,
		"dup: 1%\nfoo: 2%":               `{"error":"body:2: there is no key foo here; write one of api, drop, dup, late, late_for, reorder, skew"}`,
		"":                               `{"error":"body is empty; write {} for no faults, or for example {\"dup\":\"1%\"}"}`,
		strings.Repeat("#", faultsMax+1): `{"error":"body is larger than 16 KiB"}`,
	} {
		if status, answer := ask(p, http.MethodPut, "/faults", body); status/100 != 4 || answer != want {
			t.Errorf("%.20s is answered %d %s", body, status, answer)
		}
	}
	if _, answer := ask(p, http.MethodGet, "/faults", ""); answer != shown {
		t.Errorf("afterwards %s", answer)
	}
	if _, answer := ask(p, http.MethodPut, "/faults", shown); answer != shown {
		t.Errorf("what is shown cannot be put: %s", answer)
	}
	if _, answer := ask(p, http.MethodPut, "/faults", "{}"); !strings.HasPrefix(answer, `{"dup":"0%"`) {
		t.Errorf("faults end with %s", answer)
	}
}

// Outages of a scenario come and go at their times, hit their share of the
// requests, and end when somebody sets other faults.
func TestOutages(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		s := off()
		s.silent = false
		s.arrivals = arrivals{}
		s.faults = under(t, `{"api":[{"mode":"error","at":"1m","for":"1m","share":"30%"},{"mode":"html","at":"2m","for":"1m"},{"mode":"slow","delay":"7s","at":"4m","for":"30m"},{"mode":"error","at":"40m"}]}`).faults
		pbx := New(Options{Scenario: s, Start: morning}, quiet())
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		done := make(chan error, 1)
		go func() { done <- pbx.Run(ctx) }()
		tries := func() (count map[string]int, took time.Duration) {
			count = map[string]int{}
			begun := time.Now()
			for range 100 {
				status, answer := ask(pbx, http.MethodGet, "/peers", "")
				count[fmt.Sprint(status, " ", answer[:1])]++
			}
			return count, time.Since(begun)
		}
		for _, test := range []struct {
			after     time.Duration
			low, high int // bad answers of a hundred
			kind      string
			took      time.Duration
		}{
			{30 * time.Second, 0, 0, "200 {", 0},
			{time.Minute, 20, 40, "500 {", 0},
			{time.Minute, 100, 100, "200 <", 0},
			{time.Minute, 0, 0, "500 {", 0},
			{time.Minute, 100, 100, "200 {", 700 * time.Second},
		} {
			<-time.After(test.after)
			count, took := tries()
			if n := count[test.kind]; test.kind != "200 {" && (n < test.low || n > test.high) || took != test.took {
				t.Errorf("answers are %v in %v, want %+v", count, took, test)
			}
		}
		if status, _ := ask(pbx, http.MethodPut, "/faults", "{}"); status != 200 {
			t.Errorf("faults cannot be ended: %d", status)
		}
		if _, took := tries(); took != 0 {
			t.Errorf("still slow: %v", took)
		}
		ask(pbx, http.MethodPut, "/faults", `{"api":[{"mode":"html"}]}`)
		<-time.After(30 * time.Minute) // beyond the end and the beginning of outages that no longer hold
		if count, _ := tries(); count["200 <"] != 100 {
			t.Errorf("later answers are %v", count)
		}
		stats := pbx.stats()
		if stats.API[apiHTML] != 200 || stats.API[apiSlow] != 100 || stats.API[apiError] < 20 || stats.API[apiDead] != 0 {
			t.Errorf("outages are %v", stats.API)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// stats over HTTP, in the names that docs/mockpbx.md promises.
func TestStats(t *testing.T) {
	t.Parallel()

	d := &tandem{destination: "901", answer: func(h heard) bool { return h.CallID != "" && h.At.Second()%3 != 0 }}
	var s statsAnswer
	synctest.Test(t, func(t *testing.T) {
		run(t, d, Options{Seed: 4, Calls: CallsGentle}, 20*time.Minute, func(p *PBX) {
			<-time.After(15 * time.Minute)
			synctest.Wait()
			ask(p, http.MethodPost, "/actions", `{"type":"delegate","call_id":"1.2","destination":"900"}`)
			for _, h := range d.events {
				if h.Type == "call.standby" && h.Trunk == vendor {
					ask(p, http.MethodPost, "/actions", `{"type":"delegate","call_id":"`+h.CallID+`","destination":"900"}`)
				}
			}
			synctest.Wait()
			_, answer := ask(p, http.MethodGet, "/stats", "")
			if err := json.Unmarshal([]byte(answer), &s); err != nil {
				t.Error(err)
			}
		})
	})
	count := map[string]int{}
	for _, h := range d.events {
		if h.At.Before(morning.Add(15*time.Minute + time.Second)) {
			count[h.Type]++
		}
	}
	checkConserved(t, s)
	g := s.Delegates
	if g.InTime < 30 || g.Missed < 10 || g.Late < 5 || g.Repeated < 10 || g.Unknown != 1 || g.Received != g.InTime+g.Late+g.Repeated+g.Unknown {
		t.Errorf("delegates are %+v", g)
	}
	if s.Calls.Begun != count["call.new"] || s.Calls.Finished != count["call.finished"] || s.Calls.Answered != count["actor.entered"] ||
		s.Calls.Live < s.Calls.Begun-s.Calls.Finished {
		t.Errorf("calls are %+v, heard %v", s.Calls, count)
	}
	if s.Scenario != "gentle" || s.Seed != 4 || s.Start != stamp(morning) || s.Now != stamp(morning.Add(15*time.Minute)) {
		t.Errorf("stats are of %s, seed %d, %s to %s", s.Scenario, s.Seed, s.Start, s.Now)
	}
}
