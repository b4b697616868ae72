// SPDX-License-Identifier: Apache-2.0

// Package audit keeps who did what, from where, and what was before and after.
// An entry is written in the transaction that does it, so that neither is there
// without the other.
package audit

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
)

// Tables holds the migrations of the table this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Entry is one thing that somebody did. Before and After must hold nothing
// that is secret: a trail is read by many and kept for long.
type Entry struct {
	Tenant int64  // 0 for what concerns the installation
	Action string // contact.changed, sip.revealed …
	Object string // kind and id: contact/0198f…
	Before any    // anything that is JSON; nil when there was nothing
	After  any    // nil when there is nothing
}

// Record adds entries within tx. Who did it and from where is what ctx says;
// when it says nothing, Tandem did it itself.
func Record(ctx context.Context, tx *eventlog.Tx, entries ...Entry) error {
	const query = `
		INSERT INTO audit_entries (tenant, id, at, actor, actor_name, role, address, request_id, action, object, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	who, _ := identity.From(ctx)
	name := who.Login
	if name == "" {
		name = who.Name
	}
	origin := identity.OriginOf(ctx)
	for _, e := range entries {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make id: %w", err)
		}
		before, err := text(e.Before)
		if err != nil {
			return fmt.Errorf("encode what %s was: %w", e.Object, err)
		}
		after, err := text(e.After)
		if err != nil {
			return fmt.Errorf("encode what %s is: %w", e.Object, err)
		}
		if _, err := tx.ExecContext(ctx, query, e.Tenant, id.String(), time.Now().UnixMilli(), who.ID, name, who.Role,
			origin.Address, origin.RequestID, e.Action, e.Object, before, after); err != nil {
			return fmt.Errorf("record %s of %s: %w", e.Action, e.Object, err)
		}
	}
	return nil
}

func text(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	encoded, err := json.Marshal(value)
	return string(encoded), err
}
