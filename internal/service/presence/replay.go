// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
	"tandem/internal/projection"
)

// Compared is what a replay found.
type Compared struct {
	Events    int64
	Agents    int
	Different int
	Examples  []string // of agents whose row is not what the log says
}

const examplesMax = 20

// Replay computes every agent anew from the log, beside the rows, and compares
// as far as the rows have come. With apply, what differs is replaced in one
// transaction that holds only if nothing was read meanwhile.
//
// Calls are taken as they are now, not as each event found them: what they
// come to is the same, since their own fold does not depend on the order.
func (p *Presence) Replay(ctx context.Context, apply bool) (Compared, error) {
	var found Compared
	until, err := projection.Checkpoint(ctx, p.db, readerName)
	if err != nil {
		return found, err
	}
	r := &reader{p: p, rosters: map[int64]*roster{}, written: true, blank: true}
	for r.at < until {
		records, err := p.log.ReadAfter(ctx, r.at, readBatch)
		if err != nil || len(records) == 0 {
			return found, err
		}
		records = slices.DeleteFunc(records, func(record eventlog.Record) bool { return record.Position > until })
		if _, err := r.prepare(ctx, records); err != nil {
			return found, err
		}
		r.written = true
		found.Events += int64(len(records))
	}
	wrong := map[int64][]Agent{}
	for tenant, computed := range r.rosters {
		stored, err := p.store.list(ctx, tenant, 0)
		if err != nil {
			return found, err
		}
		rows := newRoster(stored).agents
		for _, id := range slices.Sorted(maps.Keys(computed.agents)) {
			found.Agents++
			a := computed.agents[id]
			same, err := alike(a, rows[id])
			if err != nil {
				return found, err
			}
			if same {
				continue
			}
			if found.Different++; len(found.Examples) < examplesMax {
				found.Examples = append(found.Examples, fmt.Sprintf("tenant %d agent %s", tenant, id))
			}
			wrong[tenant] = append(wrong[tenant], *a)
		}
	}
	if !apply || found.Different == 0 {
		return found, nil
	}
	return found, p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		now, err := projection.Checkpoint(ctx, p.db, readerName)
		if err != nil {
			return err
		}
		if now != until {
			return errors.New("replay agents: events came meanwhile; run it again")
		}
		for tenant, agents := range wrong {
			if err := p.repair(ctx, tx, tenant, agents); err != nil {
				return err
			}
		}
		return nil
	})
}

// repair puts rows right, and says so to the reader, who knows them by heart.
func (p *Presence) repair(ctx context.Context, tx *eventlog.Tx, tenant int64, agents []Agent) error {
	if err := p.store.write(ctx, tx, tenant, agents); err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make id: %w", err)
	}
	now := p.now()
	_, err = tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: "presence", Key: typeReplayed + "/" + id.String(), Type: typeReplayed,
		At: now, Received: now, Timed: true, Data: fmt.Appendf(nil, `{"agents":%d}`, len(agents)),
	})
	return err
}

// alike reports whether a row says what the log says. Which event changed it
// last may differ: a call is looked at once for many of its events.
func alike(computed, stored *Agent) (bool, error) {
	if stored == nil {
		return false, nil
	}
	a, b := *computed, *stored
	a.Position, b.Position = 0, 0
	if len(a.Queues) == 0 {
		a.Queues = nil
	}
	if len(b.Queues) == 0 {
		b.Queues = nil
	}
	left, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	right, err := json.Marshal(b)
	return bytes.Equal(left, right), err
}
