// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/live/liveview"
)

// agentsTime is how long the question what agents do may take. The room's
// other clients wait meanwhile.
const agentsTime = time.Second

// agentsUpdate is the data of Agents.
type agentsUpdate struct {
	Position int64                 `json:"position"`
	Whole    bool                  `json:"whole"`
	Agents   []liveview.AgentState `json:"agents"`
	Gone     []string              `json:"gone"`
}

// followAgents has a client be told what agents do, from all of them on. It is
// apart from the calls: most clients show none, and would pay for them.
func (r *room) followAgents(c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.agents, c.agentsLacking = true, true
	r.ring()
}

// agentsChanged takes note that some agent of some tenant does something else.
func (f *Feed) agentsChanged() {
	f.mu.Lock()
	rooms := make([]*room, 0, len(f.rooms))
	for _, r := range f.rooms {
		rooms = append(rooms, r)
	}
	f.mu.Unlock()
	for _, r := range rooms {
		r.mu.Lock()
		r.agentsDue = true
		r.ring()
		r.mu.Unlock()
	}
}

// tellAgents sends what agents do to those who follow them: all of them to who
// has not heard of any, to the others those that changed.
func (r *room) tellAgents(ctx context.Context) error {
	r.mu.Lock()
	var following, lacking bool
	for c := range r.clients {
		following = following || c.agents && !c.agentsLacking
		lacking = lacking || c.agents && c.agentsLacking
	}
	due, told := r.agentsDue && following, r.agentsTold
	r.agentsDue = false
	r.mu.Unlock()
	if !due && !lacking {
		return nil
	}
	frames := map[bool]*frame{} // by whether they are whole
	reached := told
	// First what changed: who is told everything hears of the rest next time.
	for _, whole := range []bool{false, true} {
		if whole && !lacking || !whole && !due {
			continue
		}
		update, err := r.askAgents(ctx, whole, told)
		if err == nil {
			frames[whole], err = agentsFrame(update)
		}
		if err != nil {
			r.mu.Lock()
			r.agentsDue = r.agentsDue || due
			r.mu.Unlock()
			return err
		}
		if !whole || !following {
			reached = max(reached, update.Position) // else the others would miss what they were not told
		}
		if !whole && len(update.Agents)+len(update.Gone) == 0 {
			delete(frames, whole)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.agentsTold = reached
	for c := range r.clients {
		f := frames[c.agentsLacking]
		if !c.agents || f == nil {
			continue
		}
		c.agentsLacking = !c.out.send(c.render(f)) // what it could not take it lacks
	}
	return nil
}

// askAgents asks what agents do: all of them, or those that changed behind a
// position.
func (r *room) askAgents(ctx context.Context, whole bool, after int64) (agentsUpdate, error) {
	asking, cancel := context.WithTimeout(ctx, agentsTime)
	defer cancel()
	q := ask.AgentsQuestion{Tenant: r.tenant.ID, After: after}
	if whole {
		q.After = 0
	}
	states, err := bus.Ask(asking, r.feed.bus, ask.AgentStates, q)
	if err != nil {
		return agentsUpdate{}, err
	}
	update := agentsUpdate{Position: after, Whole: whole, Agents: []liveview.AgentState{}, Gone: []string{}}
	for i := range states {
		update.Position = max(update.Position, states[i].Position)
		if states[i].Deleted {
			update.Gone = append(update.Gone, states[i].ID)
		} else {
			update.Agents = append(update.Agents, liveview.AgentStateOf(&states[i]))
		}
	}
	return update, nil
}

// agentsFrame returns the frame of an update. Its events have no id: a stream
// that comes back says where it was with the calls.
func agentsFrame(update agentsUpdate) (*frame, error) {
	data, err := json.Marshal(update)
	if err != nil {
		return nil, fmt.Errorf("write frame %s: %w", eventAgents, err)
	}
	f := frameOf(eventAgents, update.Position, data)
	f.sse = sync.OnceValue(func() []byte { return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", eventAgents, data) })
	return f, nil
}
