// SPDX-License-Identifier: Apache-2.0

// Package presence says what agents do: logged out or in, paused and why,
// ringing, busy, wrapping up, free, and since when.
//
// It reads the log. What phone systems report of an agent and what people
// choose for themselves become facts, one row per agent; the state is a pure
// function of the facts and the time. The rules are in [Facts]; how somebody
// stands to a call follows from the call's own fold, so that late events
// correct it.
package presence

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/projection"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what the service uses.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Logger   *slog.Logger
	Now      func() time.Time // nil for the machine's clock
}

// Presence is the presence service. It is safe for concurrent use.
type Presence struct {
	log    *eventlog.Log
	db     *db.DB
	bus    *bus.Bus
	live   *live.Live
	logger *slog.Logger
	clock  func() time.Time
	store  store
}

// New returns the service. It touches nothing before its module runs.
func New(o Options) *Presence {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Presence{log: o.Log, db: o.Database, bus: o.Bus, live: o.Live, logger: o.Logger, clock: o.Now, store: store{o.Database}}
}

// Module returns the service as a part of the product.
func (p *Presence) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "presence", Tables: Tables, Routes: p.routes(api), Run: p.run}
}

// run follows the log and answers questions until ctx ends.
func (p *Presence) run(ctx context.Context) error {
	if err := bus.Answer(ctx, p.bus, ask.AgentStates, p.answer); err != nil {
		return err
	}
	return projection.Follow(ctx, p.log, p.db, p.bus, p.reader())
}

func (p *Presence) now() int64 { return p.clock().UnixMilli() }

// answer answers [ask.AgentStates].
func (p *Presence) answer(ctx context.Context, q ask.AgentsQuestion) ([]ask.AgentState, error) {
	agents, err := p.store.list(ctx, q.Tenant, q.After)
	if err != nil {
		return nil, err
	}
	wrapUp, err := p.store.wrapUp(ctx, q.Tenant)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range q.IDs {
		wanted[id] = true
	}
	list, now := []ask.AgentState{}, p.now()
	for i := range agents {
		a := &agents[i]
		if len(wanted) > 0 && !wanted[a.ID] || q.After == 0 && (a.Deleted || !a.calls()) {
			continue
		}
		list = append(list, a.state(now, wrapUp))
	}
	return list, nil
}

// state is what an agent does at now.
func (a *Agent) state(now, wrapUp int64) ask.AgentState {
	is := a.Facts.Of(now, wrapUp)
	s := ask.AgentState{
		ID: a.ID, Login: a.Login, Name: a.Name, Extension: a.Extension, Queues: a.Queues, State: string(is.State), Reason: is.Reason,
		Since: is.Since, Until: is.Until, Position: a.Position, Deleted: a.Deleted || !a.calls(),
	}
	if is.Call != nil {
		s.Call = is.Call.ID
	}
	if is.Next != nil {
		s.Next = string(is.Next.State)
	}
	return s
}

// calls reports whether the person takes calls: who only administers has no
// phone, and no state.
func (a *Agent) calls() bool { return a.Extension != "" || a.Role != "admin" }
