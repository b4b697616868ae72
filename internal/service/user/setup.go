// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"strings"
	"time"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const setupTime = 24 * time.Hour // how long a set-up link is good for

// SetupLink returns the token of a link that sets the installation up, once,
// while there is nobody who could sign in. It is "" when there is somebody.
// Each call makes another link; the first that is used ends them all.
func (u *Users) SetupLink(ctx context.Context) (token string, err error) {
	if done, err := u.store.anyUser(ctx, u.Database); done || err != nil {
		return "", err
	}
	token, hash := newToken()
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return addSetup(ctx, tx.Tx, hash, u.Now().Add(setupTime).UnixMilli())
	})
	return token, err
}

// setUp creates the first tenant and its administrator.
func (u *Users) setUp(ctx context.Context, token string, n tenant.New, admin NewUser) (User, error) {
	hash := hashOf(token)
	if strings.ContainsRune(n.Name, 0) {
		return User{}, problem.NewFields("tenant.invalid", "The call centre cannot be created so.", problem.Field{Name: "name", Detail: "must be text"})
	}
	// Looked at before a password is hashed, and again where it counts.
	if err := u.store.checkSetup(ctx, u.Database, hash, u.now()); err != nil {
		return User{}, err
	}
	_, users, err := u.createTenant(ctx, n, []NewUser{admin}, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := u.store.checkSetup(ctx, tx, hash, u.now()); err != nil {
			return err
		}
		return deleteSetups(ctx, tx.Tx)
	})
	if err != nil {
		return User{}, err
	}
	return users[0], nil
}

// CreateTenant adds a tenant and its administrator, or neither.
func (u *Users) CreateTenant(ctx context.Context, n tenant.New, admin NewUser) (identity.Tenant, error) {
	created, _, err := u.createTenant(ctx, n, []NewUser{admin}, nil)
	return created, err
}

// EnsureTenant returns the tenant with n's slug and adds it, with nobody in it,
// if there is none.
func (u *Users) EnsureTenant(ctx context.Context, n tenant.New) (identity.Tenant, error) {
	found, err := u.Tenants.FindBySlug(ctx, n.Slug)
	if err == nil {
		return found.Tenant, nil
	}
	if problem.Of(err).Kind != problem.NotFound {
		return identity.Tenant{}, err
	}
	created, _, err := u.createTenant(ctx, n, nil, nil)
	return created, err
}

// CreateTenantFor is [Users.CreateTenant] for an administrator of whom only
// what they sign in with is known.
func (u *Users) CreateTenantFor(ctx context.Context, n tenant.New, login, password string) (identity.Tenant, error) {
	return u.CreateTenant(ctx, n, NewUser{Login: login, Password: password})
}

// ListTenants returns all tenants in the order they were created.
func (u *Users) ListTenants(ctx context.Context) ([]identity.Tenant, error) {
	all, err := u.Tenants.List(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]identity.Tenant, len(all))
	for i, t := range all {
		list[i] = t.Tenant
	}
	return list, nil
}

// createTenant adds a tenant and its administrators in one transaction, which
// first does also what it is given, if that is not nil.
func (u *Users) createTenant(
	ctx context.Context, n tenant.New, admins []NewUser, also func(context.Context, *eventlog.Tx) error,
) (identity.Tenant, []User, error) {
	accounts, err := u.prepareAdmins(ctx, admins)
	if err != nil {
		return identity.Tenant{}, nil, err
	}
	// Read only when the work is known to be done: a caller that leaves early
	// leaves it running.
	var created identity.Tenant
	var users []User
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if also != nil {
			if err := also(ctx, tx); err != nil {
				return err
			}
		}
		t, err := u.Tenants.Create(ctx, tx.Tx, n)
		if err != nil {
			return err
		}
		if err := u.appendFact(ctx, tx, t.ID, "tenant/"+t.UUID, "tenant.created", dataOf(t)); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: "tenant.created", Object: "tenant/" + t.UUID, After: t}); err != nil {
			return err
		}
		created, users = t, nil
		for _, a := range accounts {
			a.Tenant = t.ID
			if err := u.add(ctx, tx, a); err != nil {
				return err
			}
			users = append(users, a.User)
		}
		return nil
	})
	if err != nil {
		return identity.Tenant{}, nil, err
	}
	u.changed()
	if u.OnTenantCreated != nil {
		// The tenant exists; that a part has no defaults for it does not undo it.
		if err := u.OnTenantCreated(ctx, created); err != nil {
			u.Logger.ErrorContext(ctx, "tenant has no defaults", "tenant", created.Slug, "error", err)
		}
	}
	return created, users, nil
}

// prepareAdmins makes accounts of the administrators of a tenant that does not
// exist yet.
func (u *Users) prepareAdmins(ctx context.Context, admins []NewUser) ([]account, error) {
	accounts := make([]account, len(admins))
	for i, admin := range admins {
		admin.Tenant, admin.Role, admin.Login = unborn, RoleAdmin, normalLogin(admin.Login)
		err := invalid(append(admin.check(), checkPassword(admin.Password)...))
		if err != nil {
			return nil, problem.Within("admin", err)
		}
		if accounts[i], err = u.prepare(ctx, admin); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

// unborn stands for the number of a tenant that has none yet.
const unborn = -1

// createdData is the data of tenant.created.
type createdData struct {
	UUID     string `json:"uuid"`
	Slug     string `json:"slug"`
	Name     string `json:"name"`
	Region   string `json:"region"`
	TimeZone string `json:"time_zone"`
}

func dataOf(t identity.Tenant) createdData {
	return createdData{UUID: t.UUID, Slug: t.Slug, Name: t.Name, Region: t.Region, TimeZone: t.TimeZone}
}
