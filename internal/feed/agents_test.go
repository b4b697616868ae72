// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/problem"
)

// desk answers what agents do, as the presence service would.
type desk struct {
	mu     sync.Mutex
	agents []ask.AgentState
	silent bool
}

func (d *desk) answer(_ context.Context, q ask.AgentsQuestion) ([]ask.AgentState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silent {
		return nil, problem.New(problem.Unavailable, "eventlog.unavailable", "Not now.")
	}
	list := []ask.AgentState{}
	for _, a := range d.agents {
		if q.Tenant == 1 && a.Position > q.After && (q.After > 0 || !a.Deleted) {
			list = append(list, a)
		}
	}
	return list, nil
}

// say has an agent do something, and rings.
func (d *desk) say(f *fixture, a ask.AgentState) {
	d.mu.Lock()
	for i := range d.agents {
		if d.agents[i].ID == a.ID {
			d.agents = append(d.agents[:i], d.agents[i+1:]...)
			break
		}
	}
	d.agents = append(d.agents, a)
	d.mu.Unlock()
	f.bus.Ring(ask.BellAgents)
}

func answering(f *fixture) *desk {
	f.Helper()
	d := &desk{agents: []ask.AgentState{
		{ID: "u1", Login: "ana", Name: "Ana", Extension: "200", Queues: []string{"900"}, State: "free", Position: 3},
		{ID: "u2", Login: "bruno", Name: "Bruno", Extension: "201", State: "busy", Since: now, Call: 7, Next: "paused", Position: 5},
	}}
	if err := bus.Answer(f.Context(), f.bus, ask.AgentStates, d.answer); err != nil {
		f.Fatal(err)
	}
	return d
}

// agentsIn says what an Agents frame says: "whole Ana free, Bruno busy".
func agentsIn(t testing.TB, text string) string {
	t.Helper()
	var frame struct {
		Data struct {
			Whole  bool
			Gone   []string
			Agents []struct{ Name, State string }
		}
	}
	if err := json.Unmarshal([]byte(text), &frame); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, a := range frame.Data.Agents {
		list = append(list, a.Name+" "+a.State)
	}
	says := strings.Join(list, ", ")
	if len(frame.Data.Gone) > 0 {
		says += " gone " + strings.Join(frame.Data.Gone, ",")
	}
	if frame.Data.Whole {
		says = "whole " + says
	}
	return says
}

// Who follows agents hears of all, then of each change; a newcomer costs the
// others nothing, and nobody else hears anything.
func TestAgents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		d := answering(f)
		first, second, other := f.dial(), f.dial(), f.dial()
		first.send(`{"event":"followAgents","data":{}}`)
		expect := func(s *socket, want string) {
			t.Helper()
			if got := agentsIn(t, s.awaitAny("Agents").text); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		expect(first, "whole Ana free, Bruno busy")
		d.say(f, ask.AgentState{ID: "u1", Name: "Ana", State: "ringing", Position: 6})
		expect(first, "Ana ringing")
		second.send(`{"event":"followAgents","data":{}}`)
		expect(second, "whole Bruno busy, Ana ringing")
		d.say(f, ask.AgentState{ID: "u2", Name: "Bruno", State: "free", Position: 9, Deleted: true})
		expect(first, " gone u2")
		expect(second, " gone u2")

		// While nobody answers nothing is lost.
		d.mu.Lock()
		d.silent = true
		d.mu.Unlock()
		d.say(f, ask.AgentState{ID: "u1", Name: "Ana", State: "busy", Position: 12})
		d.mu.Lock()
		d.silent = false
		d.mu.Unlock()
		expect(first, "Ana busy")

		other.send(`{"event":"ListCalls","data":{}}`)
		if got := other.next(); got.Event == "Agents" {
			t.Errorf("who does not follow heard %s", got.text)
		}
	})
}

// However many agents change while a client comes, in whatever order the bells
// are heard, it ends with what is so.
func TestAgentsEndAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		d := answering(f)
		var sockets []*socket
		for i := range 40 {
			if i%10 == 0 {
				s := f.dial()
				s.send(`{"event":"followAgents","data":{}}`)
				sockets = append(sockets, s)
			}
			d.say(f, ask.AgentState{ID: "u1", Name: fmt.Sprint("Ana", i), State: "busy", Position: int64(10 + i)})
		}
		for _, s := range sockets {
			for !strings.Contains(s.awaitAny("Agents").text, `"Ana39"`) {
			}
		}
	})
}
