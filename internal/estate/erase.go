// SPDX-License-Identifier: Apache-2.0

package estate

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// What is erased at once is little, so that nobody who writes waits long.
const (
	rowsAtOnce   = 2_000
	eventsAtOnce = 5_000 // positions of the log that are looked over
	roundsMax    = 10
)

// Begin suspends a call centre for good and says that it is being erased. From
// here on nothing of it comes in, and what was begun is finished by [Erase],
// however often that has to be started.
func (e *Estate) Begin(ctx context.Context, a tenant.Account) error {
	return e.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := e.Tenants.BeginErasure(ctx, tx.Tx, a.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Action: "tenant.erasing", Object: "tenant/" + a.UUID})
	})
}

// Erase removes everything of a call centre whose erasure has begun: its rows
// in every table, and what its events say. The log keeps that there was
// something at each position, and a tombstone. It may be called again after it
// was cut short, and goes on where that was.
func (e *Estate) Erase(ctx context.Context, a tenant.Account) error {
	redacted := int64(0)
	for round := 0; ; round++ {
		n, err := e.sweep(ctx, a.ID)
		redacted += n
		if err != nil {
			return err
		}
		// What was already on its way when it was suspended may have come in since.
		left, err := e.left(ctx, a.ID)
		if err != nil {
			return err
		}
		if left == "" {
			break
		}
		if round == roundsMax {
			return problem.New(problem.Unavailable, "tenant.still_erasing", "Something of this call centre is still being written (%s); erase it again in a minute.", left)
		}
	}
	return e.end(ctx, a, redacted)
}

// EraseAgain removes what has come in of an erased call centre since, and
// reports whether anything had: what another process had begun when it was
// erased, such as an import, may have written on for a while.
func (e *Estate) EraseAgain(ctx context.Context, id int64) (bool, error) {
	left, err := e.left(ctx, id)
	if err != nil || left == "" {
		return false, err
	}
	_, err = e.sweep(ctx, id)
	return true, err
}

// sweep removes what there is now, and returns how many events it redacted.
func (e *Estate) sweep(ctx context.Context, id int64) (redacted int64, err error) {
	names, err := e.names(ctx)
	if err != nil {
		return 0, err
	}
	for _, table := range names {
		if table == events {
			continue
		}
		for more := true; more; {
			err := e.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				n, err := e.Database.DeleteSome(ctx, tx.Tx, table, id, rowsAtOnce)
				more = n == rowsAtOnce
				if err != nil || n == 0 {
					return err
				}
				return tx.Forget(ctx) // it may be a table that the append keeps
			})
			if err != nil {
				return 0, err
			}
		}
	}
	head, err := e.Log.Head(ctx)
	for after := int64(0); err == nil && after < head; after += eventsAtOnce {
		err = e.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			n, err := tx.RedactTenant(ctx, id, after, eventsAtOnce)
			if err != nil || n == 0 {
				return err
			}
			redacted += n
			return tx.Forget(ctx)
		})
	}
	return redacted, err
}

func (e *Estate) names(ctx context.Context) (names []string, err error) {
	err = e.Database.Snapshot(ctx, func(tx *sql.Tx) error {
		names, _, err = e.tables(ctx, tx)
		return err
	})
	return names, err
}

// left returns the name of a table that holds something of a tenant; "" when
// none does.
func (e *Estate) left(ctx context.Context, id int64) (string, error) {
	names, err := e.names(ctx)
	if err != nil {
		return "", err
	}
	for _, table := range names {
		has := e.Database.HasSome
		if table == events {
			has = func(ctx context.Context, _ string, id int64) (bool, error) { return e.Log.Unredacted(ctx, id) }
		}
		if some, err := has(ctx, table, id); err != nil || some {
			return table, err
		}
	}
	return "", nil
}

// end writes the tombstone and empties the tenant's own row.
func (e *Estate) end(ctx context.Context, a tenant.Account, redacted int64) error {
	now := time.Now().UnixMilli()
	data, err := json.Marshal(map[string]any{"uuid": a.UUID, "events": redacted})
	if err != nil {
		return fmt.Errorf("encode tombstone: %w", err)
	}
	return e.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := tx.Append(ctx, eventlog.Event{
			Tenant: a.ID, Stream: eventlog.Erased + "tenant/" + a.UUID, Key: "tenant.erased", Type: "tenant.erased",
			At: now, Received: now, Timed: true, Data: data,
		})
		if err != nil {
			return err
		}
		if err := e.Tenants.EndErasure(ctx, tx.Tx, a.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Action: "tenant.erased", Object: "tenant/" + a.UUID, After: map[string]any{"events": redacted}})
	})
}
