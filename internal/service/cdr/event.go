// SPDX-License-Identifier: Apache-2.0

package cdr

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/problem"
)

// callEvent is one event of a call with everything that is known of it.
type callEvent struct {
	Position  int64               `json:"position"`
	Type      string              `json:"type"`
	At        time.Time           `json:"at" doc:"When it happened, as the source says"`
	Received  time.Time           `json:"received"`
	Late      string              `json:"late" enum:",out_of_order,after_end" doc:"How it stood to the call when it came"`
	SkewMS    int64               `json:"skewMs" doc:"received less at"`
	Timed     bool                `json:"timed" doc:"The source gave a readable time; otherwise at is received"`
	Connector *liveview.Connector `json:"connector" doc:"null for what Tandem itself did"`
	Actor     *string             `json:"actor"`
	Data      json.RawMessage     `json:"data" doc:"The event as stored"`
	Raw       *string             `json:"raw" doc:"The request as it came; null when data holds all of it"`
}

var lateness = map[eventlog.Late]string{eventlog.OutOfOrder: "out_of_order", eventlog.AfterEnd: "after_end"}

func eventOf(r *eventlog.Record, connectors map[int64]string) callEvent {
	e := callEvent{
		Position: r.Position, Type: r.Type, At: httpapi.Instant(r.At), Received: httpapi.Instant(r.Received),
		Late: lateness[r.Late], SkewMS: r.SkewMS, Timed: r.Timed, Data: r.Data,
	}
	if r.Connector != 0 {
		e.Connector = &liveview.Connector{ID: r.Connector, Name: connectors[r.Connector]}
	}
	if decoded, err := call.Decode(r.Type, r.Key, r.At, r.Data); err == nil && decoded.Actor != "" {
		e.Actor = &decoded.Actor
	}
	if !json.Valid(e.Data) {
		e.Data = json.RawMessage("null") // one odd row must not hide the others
	}
	if r.Raw != nil {
		raw := strings.ToValidUTF8(string(bytes.ReplaceAll(r.Raw, []byte{0}, nil)), "\uFFFD")
		e.Raw = &raw
	}
	return e
}

// orderOf returns a record's place in the fold, which is how a call's events
// are told: by time, and within an instant by what must have come first.
func orderOf(r *eventlog.Record) call.Order {
	return call.Order{At: r.At, Rank: call.Rank(r.Type), Key: r.Key}
}

// eventsAfter returns up to limit events of a call in the order of the fold,
// behind the one at position; 0 is the beginning.
func (c *CDR) eventsAfter(ctx context.Context, of *live.Call, position int64, limit int) ([]eventlog.Record, error) {
	var start *call.Order
	if position != 0 {
		found, err := c.log.ReadStream(ctx, of.Tenant, live.Stream(of.Connector, of.CallID), position-1, 1)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || found[0].Position != position {
			return nil, problem.NewFields("request.invalid", "The page does not exist.",
				problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
		}
		order := orderOf(&found[0])
		start = &order
	}
	var page []eventlog.Record
	bytes := 0 // of the page
	err := c.eachRecord(ctx, of, func(r *eventlog.Record) {
		order := orderOf(r)
		if start != nil && !call.Before(*start, order) {
			return
		}
		// The page stays sorted and short, however many events there are.
		at, _ := slices.BinarySearchFunc(page, order, func(other eventlog.Record, order call.Order) int {
			if call.Before(orderOf(&other), order) {
				return -1
			}
			return 1
		})
		if at == limit {
			return
		}
		page = slices.Insert(page, at, *r)
		bytes += size(r)
		// One more than fits stays: it says that there is another page.
		for len(page) > limit || len(page) > 1 && bytes-size(&page[len(page)-1]) > pageBytesMax {
			bytes -= size(&page[len(page)-1])
			page = page[:len(page)-1]
		}
	})
	return page, err
}

// pageBytesMax is about how much a page of events may hold. An event may have a
// megabyte, and a page two hundred events.
const pageBytesMax = 4 << 20

func size(r *eventlog.Record) int { return len(r.Data) + len(r.Raw) }

// fitting returns how many of records, at most limit, make a page: at least one,
// however large.
func fitting(records []eventlog.Record, limit int) int {
	bytes := 0
	for i := range records[:min(len(records), limit)] {
		if bytes += size(&records[i]); bytes > pageBytesMax && i > 0 {
			return i
		}
	}
	return limit
}

// eventPage is a page of events as it goes over the wire.
func eventPage(records []eventlog.Record, limit int, connectors map[int64]string) httpapi.List[callEvent] {
	limit = fitting(records, limit)
	records = records[:min(len(records), limit+1)]
	events := make([]callEvent, 0, len(records))
	for i := range records {
		events = append(events, eventOf(&records[i], connectors))
	}
	return httpapi.Cut(events, limit, func(e callEvent) string { return httpapi.IntCursor(e.Position) })
}
