// SPDX-License-Identifier: Apache-2.0

package liveview

import (
	"context"
	"slices"
	"sync"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/live"
)

const (
	// askMax is how long a name may take. A call without names is better than
	// a live view that stands still.
	askMax = 500 * time.Millisecond
	// muteTime is how long somebody who took longer is not asked again.
	muteTime = 2 * time.Second
	// keepTime is how long the two short lists are remembered.
	keepTime = 2 * time.Second
)

// Names are what other parts call the people and things in some calls. Who
// could not be asked is simply not named.
type Names struct {
	callers    map[string]ask.CallerName
	agents     map[string]ask.Agent
	connectors map[int64]string
	queues     map[string]string
	wishes     map[string]ask.Wish
}

// Namer asks for names. It is safe for concurrent use.
type Namer struct {
	bus *bus.Bus

	mu         sync.Mutex
	muted      map[string]time.Time // by subject, until when
	connectors map[int64]kept[map[int64]string]
	queues     map[int64]kept[map[string]string]
}

// kept is something that is remembered for a while.
type kept[T any] struct {
	value T
	until time.Time
}

// NewNamer returns a Namer that asks over b.
func NewNamer(b *bus.Bus) *Namer {
	return &Namer{
		bus: b, muted: map[string]time.Time{},
		connectors: map[int64]kept[map[int64]string]{}, queues: map[int64]kept[map[string]string]{},
	}
}

// Name returns the names for a tenant's calls, of all their participants if
// full is set.
func (n *Namer) Name(ctx context.Context, tenant int64, calls []live.Call, full bool) Names {
	var callers, actors, codes []string
	for i := range calls {
		c := &calls[i]
		callers = append(callers, c.MatchKey)
		actors = append(actors, c.State.CurrentActor)
		if full {
			if len(c.State.Code) == codeLength {
				codes = append(codes, c.State.Code)
			}
			for _, p := range c.State.Participants {
				actors = append(actors, p.Actor)
			}
		}
	}
	names := Names{connectors: n.Connectors(ctx, tenant), queues: n.queuesOf(ctx, tenant)}
	if keys := distinct(callers); len(keys) > 0 {
		names.callers, _ = question(ctx, n, ask.NameCallers, ask.NamesQuestion{Tenant: tenant, Keys: keys})
	}
	if keys := distinct(actors); len(keys) > 0 {
		names.agents, _ = question(ctx, n, ask.NameAgents, ask.NamesQuestion{Tenant: tenant, Keys: keys})
	}
	if codes := distinct(codes); len(codes) > 0 {
		names.wishes, _ = question(ctx, n, ask.FindWishes, ask.WishesQuestion{Tenant: tenant, Codes: codes})
	}
	return names
}

// codeLength is that of the codes which Tandem gives the calls it has made:
// UUIDs. A phone system gives calls codes of its own.
const codeLength = 36

// Connectors returns the names of a tenant's connectors, at most two seconds old.
func (n *Namer) Connectors(ctx context.Context, tenant int64) map[int64]string {
	return remember(n, n.connectors, tenant, func() (map[int64]string, bool) {
		list, ok := question(ctx, n, ask.ListConnectors, tenant)
		names := make(map[int64]string, len(list))
		for _, c := range list {
			names[c.ID] = c.Name
		}
		return names, ok
	})
}

func (n *Namer) queuesOf(ctx context.Context, tenant int64) map[string]string {
	return remember(n, n.queues, tenant, func() (map[string]string, bool) {
		return question(ctx, n, ask.ListQueues, tenant)
	})
}

// remember returns what is in memory, or else what look finds. What could not
// be found is not remembered.
func remember[T any](n *Namer, memory map[int64]kept[T], tenant int64, look func() (T, bool)) T {
	n.mu.Lock()
	k, ok := memory[tenant]
	n.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.value
	}
	value, ok := look()
	if ok {
		n.mu.Lock()
		memory[tenant] = kept[T]{value, time.Now().Add(keepTime)}
		n.mu.Unlock()
	}
	return value
}

// question asks, unless whoever answers took too long a moment ago. It reports
// whether there was an answer.
func question[Q, A any](ctx context.Context, n *Namer, about ask.Question[Q, A], q Q) (answer A, ok bool) {
	n.mu.Lock()
	mute := time.Now().Before(n.muted[about.Subject])
	n.mu.Unlock()
	if mute {
		return answer, false
	}
	asking, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	answer, err := bus.Ask(asking, n.bus, about, q)
	if err == nil {
		return answer, true
	}
	if asking.Err() != nil && ctx.Err() == nil {
		n.mu.Lock()
		n.muted[about.Subject] = time.Now().Add(muteTime)
		n.mu.Unlock()
	}
	return answer, false
}

// distinct returns the different texts of list, without "".
func distinct(list []string) []string {
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > 0 && list[0] == "" {
		list = list[1:]
	}
	return list
}
