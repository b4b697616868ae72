// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

type endpointBody struct {
	Name       string         `json:"name" maxLength:"200"`
	Template   string         `json:"template" maxLength:"100" doc:"_id of a template" example:"webhook"`
	Integrator string         `json:"integrator,omitempty" maxLength:"100" doc:"_id of the integrator whose credentials go along"`
	URL        string         `json:"url" maxLength:"2048" example:"https://crm.example/hooks/tandem"`
	Events     []string       `json:"events,omitempty" maxItems:"50" doc:"Types of events; empty for those of the template"`
	Filter     string         `json:"filter,omitempty" maxLength:"8000" doc:"A condition, beside that of the template" example:"call.queue.number == \"900\""`
	Settings   map[string]any `json:"settings,omitempty" doc:"What the template's settingsSchema wants; what is left out is as the schema has it"`
	Enabled    *bool          `json:"enabled,omitempty" doc:"true when absent. Enabling so delivers what comes from now on; POST …/enable also what was missed"`
	Secret     *string        `json:"secret,omitempty" maxLength:"200" writeOnly:"true" doc:"Signs: whsec_ and base64. Write-only. Absent leaves it as it is; a new endpoint gets one, which its answer shows this once"`

	ID             string     `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	HasSecret      bool       `json:"hasSecret,omitempty" readOnly:"true"`
	DisabledReason string     `json:"disabledReason,omitempty" readOnly:"true"`
	DisabledAt     *time.Time `json:"disabledAt,omitempty" readOnly:"true"`
	FailingSince   *time.Time `json:"failingSince,omitempty" readOnly:"true"`
	LastError      string     `json:"lastError,omitempty" readOnly:"true"`
	Pending        int64      `json:"pending,omitempty" readOnly:"true"`
	Replay         any        `json:"replay,omitempty" readOnly:"true"`
	CreatedAt      int64      `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt      int64      `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted        bool       `json:"deleted,omitempty" readOnly:"true"`
}

type endpointOutput struct {
	ID             string          `json:"_id"`
	Name           string          `json:"name"`
	Template       string          `json:"template"`
	Integrator     string          `json:"integrator" doc:"Empty for none"`
	URL            string          `json:"url"`
	Events         []string        `json:"events"`
	Filter         string          `json:"filter"`
	Settings       json.RawMessage `json:"settings"`
	Enabled        bool            `json:"enabled"`
	DisabledReason string          `json:"disabledReason" enum:",by hand,gone,unreachable" doc:"gone: it answered 410; unreachable: nothing got through until the last attempt"`
	DisabledAt     *time.Time      `json:"disabledAt"`
	FailingSince   *time.Time      `json:"failingSince" doc:"null while deliveries succeed"`
	LastError      string          `json:"lastError"`
	HasSecret      bool            `json:"hasSecret"`
	Secret         string          `json:"secret,omitempty" doc:"Shown once, when it was made"`
	Pending        int64           `json:"pending" doc:"Deliveries still to be made, counted up to 10,000"`
	Replay         *replayOutput   `json:"replay" doc:"The newest; null when there was none"`
	CreatedAt      int64           `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt      int64           `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted        bool            `json:"deleted"`
}

type replayOutput struct {
	ID         string     `json:"id"`
	Progress   float64    `json:"progress" minimum:"0" maximum:"1"`
	Matched    int64      `json:"matched" doc:"Events that are delivered"`
	CreatedAt  *time.Time `json:"createdAt"`
	FinishedAt *time.Time `json:"finishedAt" doc:"When all were found; they are delivered one after the other"`
}

const pendingShown = 10_000

type (
	endpointInput    struct{ Body endpointBody }
	endpointPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body endpointBody
	}
	endpointAnswer      struct{ Body endpointOutput }
	endpointListAnswer  struct{ Body httpapi.List[endpointOutput] }
	endpointEnableInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body *struct {
			Replay *bool `json:"replay,omitempty" doc:"Also deliver what was missed; true when absent"`
		}
	}
	endpointSecretAnswer struct {
		Body struct {
			Secret string `json:"secret" doc:"Shown this once"`
		}
	}
	endpointReplayInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body struct {
			From time.Time `json:"from" doc:"When the first event was received"`
			To   time.Time `json:"to" doc:"When the last event was received"`
		}
	}
	endpointReplayAnswer struct{ Body replayOutput }
)

func (b *endpointBody) endpoint(id string) (Endpoint, error) {
	e := Endpoint{
		ID: id, Name: b.Name, Template: b.Template, Integrator: b.Integrator, URL: b.URL, Events: b.Events, Filter: b.Filter,
		Enabled: b.Enabled == nil || *b.Enabled,
	}
	if b.Settings == nil {
		b.Settings = map[string]any{}
	}
	var err error
	e.Settings, err = json.Marshal(b.Settings)
	return e, err
}

func endpointOnWire(e Endpoint) endpointOutput {
	if e.Events == nil {
		e.Events = []string{}
	}
	return endpointOutput{
		ID: e.ID, Name: e.Name, Template: e.Template, Integrator: e.Integrator, URL: e.URL, Events: e.Events, Filter: e.Filter, Settings: e.Settings,
		Enabled: e.Enabled, DisabledReason: e.Reason, DisabledAt: httpapi.Time(e.DisabledAt), FailingSince: httpapi.Time(e.failingSince), LastError: e.lastError,
		HasSecret: e.sealed != "", CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, Deleted: e.Deleted,
	}
}

func replayOnWire(r Replay) replayOutput {
	out := replayOutput{ID: r.ID, Progress: 1, Matched: r.Matched, CreatedAt: httpapi.Time(r.CreatedAt), FinishedAt: httpapi.Time(r.FinishedAt)}
	if r.FinishedAt == 0 && r.Last > r.First {
		out.Progress = float64(r.At-r.First) / float64(r.Last-r.First)
	}
	return out
}

// whole adds what takes a look at the deliveries.
func (t *ThirdParty) whole(ctx context.Context, owner identity.Tenant, e Endpoint) (out endpointOutput, err error) {
	out = endpointOnWire(e)
	to := ref{owner.ID, e.ID}
	if out.Pending, err = t.store.countPending(ctx, to, pendingShown); err != nil {
		return out, err
	}
	newest, err := t.store.replays(ctx, t.db, to, 1)
	if err == nil && len(newest) > 0 {
		shown := replayOnWire(newest[0])
		out.Replay = &shown
	}
	return out, err
}

func (t *ThirdParty) listEndpoints(ctx context.Context, in *integrationList) (*endpointListAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	list, err := t.store.endpoints(ctx, t.db, owner.ID, in.Deleted, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]endpointOutput, len(list))
	for i := range list {
		if items[i], err = t.whole(ctx, owner, list[i]); err != nil {
			return nil, err
		}
	}
	return &endpointListAnswer{httpapi.Cut(items, in.Limit, func(e endpointOutput) string { return e.ID })}, nil
}

func (t *ThirdParty) getEndpoint(ctx context.Context, in *integrationID) (*endpointAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.livingEndpoint(ctx, t.db, owner.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := t.whole(ctx, owner, found)
	return &endpointAnswer{out}, err
}

func (t *ThirdParty) createEndpoint(ctx context.Context, in *endpointInput) (*endpointAnswer, error) {
	return t.saveEndpoint(ctx, "", &in.Body)
}

func (t *ThirdParty) putEndpoint(ctx context.Context, in *endpointPutInput) (*endpointAnswer, error) {
	return t.saveEndpoint(ctx, in.ID, &in.Body)
}

func (t *ThirdParty) saveEndpoint(ctx context.Context, id string, body *endpointBody) (*endpointAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if id != "" {
		if _, err := t.livingEndpoint(ctx, t.db, owner.ID, id); err != nil {
			return nil, err
		}
	}
	words, err := body.endpoint(id)
	if err != nil {
		return nil, err
	}
	saved, made, err := t.SaveEndpoint(ctx, owner, words, body.Secret)
	if err != nil {
		return nil, err
	}
	out, err := t.whole(ctx, owner, saved)
	out.Secret = made
	return &endpointAnswer{out}, err
}

func (t *ThirdParty) deleteEndpoint(ctx context.Context, in *integrationID) (*integrationNothing, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	_, err = t.HideEndpoint(ctx, owner, in.ID, true)
	return nil, err
}

func (t *ThirdParty) restoreEndpoint(ctx context.Context, in *integrationID) (*endpointAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := t.HideEndpoint(ctx, owner, in.ID, false)
	return &endpointAnswer{endpointOnWire(saved)}, err
}

func (t *ThirdParty) enableEndpoint(ctx context.Context, in *endpointEnableInput) (*endpointAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := t.Enable(ctx, owner, in.ID, in.Body == nil || in.Body.Replay == nil || *in.Body.Replay)
	if err != nil {
		return nil, err
	}
	out, err := t.whole(ctx, owner, saved)
	return &endpointAnswer{out}, err
}

func (t *ThirdParty) rotateEndpoint(ctx context.Context, in *integrationID) (*endpointSecretAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &endpointSecretAnswer{}
	out.Body.Secret, err = t.RotateSecret(ctx, owner, in.ID)
	return out, err
}

func (t *ThirdParty) replayEndpoint(ctx context.Context, in *endpointReplayInput) (*endpointReplayAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := t.Replay(ctx, owner, in.ID, in.Body.From.UnixMilli(), in.Body.To.UnixMilli())
	return &endpointReplayAnswer{replayOnWire(r)}, err
}
