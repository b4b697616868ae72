// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/problem"
	"tandem/internal/projection"
)

// Compared is what a replay found.
type Compared struct {
	Calls     int64
	Different int64    // entries about calls, and numbers that were missed, that are not what the calls say
	Examples  []string // of them
}

const (
	examplesMax = 20
	triesMax    = 20 // of a page that the reader moves on under
)

func (c *Compared) add(format string, args ...any) {
	if c.Different++; len(c.Examples) < examplesMax {
		c.Examples = append(c.Examples, fmt.Sprintf(format, args...))
	}
}

// Replay computes the entries about calls and the missed calls anew, and
// compares. With apply, what differs is replaced, page by page, while Tandem
// runs on. Whose an entry is stays: the number may be somebody else's by now.
func (s *Activities) Replay(ctx context.Context, apply bool) (found Compared, err error) {
	tenants, err := s.tenants.List(ctx)
	if err != nil {
		return found, err
	}
	claims, err := s.claims(ctx)
	if err != nil {
		return found, err
	}
	for _, t := range tenants {
		keys := map[string]bool{}
		for after := int64(0); ; {
			calls, err := s.live.List(ctx, t.ID, live.Filter{After: after, Limit: readBatch})
			if err != nil {
				return found, err
			}
			if len(calls) == 0 {
				break
			}
			found.Calls += int64(len(calls))
			after = calls[len(calls)-1].ID
			for i := range calls {
				keys[calls[i].MatchKey] = true
			}
			if err := s.replayEntries(ctx, t.ID, calls, apply, &found); err != nil {
				return found, err
			}
		}
		if err := s.replayMissed(ctx, t.ID, keys, claims, apply, &found); err != nil {
			return found, err
		}
	}
	return found, nil
}

// replayEntries compares the entries about calls with what the calls say.
func (s *Activities) replayEntries(ctx context.Context, tenant int64, calls []live.Call, apply bool, found *Compared) error {
	entries, err := s.entriesNow(ctx, tenant, calls)
	if err != nil {
		return err
	}
	refs := make([]live.Ref, len(calls))
	for i := range calls {
		refs[i] = live.Ref{Connector: calls[i].Connector, CallID: calls[i].CallID}
	}
	wrong, err := s.store.settleEntries(ctx, s.store.db, tenant, entries)
	if err != nil || len(wrong) == 0 {
		return err
	}
	for i := range wrong {
		found.add("tenant %d call %s: %s", tenant, wrong[i].Body.CallLogID, wrong[i].Body.Status)
	}
	if !apply {
		return nil
	}
	return s.repair(ctx, func(ctx context.Context) (projection.Write, error) {
		calls, err := s.live.FindRefs(ctx, tenant, refs) // as they are by now
		if err != nil {
			return nil, err
		}
		entries, err := s.entriesNow(ctx, tenant, calls)
		return s.entryWriter(tenant, entries), err
	})
}

// entriesNow returns the entries about calls. Where nobody is there who knows
// the agents, beside an installation that does not run, those who had the
// calls stay as they are written.
func (s *Activities) entriesNow(ctx context.Context, tenant int64, calls []live.Call) ([]logged, error) {
	if err := s.refold(ctx, calls); err != nil {
		return nil, err
	}
	entries, actors, err := s.entries(ctx, calls)
	if err == nil {
		err = s.nameCreators(ctx, tenant, entries, actors)
	}
	if problem.Of(err).Kind == problem.Unavailable {
		err = nil
	}
	return entries, err
}

// repair writes what prepare makes, unless the reader has moved on since: then
// what it wrote is newer, and prepare looks again.
func (s *Activities) repair(ctx context.Context, prepare func(context.Context) (projection.Write, error)) error {
	for range triesMax {
		before, err := projection.Checkpoint(ctx, s.store.db, readerName)
		if err != nil {
			return err
		}
		write, err := prepare(ctx)
		if err != nil || write == nil {
			return err
		}
		err = s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			now, err := projection.Checkpoint(ctx, tx, readerName)
			if err == nil && now != before {
				err = errMoved
			}
			if err != nil {
				return err
			}
			return write(ctx, tx)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errMoved
}

var errMoved = errors.New("replay activities: events came meanwhile; run it again")

// replayMissed compares the missed calls with what the calls and the claims say.
func (s *Activities) replayMissed(ctx context.Context, tenant int64, keys map[string]bool, claims map[string]Claim, apply bool, found *Compared) error {
	list, err := s.store.eachMissed(ctx, tenant)
	if err != nil {
		return err
	}
	stored := map[string]Missed{}
	for _, m := range list {
		stored[m.MatchKey] = m
		keys[m.MatchKey] = true
	}
	delete(keys, "") // withheld numbers
	for key := range keys {
		m, any, err := s.reckonNumber(ctx, tenant, key)
		if err != nil {
			return err
		}
		m.Claim = claims[m.ID]
		if !m.Open || m.Claim.For <= m.ReachedAt || m.Claim.For < m.FirstAt {
			m.Claim = Claim{}
		}
		is, known := stored[key]
		if any == known && (!any || m == is) {
			continue
		}
		found.add("tenant %d missed calls %s", tenant, m.ID)
		if !apply {
			continue
		}
		if err := s.repair(ctx, func(context.Context) (projection.Write, error) { return s.replaceMissed(tenant, m, any), nil }); err != nil {
			return err
		}
	}
	return nil
}

// replaceMissed returns what writes what a number's calls come to, from nothing.
func (s *Activities) replaceMissed(tenant int64, m Missed, any bool) projection.Write {
	return func(ctx context.Context, tx *eventlog.Tx) error {
		if err := s.store.removeMissed(ctx, tx, tenant, []string{m.MatchKey}); err != nil || !any {
			return err
		}
		if err := s.store.writeMissed(ctx, tx, tenant, []Missed{m}); err != nil {
			return err
		}
		return s.store.writeClaim(ctx, tx, tenant, m)
	}
}

// claims returns the latest claim on each missed call; none where it was
// released since.
func (s *Activities) claims(ctx context.Context) (map[string]Claim, error) {
	claims := map[string]Claim{}
	err := s.log.EachStream(ctx, missedPrefix, func(records []eventlog.Record) error {
		var last eventlog.Record
		for _, r := range records {
			if r.Position > last.Position {
				last = r
			}
		}
		var fact claimFact
		if last.Type == typeClaimed && json.Unmarshal(last.Data, &fact) == nil {
			claims[fact.ID] = Claim{By: fact.By, At: last.At, For: fact.For}
		}
		return nil
	})
	return claims, err
}
