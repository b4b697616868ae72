// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
)

const callColumns = `id, tenant, connector, call_id, match_key, position, updated_at, stale, fold`

var refColumns = db.Columns{"tenant BIGINT", "connector BIGINT", "call_id TEXT"}

// findRefs returns those of the named calls that are stored.
func (l *Live) findRefs(ctx context.Context, tx *sql.Tx, refs []ref) ([]Call, error) {
	const query = `
		SELECT ` + callColumns + `
		FROM live_calls
		WHERE (tenant, connector, call_id) IN (SELECT tenant, connector, call_id FROM batch)`
	b := db.NewBatch(refColumns, len(refs))
	for _, r := range refs {
		b.Add(r.tenant, r.connector, r.callID)
	}
	var calls []Call
	err := l.db.Select(ctx, tx, query, b, func(rows *sql.Rows) error {
		c, err := scanCall(rows)
		calls = append(calls, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find calls: %w", err)
	}
	return calls, nil
}

func scanCalls(rows *sql.Rows) (calls []Call, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := scanCall(rows)
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	return calls, rows.Err()
}

func scanCall(rows *sql.Rows) (c Call, err error) {
	var fold []byte
	if err := rows.Scan(&c.ID, &c.Tenant, &c.Connector, &c.CallID, &c.MatchKey, &c.Position, &c.UpdatedAt, &c.Late, &fold); err != nil {
		return c, err
	}
	// Called directly: it reads its own input four times faster than
	// encoding/json, which reads it once before calling it.
	if err := c.State.UnmarshalJSON(fold); err != nil {
		return c, fmt.Errorf("read state of call %d: %w", c.ID, err)
	}
	return c, nil
}

// What is written of a call: all of it once; what each event changes; and what
// few events change, most of which an index holds.
var (
	newColumns = db.Columns{
		"state TEXT", "queue TEXT", "actor TEXT", "bucket TEXT", "waiting_at BIGINT", "position BIGINT", "updated_at BIGINT", "fold TEXT",
		"open INTEGER", "direction TEXT", "match_key TEXT", "numbers TEXT", "stale INTEGER",
		"connector BIGINT", "call_id TEXT", "tenant BIGINT", "id BIGINT",
	}
	usualColumns = append(newColumns[:8:8], "tenant BIGINT", "id BIGINT")
	wideColumns  = append(newColumns[:13:13], "tenant BIGINT", "id BIGINT")
)

const callKeys = 2 // tenant and id

// saveCalls writes the calls' present state.
func (l *Live) saveCalls(ctx context.Context, tx *sql.Tx, changes []*change) error {
	fresh, usual, wide := db.NewBatch(newColumns, 0), db.NewBatch(usualColumns, len(changes)), db.NewBatch(wideColumns, 0)
	var room [rememberedMost]byte
	fold := room[:0]
	for _, c := range changes {
		fold = c.State.AppendJSON(fold[:0])
		c.bytes = len(fold)
		s := &c.State
		b := &wide
		switch {
		case !c.before.stored:
			b = &fresh
		case c.before.usual(c):
			b = &usual
		}
		b.Add(string(s.State), s.Queue, s.CurrentActor, s.Bucket, waitingSince(s), c.Position, c.UpdatedAt, string(fold))
		if b != &usual {
			numbers := phone.Digits(s.TheirNumber) + " " + phone.Digits(s.OurNumber)
			b.Add(boolean(s.Open()), s.Direction, c.MatchKey, numbers, boolean(c.Late))
		}
		if b == &fresh {
			b.Add(c.Connector, c.CallID)
		}
		b.Add(c.Tenant, c.ID)
	}
	err := errors.Join(
		l.db.Insert(ctx, tx, "live_calls", fresh),
		l.db.Set(ctx, tx, "live_calls", usual, callKeys),
		l.db.Set(ctx, tx, "live_calls", wide, callKeys),
	)
	if err != nil {
		return fmt.Errorf("save calls: %w", err)
	}
	return nil
}

// waitingSince returns since when a call waits in a queue; 0 if it does not. A
// caller who has hung up waits no more, though the end is still to be told.
func waitingSince(c *call.Call) int64 {
	switch {
	case c.State != call.StateWaiting, c.AbandonedAt != 0:
		return 0
	case len(c.Visits) > 0:
		return c.Visits[len(c.Visits)-1].From
	default:
		return c.WaitingAt
	}
}

// addCounts adds to the tenants' counters.
func (l *Live) addCounts(ctx context.Context, tx *sql.Tx, counts map[int64]*Counts) error {
	const query = `
		INSERT INTO live_counts (tenant, contacts, new, standby, waiting, entered, ongoing, "left", finished)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant) DO UPDATE SET
			contacts = live_counts.contacts + excluded.contacts, new = live_counts.new + excluded.new,
			standby = live_counts.standby + excluded.standby, waiting = live_counts.waiting + excluded.waiting,
			entered = live_counts.entered + excluded.entered, ongoing = live_counts.ongoing + excluded.ongoing,
			"left" = live_counts."left" + excluded."left", finished = live_counts.finished + excluded.finished`
	for tenant, c := range counts {
		if *c == (Counts{}) {
			continue
		}
		err := l.db.Send(ctx, tx, query, tenant, c.Contacts, c.New, c.Standby, c.Waiting, c.Entered, c.Ongoing, c.Left, c.Finished)
		if err != nil {
			return fmt.Errorf("add to counts: %w", err)
		}
	}
	return nil
}

// recount compares the counters with what is stored and, if apply is set, sets
// them right under the append lock.
func (l *Live) recount(ctx context.Context, log *eventlog.Log, apply bool) (wrong bool, err error) {
	err = log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		counted, err := countBuckets(ctx, tx.Tx)
		if err != nil {
			return err
		}
		stored, err := storedCounts(ctx, tx.Tx)
		if err != nil {
			return err
		}
		corrections := map[int64]*Counts{}
		for tenant, have := range stored {
			want := countsOf(counted, tenant)
			if *want == have {
				continue
			}
			wrong = true
			corrections[tenant] = want.minus(have)
		}
		for tenant, want := range counted {
			if _, ok := stored[tenant]; !ok && *want != (Counts{}) {
				wrong = true
				corrections[tenant] = want
			}
		}
		if !apply {
			return nil
		}
		return l.addCounts(ctx, tx.Tx, corrections)
	})
	if err != nil {
		return false, fmt.Errorf("count calls anew: %w", err)
	}
	return wrong, nil
}

// countBuckets counts the calls and contacts of all tenants.
func countBuckets(ctx context.Context, tx *sql.Tx) (map[int64]*Counts, error) {
	const query = `
		SELECT tenant, bucket, COUNT(*) FROM live_calls GROUP BY tenant, bucket
		UNION ALL
		SELECT tenant, type, COUNT(*) FROM events
		WHERE stream >= 'contact/' AND stream < 'contact0' AND connector = 0 AND type LIKE 'contact.%'
		GROUP BY tenant, type`
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	counts := map[int64]*Counts{}
	for rows.Next() {
		var tenant, n int64
		var name string
		if err := rows.Scan(&tenant, &name, &n); err != nil {
			return nil, err
		}
		c := countsOf(counts, tenant)
		switch name {
		case "contact.created", "contact.restored":
			c.Contacts += n
		case "contact.deleted":
			c.Contacts -= n
		default:
			if bucket := c.bucket(name); bucket != nil {
				*bucket += n
			}
		}
	}
	return counts, rows.Err()
}

func storedCounts(ctx context.Context, tx *sql.Tx) (map[int64]Counts, error) {
	const query = `
		SELECT tenant, contacts, new, standby, waiting, entered, ongoing, "left", finished
		FROM live_counts`
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells
	counts := map[int64]Counts{}
	for rows.Next() {
		var tenant int64
		var c Counts
		if err := rows.Scan(&tenant, &c.Contacts, &c.New, &c.Standby, &c.Waiting, &c.Entered, &c.Ongoing, &c.Left, &c.Finished); err != nil {
			return nil, err
		}
		counts[tenant] = c
	}
	return counts, rows.Err()
}

// saveSources notes what was heard of the connectors.
func (l *Live) saveSources(ctx context.Context, tx *sql.Tx, sources map[sourceRef]*Source) error {
	const query = `
		INSERT INTO live_sources (tenant, connector, last_at, last_type, last_skew_ms, day, today)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, connector) DO UPDATE SET
			last_at = CASE WHEN excluded.last_at >= live_sources.last_at THEN excluded.last_at ELSE live_sources.last_at END,
			last_type = CASE WHEN excluded.last_at >= live_sources.last_at THEN excluded.last_type ELSE live_sources.last_type END,
			last_skew_ms = CASE WHEN excluded.last_at >= live_sources.last_at THEN excluded.last_skew_ms ELSE live_sources.last_skew_ms END,
			today = CASE WHEN excluded.day >= live_sources.day THEN excluded.today ELSE 0 END
				+ CASE WHEN excluded.day <= live_sources.day THEN live_sources.today ELSE 0 END,
			day = CASE WHEN excluded.day >= live_sources.day THEN excluded.day ELSE live_sources.day END`
	for name, s := range sources {
		if err := l.db.Send(ctx, tx, query, name.tenant, name.connector, s.LastAt, s.LastType, s.LastSkewMS, s.Day, s.Today); err != nil {
			return fmt.Errorf("save what was heard of connector %d: %w", name.connector, err)
		}
	}
	return nil
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
