// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func loaded(t testing.TB, name string) Scenario {
	t.Helper()
	s, err := LoadScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written is a scenario from a file of one's own.
func written(t testing.TB, text string) (Scenario, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := LoadScenario(path)
	if err != nil {
		err = trimmed{strings.ReplaceAll(err.Error(), path, "own.yaml")}
	}
	return s, err
}

type trimmed struct{ text string }

func (e trimmed) Error() string { return e.text }

// bytesOf is the hash of every byte that goes out while a scenario plays.
func bytesOf(t testing.TB, s Scenario, seed uint64, length time.Duration) (sum string, posts []post) {
	t.Helper()
	posts = playFor(t.(failer), newExchange(s, seed, bothTrunks), length, prompt)
	hash := sha256.New()
	for _, p := range posts {
		hash.Write([]byte(p.To + " " + p.Lane + " " + string(p.Body) + "\n"))
	}
	return hex.EncodeToString(hash.Sum(nil)), posts
}

// The same seed, start and scenario give the same bytes: today, and in the next
// release. When a scenario changes on purpose, its line changes with it. Each
// is as busy as its name says.
func TestBuiltInScenarios(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		length   time.Duration
		sum      string
		calls    [2]int // in that time
		answered [2]int // percent of them
	}{
		"gentle":       {2 * time.Hour, "4937ab2d29b07e7cdd101cc78c30bfc28a3293b0e079c4d30858c4d3341a9752", [2]int{750, 850}, [2]int{60, 90}},
		"quiet-office": {10 * time.Hour, "18aac91c39e508740b6265e6d24983984fb037e607c315f4ac0d82e7a77ba5e6", [2]int{130, 200}, [2]int{80, 97}},
		"busy-monday":  {26 * time.Hour, "8ede2f1375bbe6565441fede2a806563931b71094534642cc72ebe4adfc6104b", [2]int{3500, 4800}, [2]int{55, 92}},
		"black-friday": {10 * time.Minute, "eee6b7b6172ae7603ddbbedbd5c876c5af4b276f6a0558a27018dd33ab6da3ae", [2]int{1500, 2000}, [2]int{50, 75}},
	}
	if names := ScenarioNames(); len(names) != len(tests)+1 || names[0] != "off" {
		t.Errorf("names are %v", names)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := loaded(t, name)
			if s.Name != name || s.About == "" || s.silent {
				t.Errorf("scenario is %q, %q", s.Name, s.About)
			}
			sum, posts := bytesOf(t, s, 7, test.length)
			if sum != test.sum {
				t.Errorf("the bytes have the hash %s, want %s", sum, test.sum)
			}
			count := map[string]int{}
			for _, p := range posts {
				count[p.Type]++
			}
			if n := count["call.new"]; n < test.calls[0] || n > test.calls[1] {
				t.Errorf("%d calls, want %v", n, test.calls)
			}
			if n := 100 * count["call.ongoing"] / count["call.new"]; n < test.answered[0] || n > test.answered[1] {
				t.Errorf("%d %% are answered, want %v", n, test.answered)
			}
			t.Logf("%d calls, %d answered, %d events", count["call.new"], count["call.ongoing"], len(posts))
		})
	}
}

// Off is gentle's staff in silence.
func TestOffScenario(t *testing.T) {
	t.Parallel()

	s := loaded(t, "off")
	if !s.silent || s.agents() != 4 || s.Name != CallsOff {
		t.Errorf("off is %+v", s)
	}
}

// People call as often as the curve says, in each part of it, and a scenario
// that repeats does so at its time.
func TestArrivalsFollowTheCurve(t *testing.T) {
	t.Parallel()

	s, err := written(t, `
repeat: 2h
arrivals:
  curve:
    - {at: 10m, per_minute: 0}
    - {at: 10m, per_minute: 30}
    - {at: 30m, per_minute: 30}
    - {at: 50m, per_minute: 0}
  bursts:
    - {at: 1h, calls: 100, over: 10s}
`)
	if err != nil {
		t.Fatal(err)
	}
	x := newExchange(s, 3, bothTrunks)
	var minutes [240]int
	for _, p := range playFor(t, x, 4*time.Hour, prompt) {
		if h := hear(t, p); h.Type == "call.new" && h.Direction == "inbound" || h.Type == "dialer.attempt" {
			minutes[min(239, int(h.At.Sub(morning)/time.Minute))]++
		}
	}
	sum := func(from, to int) (n int) {
		for _, one := range minutes[from:to] {
			n += one
		}
		return n
	}
	for _, test := range []struct{ from, to, low, high int }{
		{0, 10, 0, 0},
		{10, 30, 520, 680},
		{30, 40, 190, 260},
		{40, 50, 50, 100},
		{52, 60, 0, 1},
		{60, 61, 95, 125},
		{65, 120, 0, 0},
		{120, 130, 0, 0},
		{130, 150, 520, 680},
		{180, 181, 95, 125},
	} {
		if n := sum(test.from, test.to); n < test.low || n > test.high {
			t.Errorf("from minute %d to %d come %d calls, want %d to %d", test.from, test.to, n, test.low, test.high)
		}
	}
}

// Agents come and go at their times; whoever talks finishes first, and nobody
// rings who is not there.
func TestShifts(t *testing.T) {
	t.Parallel()

	s, err := written(t, `
arrivals: {every: {from: 5s, to: 5s}}
talk: {from: 4m, to: 4m}
no_answer: 0%
abandon: {soon: 0%, after_no_answer: 0%}
patience: {from: 30m, to: 30m}
outbound: 0%
trunks: {vendor: 100%, pabx: 0%}
agents:
  - {count: 1, login: 1m, logout: 3m, queues: [901]}
  - {count: 2, login: 10m}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range playFor(t, newExchange(s, 1, bothTrunks), 12*time.Minute, prompt) {
		if h := hear(t, p); isActor(h.Type) && h.Type != "actor.ringing" {
			got = append(got, h.At.Sub(morning).Truncate(time.Minute).String()+" "+h.Type+" "+h.Actor+" "+h.Queue)
		}
	}
	want := []string{
		"1m0s actor.logged-in ana@demo.example 901", "1m0s actor.entered ana@demo.example 901", "5m0s actor.left ana@demo.example 901",
		"5m0s actor.logged-out ana@demo.example 901",
		"10m0s actor.logged-in bruno@demo.example 900", "10m0s actor.logged-in bruno@demo.example 901",
		"10m0s actor.logged-in chi@demo.example 900", "10m0s actor.logged-in chi@demo.example 901",
		"10m0s actor.entered chi@demo.example 901", "10m0s actor.entered bruno@demo.example 901",
	}
	slices.Sort(got[len(got)-2:])
	slices.Sort(want[len(want)-2:])
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Beyond the demo's people the agents have names of their own, and /peers lists
// all.
func TestStaff(t *testing.T) {
	t.Parallel()

	s := loaded(t, "busy-monday")
	staff := s.staff()
	if len(staff) != 16 || staff[3].Name != "Dung" || staff[15].Number != "215" || staff[15].Actor != "agent215@demo.example" || staff[15].on || !staff[0].on {
		t.Errorf("staff is %+v", staff)
	}
	if _, answer := ask(New(Options{Scenario: s}, quiet()), "GET", "/peers", ""); !strings.Contains(answer, `"size":"16"`) || !strings.Contains(answer, `{"name":"Agent 215","number":"215"}`) {
		t.Errorf("peers are %s", answer)
	}
}

// A wrong file is refused with the line and what to write instead, all mistakes
// at once; a file that says little is gentle where it says nothing.
func TestScenarioFiles(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ text, want string }{
		"unknown key":      {"about: x\narivals: {}\n", "own.yaml:2: there is no key arivals here; write one of abandon, about, agents"},
		"deep unknown key": {"talk:\n  from: 1s\n  till: 2s\n", "own.yaml:3: there is no key till here; write one of from, skew, to"},
		"not YAML":         {"about: x\n  talk: [\n", "own.yaml:1: this is not YAML: mapping value is not allowed in this context"},
		"time":             {"wrap: {from: 1s, to: soon}\n", `own.yaml:1: "soon" is not a time from 0s to 30 days; write for example 45s, 10m or 1h30m`},
		"negative time":    {"repeat: -1h\n", `own.yaml:1: "-1h" is not a time from 1m0s`},
		"upside down":      {"talk: {from: 2m, to: 1m}\n", "own.yaml:1: to is 1m0s, which is less than from, 2m0s"},
		"share":            {"withheld: 0.1\n", `own.yaml:1: "0.1" is not a share; write a percentage from 0% to 100%, such as 2% or 0.1%`},
		"share too large":  {"withheld: 101%\n", `own.yaml:1: "101%" is not a share`},
		"not a share":      {"withheld: NaN%\n", `own.yaml:1: "NaN%" is not a share`},
		"shares":           {"no_answer: 99%\n", "own.yaml:1: abandon soon, abandon after_no_answer and no_answer are 112% together; make them 100% at most"},
		"trunks":           {"trunks: {vendor: 50%}\n", "own.yaml:1: vendor and pabx are 90% together; make them 100%"},
		"no list":          {"agents: 4\n", "own.yaml:1: here stands no list; begin each item with a hyphen, or write [ ] for none"},
		"no mapping":       {"arrivals: often\n", "own.yaml:1: here stands no list of keys; write some of bursts, curve, every"},
		"no plain value":   {"about: [x]\n", "own.yaml:1: here stands no plain value"},
		"alias":            {"talk: &a {from: 1s, to: 2s}\nwrap: *a\n", "own.yaml:2: here stands no list of keys"},
		"agents":           {"agents:\n  - {count: 400}\n  - {count: 400}\n", "there are 800 agents; make them 500 at most"},
		"shift":            {"agents:\n  - {login: 2h, logout: 1h}\n", "own.yaml:2: logout is at 1h0m0s, which is not after login at 2h0m0s"},
		"rate":             {"arrivals:\n  curve:\n    - {at: 0m, per_minute: many}\n", `own.yaml:3: "many" is not a number of calls from 0 to 6000`},
		"two rates":        {"arrivals: {every: {from: 1s, to: 2s}, curve: [{at: 0m, per_minute: 1}]}\n", "own.yaml:1: arrivals have both every and curve; keep one"},
		"too often":        {"arrivals: {every: {from: 0s, to: 0s}}\n", "own.yaml:1: to is 0s; make it 10ms or more"},
		"empty burst":      {"arrivals: {bursts: [{at: 1m}]}\n", "own.yaml:1: this burst has no calls; write for example calls: 100"},
		"repeat":           {"repeat: 1h\narrivals: {bursts: [{at: 2h, calls: 1}]}\n", "something is planned at 2h0m0s, but repeat begins the scenario anew at 1h0m0s; make repeat longer"},
		"outcomes":         {"dialer: {outcomes: {human: 50%}}\n", "own.yaml:1: the outcomes are 50% together; make them 100%"},
		"outcome":          {"dialer: {numbers: {\"1\": asleep}}\n", `own.yaml:1: "asleep" is none of human, undetected, noanswer, busy, unavailable, machine, notsure, invalid`},
		"faults":           {"faults: {dup: 60%, drop: 60%}\n", "own.yaml:1: dup, reorder, drop and late are 120% together; make them 100% at most"},
		"skew":             {"faults: {skew: 25h}\n", "own.yaml:1: the clock is 25h0m0s ahead; make it 24h0m0s at most"},
		"mode":             {"faults:\n  api:\n    - {mode: deaf}\n", `own.yaml:3: "deaf" is none of slow, error, html, cut, dead`},
		"dead for ever":    {"faults: {api: [{mode: dead}]}\n", "write for how long, for example for: 30s"},
		"half dead":        {"faults: {api: [{mode: dead, for: 1s, share: 50%}]}\n", "a dead API is dead for everybody"},
		"slow":             {"faults: {api: [{mode: slow}]}\n", "a slow API needs a delay, for example delay: 3s"},
		"fast":             {"faults: {api: [{mode: cut, delay: 3s}]}\n", "delay belongs to mode slow only"},
		"overlap":          {"faults: {api: [{mode: cut, at: 2m}, {mode: error, at: 1m, for: 90s}]}\n", "the outage at 2m0s begins before the one at 1m0s has ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if _, err := written(t, test.text); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
	_, err := written(t, "a: 1\nb: 2\n")
	if err == nil || strings.Count(err.Error(), "own.yaml:") != 2 {
		t.Errorf("two mistakes are reported as %v", err)
	}
	for _, name := range []string{"busy", "", "nowhere/x.yaml"} {
		if _, err := LoadScenario(name); err == nil {
			t.Errorf("scenario %q loads", name)
		}
	}

	s, err := written(t, "# nothing but remarks\nname: mine\ntalk:\nfaults: {dup: 0.5%}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := gentle()
	if s.Name != "mine" || s.talk != want.talk || s.agents() != 4 || s.faults.Dup != 5_000 || len(s.dialer.Numbers) != len(testNumbers()) {
		t.Errorf("scenario is %+v", s)
	}
}

// A curve above nothing at no instant that comes has no calls, and ends.
func TestCurveWithoutCalls(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		curve  []rate
		repeat time.Duration
	}{
		"never":          {[]rate{{0, 0}}, 0},
		"over":           {[]rate{{0, 60}, {time.Nanosecond, 0}}, 0},
		"out of reach":   {[]rate{{0, 0}, {time.Hour, 0}, {time.Hour, 10}}, time.Hour},
		"never, by days": {[]rate{{0, 0}}, time.Hour},
	} {
		a := arrivals{Curve: test.curve}
		if after, comes := a.after(1, 0, 0, test.repeat); comes {
			t.Errorf("%s: a call comes after %v", name, after)
		}
	}
}

// The scenario, the faults and the order to the dialer in docs/mockpbx.md are
// ones that work, or are refused with the words that stand there.
func TestDocumentation(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile("../../docs/mockpbx.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	if s, err := written(t, text); err != nil || s.Name != "launch-day" || s.agents() != 10 {
		t.Errorf("scenario %q with %d agents, %v", s.Name, s.agents(), err)
	}
	requests := regexp.MustCompile(`(?s)curl (-X PUT )?http://127\.0\.0\.1:3030(/\w+)[^\n]*?(?: \\\n {2})?-d '([^']*)'`).FindAllStringSubmatch(string(page), -1)
	for _, request := range requests {
		method := "POST"
		if request[1] != "" {
			method = "PUT"
		}
		status, answer := ask(resting(), method, request[2], request[3])
		if status != 200 && !strings.Contains(string(page), "\n"+answer+"\n") {
			t.Errorf("%s %s is answered %d %s", request[2], request[3], status, answer)
		}
	}
	if len(requests) != 6 {
		t.Errorf("%d requests are on the page", len(requests))
	}
	for _, name := range ScenarioNames() {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("scenario %s is not described", name)
		}
	}
}
