// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// searchBack is how many of a tenant's newest calls are searched for a part of
// a number or call id; whole ones are found however old they are.
const searchBack = 20_000

// Filter chooses calls. Its zero value chooses all that have begun.
type Filter struct {
	States    []call.State
	Open      *bool
	Direction string
	Queue     string
	Actor     string
	Actors    []string // any of these; empty for any at all
	Number    string   // their number, however it is written
	Search    string   // a number, a call id, or a part of either
	Connector int64
	From, To  int64 // Unix ms; when the call was last heard of
	After     int64 // only calls with a lower id; 0 for the newest
	Limit     int
}

// Find returns one call of a tenant; NotFound when there is none.
func (l *Live) Find(ctx context.Context, tenant, id int64) (Call, error) {
	calls, err := l.query(ctx, `WHERE tenant = $1 AND id = $2`, tenant, id)
	return one(calls, err)
}

// FindByCallID returns the call that a connector calls so; NotFound when there
// is none.
func (l *Live) FindByCallID(ctx context.Context, tenant, connector int64, callID string) (Call, error) {
	calls, err := l.query(ctx, `WHERE tenant = $1 AND connector = $2 AND call_id = $3`, tenant, connector, storable(callID))
	return one(calls, err)
}

// FindAny returns the calls that any connector of a tenant calls so.
func (l *Live) FindAny(ctx context.Context, tenant int64, callID string) ([]Call, error) {
	return l.query(ctx, `
		WHERE tenant = $1 AND call_id = $2 AND connector IN (SELECT connector FROM live_sources WHERE tenant = $1)
		ORDER BY id`, tenant, storable(callID))
}

// FindIDs returns those of the calls that exist, in the order of their ids.
func (l *Live) FindIDs(ctx context.Context, tenant int64, ids []int64) ([]Call, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := where{tenant: tenant}
	var marks []string
	for _, id := range ids {
		marks = append(marks, w.arg(id))
	}
	w.and("id IN (" + strings.Join(marks, ",") + ")")
	return l.query(ctx, w.text()+` ORDER BY id`, w.args...)
}

// ChangedAfter returns the calls that the next limit events behind position
// belong to, in the order of their newest event, and the position up to which
// that is so.
func (l *Live) ChangedAfter(ctx context.Context, tenant, position int64, limit int) ([]Call, error) {
	records, err := eventlog.ReadTenant(ctx, l.db, tenant, position, limit)
	if err != nil {
		return nil, err
	}
	seen := map[ref]bool{}
	var calls []Call
	for i := len(records) - 1; i >= 0; i-- {
		connector, callID, ok := ParseStream(records[i].Stream)
		name := ref{tenant, connector, callID}
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		c, err := l.FindByCallID(ctx, tenant, connector, callID)
		if err != nil {
			return nil, err
		}
		calls = append([]Call{c}, calls...)
	}
	return calls, nil
}

// List returns the calls that f chooses, the newest first. Calls of which only
// side facts are known, without any call.* event that begins them, are no
// calls yet and are left out.
func (l *Live) List(ctx context.Context, tenant int64, f Filter) ([]Call, error) {
	w := where{tenant: tenant}
	w.and("state <> ''")
	if len(f.States) > 0 {
		var marks []string
		for _, s := range f.States {
			marks = append(marks, w.arg(string(s)))
		}
		w.and("state IN (" + strings.Join(marks, ",") + ")")
	}
	if f.Open != nil {
		w.and(map[bool]string{true: "open = 1", false: "open = 0"}[*f.Open])
	}
	w.equal("direction", f.Direction)
	w.equal("queue", f.Queue)
	w.equal("actor", f.Actor)
	if len(f.Actors) > 0 {
		var marks []string
		for _, actor := range f.Actors {
			marks = append(marks, w.arg(actor))
		}
		w.and("actor IN (" + strings.Join(marks, ",") + ")")
	}
	if f.Connector != 0 {
		w.and("connector = " + w.arg(f.Connector))
	}
	if f.Number != "" {
		w.equal("match_key", phone.MatchKey(f.Number, l.tenants.Region(ctx, tenant)))
	}
	if f.From != 0 {
		w.and("updated_at >= " + w.arg(f.From))
	}
	if f.To != 0 {
		w.and("updated_at < " + w.arg(f.To))
	}
	if f.After != 0 {
		w.and("id < " + w.arg(f.After))
	}
	if f.Search != "" {
		if err := l.search(ctx, &w, tenant, f.Search); err != nil {
			return nil, err
		}
	}
	limit := w.arg(f.Limit)
	return l.query(ctx, w.text()+` ORDER BY id DESC LIMIT `+limit, w.args...)
}

// search narrows w to calls with a whole number or call id, or among the
// newest with a part of one.
func (l *Live) search(ctx context.Context, w *where, tenant int64, text string) error {
	const query = `SELECT COALESCE(MAX(id), 0) FROM live_calls WHERE tenant = $1`
	var newest int64
	if err := l.db.QueryRowContext(ctx, query, tenant).Scan(&newest); err != nil {
		return fmt.Errorf("find newest call: %w", err)
	}
	t := w.arg(text)
	any := []string{
		"(call_id = " + t + " AND connector IN (SELECT connector FROM live_sources WHERE tenant = $1))",
		"(id > " + w.arg(newest-searchBack) + " AND call_id LIKE " + w.arg(likePrefix(text)) + ` ESCAPE '\')`,
	}
	if key := phone.MatchKey(text, l.tenants.Region(ctx, tenant)); key != "" {
		any = append(any, "match_key = "+w.arg(key))
	}
	if digits := phone.Digits(text); len(digits) >= 3 {
		any = append(any, "(id > "+w.arg(newest-searchBack)+" AND numbers LIKE "+w.arg("%"+digits+"%")+")")
	}
	w.and("(" + strings.Join(any, " OR ") + ")")
	return nil
}

// likePrefix returns the pattern of texts that begin with s.
func likePrefix(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// Counts returns a tenant's counters.
func (l *Live) Counts(ctx context.Context, tenant int64) (c Counts, err error) {
	const query = `
		SELECT contacts, new, standby, waiting, entered, ongoing, "left", finished
		FROM live_counts
		WHERE tenant = $1`
	err = l.db.QueryRowContext(ctx, query, tenant).
		Scan(&c.Contacts, &c.New, &c.Standby, &c.Waiting, &c.Entered, &c.Ongoing, &c.Left, &c.Finished)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Counts{}, fmt.Errorf("find counts: %w", err)
	}
	return c, nil
}

const waitingQuery = `
	SELECT COUNT(*), COALESCE(MIN(waiting_at), 0)
	FROM live_calls
	WHERE tenant = $1 AND open = 1 AND waiting_at > 0`

// Waiting returns how many calls wait in a queue now, and since when the one
// does that has waited longest (Unix ms; 0 if none).
func (l *Live) Waiting(ctx context.Context, tenant int64) (now, since int64, err error) {
	if err := l.db.QueryRowContext(ctx, waitingQuery, tenant).Scan(&now, &since); err != nil {
		return 0, 0, fmt.Errorf("count waiting calls: %w", err)
	}
	return now, since, nil
}

const overdueCalls = `
	WHERE tenant = $1 AND open = 1 AND connector = $2 AND updated_at < $3
	ORDER BY id
	LIMIT $4`

// Overdue returns open calls of a connector of which nothing was heard since
// before (Unix ms, received), the oldest first.
func (l *Live) Overdue(ctx context.Context, tenant, connector, before int64, limit int) ([]Call, error) {
	return l.query(ctx, overdueCalls, tenant, connector, before, limit)
}

// Sources returns what was last heard of each connector of a tenant that has
// ever spoken.
func (l *Live) Sources(ctx context.Context, tenant int64) (sources map[int64]Source, err error) {
	const query = `
		SELECT connector, last_at, last_type, last_skew_ms, day, today
		FROM live_sources
		WHERE tenant = $1`
	rows, err := l.db.QueryContext(ctx, query, tenant)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	sources = map[int64]Source{}
	for rows.Next() {
		var connector int64
		var s Source
		if err := rows.Scan(&connector, &s.LastAt, &s.LastType, &s.LastSkewMS, &s.Day, &s.Today); err != nil {
			return nil, fmt.Errorf("list sources: %w", err)
		}
		sources[connector] = s
	}
	return sources, rows.Err()
}

func (l *Live) query(ctx context.Context, rest string, args ...any) ([]Call, error) {
	return queryCalls(ctx, l.db, rest, args...)
}

func queryCalls(ctx context.Context, q db.Querier, rest string, args ...any) ([]Call, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+callColumns+` FROM live_calls `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	calls, err := scanCalls(rows)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return calls, nil
}

func one(calls []Call, err error) (Call, error) {
	if err != nil {
		return Call{}, err
	}
	if len(calls) == 0 {
		return Call{}, problem.New(problem.NotFound, "call.not_found", "There is no such call.")
	}
	return calls[0], nil
}
