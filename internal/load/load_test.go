// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/problem"
)

// enough is longer than any of these runs takes: their number of events ends them.
const enough = time.Minute

func bounded(events int64) Common {
	return Common{Bounds: Bounds{Duration: enough, Events: events}, Connections: 8}
}

// check runs the check and compares what it finds with what was lost.
func check(t *testing.T, report *Report, acknowledged, lost int64) Verdict {
	t.Helper()
	verdict, err := report.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if verdict.Acknowledged != acknowledged || verdict.Missing != lost {
		t.Errorf("%d of %d acknowledged events are missing, want %d of %d", verdict.Missing, verdict.Acknowledged, lost, acknowledged)
	}
	return verdict
}

// What is measured depends on it: calls with ids of their own that rise, seven
// events each, in order.
func TestLivesAreLives(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	report, err := Lives(t.Context(), s.target(), LivesOptions{Common: bounded(700), Callers: 10})
	if err != nil {
		t.Fatal(err)
	}
	if report.Sent != 700 || report.Acked != 700 || report.Latency.Count != 700 || len(s.events) != 700 {
		t.Errorf("sent %d, acknowledged %d, measured %d, received %d, want 700 of each", report.Sent, report.Acked, report.Latency.Count, len(s.events))
	}
	events, ids := s.byCall()
	whole := 0
	for id, list := range events {
		var types []string
		for i, e := range list {
			types = append(types, e.Type)
			if strings.HasPrefix(e.Type, "actor.") != (e.Actor != "") {
				t.Errorf("%s has the actor %q", e.Type, e.Actor)
			}
			if i > 0 && !e.Timestamp.After(list[i-1].Timestamp) {
				t.Errorf("call %s: %s is not later than %s", id, e.Type, list[i-1].Type)
			}
		}
		if diff := cmp.Diff(life[:len(types)], types); diff != "" {
			t.Errorf("call %s (-want +got):\n%s", id, diff)
		}
		if len(types) == len(life) {
			whole++
		}
	}
	if whole < len(events)-8 {
		t.Errorf("%d of %d calls have a whole life; only the last of each connection may be cut", whole, len(events))
	}
	if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != len(ids) || sorted[0] != string(appendCallID(nil, report.run.name, 1)) {
		t.Errorf("the first of %d ids is %s", len(ids), sorted[0])
	}
	check(t, report, 700, 0)
}

// The generator's word counts for nothing if it cannot see a loss.
func TestWhatIsForgottenIsFound(t *testing.T) {
	t.Parallel()
	tests := map[string]func(n int64, e posted) bool{
		"one event":          func(n int64, _ posted) bool { return n == 333 },
		"one in fifty":       func(n int64, _ posted) bool { return n%50 == 0 },
		"the ends of calls":  func(_ int64, e posted) bool { return e.Type == "call.finished" },
		"some calls":         func(_ int64, e posted) bool { return strings.HasSuffix(e.CallID, "7") },
		"everything":         func(int64, posted) bool { return true },
		"what came at first": func(n int64, _ posted) bool { return n < 100 },
	}
	for name, forget := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			s.forget = forget
			report, err := Lives(t.Context(), s.target(), LivesOptions{Common: bounded(3000)})
			if err != nil {
				t.Fatal(err)
			}
			if s.lost == 0 {
				t.Fatal("nothing was forgotten")
			}
			verdict := check(t, report, 3000, s.lost)
			if len(verdict.Examples) == 0 || len(verdict.Examples) > examplesMax {
				t.Errorf("%d examples", len(verdict.Examples))
			}
		})
	}
}

// A refusal is counted and is no promise: what was refused and kept all the
// same must not make up for what was acknowledged and lost.
func TestErrorsAreCountedByKind(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.status = func(n int64) int {
		switch {
		case n%10 == 3:
			return http.StatusServiceUnavailable
		case n%100 == 55:
			return -1
		default:
			return 0
		}
	}
	s.forget = func(n int64, _ posted) bool { return n%10 == 4 }
	report, err := Lives(t.Context(), s.target(), LivesOptions{Common: bounded(1000)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"status 503": 100, "connection closed": 10}
	if diff := cmp.Diff(want, report.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	check(t, report, 890, 100)
	var text strings.Builder
	if err := report.Write(&text); err != nil || !strings.Contains(text.String(), "100 × status 503") {
		t.Errorf("the report says %s (%v)", &text, err)
	}
}

func TestStormsAreOneCall(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]int64{"read event by event": 500, "counted": stormReadMax + 50} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			report, err := Storm(t.Context(), s.target(), bounded(events))
			if err != nil {
				t.Fatal(err)
			}
			calls, _ := s.byCall()
			types := map[string]bool{}
			for _, e := range s.events {
				types[e.Type] = true
			}
			if len(calls) != 1 || len(types) != len(life) {
				t.Errorf("%d calls with %d types, want 1 with %d", len(calls), len(types), len(life))
			}
			check(t, report, events, 0)
		})
	}
	s := startServer(t)
	s.forget = func(n int64, _ posted) bool { return n%100 == 99 }
	report, err := Storm(t.Context(), s.target(), bounded(500))
	if err != nil {
		t.Fatal(err)
	}
	check(t, report, 500, 5)
}

// The answer that people want of bursts is the last one that went well.
func TestBurstsGrowUntilTheServerBends(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.status = func(n int64) int {
		if n > 100+200+300 { // in the fourth burst
			return http.StatusTooManyRequests
		}
		return 0
	}
	report, err := Bursts(t.Context(), s.target(), BurstsOptions{Common: bounded(0), Step: 100, Most: 9, Bound: enough})
	if err != nil {
		t.Fatal(err)
	}
	if report.LastGood != 3 || len(report.Bursts) != 4 || report.Bursts[3].Failed != 400 || report.Bursts[3].Bent == "" {
		t.Errorf("last good %d, bursts %+v", report.LastGood, report.Bursts)
	}
	check(t, report, 600, 0)
}

// By the clock, events are due when they are due, however slow the answers: a
// wait in front of a slow server is part of its latency.
func TestPaceKeepsTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10, 5)
		timer := time.NewTimer(time.Hour)
		p.start()
		began := time.Now()
		var due []time.Duration
		for {
			at, ok := p.next(t.Context(), timer)
			if !ok {
				break
			}
			if now := time.Now(); now.Before(at) {
				t.Errorf("event %d came before it was due", len(due))
			}
			due = append(due, at.Sub(began))
			if len(due) == 2 {
				<-time.After(250 * time.Millisecond) // the server takes its time
			}
		}
		want := []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond, 400 * time.Millisecond}
		if diff := cmp.Diff(want, due); diff != "" {
			t.Errorf("due (-want +got):\n%s", diff)
		}
	})
}

// A run that is cut short still knows what was acknowledged.
func TestRunsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.status = func(n int64) int {
		if n == 50 {
			cancel()
		}
		return 0
	}
	report, err := Lives(ctx, s.target(), LivesOptions{Common: Common{Bounds: Bounds{Warmup: enough, Duration: enough}, Connections: 4}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Acked < 50 || report.Acked > 54 {
		t.Errorf("%d acknowledged, want 50 and what was in flight", report.Acked)
	}
	check(t, report, report.Acked, 0)
}

// Load is made on the machine that bears it, and nowhere else.
func TestOnlyThisMachineIsDriven(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"http://127.0.0.1:8080":     "",
		"http://127.9.9.9":          "",
		"http://[::1]:8080/":        "",
		"http://192.0.2.1:8080":     "load.not_loopback",
		"http://[2001:db8::1]:8080": "load.not_loopback",
		"http://0.0.0.0:8080":       "load.not_loopback",
		"https://127.0.0.1:8080":    "load.bad_url",
		"127.0.0.1:8080":            "load.bad_url",
		"http://127.0.0.1/api":      "load.bad_url",
		"http://a:b@127.0.0.1":      "load.bad_url",
	}
	for address, want := range tests {
		_, err := NewTarget(t.Context(), address, "/webhook", "key")
		code := ""
		if err != nil {
			code = problem.Of(err).Code
		}
		if code != want {
			t.Errorf("%s: problem %q, want %q", address, code, want)
		}
	}
	if _, err := NewTarget(t.Context(), "http://127.0.0.1", "/webhook HTTP/1.1\r\nX: y", "key"); err == nil {
		t.Error("a path may end the line")
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
