// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"errors"
	"strings"
	"sync"

	"tandem/internal/db"
	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/formula"
)

// plan is an enabled endpoint made ready: with its template and integrator,
// and the formulas compiled.
type plan struct {
	to         ref
	endpoint   Endpoint
	template   Template
	integrator *Integrator
	events     []string
	filters    []*formula.Formula // of the template and of the endpoint
	mapping    *formula.Formula   // nil for the event as it is
	settings   map[string]any
	picky      bool // has a filter at all
	needsCall  bool // to filter
}

// errSite says that a credential would go somewhere else than it was given for:
// whoever may write endpoints could else read what nobody may read.
var errSite = errors.New("its address must be on the integrator's host, whose credential goes along")

// newPlan makes an endpoint ready. Its errors are for people.
func newPlan(tenant int64, e Endpoint, t Template, i *Integrator) (*plan, error) {
	p := &plan{to: ref{tenant, e.ID}, endpoint: e, template: t, integrator: i, events: e.Events}
	if len(p.events) == 0 {
		p.events = t.Events
	}
	for _, text := range []string{t.Filter, e.Filter} {
		condition, err := formula.Condition(text)
		if err != nil {
			return nil, err
		}
		p.filters = append(p.filters, condition)
		p.picky = p.picky || !condition.Always()
		p.needsCall = p.needsCall || condition.NeedsCall()
	}
	if t.Mapping != "" {
		var err error
		if p.mapping, err = formula.Value(t.Mapping); err != nil {
			return nil, err
		}
	}
	p.settings = formula.Object(e.Settings)
	if i != nil && !sameSite(e.URL, i.BaseURL) {
		return nil, errSite
	}
	return p, nil
}

// wants reports whether the endpoint is for events of a type. What this
// service says of itself goes to nobody.
func (p *plan) wants(typ string) bool {
	if strings.HasPrefix(typ, typePrefix) {
		return false
	}
	for _, pattern := range p.events {
		family, isFamily := strings.CutSuffix(pattern, "*")
		if pattern == typ || isFamily && strings.HasPrefix(typ, family) {
			return true
		}
	}
	return false
}

// passes reports whether an event gets through the filters.
func (p *plan) passes(v *formula.View) bool {
	v.Settings = p.settings
	for _, filter := range p.filters {
		if !filter.Holds(v) {
			return false
		}
	}
	return true
}

// index holds the plans of all tenants, by tenant and type of event, so that
// an event meets those that it is for and no others.
type index struct {
	mu      sync.RWMutex
	tenants map[int64]*tenantIndex
}

type tenantIndex struct {
	plans  map[string]*plan
	byType map[string][]*plan // made when a type is first seen
}

func newIndex() *index { return &index{tenants: map[int64]*tenantIndex{}} }

// typesMax bounds what is remembered: phone systems may invent types.
const typesMax = 1000

// match returns the plans of a tenant that want events of a type.
func (x *index) match(tenant int64, typ string) []*plan {
	x.mu.RLock()
	t := x.tenants[tenant]
	if t == nil {
		x.mu.RUnlock()
		return nil
	}
	found, known := t.byType[typ]
	x.mu.RUnlock()
	if known {
		return found
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range t.plans {
		if p.wants(typ) {
			found = append(found, p)
		}
	}
	if len(t.byType) >= typesMax {
		clear(t.byType)
	}
	t.byType[typ] = found
	return found
}

// find returns an endpoint's plan; nil when it has none now.
func (x *index) find(to ref) *plan {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if t := x.tenants[to.tenant]; t != nil {
		return t.plans[to.id]
	}
	return nil
}

// users returns the endpoints that an endpoint's, template's or integrator's id
// is about.
func (x *index) users(tenant int64, id string) (list []ref) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if t := x.tenants[tenant]; t != nil {
		for _, p := range t.plans {
			if e := &p.endpoint; e.ID == id || e.Template == id || e.Integrator == id {
				list = append(list, p.to)
			}
		}
	}
	return list
}

func (x *index) set(tenant int64, plans []*plan) {
	t := &tenantIndex{plans: map[string]*plan{}, byType: map[string][]*plan{}}
	for _, p := range plans {
		t.plans[p.to.id] = p
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(plans) == 0 {
		delete(x.tenants, tenant)
		return
	}
	x.tenants[tenant] = t
}

// load reads a tenant's endpoints into the index.
func (t *ThirdParty) load(ctx context.Context, x *index, tenant int64) error {
	list, err := t.store.enabled(ctx, t.db, tenant)
	if err != nil {
		return err
	}
	plans := make([]*plan, 0, len(list))
	for i := range list {
		p, err := t.plan(ctx, t.db, tenant, list[i])
		if problem.Of(err).Kind == problem.Conflict {
			t.logger.WarnContext(ctx, "endpoint cannot be used", "tenant", tenant, "endpoint", list[i].ID, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		plans = append(plans, p)
	}
	x.set(tenant, plans)
	return nil
}

// plan makes an endpoint ready with what it names. What cannot be made ready is
// a Conflict.
func (t *ThirdParty) plan(ctx context.Context, q db.Querier, tenant int64, e Endpoint) (*plan, error) {
	template, integrator, err := t.ofEndpoint(ctx, q, tenant, &e)
	if err != nil {
		return nil, err
	}
	if template == nil || e.Integrator != "" && integrator == nil {
		return nil, problem.New(problem.Conflict, "integration_endpoint.incomplete", "The endpoint's template or integrator is not there.")
	}
	p, err := newPlan(tenant, e, *template, integrator)
	if err != nil {
		return nil, problem.New(problem.Conflict, "integration_endpoint.incomplete", "The endpoint's template cannot be used: %s.", err.Error())
	}
	return p, nil
}

// loadAll reads the endpoints of every tenant.
func (t *ThirdParty) loadAll(ctx context.Context, x *index) error {
	tenants, err := t.store.tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := t.load(ctx, x, tenant); err != nil {
			return err
		}
	}
	return nil
}
