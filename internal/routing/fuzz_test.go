// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A pattern matches what a regular expression of the same meaning does.
func FuzzGlob(f *testing.F) {
	f.Add("84*", "84912345678")
	f.Add("*1?1*", "0919119")
	f.Add("**?", "")
	f.Add("???", "12")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 64 || len(text) > 256 || strings.ContainsFunc(pattern+text, func(r rune) bool { return r < ' ' || r > '~' }) {
			return // numbers are of ASCII
		}
		meaning := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile("^(?:" + meaning + ")$").MatchString(text)
		if got := glob(pattern, text); got != want {
			t.Errorf("glob(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

// An expression that was let in takes no time to speak of and no panic,
// whatever somebody wrote and whoever is calling.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		`caller.known && "vip" in caller.groups`, `time.hour >= 8 and time.weekday not in ["sat","sun"]`, `any(caller.groups, # == caller.name)`,
		`caller.number matches "^84(9|3)"`, `len(caller.name) > 3 ? true : false`, `int(code) % 7 == 1`, `caller?.name ?? "" == ""`, `1..9`, `{"a":1}.a == 1`, `((((`,
	} {
		f.Add(seed, "0912345678", "7")
	}
	f.Fuzz(func(t *testing.T, text, number, code string) {
		e, err := compileExpression(text)
		if err != nil {
			return
		}
		if e.cost > regexpSizeMax {
			t.Errorf("%q costs %d", text, e.cost)
		}
		facts := Facts{Number: number, Code: code, Name: number, Connector: code, Called: number, At: 1_767_225_600_000, Zone: time.UTC}
		for range groupsMax {
			facts.Groups = append(facts.Groups, number+code)
		}
		// What takes longer than this each time has no bound worth the name;
		// once it may be the machine that was busy.
		least := time.Duration(math.MaxInt64)
		for try := 0; try < 5 && least > 2*time.Second; try++ {
			began := time.Now()
			_, _ = e.matches(viewOf(facts)) // it may not suit the facts
			least = min(least, time.Since(began))
		}
		if least > 2*time.Second {
			t.Errorf("%q takes %s", text, least)
		}
	})
}
