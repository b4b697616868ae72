// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/identity"
	"tandem/internal/live"
)

const (
	listMax     = 10_000 // calls, and events of a call, in one answer
	choicesMax  = 100    // objects in params
	listsAtOnce = 4      // long lists that are made at the same time
)

// wireTime is how this protocol writes times.
const wireTime = "2006-01-02T15:04:05.000Z"

// listedCall is a call as ListCalls shows it.
type listedCall struct {
	ID          int64  `json:"id"`
	AggregateID string `json:"aggregate_id"`
	State       string `json:"state"`
	CreatedAt   string `json:"created_at"`
	UpdatedAt   string `json:"updated_at"`
}

func listed(c *live.Call) listedCall {
	return listedCall{
		ID: c.ID, AggregateID: c.CallID, State: string(c.State.State),
		CreatedAt: wire(createdAt(c)), UpdatedAt: wire(c.UpdatedAt),
	}
}

func wire(ms int64) string { return time.UnixMilli(ms).UTC().Format(wireTime) }

// createdAt returns the first that was reported of a call, in Unix ms.
func createdAt(c *live.Call) int64 {
	s := &c.State
	for _, at := range []int64{s.NewAt, s.StandbyAt, s.WaitingAt, s.AnsweredAt, s.OngoingAt, s.EndedAt} {
		if at != 0 {
			return at
		}
	}
	return c.UpdatedAt
}

// choice is an object of params: every member that is given must be equal.
type choice struct {
	id      *int64
	callID  *string
	state   *string
	created *int64 // Unix ms
	updated *int64
}

func (w choice) has(c *live.Call) bool {
	return (w.id == nil || *w.id == c.ID) &&
		(w.callID == nil || *w.callID == c.CallID) &&
		(w.state == nil || *w.state == string(c.State.State)) &&
		(w.created == nil || *w.created == createdAt(c)) &&
		(w.updated == nil || *w.updated == c.UpdatedAt)
}

// parseParams reads what ListCalls is asked for: absent, null, {} or [] is
// everything, an object chooses, and of several objects one has to fit.
func parseParams(data json.RawMessage) ([]choice, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil, malformed("data must be an object.")
	}
	params := strings.TrimSpace(string(members["params"]))
	var objects []map[string]json.RawMessage
	switch {
	case params == "" || params == "null":
		return nil, nil
	case strings.HasPrefix(params, "["):
		if json.Unmarshal([]byte(params), &objects) != nil || slices.ContainsFunc(objects, isNil) {
			return nil, malformed("params must be an object or a list of objects.")
		}
	default:
		objects = make([]map[string]json.RawMessage, 1)
		if json.Unmarshal([]byte(params), &objects[0]) != nil {
			return nil, malformed("params must be an object or a list of objects.")
		}
	}
	if len(objects) > choicesMax {
		return nil, malformed("params may hold at most 100 objects.")
	}
	var choices []choice
	for _, object := range objects {
		c, err := parseChoice(object)
		if err != nil {
			return nil, err
		}
		choices = append(choices, c)
	}
	return choices, nil
}

func isNil(object map[string]json.RawMessage) bool { return object == nil }

func parseChoice(object map[string]json.RawMessage) (c choice, err error) {
	for name, value := range object {
		var fits bool
		switch name {
		case "id":
			c.id, fits = read[int64](value)
		case "aggregate_id":
			c.callID, fits = read[string](value)
		case "state":
			c.state, fits = read[string](value)
		case "created_at":
			c.created, fits = readTime(value)
		case "updated_at":
			c.updated, fits = readTime(value)
		default:
			return choice{}, malformed("Calls have no column of that name: only id, aggregate_id, state, created_at and updated_at.")
		}
		if !fits {
			return choice{}, malformed(name + " has a value of the wrong kind.")
		}
	}
	return c, nil
}

// read returns a value, and whether it is one of that kind; null is not.
func read[T any](value json.RawMessage) (*T, bool) {
	var v *T
	err := json.Unmarshal(value, &v)
	return v, err == nil && v != nil
}

func readTime(value json.RawMessage) (*int64, bool) {
	text, isText := read[string](value)
	if !isText {
		return nil, false
	}
	t, err := time.Parse(time.RFC3339, *text)
	ms := t.UnixMilli()
	return &ms, err == nil
}

// listCalls answers ListCalls: the newest calls that fit, in the order of
// their ids.
func (f *Feed) listCalls(ctx context.Context, tenant identity.Tenant, data json.RawMessage) (message, error) {
	choices, err := parseParams(data)
	if err != nil {
		return message{}, err
	}
	if err := f.takeTurn(ctx); err != nil {
		return message{}, err
	}
	defer f.endTurn()
	calls, err := f.find(ctx, tenant.ID, choices)
	if err != nil {
		return message{}, err
	}
	truncated := len(calls) > listMax
	calls = calls[:min(len(calls), listMax)]
	list := make([]listedCall, 0, len(calls))
	for i := range slices.Backward(calls) {
		list = append(list, listed(&calls[i]))
	}
	answer := ok(eventListCalls, list)
	answer.Truncated = truncated
	return answer, nil
}

// takeTurn waits until few enough long lists are made at the same time: they
// are what this protocol's clients ask for whenever anything changes.
func (f *Feed) takeTurn(ctx context.Context) error {
	select {
	case f.lists <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Feed) endTurn() { <-f.lists }

// find returns up to one more than the most calls that fit one of the choices,
// the newest first.
func (f *Feed) find(ctx context.Context, tenant int64, choices []choice) ([]live.Call, error) {
	var found []live.Call
	var ids []int64
	scan := len(choices) == 0
	states := map[call.State]bool{}
	every := scan
	for _, w := range choices {
		switch {
		case w.id != nil:
			ids = append(ids, *w.id)
		case w.callID != nil:
			calls, err := f.live.FindAny(ctx, tenant, *w.callID)
			if err != nil {
				return nil, err
			}
			found = append(found, calls...)
		case w.state != nil:
			scan, states[call.State(*w.state)] = true, true
		default:
			scan, every = true, true
		}
	}
	calls, err := f.live.FindIDs(ctx, tenant, ids)
	if err != nil {
		return nil, err
	}
	found = append(found, calls...)
	if scan {
		filter := live.Filter{Limit: listMax + 1}
		for state := range states {
			if !every {
				filter.States = append(filter.States, state)
			}
		}
		if calls, err = f.live.List(ctx, tenant, filter); err != nil {
			return nil, err
		}
		found = append(found, calls...)
	}
	found = slices.DeleteFunc(found, func(c live.Call) bool {
		fits := func(w choice) bool { return w.has(&c) }
		return c.State.State == "" || len(choices) > 0 && !slices.ContainsFunc(choices, fits)
	})
	slices.SortFunc(found, func(a, b live.Call) int { return cmp.Compare(b.ID, a.ID) })
	return slices.CompactFunc(found, func(a, b live.Call) bool { return a.ID == b.ID }), nil
}
