// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/live"
)

const second = 1000

// told is what a test says of an agent, in seconds.
type told struct {
	at   int64
	what string // a word, a state of their own choice, or a call's event
}

// factsOf returns what a list of tellings comes to. Calls are c1 and c2:
// "c1 rings", "c1 enters", "c1 leaves", "c1 no answer", "c1 other enters", "c1 ends".
func factsOf(list []told) Facts {
	var f Facts
	calls := map[string][]call.Event{}
	for i, t := range list {
		order := call.Order{At: t.at * second, Key: fmt.Sprint(i)}
		switch t.what {
		case "in", "out", "paused", "unpaused":
			f.Hear(Word{Connector: 1, Queue: "900", Word: word(t.what), Order: order})
		case "in 901", "out 901", "paused 901":
			f.Hear(Word{Connector: 1, Queue: "901", Word: word(t.what[:len(t.what)-4]), Order: order})
		case "choose free", "choose paused", "choose logged_out":
			f.Choose(Choice{State: State(t.what[7:]), Reason: "lunch", Order: order})
		default:
			id := t.what[:2]
			calls[id] = append(calls[id], eventsOf(id, t.what[3:], order.At)...)
			engage(&f, id, calls[id])
		}
	}
	return f
}

func eventsOf(id, what string, at int64) []call.Event {
	e := call.Event{CallID: id, At: at, Actor: "ana", Number: "200"}
	begun := call.Event{Type: call.TypeNew, CallID: id, At: 1, Key: "begun"}
	switch what {
	case "rings":
		e.Type = call.TypeRinging
	case "enters":
		e.Type = call.TypeEntered
	case "leaves":
		e.Type = call.TypeLeft
	case "no answer":
		e.Type = call.TypeNoAnswer
	case "other enters":
		e.Type, e.Actor, e.Number = call.TypeEntered, "bruno", "201"
	case "ends":
		e.Type = call.TypeFinished
	}
	e.Key = fmt.Sprint(what, at)
	return []call.Event{begun, e}
}

// engage has the agent stand to a call as the fold of its events says.
func engage(f *Facts, id string, events []call.Event) {
	seen := map[string]bool{}
	var once []call.Event
	for _, e := range events {
		if !seen[e.Key] {
			once = append(once, e)
		}
		seen[e.Key] = true
	}
	for _, e := range engagementsOf(&live.Call{ID: int64(id[1] - '0'), Connector: 1, CallID: id, State: call.Fold(once)}) {
		if e.actor == "ana" {
			f.Engage(e.Engagement)
			return
		}
	}
	f.Disengage(1, id) // as the roster does with whom a call engages no more
}

// What an agent does is what a supervisor would say who has heard the same.
func TestStates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		told   []told
		wrapUp int64 // seconds
		now    int64
		want   string // state since [reason] [→ next] [until]
	}{
		"never heard of":             {want: "free 0"},
		"logged in":                  {told: []told{{10, "in"}}, want: "free 10"},
		"logged out":                 {told: []told{{10, "in"}, {20, "out"}}, want: "logged_out 20"},
		"out of one queue of two":    {told: []told{{10, "in"}, {10, "in 901"}, {20, "out"}}, want: "free 10"},
		"out of both":                {told: []told{{10, "in"}, {10, "in 901"}, {20, "out"}, {21, "out 901"}}, want: "logged_out 21"},
		"paused in one of two":       {told: []told{{10, "in"}, {10, "in 901"}, {20, "paused"}}, want: "free 20"},
		"paused in both":             {told: []told{{10, "in"}, {10, "in 901"}, {20, "paused"}, {20, "paused 901"}}, want: "paused 20"},
		"unpaused":                   {told: []told{{10, "in"}, {20, "paused"}, {30, "unpaused"}}, want: "free 30"},
		"in and paused in a second":  {told: []told{{10, "paused"}, {10, "in"}}, want: "paused 10"},
		"ringing":                    {told: []told{{10, "in"}, {20, "c1 rings"}}, want: "ringing 20"},
		"busy":                       {told: []told{{10, "in"}, {20, "c1 rings"}, {25, "c1 enters"}}, want: "busy 25"},
		"no answer":                  {told: []told{{10, "in"}, {20, "c1 rings"}, {40, "c1 no answer"}}, want: "free 40"},
		"another took it":            {told: []told{{20, "c1 rings"}, {24, "c1 other enters"}}, want: "free 24"},
		"free after a call":          {told: []told{{20, "c1 enters"}, {60, "c1 leaves"}, {61, "c1 ends"}}, want: "free 60"},
		"the call ended first":       {told: []told{{20, "c1 enters"}, {61, "c1 ends"}}, want: "free 61"},
		"wrapping up":                {told: []told{{20, "c1 enters"}, {60, "c1 leaves"}}, wrapUp: 30, now: 70, want: "wrap_up 60 until 90"},
		"wrapped up":                 {told: []told{{20, "c1 enters"}, {60, "c1 leaves"}}, wrapUp: 30, now: 95, want: "free 90"},
		"wrap-up cut short":          {told: []told{{20, "c1 enters"}, {60, "c1 leaves"}, {65, "choose free"}}, wrapUp: 30, now: 70, want: "free 65"},
		"no wrap-up after no answer": {told: []told{{20, "c1 rings"}, {40, "c1 no answer"}}, wrapUp: 30, now: 50, want: "free 40"},
		"pause now":                  {told: []told{{10, "in"}, {30, "choose paused"}}, want: "paused 30 lunch"},
		"pause after the call":       {told: []told{{20, "c1 enters"}, {30, "choose paused"}}, want: "busy 20 → paused"},
		"paused after the call":      {told: []told{{20, "c1 enters"}, {30, "choose paused"}, {60, "c1 leaves"}}, wrapUp: 30, now: 61, want: "paused 60 lunch"},
		"a newer choice wins":        {told: []told{{20, "c1 enters"}, {30, "choose paused"}, {40, "choose free"}}, want: "busy 20"},
		"and after the call":         {told: []told{{20, "c1 enters"}, {30, "choose paused"}, {40, "choose free"}, {60, "c1 leaves"}}, want: "free 60"},
		"the phone system's newer":   {told: []told{{30, "choose paused"}, {40, "unpaused"}}, want: "free 40"},
		"out, but takes a call":      {told: []told{{10, "out"}, {20, "c1 enters"}, {60, "c1 leaves"}}, want: "free 60"},
		"leaves after the call":      {told: []told{{20, "c1 enters"}, {30, "choose logged_out"}, {60, "c1 leaves"}}, want: "logged_out 60"},
		"two calls":                  {told: []told{{20, "c1 enters"}, {30, "c2 rings"}}, want: "busy 20"},
		"the second goes on":         {told: []told{{20, "c1 enters"}, {30, "c2 enters"}, {40, "c1 leaves"}, {41, "c1 ends"}}, want: "busy 30"},
		"comes back to a call":       {told: []told{{20, "c1 enters"}, {30, "c1 leaves"}, {40, "c1 enters"}}, want: "busy 40"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := factsOf(test.told)
			now := test.now
			if now == 0 {
				now = 1000
			}
			p := f.Of(now*second, test.wrapUp*second)
			got := fmt.Sprintf("%s %d", p.State, p.Since/second)
			if p.Reason != "" {
				got += " " + p.Reason
			}
			if p.Next != nil {
				got += " → " + string(p.Next.State)
			}
			if p.Until != 0 {
				got += fmt.Sprintf(" until %d", p.Until/second)
			}
			if got != test.want {
				t.Errorf("got %s, want %s\n%+v", got, test.want, f)
			}
			if (p.Call != nil) != (p.State == Busy || p.State == Ringing) {
				t.Errorf("call %+v", p.Call)
			}
		})
	}
}

// What was told in whatever order, and however often, comes to the same.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	whats := []string{
		"in", "out", "paused", "unpaused", "in 901", "out 901", "paused 901", "choose free", "choose paused", "choose logged_out",
		"c1 rings", "c1 enters", "c1 leaves", "c1 no answer", "c1 other enters", "c1 ends", "c2 rings", "c2 enters", "c2 leaves", "c2 ends",
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) told {
			return told{rapid.Int64Range(2, 30).Draw(t, "at"), rapid.SampledFrom(whats).Draw(t, "what")}
		}), 0, 12).Draw(t, "told")
		unique := map[told]bool{}
		var once []told
		for _, one := range list {
			if !unique[one] {
				once = append(once, one)
			}
			unique[one] = true
		}
		shuffled := rapid.Permutation(append(append([]told{}, once...), once...)).Draw(t, "shuffled")
		a, b := ordered(once), ordered(shuffled)
		for _, now := range []int64{5, 20, 40} {
			want, got := a.Of(now*second, 5*second), b.Of(now*second, 5*second)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%v\n%v\n-in order +shuffled:\n%s", once, shuffled, diff)
			}
			if got.Since > 35*second || got.State.rank() < 0 {
				t.Fatalf("%+v", got)
			}
		}
	})
}

// ordered is factsOf with keys that depend on what is told alone, as the keys
// of events do.
func ordered(list []told) Facts {
	var f Facts
	calls := map[string][]call.Event{}
	for _, t := range list {
		one := factsOf([]told{t})
		for _, w := range one.Words {
			w.Order.Key = t.what
			f.Hear(w)
		}
		if c := one.Choice; c.State != "" {
			c.Order.Key = t.what
			f.Choose(c)
		}
		if t.what[0] == 'c' && t.what[1] < '3' {
			calls[t.what[:2]] = append(calls[t.what[:2]], eventsOf(t.what[:2], t.what[3:], t.at*second)...)
			engage(&f, t.what[:2], calls[t.what[:2]])
		}
	}
	return f
}
