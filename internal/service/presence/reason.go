// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// Reason is why agents of a call centre pause. Times are Unix milliseconds.
type Reason struct {
	ID        string
	Name      string
	CreatedAt int64
	UpdatedAt int64
	Deleted   bool
}

type seenReason struct {
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
}

func reasonName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || strings.ContainsFunc(name, unicode.IsControl) {
		return "", problem.NewFields("pause_reason.invalid", "The reason cannot be kept so.",
			problem.Field{Name: "body.name", Detail: "must be a text without control characters"})
	}
	return name, nil
}

// CreateReason adds a reason to pause. A name that is there is a Conflict.
func (p *Presence) CreateReason(ctx context.Context, t identity.Tenant, name string) (Reason, error) {
	name, err := reasonName(name)
	if err != nil {
		return Reason{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Reason{}, fmt.Errorf("make id: %w", err)
	}
	now := p.now()
	r := Reason{ID: id.String(), Name: name, CreatedAt: now, UpdatedAt: now}
	err = p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := p.store.writeReason(ctx, tx, t.ID, r); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "pause-reason.created", Object: "pause-reason/" + r.ID, After: seenReason{r.Name, false},
		})
	})
	return r, err
}

// RenameReason gives a reason another name; what was paused with it keeps the
// old one.
func (p *Presence) RenameReason(ctx context.Context, t identity.Tenant, id, name string) (Reason, error) {
	name, err := reasonName(name)
	if err != nil {
		return Reason{}, err
	}
	return p.changeReason(ctx, t, id, "changed", false, func(r *Reason) { r.Name = name })
}

// DeleteReason hides a reason. Who pauses with it goes on doing so.
func (p *Presence) DeleteReason(ctx context.Context, t identity.Tenant, id string) error {
	_, err := p.changeReason(ctx, t, id, "deleted", false, func(r *Reason) { r.Deleted = true })
	return err
}

// RestoreReason shows a deleted reason again.
func (p *Presence) RestoreReason(ctx context.Context, t identity.Tenant, id string) (Reason, error) {
	return p.changeReason(ctx, t, id, "restored", true, func(r *Reason) { r.Deleted = false })
}

func (p *Presence) changeReason(
	ctx context.Context, t identity.Tenant, id, action string, deleted bool, change func(*Reason),
) (Reason, error) {
	var after Reason
	err := p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := p.store.findReason(ctx, tx, t.ID, id, deleted)
		if err != nil {
			return err
		}
		after = before
		change(&after)
		after.UpdatedAt = p.now()
		if err := p.store.writeReason(ctx, tx, t.ID, after); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "pause-reason." + action, Object: "pause-reason/" + id,
			Before: seenReason{before.Name, before.Deleted}, After: seenReason{after.Name, after.Deleted},
		})
	})
	return after, err
}

// EnsureDefaults gives a call centre that has never had any reasons to pause
// these, and that wrap-up time.
func (p *Presence) EnsureDefaults(ctx context.Context, t identity.Tenant, reasons []string, wrapUpSeconds int64) error {
	list, err := p.store.listReasons(ctx, p.db, t.ID)
	if err != nil || len(list) > 0 {
		return err
	}
	for _, name := range reasons {
		if _, err := p.CreateReason(ctx, t, name); err != nil {
			return err
		}
	}
	return p.SetWrapUp(ctx, t, wrapUpSeconds)
}
