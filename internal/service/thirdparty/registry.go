// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// The events of this service. Whoever reads the log hears from them that
// templates, integrators or endpoints are no longer as they were.
const (
	typePrefix   = "integration."
	typeChanged  = "integration.changed"
	typeEnabled  = "integration.enabled"
	typeDisabled = "integration.disabled" // the notice that an endpoint gets no more
	typeTested   = "integration.tested"
)

const (
	roomTime       = tenant.RoomTime
	templatesMax   = 200
	integratorsMax = 200
)

// What became of a test: it was sent, and it was taken.
const (
	actionTested = "tested"
	actionTaken  = "taken"
)

// changeFact is the data of those events.
type changeFact struct {
	Kind   string `json:"kind"` // integration-template, integration-endpoint or integrator
	ID     string `json:"id"`
	Name   string `json:"name"`
	Action string `json:"action"` // created, changed, deleted, restored, enabled, disabled, replayed, resent, secret_rotated, tested, taken
	Reason string `json:"reason,omitempty"`
}

// note appends the event of a change and records who made it. It returns the
// event's position.
func (t *ThirdParty) note(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, fact changeFact, before, after any) (int64, error) {
	position, err := t.tell(ctx, tx, tenant, typ, fact)
	if err != nil {
		return 0, err
	}
	return position, audit.Record(ctx, tx, audit.Entry{Tenant: tenant, Action: fact.Kind + "." + fact.Action, Object: fact.Kind + "/" + fact.ID, Before: before, After: after})
}

// tell appends an event of this service and returns its position.
func (t *ThirdParty) tell(ctx context.Context, tx *eventlog.Tx, tenant int64, typ string, fact changeFact) (int64, error) {
	data, err := json.Marshal(fact)
	if err != nil {
		return 0, fmt.Errorf("encode change of %s: %w", fact.ID, err)
	}
	change, err := newID()
	if err != nil {
		return 0, err
	}
	now := t.now().UnixMilli()
	outcomes, err := tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: "integration/" + fact.ID, Key: typ + "/" + change, Type: typ, At: now, Received: now, Timed: true, Data: data,
	})
	if err != nil {
		return 0, err
	}
	return outcomes[0].Record.Position, nil
}

// SaveTemplate creates a custom template, or replaces the one with its id.
func (t *ThirdParty) SaveTemplate(ctx context.Context, tenant identity.Tenant, words Template) (saved Template, err error) {
	if err := words.check(); err != nil {
		return saved, err
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		saved = words
		action, before := "created", any(nil)
		saved.UpdatedAt = t.now().UnixMilli()
		if saved.ID == "" {
			list, err := t.store.templates(ctx, tx, tenant.ID)
			if err != nil {
				return err
			}
			if len(list) >= templatesMax {
				return problem.Retry(roomTime, problem.New(problem.TooMany, "limit.reached", "There are %d templates already.", templatesMax))
			}
			if saved.ID, err = newID(); err != nil {
				return err
			}
			saved.CreatedAt = saved.UpdatedAt
		} else {
			old, err := t.changeable(ctx, tx, tenant.ID, saved.ID)
			if err != nil {
				return err
			}
			action, before = "changed", old
			saved.CreatedAt = old.CreatedAt
		}
		if err := t.store.saveTemplate(ctx, tx, tenant.ID, &saved); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, tenant.ID, typeChanged, changeFact{Kind: "integration-template", ID: saved.ID, Name: saved.Name, Action: action}, before, saved)
		return err
	})
	return saved, err
}

// changeable returns a template that is the tenant's own and not deleted.
func (t *ThirdParty) changeable(ctx context.Context, q db.Querier, tenant int64, id string) (Template, error) {
	if _, ok := builtIn(id); ok {
		return Template{}, problem.New(problem.Conflict, "integration_template.built_in", "This template comes with Tandem and cannot be changed; make one of your own from it.")
	}
	found, err := t.store.template(ctx, q, tenant, id)
	if err == nil && found.Deleted {
		err = errNoTemplate
	}
	return found, err
}

// HideTemplate deletes a template, or brings it back.
func (t *ThirdParty) HideTemplate(ctx context.Context, tenant identity.Tenant, id string, deleted bool) (saved Template, err error) {
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if deleted {
			saved, err = t.changeable(ctx, tx, tenant.ID, id)
		} else if saved, err = t.store.template(ctx, tx, tenant.ID, id); err == nil && !saved.Deleted {
			err = problem.New(problem.Conflict, "integration_template.not_deleted", "The template is not deleted.")
		}
		if err == nil && deleted {
			var users int64
			if users, err = t.store.users(ctx, tx, tenant.ID, id); err == nil && users > 0 {
				err = problem.New(problem.Conflict, "integration_template.in_use", "%d endpoints use it; delete those first.", users)
			}
		}
		if err != nil {
			return err
		}
		before := saved
		saved.Deleted, saved.UpdatedAt = deleted, t.now().UnixMilli()
		if err := t.store.saveTemplate(ctx, tx, tenant.ID, &saved); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, tenant.ID, typeChanged, changeFact{Kind: "integration-template", ID: id, Name: saved.Name, Action: hidden(deleted)}, before, saved)
		return err
	})
	return saved, err
}

func hidden(deleted bool) string {
	if deleted {
		return "deleted"
	}
	return "restored"
}

// SaveIntegrator creates an integrator, or replaces the one with its id. A
// credential of nil leaves it as it is.
func (t *ThirdParty) SaveIntegrator(ctx context.Context, tenant identity.Tenant, words Integrator, credential *string) (saved Integrator, err error) {
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		saved = words
		action, before := "created", any(nil)
		now := t.now().UnixMilli()
		if saved.ID == "" {
			list, err := t.store.integrators(ctx, tx, tenant.ID, false, "", integratorsMax)
			if err != nil {
				return err
			}
			if len(list) >= integratorsMax {
				return problem.Retry(roomTime, problem.New(problem.TooMany, "limit.reached", "There are %d integrators already.", integratorsMax))
			}
			if saved.ID, err = newID(); err != nil {
				return err
			}
			saved.CreatedAt = now
		} else {
			old, err := t.livingIntegrator(ctx, tx, tenant.ID, saved.ID)
			if err != nil {
				return err
			}
			if !sameSite(old.BaseURL, saved.BaseURL) {
				if err := t.mayMove(ctx, tx, tenant.ID, saved.ID); err != nil {
					return err
				}
				// A credential must not follow to another host than it was given for.
				old.sealed = ""
			}
			action, before, saved.CreatedAt, saved.sealed = "changed", old, old.CreatedAt, old.sealed
		}
		saved.UpdatedAt = now
		if err := saved.check(credential); err != nil {
			return err
		}
		if saved.Auth == credentialNone {
			saved.sealed = ""
		} else if credential != nil {
			saved.sealed = t.box.Seal(saved.purpose(tenant.ID), *credential)
		}
		if err := t.store.saveIntegrator(ctx, tx, tenant.ID, &saved); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, tenant.ID, typeChanged, changeFact{Kind: "integrator", ID: saved.ID, Name: saved.Name, Action: action}, before, saved)
		return err
	})
	return saved, err
}

// mayMove is a Conflict while endpoints are at the integrator's present host:
// they could no longer be used, and nobody would be told.
func (t *ThirdParty) mayMove(ctx context.Context, q db.Querier, tenant int64, id string) error {
	users, err := t.store.users(ctx, q, tenant, id)
	if err == nil && users > 0 {
		err = problem.New(problem.Conflict, "integrator.in_use", "%d endpoints are on its host; make another integrator, or move those first.", users)
	}
	return err
}

func (t *ThirdParty) livingIntegrator(ctx context.Context, q db.Querier, tenant int64, id string) (Integrator, error) {
	found, err := t.store.integrator(ctx, q, tenant, id)
	if err == nil && found.Deleted {
		err = errNoIntegrator
	}
	return found, err
}

// HideIntegrator deletes an integrator, or brings it back.
func (t *ThirdParty) HideIntegrator(ctx context.Context, tenant identity.Tenant, id string, deleted bool) (saved Integrator, err error) {
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if deleted {
			saved, err = t.livingIntegrator(ctx, tx, tenant.ID, id)
		} else if saved, err = t.store.integrator(ctx, tx, tenant.ID, id); err == nil && !saved.Deleted {
			err = problem.New(problem.Conflict, "integrator.not_deleted", "The integrator is not deleted.")
		}
		if err == nil && deleted {
			var users int64
			if users, err = t.store.users(ctx, tx, tenant.ID, id); err == nil && users > 0 {
				err = problem.New(problem.Conflict, "integrator.in_use", "%d endpoints use it; delete those first.", users)
			}
		}
		if err != nil {
			return err
		}
		before := saved
		saved.Deleted, saved.UpdatedAt = deleted, t.now().UnixMilli()
		if err := t.store.saveIntegrator(ctx, tx, tenant.ID, &saved); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, tenant.ID, typeChanged, changeFact{Kind: "integrator", ID: id, Name: saved.Name, Action: hidden(deleted)}, before, saved)
		return err
	})
	return saved, err
}

// ofEndpoint returns the template and the integrator that an endpoint names;
// nil for those that are not there.
func (t *ThirdParty) ofEndpoint(ctx context.Context, q db.Querier, tenant int64, e *Endpoint) (*Template, *Integrator, error) {
	var template *Template
	var integrator *Integrator
	found, err := t.store.template(ctx, q, tenant, e.Template)
	switch {
	case err == nil && !found.Deleted:
		template = &found
	case err != nil && problem.Of(err).Kind != problem.NotFound:
		return nil, nil, err
	}
	if e.Integrator != "" {
		found, err := t.livingIntegrator(ctx, q, tenant, e.Integrator)
		if err != nil && problem.Of(err).Kind != problem.NotFound {
			return nil, nil, err
		}
		if err == nil {
			integrator = &found
		}
	}
	return template, integrator, nil
}

// sameSite reports whether two addresses lead to the same host, port and scheme.
func sameSite(a, b string) bool {
	schemeA, _, _ := strings.Cut(strings.ToLower(a), "://")
	schemeB, _, _ := strings.Cut(strings.ToLower(b), "://")
	return schemeA == schemeB && hostOf(a) == hostOf(b)
}

// hostOf returns where an address leads; "" for none.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	end := strings.IndexAny(rest, `/?#\\`)
	if end < 0 {
		end = len(rest)
	}
	return strings.ToLower(rest[:end])
}

// checkPage says what is wrong with the address of a page that people open.
func checkPage(text string) error {
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) || hostOf(text) == "" {
		return errors.New("must begin with http:// or https://")
	}
	return nil
}
