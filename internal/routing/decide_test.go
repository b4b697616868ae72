// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tandem/internal/opening"
	"tandem/internal/problem"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func compile(t testing.TB, rules ...Rule) *RuleSet {
	t.Helper()
	set, err := Compile(7, "", rules, time.UTC)
	if err != nil {
		t.Fatalf("%v: %v", err, problem.Of(err).Fields)
	}
	return set
}

// when returns a rule with one condition.
func when(w When) Rule {
	return Rule{ID: "r", Name: "rule", Enabled: true, When: w, Destination: "900"}
}

// The two presets send each kind of caller where their sources say, and both
// send a withheld number where nothing is expected to be known.
func TestPresets(t *testing.T) {
	t.Parallel()
	known, fresh, withheld := Facts{Known: true, Number: "0912345678"}, Facts{Number: "0912345678"}, Facts{Withheld: true}
	tests := map[string]struct{ known, fresh, withheld string }{
		PresetKnown900: {"900", "901", "901"},
		PresetNew900:   {"901", "900", "900"},
	}
	for name, want := range tests {
		rules, err := presetRules(name)
		if err != nil {
			t.Fatal(err)
		}
		set := compile(t, rules...)
		got := struct{ known, fresh, withheld string }{
			Decide(set, known).Destination, Decide(set, fresh).Destination, Decide(set, withheld).Destination,
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if _, err := presetRules("other"); problem.Of(err).Kind != problem.NotFound {
		t.Errorf("unknown preset: %v", err)
	}
}

// A decision tells the whole story: what matched with what, and of each rule
// before it the first condition that did not hold.
func TestReasons(t *testing.T) {
	t.Parallel()
	rules := []Rule{
		{ID: "a", Name: "Off", Destination: "1"},
		{ID: "b", Name: "Nights", Enabled: true, Destination: "2", When: When{Caller: CallerAny, Hours: &opening.Hours{Ranges: []opening.Range{{From: "22:00", To: "06:00"}}}}},
		{ID: "c", Name: "VIP", Enabled: true, Destination: "3", When: When{Caller: CallerKnown, Group: "VIP"}},
		{ID: "d", Name: "Abroad", Enabled: true, Destination: "4", When: When{CallerPattern: "44*"}},
		{ID: "e", Name: "Odd", Enabled: true, Destination: "5", When: When{Expression: `caller.groups[5] == "x"`}},
		{ID: "f", Name: "Sales", Enabled: true, Destination: "6", When: When{Caller: CallerKnown, CalledPattern: "1900*", Expression: `connector == "pabx"`}},
		{ID: "g", Name: "Rest", Enabled: true, Destination: "7"},
	}
	at := time.Date(2026, 3, 2, 10, 30, 0, 0, time.UTC).UnixMilli()
	got := Decide(compile(t, rules...), Facts{
		Known: true, Number: "+84 912 345 678", Name: "Mia", Groups: []string{"Gold"}, ContactID: "c1", Called: "19001234",
		Connector: "pabx", At: at, Region: "VN",
	})
	got.TookMicros = 0
	want := Decision{
		Destination: "6", RuleVersion: 7, Rule: &RuleName{ID: "f", Name: "Sales"}, CallerKnown: true, ContactID: "c1", ContactName: "Mia",
		Matched: []Matched{{"caller", "known"}, {"calledPattern", "19001234"}, {"expression", "true"}},
		Rejected: []Rejected{
			{"Off", "enabled", "true", "false"},
			{"Nights", "hours", "22:00-06:00", "mon 10:30 UTC"},
			{"VIP", "group", "VIP", "Gold"},
			{"Abroad", "callerPattern", "44*", "+84 912 345 678"},
			{"Odd", "expression", `caller.groups[5] == "x"`, "index out of range: 5 (array length is 1) (1:14)"},
		},
		StandbyReceived: at,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
	none := Decide(compile(t, rules[:2]...), Facts{At: at})
	if none.Destination != "" || none.Reason != ReasonNoRule || len(none.Rejected) != 2 || none.Rule != nil {
		t.Errorf("without a rule: %+v", none)
	}
}

// Patterns look at the digits, in whichever way the number may be written; a
// withheld number has none.
func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, number string
		want            bool
	}{
		{"0912*", "+84 912 345 678", true},
		{"84912*", "0912345678", true},
		{"091234567?", "sip:0912345678@pbx.example", true},
		{"09123456??", "0912345678", true},
		{"09123456???", "0912345678", false},
		{"*5678", "0912345678", true},
		{"*3*5*8", "0912345678", true},
		{"*3*8*5", "0912345678", false},
		{"*", "anonymous", false},
		{"*", "", false},
		{"**", "1", true},
		{"?", "1", true},
		{"357*", "35799000111", true},
		{strings.Repeat("*1", 30) + "*", strings.Repeat("12", 60), true},
		{strings.Repeat("*1", 30) + "3", strings.Repeat("12", 60), false},
	}
	for _, test := range tests {
		set := compile(t, when(When{CallerPattern: test.pattern}))
		got := Decide(set, Facts{Number: test.number, Withheld: test.number == "anonymous" || test.number == "", Region: "VN"}).Destination != ""
		if got != test.want {
			t.Errorf("%q on %q: %v", test.pattern, test.number, got)
		}
	}
}

// Hours go by the clock on the wall: over midnight they belong to the day on
// which they began, and where the clock is put forward or back they follow it.
func TestHours(t *testing.T) {
	t.Parallel()
	night := []opening.Range{{Days: []string{"fri"}, From: "22:00", To: "06:00"}}
	office := []opening.Range{{Days: []string{"mon", "tue"}, From: "08:00", To: "12:00"}, {Days: []string{"mon"}, From: "13:00", To: "24:00"}}
	early := []opening.Range{{From: "02:00", To: "03:00"}}
	tests := []struct {
		zone   string
		ranges []opening.Range
		at     string // in UTC
		want   bool
	}{
		{"UTC", night, "2026-03-06T21:59:59Z", false}, // a Friday
		{"UTC", night, "2026-03-06T22:00:00Z", true},
		{"UTC", night, "2026-03-07T05:59:59Z", true},
		{"UTC", night, "2026-03-07T06:00:00Z", false},
		{"UTC", night, "2026-03-06T05:00:00Z", false}, // Thursday's night
		{"UTC", night, "2026-03-07T23:00:00Z", false},
		{"UTC", office, "2026-03-02T08:00:00Z", true},
		{"UTC", office, "2026-03-02T12:00:00Z", false},
		{"UTC", office, "2026-03-02T23:59:59Z", true},
		{"UTC", office, "2026-03-03T00:00:00Z", false},
		{"UTC", office, "2026-03-03T11:59:00Z", true},
		{"UTC", office, "2026-03-04T09:00:00Z", false},
		{"Asia/Ho_Chi_Minh", office, "2026-03-02T00:59:00Z", false}, // 07:59 there
		{"Asia/Ho_Chi_Minh", office, "2026-03-02T01:00:00Z", true},
		{"Asia/Ho_Chi_Minh", night, "2026-03-06T15:00:00Z", true}, // Friday 22:00 there
		// Berlin, 29 March 2026: at 01:00 UTC the clock goes from 02:00 to 03:00.
		{"Europe/Berlin", early, "2026-03-29T00:59:00Z", false}, // 01:59
		{"Europe/Berlin", early, "2026-03-29T01:00:00Z", false}, // 03:00; 02:xx is not on the clock
		// 25 October 2026: at 01:00 UTC it goes from 03:00 back to 02:00.
		{"Europe/Berlin", early, "2026-10-25T00:30:00Z", true}, // 02:30, the first time
		{"Europe/Berlin", early, "2026-10-25T01:30:00Z", true}, // 02:30, the second time
		{"Europe/Berlin", early, "2026-10-25T02:00:00Z", false},
		{"Europe/Berlin", []opening.Range{{Days: []string{"sat"}, From: "22:00", To: "04:00"}}, "2026-03-29T01:30:00Z", true}, // 03:30 on Sunday
	}
	for _, test := range tests {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		set := compile(t, when(When{Hours: &opening.Hours{TimeZone: test.zone, Ranges: test.ranges}}))
		if got := Decide(set, Facts{At: at.UnixMilli()}).Destination != ""; got != test.want {
			t.Errorf("%s %v at %s: %v", test.zone, test.ranges, test.at, got)
		}
	}
	// Without a zone of their own, hours go by the tenant's.
	set, err := Compile(1, "", []Rule{when(When{Hours: &opening.Hours{Ranges: office}})}, zone(t, "Asia/Ho_Chi_Minh"))
	if err != nil || Decide(set, Facts{At: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC).UnixMilli()}).Destination == "" {
		t.Errorf("the tenant's zone was not used: %v", err)
	}
}

// Expressions see the facts, with the tenant's clock.
func TestExpressions(t *testing.T) {
	t.Parallel()
	facts := Facts{
		Known: true, Number: "0912345678", Name: "Mia Lopes", Groups: []string{"VIP", "Gold"}, Called: "19001234",
		Connector: "pabx", Code: "A-77", At: time.Date(2026, 3, 1, 17, 30, 0, 0, time.UTC).UnixMilli(), Zone: zone(t, "Asia/Ho_Chi_Minh"),
	}
	tests := map[string]bool{
		`caller.known and not caller.withheld`:                        true,
		`"VIP" in caller.groups`:                                      true,
		`any(caller.groups, # startsWith "Si")`:                       false,
		`len(caller.groups) == 2 && all(caller.groups, len(#) > 2)`:   true,
		`lower(caller.name) contains "lopes"`:                         true,
		`caller.number matches "^09[0-9]{8}$"`:                        true,
		`called startsWith "1900" and connector in ["pabx", "other"]`: true,
		`code == "A-77" ? time.weekday == "mon" : false`:              true,
		`time.hour == 0 and time.minute == 30`:                        true,
		// As docs/routing.md shows them.
		`"VIP" in caller.groups and time.weekday not in ["sat", "sun"]`:      true,
		`caller.number matches "^0?9[0-9]{8}$" or hasPrefix(called, "1900")`: true,
		`int(caller.name) == 3`:     false, // cannot be evaluated
		`caller.groups[9] == "VIP"`: false,
	}
	for text, want := range tests {
		set := compile(t, when(When{Expression: text}))
		if got := Decide(set, facts).Destination != ""; got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	facts.Withheld = true
	if Decide(compile(t, when(When{Expression: `caller.number == ""`})), facts).Destination == "" {
		t.Error("an expression sees a withheld number")
	}
}

// What is no condition, or could cost more than a call may wait, is refused
// when it is saved.
func TestMaliciousExpressions(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not a condition":    `caller.number`,
		"unknown name":       `os.exit`,
		"unknown field":      `caller.password == ""`,
		"wrong types":        `time.hour == "nine"`,
		"syntax":             `caller.known and`,
		"range":              `len(1..100000000) > 0`,
		"range in predicate": `any(1..10, true)`,
		"nested predicates":  `all(caller.groups, any(caller.groups, # == "x"))`,
		"doubling":           `let a = caller.name; let b = a + a; len(b) > 0`,
		"statements":         `1; true`,
		"repeat":             `len(repeat("a", 1000000000)) > 0`,
		"clock":              `now().Year() > 2000`,
		"map":                `len(map(caller.groups, #)) > 0`,
		"reduce":             `reduce(caller.groups, #acc + #, "") == ""`,
		"dynamic pattern":    `caller.name matches caller.number`,
		"broken pattern":     `caller.name matches "("`,
		"huge pattern":       `caller.name matches "(a{100}){10}"`,
		"many patterns":      `caller.name matches "a{300}" or caller.name matches "b{300}"`,
		"too many nodes":     strings.Repeat(`true or `, 110) + `true`,
		"too long":           `"` + strings.Repeat("a", 1000) + `" == ""`,
		"deep":               strings.Repeat("(", 400) + "true" + strings.Repeat(")", 400) + " == 1",
	} {
		if _, err := Compile(1, "", []Rule{when(When{Expression: text})}, time.UTC); problem.Of(err).Code != "routing.invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Each is allowed, all together are not.
	var rules []Rule
	for range 9 {
		rules = append(rules, when(When{Expression: `caller.name matches "a{250}"`}))
		rules[len(rules)-1].ID = ""
	}
	if _, err := Compile(1, "", rules, time.UTC); problem.Of(err).Code != "routing.invalid" {
		t.Errorf("many expensive rules: %v", err)
	}
}

// The most expensive expressions that are allowed stay within what a call may
// wait, for the longest facts.
func TestExpensiveExpressions(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100_000)
	facts := Facts{Known: true, Number: long, Name: long, Called: long, Code: long, Groups: strings.Fields(strings.Repeat(long+" ", 60))}
	var rules []Rule
	for range 4 {
		rules = append(rules, Rule{Name: "slow", Enabled: true, Destination: "1", When: When{
			Expression: `caller.name matches "(?:a?){100}b" or any(caller.groups, # + # == "x" or # contains "b")`,
		}})
	}
	set := compile(t, rules...)
	best := time.Hour
	for range 5 { // the machine may be busy with something else
		started := time.Now()
		if d := Decide(set, facts); d.Destination != "" {
			t.Fatalf("matched: %+v", d)
		}
		best = min(best, time.Since(started))
	}
	if best > 25*time.Millisecond {
		t.Errorf("took %v", best)
	}
}

// Every field at fault is named, by its place.
func TestInvalidRules(t *testing.T) {
	t.Parallel()
	bad := Rule{
		ID: "same", Name: " ", Destination: "nine hundred",
		When: When{
			Caller: "friend", CallerPattern: "[0-9]+", CalledPattern: "abc", Group: "a\nb",
			Hours: &opening.Hours{TimeZone: "Mars/Base", Ranges: []opening.Range{{Days: []string{"monday"}, From: "8:00", To: "25:00"}, {From: "09:00", To: "09:00"}}},
		},
	}
	_, err := Compile(1, "", []Rule{{ID: "same", Name: "ok", Destination: "900"}, bad}, time.UTC)
	got := map[string]bool{}
	for _, f := range problem.Of(err).Fields {
		got[strings.TrimPrefix(f.Name, "body.items[1].")] = true
	}
	want := map[string]bool{
		"id": true, "name": true, "destination": true, "when.caller": true, "when.callerPattern": true, "when.calledPattern": true,
		"when.group": true, "when.hours.timeZone": true, "when.hours.ranges[0].days": true, "when.hours.ranges[0].from": true,
		"when.hours.ranges[0].to": true, "when.hours.ranges[1].to": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	// What was stored and can no longer be used matches nothing, and says why.
	bad.Enabled = true
	if d := Decide(load(1, "", []Rule{bad}, time.UTC), Facts{}); d.Destination != "" || d.Rejected[0].Condition != "rule" {
		t.Errorf("a broken rule: %+v", d)
	}
}

// Whatever the rules and their order, exactly the first that is enabled and
// matches decides, and each before it is explained.
func TestFirstMatchWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		facts := Facts{
			Known: rapid.Bool().Draw(t, "known"), Number: rapid.SampledFrom([]string{"0912345678", "0987", "555"}).Draw(t, "number"),
			Called: "1900", Region: "VN", At: rapid.Int64Range(1, 2e12).Draw(t, "at"),
		}
		count := rapid.IntRange(0, 12).Draw(t, "rules")
		rules, first := make([]Rule, count), -1
		for i := range rules {
			w, holds := drawCondition(t, facts)
			rules[i] = Rule{ID: fmt.Sprint(i), Name: fmt.Sprint("rule ", i), Enabled: rapid.Bool().Draw(t, "enabled"), When: w, Destination: fmt.Sprint(100 + i)}
			if first < 0 && rules[i].Enabled && holds {
				first = i
			}
		}
		set, err := Compile(1, "", rules, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		d := Decide(set, facts)
		switch {
		case first < 0 && (d.Rule != nil || d.Destination != "" || d.Reason != ReasonNoRule || len(d.Rejected) != count):
			t.Fatalf("no rule matches, decided %+v", d)
		case first >= 0 && (d.Rule == nil || d.Rule.ID != fmt.Sprint(first) || d.Destination != rules[first].Destination || len(d.Rejected) != first):
			t.Fatalf("rule %d matches first, decided %+v", first, d)
		}
	})
}

// drawCondition returns conditions and whether they hold for f.
func drawCondition(t *rapid.T, f Facts) (w When, holds bool) {
	holds = true
	switch rapid.IntRange(0, 4).Draw(t, "condition") {
	case 0: // none
	case 1:
		w.Caller = rapid.SampledFrom([]string{CallerAny, CallerKnown, CallerNew, CallerWithheld}).Draw(t, "caller")
		holds = w.Caller == CallerAny || w.Caller == CallerKnown && f.Known || w.Caller == CallerNew && !f.Known
	case 2:
		w.CallerPattern = rapid.SampledFrom([]string{"09*", "555", "*"}).Draw(t, "pattern")
		holds = w.CallerPattern == "*" || w.CallerPattern == "555" && f.Number == "555" || w.CallerPattern == "09*" && f.Number != "555"
	case 3:
		w.Expression = `caller.known`
		holds = f.Known
	case 4:
		w.Caller, w.Expression = CallerKnown, `called == "1900"`
		holds = f.Known
	}
	return w, holds
}

// A decision of the default preset, and one of rules of every kind.
func BenchmarkDecide(b *testing.B) {
	preset, err := presetRules(PresetKnown900)
	if err != nil {
		b.Fatal(err)
	}
	var many []Rule
	for range 20 {
		many = append(many, Rule{Name: "x", Enabled: true, Destination: "1", When: When{
			CallerPattern: "09*", Hours: &opening.Hours{Ranges: []opening.Range{{From: "00:00", To: "24:00"}}}, Expression: `"VIP" in caller.groups and time.hour < 25`,
		}})
	}
	for name, rules := range map[string][]Rule{"preset": preset, "twenty": many} {
		b.Run(name, func(b *testing.B) {
			set := compile(b, rules...)
			facts := Facts{Number: "0912345678", Region: "VN", At: 1767225600000, Zone: zone(b, "Asia/Ho_Chi_Minh")}
			b.ReportAllocs()
			for b.Loop() {
				Decide(set, facts)
			}
		})
	}
}
