// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
)

// routes is the table of contents of this module's API.
func (r *Routing) routes(api *httpapi.API) []module.Route {
	const read, write = identity.RoutingRead, identity.RoutingWrite
	return append(r.dialRoutes(api), []module.Route{
		httpapi.Get(api, "/api/v1/queues", read, "List queues by number", r.listQueues),
		httpapi.Create(api, "/api/v1/queues", write, "Create a queue", r.postQueue),
		httpapi.Get(api, "/api/v1/queues/{id}", read, "Get a queue", r.getQueue),
		httpapi.Put(api, "/api/v1/queues/{id}", write, "Replace a queue", r.putQueue),
		httpapi.Delete(api, "/api/v1/queues/{id}", write, "Delete a queue", r.deleteQueue),
		httpapi.Get(api, "/api/v1/routing/rules", read, "List the rules that decide where calls go", r.getRules),
		httpapi.Put(api, "/api/v1/routing/rules", write, "Replace the rules", r.putRules),
		httpapi.Get(api, "/api/v1/routing/rules/versions", read, "List versions of the rules, newest first", r.listVersions),
		httpapi.Post(api, "/api/v1/routing/presets/{preset}", write, "Replace the rules by a preset", r.postPreset),
		httpapi.Post(api, "/api/v1/routing/dry-run", read, "Decide about a call that does not exist", r.dryRun),
		httpapi.Get(api, "/api/v1/routing/decisions", read, "List the decisions about a call", r.listDecisions),
	}...)
}

type (
	ruleSetQuery struct {
		Version int64 `query:"version" minimum:"0" doc:"An earlier version; the current one if absent"`
	}
	ruleSetInput struct {
		Body struct {
			Version int64        `json:"version" minimum:"0" doc:"The version that was edited; 409 if another counts now"`
			Items   []ruleOnWire `json:"items" maxItems:"100"`

			Preset    string `json:"preset,omitempty" readOnly:"true"`
			CreatedAt string `json:"createdAt,omitempty" readOnly:"true"`
			CreatedBy string `json:"createdBy,omitempty" readOnly:"true"`
		}
	}
	ruleSetAnswer struct {
		Body struct {
			Version   int64        `json:"version"`
			Preset    string       `json:"preset" doc:"Empty when the rules were written by hand"`
			CreatedAt *time.Time   `json:"createdAt"`
			CreatedBy string       `json:"createdBy"`
			Items     []ruleOnWire `json:"items" doc:"The first enabled rule that matches decides"`
		}
	}
	ruleVersionOutput struct {
		Version   int64      `json:"version"`
		Preset    string     `json:"preset"`
		CreatedAt *time.Time `json:"createdAt"`
		CreatedBy string     `json:"createdBy"`
	}
	ruleVersionsInput  struct{ httpapi.Page }
	ruleVersionsAnswer struct {
		Body httpapi.List[ruleVersionOutput]
	}
	rulePresetInput struct {
		Preset string `path:"preset" enum:"known-900-new-901,new-900-known-901"`
	}
)

func ruleSetOf(v Version, rules []Rule) *ruleSetAnswer {
	out := &ruleSetAnswer{}
	out.Body.Version, out.Body.Preset = v.Number, v.Preset
	out.Body.CreatedAt, out.Body.CreatedBy = httpapi.Time(v.CreatedAt), v.CreatedBy
	out.Body.Items = make([]ruleOnWire, len(rules))
	for i, rule := range rules {
		out.Body.Items[i] = wireOf(rule)
	}
	return out
}

func (r *Routing) getRules(ctx context.Context, in *ruleSetQuery) (*ruleSetAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	version, rules, err := r.Rules(ctx, t.ID, in.Version)
	return ruleSetOf(version, rules), err
}

func (r *Routing) putRules(ctx context.Context, in *ruleSetInput) (*ruleSetAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, len(in.Body.Items))
	for i, item := range in.Body.Items {
		rules[i] = item.rule()
	}
	version, rules, err := r.ReplaceRules(ctx, t, in.Body.Version, "", who(ctx), rules)
	return ruleSetOf(version, rules), err
}

func (r *Routing) postPreset(ctx context.Context, in *rulePresetInput) (*ruleSetAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := presetRules(in.Preset)
	if err != nil {
		return nil, err
	}
	version, rules, err := r.ReplaceRules(ctx, t, anyVersion, in.Preset, who(ctx), rules)
	return ruleSetOf(version, rules), err
}

// who returns the name under which a change is kept.
func who(ctx context.Context) string {
	p, _ := identity.From(ctx)
	if p.Login != "" {
		return p.Login
	}
	return p.ID
}

func (r *Routing) listVersions(ctx context.Context, in *ruleVersionsInput) (*ruleVersionsAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	before, err := httpapi.ParseIntCursor(in.After, 0)
	if err != nil {
		return nil, err
	}
	versions, err := r.store.versions(ctx, r.db, t.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]ruleVersionOutput, len(versions))
	for i, v := range versions {
		items[i] = ruleVersionOutput{Version: v.Number, Preset: v.Preset, CreatedAt: httpapi.Time(v.CreatedAt), CreatedBy: v.CreatedBy}
	}
	return &ruleVersionsAnswer{httpapi.Cut(items, in.Limit, func(v ruleVersionOutput) string { return httpapi.IntCursor(v.Version) })}, nil
}

type (
	dryRunInput struct {
		Body struct {
			TheirNumber string     `json:"theirNumber,omitempty" maxLength:"100" doc:"Empty for a caller who hides the number"`
			OurNumber   string     `json:"ourNumber,omitempty" maxLength:"100"`
			At          *time.Time `json:"at,omitempty" doc:"When the call comes; now if absent"`
			Code        string     `json:"code,omitempty" maxLength:"100"`
			Connector   string     `json:"connector,omitempty" maxLength:"100" doc:"Name of the connector"`
		}
	}
	dryRunAnswer struct{ Body decisionOutput }
)

func (r *Routing) dryRun(ctx context.Context, in *dryRunInput) (*dryRunAnswer, error) {
	principal, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	t, err := r.tenants.Find(ctx, principal.ID)
	if err != nil {
		return nil, err
	}
	set, err := r.current(ctx, t)
	if err != nil {
		return nil, err
	}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	matches, err := bus.Ask(asking, r.bus, ask.MatchCallers, ask.MatchCallersQuestion{
		Tenant: t.ID, Region: t.Region, Callers: []ask.Caller{{Number: in.Body.TheirNumber}}, DryRun: true,
	})
	if err != nil {
		return nil, err
	}
	w := waiting{tenant: t, zone: zoneOf(t.TimeZone), connector: in.Body.Connector, match: matches[0], received: r.now().UnixMilli()}
	w.event.TheirNumber, w.event.OurNumber, w.event.Code = in.Body.TheirNumber, in.Body.OurNumber, in.Body.Code
	if in.Body.At != nil {
		w.received = in.Body.At.UnixMilli()
	}
	return &dryRunAnswer{decisionOnWire(Decide(set, w.facts()))}, nil
}

type (
	decisionsInput struct {
		CallID string `query:"callId" required:"true" minLength:"1" maxLength:"255" doc:"As the phone system calls it"`
	}
	decisionsAnswer struct {
		Body httpapi.List[decidedOutput]
	}
)

func (r *Routing) listDecisions(ctx context.Context, in *decisionsInput) (*decisionsAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	calls, err := r.live.FindAny(ctx, t.ID, storable(in.CallID))
	if err != nil {
		return nil, err
	}
	items := []decidedOutput{}
	for _, c := range calls {
		ref := callRef{Tenant: t.ID, Connector: c.Connector, CallID: c.CallID}
		found, err := r.store.findDecisions(ctx, []callRef{ref})
		if err != nil {
			return nil, err
		}
		d, ok := found[ref]
		if !ok {
			continue
		}
		commands, err := r.store.commandsOf(ctx, ref)
		if err != nil {
			return nil, err
		}
		items = append(items, decidedOnWire(c.ID, d, commands))
	}
	return &decisionsAnswer{httpapi.List[decidedOutput]{Items: items}}, nil
}
