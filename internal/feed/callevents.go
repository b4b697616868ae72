// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
)

// storedEvent is an event as ListCallEvents shows it.
type storedEvent struct {
	ID          int64           `json:"id"` // its position
	AggregateID string          `json:"aggregate_id"`
	UUID        string          `json:"uuid"`
	Event       json.RawMessage `json:"event"`
}

// The members of an event that this protocol shows.
var (
	callMembers = []string{
		"type", "call_id", "code", "direction", "our_number", "their_number", "their_number_type", "timestamp", "queue", "url",
	}
	actorMembers = []string{"type", "call_id", "code", "actor", "number", "timestamp", "queue"}
)

// listCallEvents answers ListCallEvents: what phone systems said of a call, in
// the order it came.
func (f *Feed) listCallEvents(ctx context.Context, tenant identity.Tenant, data json.RawMessage) (message, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return message{}, malformed("data must be an object.")
	}
	callID, isText := read[string](members["call_id"])
	if !isText {
		return message{}, malformed("call_id must be a text.")
	}
	if err := f.takeTurn(ctx); err != nil {
		return message{}, err
	}
	defer f.endTurn()
	calls, err := f.live.FindAny(ctx, tenant.ID, *callID)
	if err != nil {
		return message{}, err
	}
	list := []storedEvent{}
	for i := range calls {
		c := &calls[i]
		records, err := f.log.ReadStream(ctx, tenant.ID, live.Stream(c.Connector, c.CallID), 0, listMax+1)
		if err != nil {
			return message{}, err
		}
		for k := range records {
			if r := &records[k]; r.Connector != 0 && call.Family(r.Type) != "" {
				list = append(list, stored(r, c.CallID))
			}
		}
	}
	slices.SortFunc(list, func(a, b storedEvent) int { return cmp.Compare(a.ID, b.ID) })
	answer := ok(eventListCallEvents, list[:min(len(list), listMax)])
	answer.Truncated = len(list) > listMax
	return answer, nil
}

func stored(r *eventlog.Record, callID string) storedEvent {
	return storedEvent{
		ID: r.Position, AggregateID: callID, UUID: eventlog.UUID(r.Tenant, r.Stream, r.Key), Event: shown(r),
	}
}

// shown returns the members of an event that this protocol shows, as they were
// sent and in its order. What was not sent is absent.
func shown(r *eventlog.Record) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(r.Data, &members) != nil {
		members = map[string]json.RawMessage{}
	}
	typ, _ := json.Marshal(r.Type) // a string cannot fail
	members["type"] = typ
	names := callMembers
	if strings.HasPrefix(r.Type, "actor.") {
		names = actorMembers
	}
	text := []byte{'{'}
	for _, name := range names {
		value, here := members[name]
		if !here {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(text, '"')
		text = append(text, name...)
		text = append(text, `":`...)
		text = append(text, value...)
	}
	return append(text, '}')
}
