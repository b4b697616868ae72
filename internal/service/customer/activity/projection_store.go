// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/projection"
)

// writeEntries writes entries whose numbers are somebody's, or were when the
// entry was first written: a call stays with the contact it was with.
func (s *Activities) writeEntries(ctx context.Context, tx *eventlog.Tx, tenant int64, entries []logged) error {
	entries, err := s.withoutGone(ctx, tx, entries)
	if err != nil {
		return err
	}
	wrong, err := s.store.settleEntries(ctx, tx, tenant, entries)
	if err != nil || len(wrong) == 0 {
		return err
	}
	return s.store.write(ctx, tx, tenant, wrong...)
}

// settleEntries returns those of the entries that are not written as they are,
// with whose they are.
func (s store) settleEntries(ctx context.Context, q db.Querier, tenant int64, entries []logged) ([]Activity, error) {
	stored, err := s.entriesOf(ctx, q, tenant, entries)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(entries))
	for i := range entries {
		if _, ok := stored[entries[i].ID]; !ok {
			keys = append(keys, entries[i].key)
		}
	}
	owners, err := s.owners(ctx, q, tenant, keys)
	if err != nil {
		return nil, err
	}
	var wrong []Activity
	for i := range entries {
		a := entries[i].Activity
		if is, ok := stored[a.ID]; ok {
			a.ContactID, a.Text, a.Deleted = is.ContactID, is.Text, is.Deleted
			if a.Creator == "" {
				a.Creator = is.Creator // an agent who has left had it all the same
			}
			if !is.erased && !sameEntry(&a, &is) {
				wrong = append(wrong, a)
			}
			continue
		}
		if owner, ok := owners[entries[i].key]; ok {
			a.ContactID = owner.ID
			wrong = append(wrong, a)
		}
	}
	return wrong, nil
}

// sameEntry reports whether two entries about a call say the same; when the
// call was last heard of does not matter.
func sameEntry(a, b *Activity) bool {
	return a.Body == b.Body && a.Creator == b.Creator && a.At == b.At && a.Call == b.Call
}

// entriesOf returns the entries that are written about the same calls, by
// their ids.
func (s store) entriesOf(ctx context.Context, q db.Querier, tenant int64, entries []logged) (map[string]Activity, error) {
	const query = `
		SELECT ` + entryColumns + `
		FROM activity_entries
		WHERE (tenant, id) IN (SELECT b.tenant, b.id FROM batch b)`
	batch := db.NewBatch(idBatch, len(entries))
	for i := range entries {
		batch.Add(tenant, entries[i].ID)
	}
	stored := map[string]Activity{}
	err := s.db.Find(ctx, q, query, batch, func(rows *sql.Rows) error {
		a, err := scanEntry(rows)
		stored[a.ID] = a
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find entries about calls: %w", err)
	}
	return stored, nil
}

// owners returns the contacts whose numbers these are, by match key.
func (s store) owners(ctx context.Context, q db.Querier, tenant int64, keys []string) (map[string]contact, error) {
	const query = `
		SELECT c.match_key, k.id, k.first_name, k.last_name, k.phone
		FROM customer_claims c
		JOIN customer_contacts k ON k.tenant = c.tenant AND k.id = c.contact_id AND k.deleted = 0
		WHERE (c.tenant, c.match_key) IN (SELECT b.tenant, b.match_key FROM batch b)`
	batch := db.NewBatch(keyBatch, len(keys))
	for _, key := range keys {
		batch.Add(tenant, key)
	}
	found := map[string]contact{}
	err := s.db.Find(ctx, q, query, batch, func(rows *sql.Rows) error {
		var key, first, last string
		var c contact
		err := rows.Scan(&key, &c.ID, &first, &last, &c.Phone)
		c.Name = fullName(first, last)
		found[key] = c
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find whose numbers these are: %w", err)
	}
	return found, nil
}

func fullName(first, last string) string {
	return strings.TrimSpace(strings.TrimSpace(first) + " " + strings.TrimSpace(last))
}

// prepareMissed returns what writes what has become of the numbers of calls: of
// those that were not answered, and of those that were and had not been before.
func (s *Activities) prepareMissed(ctx context.Context, tenant int64, calls []live.Call) (projection.Write, error) {
	list, never, err := s.missedBy(ctx, tenant, calls)
	if err != nil || len(list)+len(never) == 0 {
		return nil, err
	}
	return func(ctx context.Context, tx *eventlog.Tx) error {
		if err := s.store.removeMissed(ctx, tx, tenant, never); err != nil {
			return err
		}
		return s.store.writeMissed(ctx, tx, tenant, list)
	}, nil
}

// missedBy returns what the numbers of calls come to, as far as any of their
// calls was missed; and the numbers of which that was believed in error.
func (s *Activities) missedBy(ctx context.Context, tenant int64, calls []live.Call) (list []Missed, never []string, err error) {
	touched := map[string]bool{} // whether one of the calls was missed, by number
	var keys []string
	for i := range calls {
		c := &calls[i]
		way := directionOf(&c.State)
		if c.MatchKey == "" || way == "" {
			continue
		}
		reached := c.State.ReachedAt() != 0
		if missed := !reached && way == Incoming && ended(&c.State); missed || reached {
			if _, ok := touched[c.MatchKey]; !ok {
				keys = append(keys, c.MatchKey)
			}
			touched[c.MatchKey] = touched[c.MatchKey] || missed
		}
	}
	known, err := s.store.known(ctx, s.store.db, tenant, keys)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		if _, ok := known[key]; !ok && !touched[key] {
			continue // it was answered, and was before
		}
		m, any, err := s.reckonNumber(ctx, tenant, key)
		if err != nil {
			return nil, nil, err
		}
		if any {
			list = append(list, m)
		} else {
			never = append(never, key)
		}
	}
	return list, never, nil
}

// reckonNumber returns what a number's calls come to now, and whether any of
// them was missed.
func (s *Activities) reckonNumber(ctx context.Context, tenant int64, key string) (m Missed, any bool, err error) {
	calls, err := s.live.FindNumbers(ctx, tenant, []string{key}, callsMax)
	if err != nil {
		return m, false, err
	}
	if err := s.refold(ctx, calls); err != nil {
		return m, false, err
	}
	m, any = reckon(calls)
	m.ID, m.MatchKey = missedID(tenant, key), key
	return m, any, nil
}
