// SPDX-License-Identifier: Apache-2.0

// Package cdr answers what became of calls: lists of them, one of them as it is
// or as it was at any instant, and its events with everything that was known.
//
// It keeps no tables. The present state is in live; the past is folded from the
// call's events when somebody asks.
package cdr

import (
	"context"
	"time"

	"tandem/internal/bus"
	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/module"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// readAtOnce is how many events of a call are in memory together. A usual call
// has a dozen; a storm on one call id has no bound.
const readAtOnce = 2_000

// CDR answers questions about calls.
type CDR struct {
	log   *eventlog.Log
	live  *live.Live
	bus   *bus.Bus
	namer *liveview.Namer
}

// New returns the call records of what is in log and l.
func New(log *eventlog.Log, l *live.Live, b *bus.Bus) *CDR {
	return &CDR{log: log, live: l, bus: b, namer: liveview.NewNamer(b)}
}

// Module returns the part as the program sees it.
func (c *CDR) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "cdr", Routes: c.routes(api)}
}

// instant is a moment in the life of a call: what had happened by then, or what
// was known by then.
type instant struct {
	at       int64 // Unix ms; 0 for any
	position int64 // 0 for any
}

// has reports whether an event belongs to the call as it was.
func (i instant) has(r *eventlog.Record) bool {
	return (i.at == 0 || r.At <= i.at) && (i.position == 0 || r.Position <= i.position)
}

// asOf returns a call as its events up to an instant describe it. It is
// NotFound when there were none.
func (c *CDR) asOf(ctx context.Context, tenant identity.Tenant, now live.Call, then instant) (live.Call, error) {
	past := live.Call{ID: now.ID, Tenant: now.Tenant, Connector: now.Connector, CallID: now.CallID}
	var events []call.Event
	err := c.eachRecord(ctx, &now, func(r *eventlog.Record) {
		if !then.has(r) {
			return
		}
		past.Position, past.UpdatedAt = r.Position, r.Received
		if !call.IsCallEvent(r.Type) {
			return
		}
		if event, err := call.Decode(r.Type, r.Key, r.At, r.Data); err == nil {
			events = append(events, event)
		}
	})
	if err != nil {
		return live.Call{}, err
	}
	if past.Position == 0 {
		return live.Call{}, problem.New(problem.NotFound, "call.not_yet", "The call had not begun at that time.")
	}
	past.State = call.Fold(events)
	past.MatchKey = phone.MatchKey(past.State.TheirNumber, tenant.Region)
	return past, nil
}

// eachRecord calls see with every record of a call, in the order of the log.
func (c *CDR) eachRecord(ctx context.Context, of *live.Call, see func(*eventlog.Record)) error {
	stream := live.Stream(of.Connector, of.CallID)
	for position := int64(0); ; {
		records, err := c.log.ReadStream(ctx, of.Tenant, stream, position, readAtOnce)
		if err != nil {
			return err
		}
		for i := range records {
			see(&records[i])
			position = records[i].Position
		}
		if len(records) < readAtOnce {
			return nil
		}
	}
}

// ms returns t in Unix milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
