// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/search"
)

const rolesMax = 100 // of a call centre, beside the built-in ones

// Role is a set of rights that agents have. Times are Unix milliseconds.
type Role struct {
	ID          string // of a built-in role its name
	Name        string
	Description string
	Rights      []string
	BuiltIn     bool
	CreatedAt   int64
	UpdatedAt   int64
	Deleted     bool
}

// builtIn are the roles that each call centre has, and cannot change.
func builtIn() []Role {
	return []Role{
		{ID: RoleAdmin, Name: RoleAdmin, Description: "Runs the call centre", BuiltIn: true},
		{ID: RoleAgent, Name: RoleAgent, Description: "Talks to callers", BuiltIn: true},
	}
}

// reserved are names that mean something else than a role of a call centre.
var reserved = []string{RoleAdmin, RoleAgent, RoleOperator, "key", "tandem"}

// findRole returns a role of a tenant, built in or its own; NotFound when there
// is none, or none any more.
func (s store) findRole(ctx context.Context, q querier, tenant int64, id string) (Role, error) {
	for _, r := range builtIn() {
		if r.ID == id {
			r.Rights = identity.RightsOf(id)
			return r, nil
		}
	}
	return s.findOwnRole(ctx, q, tenant, id, false)
}

// may returns what whoever has the role may do.
func (r Role) may() []string {
	if r.BuiltIn {
		return r.Rights
	}
	return slices.Concat(always, r.Rights)
}

// check returns what is wrong with r beside others, the call centre's own
// roles.
func (r Role) check(others []Role) []problem.Field {
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	plain := search.Text(r.Name)
	switch {
	case plain == "" || len(r.Name) > 200 || strings.ContainsFunc(r.Name, unicode.IsControl):
		fault("name", "must have 1 to 200 characters, and no control characters")
	case slices.Contains(reserved, plain):
		fault("name", "is that of a built-in role")
	case slices.ContainsFunc(others, func(o Role) bool { return o.ID != r.ID && search.Text(o.Name) == plain }):
		fault("name", "is that of another role")
	}
	if len(r.Description) > 2000 || strings.ContainsRune(r.Description, 0) {
		fault("description", "must have at most 2000 characters")
	}
	possible := grantable()
	for i, right := range r.Rights {
		if !slices.Contains(possible, right) {
			fault(fmt.Sprintf("rights[%d]", i), "is not a right that a role can have; GET /api/v1/rights lists them")
		}
	}
	return fields
}

// CreateRole adds a role to a call centre.
func (u *Users) CreateRole(ctx context.Context, t identity.Tenant, r Role) (Role, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Role{}, err
	}
	return u.writeRole(ctx, t, "created", func(context.Context, *eventlog.Tx) (*Role, Role, error) {
		r.ID, r.CreatedAt, r.Deleted = id.String(), u.now(), false
		return nil, r, nil
	})
}

// UpdateRole changes the words and rights of a call centre's own role. Those
// who have the role have the new rights at once.
func (u *Users) UpdateRole(ctx context.Context, t identity.Tenant, id string, change func(*Role)) (Role, error) {
	return u.changeRole(ctx, t, id, false, "changed", change)
}

// DeleteRole hides a role. One that somebody has is a Conflict.
func (u *Users) DeleteRole(ctx context.Context, t identity.Tenant, id string) error {
	_, err := u.changeRole(ctx, t, id, false, "deleted", func(r *Role) { r.Deleted = true })
	return err
}

// RestoreRole shows a deleted role again.
func (u *Users) RestoreRole(ctx context.Context, t identity.Tenant, id string) (Role, error) {
	return u.changeRole(ctx, t, id, true, "restored", func(r *Role) { r.Deleted = false })
}

func (u *Users) changeRole(ctx context.Context, t identity.Tenant, id string, deleted bool, action string, change func(*Role)) (Role, error) {
	if slices.ContainsFunc(builtIn(), func(r Role) bool { return r.ID == id }) {
		return Role{}, problem.New(problem.Conflict, "role.built_in", "The role %s is built in: it is always there, and as it is.", id)
	}
	return u.writeRole(ctx, t, action, func(ctx context.Context, tx *eventlog.Tx) (*Role, Role, error) {
		before, err := u.store.findOwnRole(ctx, tx, t.ID, id, deleted)
		after := before
		change(&after)
		return &before, after, err
	})
}

// writeRole writes a role as make makes it from what it was, nil for nothing,
// after checking it against all others.
func (u *Users) writeRole(
	ctx context.Context, t identity.Tenant, action string, make func(context.Context, *eventlog.Tx) (*Role, Role, error),
) (after Role, err error) {
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return u.keepAdministered(ctx, tx, t.ID, func() error {
			before, made, err := make(ctx, tx)
			if err != nil {
				return err
			}
			made.Name, made.UpdatedAt = strings.TrimSpace(made.Name), u.now()
			if err := u.checkRole(ctx, tx, t, before, made); err != nil {
				return err
			}
			made.Rights = normalRights(made.Rights)
			after = made
			if err := u.store.putRole(ctx, tx, t.ID, made); err != nil {
				return err
			}
			return u.recordRole(ctx, tx, t, action, before, made)
		})
	})
	if err != nil {
		return Role{}, err
	}
	u.changed()
	return after, nil
}

// recordRole writes down what happened to a role, for people and for programs.
func (u *Users) recordRole(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, action string, before *Role, after Role) error {
	entry := audit.Entry{Tenant: t.ID, Action: "role." + action, Object: "role/" + after.ID, After: roleOnWire(after)}
	if before != nil {
		entry.Before = roleOnWire(*before)
	}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	return u.appendFact(ctx, tx, t.ID, "role/"+after.ID, "role.changed", roleData{
		ID: after.ID, Change: action, Name: after.Name, Rights: after.Rights,
	})
}

// roleData is the data of role.changed.
type roleData struct {
	ID     string   `json:"id"`
	Change string   `json:"change"` // created, changed, deleted or restored
	Name   string   `json:"name"`
	Rights []string `json:"rights"`
}

func (u *Users) checkRole(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, before *Role, after Role) error {
	others, err := u.store.listOwnRoles(ctx, tx, t.ID, false)
	if err != nil {
		return err
	}
	if before == nil && len(others) >= rolesMax {
		return problem.New(problem.Conflict, "role.too_many", "A call centre has at most %d roles of its own.", rolesMax)
	}
	if after.Deleted {
		return u.checkRoleUnused(ctx, tx, t, after.ID)
	}
	if fields := after.check(others); len(fields) > 0 {
		return problem.NewFields("role.invalid", "The role cannot be kept so.", fields...)
	}
	// What the role had before it may keep, whoever changes its name; what a
	// restored one has is given anew.
	var had []string
	if before != nil && !before.Deleted {
		had = before.Rights
	}
	given := slices.DeleteFunc(slices.Clone(after.Rights), func(right string) bool { return covers(had, right) })
	return mayHandle(ctx, given)
}

func (u *Users) checkRoleUnused(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, id string) error {
	logins, err := u.store.loginsOfRole(ctx, tx, t.ID, id)
	if err != nil {
		return err
	}
	if len(logins) > 0 {
		return problem.New(problem.Conflict, "role.in_use", "%d agents have this role, %s among them; give them another one first.", len(logins), logins[0])
	}
	return nil
}

// keepAdministered does a change within tx, and refuses it if nobody is left
// afterwards who can sign in and has all rights of an administrator: a right
// that nobody has, nobody can give. A call centre in which there was nobody
// before may stay so.
func (u *Users) keepAdministered(ctx context.Context, tx *eventlog.Tx, tenant int64, change func() error) error {
	before, err := u.store.isAdministered(ctx, tx, tenant)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := u.store.isAdministered(ctx, tx, tenant)
	if err != nil {
		return err
	}
	if before && !after {
		return problem.New(problem.Conflict, "user.last_administrator", "Nobody would be left who can sign in and has all rights of an administrator.")
	}
	return nil
}
