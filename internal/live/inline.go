// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"strings"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
)

// ref names a call.
type ref struct {
	tenant, connector int64
	callID            string
}

// change is a call while a batch of events is folded onto it.
type change struct {
	Call

	bucketBefore string
	batch        []*eventlog.Record // its events of this batch, not in the table yet
}

// Inline folds new events onto the calls they belong to. It is handed to the
// log; see [eventlog.Inline].
func (l *Live) Inline(ctx context.Context, tx *sql.Tx, records []*eventlog.Record) error {
	changes, order, err := l.load(ctx, tx, records)
	if err != nil {
		return err
	}
	counts := map[int64]*Counts{}
	sources := map[sourceRef]*Source{}
	for _, r := range records {
		hear(sources, r)
		countContact(counts, r)
		connector, callID, ok := ParseStream(r.Stream)
		if !ok {
			continue
		}
		if err := l.fold(ctx, tx, changes[ref{r.Tenant, connector, callID}], r); err != nil {
			return err
		}
	}
	for _, c := range order {
		countsOf(counts, c.Tenant).move(c.bucketBefore, c.State.Bucket)
	}
	if err := l.saveCalls(ctx, tx, order); err != nil {
		return err
	}
	if err := l.addCounts(ctx, tx, counts); err != nil {
		return err
	}
	if err := l.saveSources(ctx, tx, sources); err != nil {
		return err
	}
	l.wakeFor(order)
	return nil
}

// load returns the calls that records belong to, as stored or new, by name and
// in the order of their first record.
func (l *Live) load(ctx context.Context, tx *sql.Tx, records []*eventlog.Record) (map[ref]*change, []*change, error) {
	changes := map[ref]*change{}
	var refs []ref
	var order []*change
	for _, r := range records {
		connector, callID, ok := ParseStream(r.Stream)
		if !ok {
			continue
		}
		name := ref{r.Tenant, connector, callID}
		if changes[name] != nil {
			continue
		}
		c := &change{Call: Call{ID: r.Position, Tenant: r.Tenant, Connector: connector, CallID: callID}}
		changes[name] = c
		refs = append(refs, name)
		order = append(order, c)
	}
	stored, err := l.findRefs(ctx, tx, refs)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range stored {
		known := changes[ref{c.Tenant, c.Connector, c.CallID}]
		known.Call, known.bucketBefore = c, c.State.Bucket
	}
	return changes, order, nil
}

// fold takes one record into its call and judges how late it is.
func (l *Live) fold(ctx context.Context, tx *sql.Tx, c *change, r *eventlog.Record) error {
	c.Position = r.Position
	c.UpdatedAt = max(c.UpdatedAt, r.Received) // see hear
	c.batch = append(c.batch, r)
	event, ok := decode(r)
	if !ok {
		return nil
	}
	r.Late = lateness(&c.State, event)
	if !c.State.Apply(event) {
		if err := l.refold(ctx, tx, c); err != nil {
			return err
		}
	}
	if c.MatchKey == "" && c.State.TheirNumber != "" {
		c.MatchKey = phone.MatchKey(c.State.TheirNumber, l.tenants.Region(ctx, c.Tenant))
	}
	return nil
}

// decode returns what a record says about its call, and whether it says
// anything that is part of the call. Tandem's own decisions are not, and
// neither is what is no JSON object.
func decode(r *eventlog.Record) (call.Event, bool) {
	if !call.IsCallEvent(r.Type) {
		return call.Event{}, false
	}
	event, err := call.Decode(r.Type, r.Key, r.At, r.Data)
	return event, err == nil
}

// lateness says how an event stands to its call as far as it is stored.
func lateness(c *call.Call, e call.Event) eventlog.Late {
	switch {
	case c.EndedBy == call.TypeFinished && e.Type != call.TypeRecording:
		return eventlog.AfterEnd // a recording is announced after the end as a rule
	case c.Events > 0 && !call.Before(c.Last, e.Order()):
		return eventlog.OutOfOrder
	default:
		return eventlog.InOrder
	}
}

// refold folds a call anew from the log and this batch, or marks it for the
// follower when it is long.
func (l *Live) refold(ctx context.Context, tx *sql.Tx, c *change) error {
	if c.State.Events > refoldMax || c.Late {
		c.Late = true
		return nil
	}
	stream := Stream(c.Connector, c.CallID)
	bytes, err := eventlog.StreamBytes(ctx, tx, c.Tenant, stream)
	if err != nil {
		return err
	}
	if bytes > refoldBytesMax {
		c.Late = true
		return nil
	}
	records, err := eventlog.ReadStream(ctx, tx, c.Tenant, stream, 0, 0)
	if err != nil {
		return err
	}
	events := make([]call.Event, 0, len(records)+len(c.batch))
	for i := range records {
		if event, ok := decode(&records[i]); ok {
			events = append(events, event)
		}
	}
	for _, r := range c.batch {
		if event, ok := decode(r); ok {
			events = append(events, event)
		}
	}
	c.State = call.Fold(events)
	c.MatchKey = "" // another event may be the first that names a number
	return nil
}

type sourceRef struct{ tenant, connector int64 }

const dayMS = 24 * 60 * 60 * 1000

// hear notes that a connector has spoken.
func hear(sources map[sourceRef]*Source, r *eventlog.Record) {
	if r.Connector == 0 {
		return
	}
	name := sourceRef{r.Tenant, r.Connector}
	s := sources[name]
	if s == nil {
		s = &Source{}
		sources[name] = s
	}
	if r.Received >= s.LastAt { // what is read from the inbox was received long ago
		s.LastAt, s.LastType, s.LastSkewMS = r.Received, r.Type, r.SkewMS
	}
	day := r.Received / dayMS
	if day > s.Day {
		s.Day, s.Today = day, 0
	}
	if day == s.Day {
		s.Today++
	}
}

// countContact keeps the number of contacts, which the customer service tells
// in the log.
func countContact(counts map[int64]*Counts, r *eventlog.Record) {
	if r.Connector != 0 || !strings.HasPrefix(r.Type, "contact.") {
		return
	}
	switch r.Type {
	case "contact.created", "contact.restored":
		countsOf(counts, r.Tenant).Contacts++
	case "contact.deleted":
		countsOf(counts, r.Tenant).Contacts--
	}
}

func countsOf(counts map[int64]*Counts, tenant int64) *Counts {
	if counts[tenant] == nil {
		counts[tenant] = &Counts{}
	}
	return counts[tenant]
}
