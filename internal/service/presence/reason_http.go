// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

// pauseReasonOutput is a reason on the wire.
type pauseReasonOutput struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Deleted   bool      `json:"deleted"`
}

func reasonOnWire(r Reason) pauseReasonOutput {
	return pauseReasonOutput{r.ID, r.Name, httpapi.Instant(r.CreatedAt), httpapi.Instant(r.UpdatedAt), r.Deleted}
}

type pauseReasonBody struct {
	Name string `json:"name" minLength:"1" maxLength:"100" example:"Lunch"`
}

type (
	pauseReasonsInput struct {
		Deleted bool `query:"deleted" doc:"Deleted ones too"`
	}
	pauseReasonsOutput struct {
		Body httpapi.List[pauseReasonOutput]
	}
	pauseReasonInput    struct{ Body pauseReasonBody }
	pauseReasonPutInput struct {
		ID   string `path:"id" maxLength:"100"`
		Body pauseReasonBody
	}
	pauseReasonPath struct {
		ID string `path:"id" maxLength:"100"`
	}
	pauseReasonAnswer struct{ Body pauseReasonOutput }
)

func (p *Presence) listReasons(ctx context.Context, in *pauseReasonsInput) (*pauseReasonsOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	list, err := p.store.listReasons(ctx, p.db, t.ID)
	if err != nil {
		return nil, err
	}
	out := &pauseReasonsOutput{}
	out.Body.Items = []pauseReasonOutput{}
	for _, r := range list {
		if in.Deleted || !r.Deleted {
			out.Body.Items = append(out.Body.Items, reasonOnWire(r))
		}
	}
	return out, nil
}

func (p *Presence) createReason(ctx context.Context, in *pauseReasonInput) (*pauseReasonAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.CreateReason(ctx, t, in.Body.Name)
	return &pauseReasonAnswer{reasonOnWire(r)}, err
}

func (p *Presence) putReason(ctx context.Context, in *pauseReasonPutInput) (*pauseReasonAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.RenameReason(ctx, t, in.ID, in.Body.Name)
	return &pauseReasonAnswer{reasonOnWire(r)}, err
}

func (p *Presence) deleteReason(ctx context.Context, in *pauseReasonPath) (*struct{}, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, p.DeleteReason(ctx, t, in.ID)
}

func (p *Presence) restoreReason(ctx context.Context, in *pauseReasonPath) (*pauseReasonAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := p.RestoreReason(ctx, t, in.ID)
	return &pauseReasonAnswer{reasonOnWire(r)}, err
}

// wrapUpBody is how long agents rest after a call.
type wrapUpBody struct {
	Seconds int64 `json:"seconds" minimum:"0" maximum:"3600" doc:"0 for no wrap-up"`
}

type (
	wrapUpInput  struct{ Body wrapUpBody }
	wrapUpOutput struct{ Body wrapUpBody }
)

func (p *Presence) getWrapUp(ctx context.Context, _ *struct{}) (*wrapUpOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	ms, err := p.store.wrapUp(ctx, t.ID)
	return &wrapUpOutput{wrapUpBody{ms / 1000}}, err
}

func (p *Presence) putWrapUp(ctx context.Context, in *wrapUpInput) (*wrapUpOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return &wrapUpOutput{in.Body}, p.SetWrapUp(ctx, t, in.Body.Seconds)
}

// SetWrapUp sets how many seconds a call centre's agents rest after a call.
func (p *Presence) SetWrapUp(ctx context.Context, t identity.Tenant, seconds int64) error {
	before, err := p.store.wrapUp(ctx, t.ID)
	if err != nil {
		return err
	}
	err = p.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := p.store.setWrapUp(ctx, tx, t.ID, seconds); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "wrap-up.changed", Object: "wrap-up", Before: wrapUpBody{before / 1000}, After: wrapUpBody{seconds},
		})
	})
	if err == nil {
		p.bus.Ring(ask.BellAgents)
	}
	return err
}
