// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/phone"
	"tandem/internal/projection"
)

const (
	readerName = "activity"
	readBatch  = 400
	readRest   = 250 * time.Millisecond
	readLeast  = 50 * time.Millisecond // an entry is looked at by people, who do not notice
	// callsMax is how many of a number's newest calls are looked at: when it
	// becomes somebody's, and for what it missed.
	callsMax = 200
	// foldMax is how long a call may be to be folded here, while the present
	// state waits for a late event to be folded in.
	foldMax = 20_000
	// foldRest is for how many times what folding took the reader rests: a
	// storm of events of one call, which is folded at each look, costs others
	// one part in foldRest+1 of one processor.
	foldRest = 9
)

// reader keeps the entries about calls and the missed calls in step with the
// log. What it writes is a function of the calls, so that it does no harm to
// look at one again.
func (s *Activities) reader() projection.Reader {
	return projection.Reader{Name: readerName, Batch: readBatch, Rest: readRest, Least: readLeast, Prepare: s.prepare}
}

// seen is what records say about one tenant.
type seen struct {
	refs map[live.Ref]bool // calls that something was reported of
	keys map[string]bool   // numbers that became somebody's
	busy map[string]string // numbers whose line was busy, and the code of the dialer that found it so
}

// prepare takes records in and returns what they change.
func (s *Activities) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	tenants := map[int64]*seen{}
	for i := range records {
		record := &records[i]
		if tenants[record.Tenant] == nil {
			tenants[record.Tenant] = &seen{refs: map[live.Ref]bool{}, keys: map[string]bool{}, busy: map[string]string{}}
		}
		tenants[record.Tenant].take(record)
	}
	var writes []projection.Write
	for tenant, seen := range tenants {
		earlier, err := s.histories(ctx, tenant, slices.Sorted(maps.Keys(seen.keys)))
		if err != nil {
			return nil, err
		}
		calls, err := s.callsOf(ctx, tenant, seen)
		if err != nil {
			return nil, err
		}
		entries, err := s.prepareEntries(ctx, tenant, seen.with(calls, earlier))
		if err != nil {
			return nil, err
		}
		missed, err := s.prepareMissed(ctx, tenant, calls)
		if err != nil {
			return nil, err
		}
		for _, write := range []projection.Write{entries, missed} {
			if write != nil {
				writes = append(writes, write)
			}
		}
	}
	if len(writes) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	return func(ctx context.Context, tx *eventlog.Tx) error {
		for _, write := range writes {
			if err := write(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// take notes what a record is about.
func (n *seen) take(record *eventlog.Record) {
	if connector, callID, ok := live.ParseStream(record.Stream); ok {
		if call.IsCallEvent(record.Type) {
			n.refs[live.Ref{Connector: connector, CallID: callID}] = true
		}
		return
	}
	switch record.Type {
	case typeDialFailed:
		e, err := call.Decode(record.Type, record.Key, record.At, record.Data)
		switch {
		case err != nil || e.Reason != reasonBusy:
		case e.CallID != "":
			n.refs[live.Ref{Connector: record.Connector, CallID: e.CallID}] = true
		case e.Code != "":
			n.busy[e.Number] = e.Code
		}
	case "contact.created", "contact.changed", "contact.restored":
		// A number has become somebody's: their earlier calls are theirs, too.
		for _, key := range keysOf(record.Data) {
			n.keys[key] = true
		}
	}
}

// keysOf returns the numbers that a fact about a contact names.
func keysOf(data []byte) (keys []string) {
	var c struct {
		MatchKey string `json:"match_key"`
		Numbers  []struct {
			MatchKey string `json:"match_key"`
		} `json:"numbers"`
	}
	if json.Unmarshal(data, &c) != nil {
		return nil
	}
	for _, n := range append(c.Numbers, struct {
		MatchKey string `json:"match_key"`
	}{c.MatchKey}) {
		if n.MatchKey != "" {
			keys = append(keys, n.MatchKey)
		}
	}
	return keys
}

// with returns calls, which records are about, and those others that are not
// among them.
func (n *seen) with(calls, others []live.Call) []live.Call {
	for _, c := range others {
		if !n.refs[live.Ref{Connector: c.Connector, CallID: c.CallID}] {
			calls = append(calls, c)
		}
	}
	return calls
}

// callsOf returns the calls that records are about, each once, as all that was
// reported of them describes them.
func (s *Activities) callsOf(ctx context.Context, tenant int64, n *seen) ([]live.Call, error) {
	calls, err := s.live.FindRefs(ctx, tenant, slices.Collect(maps.Keys(n.refs)))
	if err != nil {
		return nil, err
	}
	dialed, err := s.dialed(ctx, tenant, n.busy)
	if err != nil {
		return nil, err
	}
	for _, c := range dialed {
		if ref := (live.Ref{Connector: c.Connector, CallID: c.CallID}); !n.refs[ref] {
			n.refs[ref] = true
			calls = append(calls, c)
		}
	}
	began := time.Now()
	if err := s.refold(ctx, calls); err != nil {
		return nil, err
	}
	if took := time.Since(began); took >= time.Millisecond {
		pause(ctx, foldRest*took)
	}
	return calls, nil
}

// dialed returns the calls of dialers that found numbers busy and did not say
// in which call.
func (s *Activities) dialed(ctx context.Context, tenant int64, busy map[string]string) ([]live.Call, error) {
	if len(busy) == 0 {
		return nil, nil
	}
	codes := map[string]string{} // by match key
	for number, code := range busy {
		codes[phone.MatchKey(number, s.tenants.Region(ctx, tenant))] = code
	}
	calls, err := s.live.FindNumbers(ctx, tenant, slices.Sorted(maps.Keys(codes)), callsMax)
	return slices.DeleteFunc(calls, func(c live.Call) bool { return c.State.Code != codes[c.MatchKey] }), err
}

// refold folds calls anew whose present state lacks a late event: nothing in
// the log would tell when it has been folded in.
func (s *Activities) refold(ctx context.Context, calls []live.Call) error {
	for i := range calls {
		c := &calls[i]
		if !c.Late || c.State.Events > foldMax {
			continue
		}
		var events []call.Event
		err := s.log.VisitStream(ctx, c.Tenant, live.Stream(c.Connector, c.CallID), c.Position, func(r *eventlog.Record) error {
			if !call.IsCallEvent(r.Type) {
				return nil
			}
			if e, err := call.Decode(r.Type, strings.Clone(r.Key), r.At, r.Data); err == nil {
				events = append(events, e)
			}
			return nil
		})
		if err != nil {
			return err
		}
		c.State = call.Fold(events)
	}
	return nil
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// logged is an entry that is to be written if its call's number is somebody's.
type logged struct {
	Activity

	key  string
	call *live.Call
}

// prepareEntries returns what writes an entry about each of the calls of which
// there is something to say.
func (s *Activities) prepareEntries(ctx context.Context, tenant int64, calls []live.Call) (projection.Write, error) {
	entries, actors, err := s.entries(ctx, calls)
	if err == nil {
		err = s.nameCreators(ctx, tenant, entries, actors)
	}
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return s.entryWriter(tenant, entries), nil
}

func (s *Activities) entryWriter(tenant int64, entries []logged) projection.Write {
	return func(ctx context.Context, tx *eventlog.Tx) error { return s.writeEntries(ctx, tx, tenant, entries) }
}

// entries returns the entries about those of the calls that are worth one and
// have a number, and of each the actor who had the call.
func (s *Activities) entries(ctx context.Context, calls []live.Call) (entries []logged, actors []string, err error) {
	for i := range calls {
		c := &calls[i]
		if !worthEntry(&c.State) || c.MatchKey == "" || directionOf(&c.State) == "" {
			continue
		}
		busy, err := s.busy(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, logged{entryOf(c, busy), c.MatchKey, c})
		actors = append(actors, actorOf(&c.State))
	}
	return entries, actors, nil
}

// nameCreators makes those who had the calls the creators of the entries.
func (s *Activities) nameCreators(ctx context.Context, tenant int64, entries []logged, actors []string) error {
	var keys []string
	for _, actor := range actors {
		if actor != "" && !slices.Contains(keys, actor) {
			keys = append(keys, actor)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	agents, err := bus.Ask(asking, s.bus, ask.NameAgents, ask.NamesQuestion{Tenant: tenant, Keys: keys})
	for i := range entries {
		entries[i].Creator = agents[actors[i]].ID
	}
	return err
}

// actorOf returns who had a call last, as the phone system calls them; "" if
// nobody did. In a call that the other side never took, that is who called.
func actorOf(c *call.Call) string {
	if c.CurrentActor != "" || c.CurrentNumber != "" {
		return cmp.Or(c.CurrentActor, c.CurrentNumber)
	}
	var last string
	var at int64
	for _, p := range c.Participants {
		for _, s := range p.Segments {
			if s.EnteredAt != 0 && s.EnteredAt >= at {
				last, at = cmp.Or(p.Actor, p.Number), s.EnteredAt
			}
		}
	}
	return last
}

// What a dialer says of a line that was busy.
const (
	typeDialFailed = "dialer.failure"
	reasonBusy     = "busy"
)

// slackMS is how much later than its call a dialer may report that the line
// was busy, when it does not say which call it means.
const slackMS = 60_000

// busy reports whether the dialer that made a call found the line busy.
func (s *Activities) busy(ctx context.Context, c *live.Call) (found bool, err error) {
	if c.State.Code == "" || c.State.ReachedAt() != 0 || directionOf(&c.State) != Outgoing {
		return false, nil
	}
	stream := fmt.Sprintf("dialer/%d/%s", c.Connector, c.State.Code)
	err = s.log.VisitStream(ctx, c.Tenant, stream, math.MaxInt64, func(r *eventlog.Record) error {
		if r.Type != typeDialFailed {
			return nil
		}
		e, err := call.Decode(r.Type, r.Key, r.At, r.Data)
		if err != nil || e.Reason != reasonBusy {
			return nil //nolint:nilerr // it says nothing
		}
		about := e.CallID == c.CallID || e.CallID == "" && r.At >= began(&c.State) && r.At <= c.State.EndedAt+slackMS
		found = found || about
		return nil
	})
	return found, err
}
