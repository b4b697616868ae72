// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"strings"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
	"tandem/internal/recent"
)

// ref names a call.
type ref struct {
	tenant, connector int64
	callID            string
}

// change is a call while a batch of events is folded onto it.
type change struct {
	Call

	before before
	batch  []*eventlog.Record // its events of this batch, not in the table yet
	bytes  int                // of its state as JSON, when it is written
}

// before is what is stored of a call.
type before struct {
	stored                 bool
	open, late             bool
	matchKey, direction    string
	theirNumber, ourNumber string
	bucket                 string
}

// begin notes that a call is stored as it is now.
func (c *change) begin() {
	s := &c.State
	c.before = before{
		stored: true, open: s.Open(), late: c.Late, matchKey: c.MatchKey, direction: s.Direction,
		theirNumber: s.TheirNumber, ourNumber: s.OurNumber, bucket: s.Bucket,
	}
	c.batch = nil
}

// usual reports whether only those columns of a call have changed that nearly
// each event changes, and which no index holds.
func (b *before) usual(c *change) bool {
	s := &c.State
	return b.open == s.Open() && b.late == c.Late && b.matchKey == c.MatchKey && b.direction == s.Direction &&
		b.theirNumber == s.TheirNumber && b.ourNumber == s.OurNumber
}

const (
	rememberedBytes = 16 << 20 // that the memory of calls may take
	rememberedMost  = 4 << 10  // of state as JSON; longer calls are few and would fill it
	rememberedCost  = 1 << 10  // that a call takes besides twice that
)

// inline is the present state within the appends of one log. It remembers the
// calls it has touched lately, so that the next event of a call, in the usual
// case, is folded without reading its row; the log says when to forget.
type inline struct {
	*Live

	known *recent.Map[ref, *change]
}

// Inline returns what keeps the present state within the appends of one log.
func (l *Live) Inline() eventlog.Inline {
	return &inline{Live: l, known: recent.NewMap[ref, *change](rememberedBytes)}
}

// Forget implements [eventlog.Inline].
func (l *inline) Forget(records []*eventlog.Record) {
	if records == nil {
		l.known.Clear()
	}
	for _, r := range records {
		if connector, callID, ok := ParseStream(r.Stream); ok {
			l.known.Drop(ref{r.Tenant, connector, callID})
		}
	}
}

// Project folds new events onto the calls they belong to. When it fails, the
// calls in the memory may be half changed: the log makes it forget them.
func (l *inline) Project(ctx context.Context, tx *sql.Tx, records []eventlog.Fresh) error {
	changes, order, err := l.load(ctx, tx, records)
	if err != nil {
		return err
	}
	counts := map[int64]*Counts{}
	sources := map[sourceRef]*Source{}
	for i, r := range records {
		hear(sources, r.Record)
		countContact(counts, r.Record)
		if changes[i] == nil {
			continue
		}
		if err := l.take(ctx, tx, changes[i], r.Record); err != nil {
			return err
		}
	}
	for _, c := range order {
		countsOf(counts, c.Tenant).move(c.before.bucket, c.State.Bucket)
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
	l.remember(order)
	l.wakeFor(order)
	return nil
}

// load returns the call that each record belongs to, as stored or new, nil if
// none; and all of them in the order of their first record.
func (l *inline) load(ctx context.Context, tx *sql.Tx, records []eventlog.Fresh) (changes, order []*change, err error) {
	changes = make([]*change, len(records))
	byName := make(map[ref]*change, len(records))
	var missing []ref
	for i, r := range records {
		connector, callID, ok := ParseStream(r.Stream)
		if !ok {
			continue
		}
		name := ref{r.Tenant, connector, callID}
		c := byName[name]
		if c == nil {
			if c, ok = l.known.Get(name); ok {
				c.begin()
			} else {
				c = &change{Call: Call{ID: r.Position, Tenant: r.Tenant, Connector: connector, CallID: callID}}
				if !r.Begins {
					missing = append(missing, name)
				}
			}
			byName[name] = c
			order = append(order, c)
		}
		changes[i] = c
	}
	stored, err := l.findRefs(ctx, tx, missing)
	if err != nil {
		return nil, nil, err
	}
	for _, one := range stored {
		c := byName[ref{one.Tenant, one.Connector, one.CallID}]
		c.Call = one
		c.begin()
	}
	return changes, order, nil
}

// remember keeps calls that have been saved for their next events.
func (l *inline) remember(calls []*change) {
	for _, c := range calls {
		name := ref{c.Tenant, c.Connector, c.CallID}
		c.batch = nil
		if c.bytes > rememberedMost {
			l.known.Drop(name)
			continue
		}
		l.known.Put(name, c, rememberedCost+2*c.bytes)
	}
}

// take folds one record into its call and judges how late it is.
func (l *Live) take(ctx context.Context, tx *sql.Tx, c *change, r *eventlog.Record) error {
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
