// SPDX-License-Identifier: Apache-2.0

// Package user keeps the people and programs that may use Tandem: their
// logins, API keys and sessions. The gateway asks it over the bus whose a
// credential is. Only people create logins; no event of a phone system ever
// does.
package user

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Options is what the user service uses.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Tenants  *tenant.Directory
	Box      *secret.Box
	Logger   *slog.Logger
	Now      func() time.Time // nil for the machine's clock

	SessionTTL time.Duration // how long a session lasts after it was last used
	PublicURL  string        // cookies are Secure when it is https

	AllowPrivate bool // sign-in providers may be on this machine and in private networks

	// OnTenantCreated gives a new tenant what other parts want it to have. It
	// may be called again for the same tenant. Nil for nothing.
	OnTenantCreated func(context.Context, identity.Tenant) error
}

// Users is the user service. It is safe for concurrent use.
type Users struct {
	Options

	store     store
	passwords *passwords
	tokens    *jwt.Parser
	providers *providers
	used      chan use
}

// New returns the user service.
func New(o Options) *Users {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Users{
		Options:   o,
		store:     store{o.Database},
		passwords: newPasswords(o.Now),
		tokens:    newParser(o.Now),
		providers: newProviders(o.AllowPrivate, o.Now),
		used:      make(chan use, usesMax),
	}
}

// Module returns the service as a part of the product.
func (u *Users) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "user", Tables: Tables, Secret: secrets, Routes: u.routes(api), Run: u.run}
}

// Metrics returns what the service measures of itself.
func (u *Users) Metrics() []prometheus.Collector { return u.passwords.metrics() }

// run answers questions and writes down what was used, until ctx ends.
func (u *Users) run(ctx context.Context) error {
	if err := bus.Answer(ctx, u.Bus, ask.Authenticate, u.Authenticate); err != nil {
		return err
	}
	if err := bus.Answer(ctx, u.Bus, ask.NameAgents, u.nameAgents); err != nil {
		return err
	}
	if err := bus.Answer(ctx, u.Bus, ask.FindAgent, u.findAgent); err != nil {
		return err
	}
	return u.noteUses(ctx)
}

// now returns the time as it is stored: Unix milliseconds.
func (u *Users) now() int64 { return u.Now().UnixMilli() }

// changed tells everyone who remembers anything of users to forget it.
func (u *Users) changed() { u.Bus.Ring(ask.BellUsers) }
