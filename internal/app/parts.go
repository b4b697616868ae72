// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"io/fs"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/audit"
	"tandem/internal/config"
	"tandem/internal/eventlog"
	"tandem/internal/feed"
	"tandem/internal/gateway"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/ingest"
	"tandem/internal/module"
	"tandem/internal/routing"
	"tandem/internal/service/cdr"
	"tandem/internal/service/clicktocall"
	"tandem/internal/service/customer"
	"tandem/internal/service/customer/activity"
	"tandem/internal/service/presence"
	"tandem/internal/service/settings"
	"tandem/internal/service/thirdparty"
	"tandem/internal/service/user"
)

// Parts are the parts of the product, ready to be asked by the commands that
// need one of them.
type Parts struct {
	Ingest   *ingest.Ingest
	Routing  *routing.Routing
	Customer *customer.Customer
	Activity *activity.Activities
	Users    *user.Users
	Presence *presence.Presence
	CDR      *cdr.CDR
	Feed     *feed.Feed
	Button   *clicktocall.ClickToCall
	Audit    *audit.Trail
	Settings *settings.Settings
	Third    *thirdparty.ThirdParty
}

// assemble makes the parts on core. They touch nothing before they run.
func assemble(core *Core, settings config.Serve) *Parts {
	logger := core.Logger
	activities := activity.New(activity.Options{Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants})
	p := &Parts{
		Ingest: ingest.New(ingest.Options{
			Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants, Box: core.Box,
			Inbox: ingest.Bounds{
				Rows: int64(settings.Ingest.InboxMaxRows), Bytes: int64(settings.Ingest.InboxMaxSize), Age: settings.Ingest.InboxMaxAge,
			},
			BodyMax: int64(settings.Ingest.BodyMax), PublicURL: settings.PublicURL, Logger: logger.With("module", "ingest"),
		}),
		Routing: routing.New(routing.Options{
			Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants,
			Deadline: settings.Routing.Deadline, AttemptTimeout: settings.Routing.AttemptTimeout, Workers: settings.Routing.Workers,
			Logger: logger.With("module", "routing"),
		}),
		Activity: activities,
		CDR:      cdr.New(core.Log, core.Live, core.Bus),
		Presence: presence.New(presence.Options{
			Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Logger: logger.With("module", "presence"),
		}),
		Button: clicktocall.New(clicktocall.Options{
			Log: core.Log, Database: core.DB, Tenants: core.Tenants,
		}),
		Third: thirdparty.New(thirdparty.Options{
			Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants, Box: core.Box,
			AllowPrivate: settings.Integrations.AllowPrivate || settings.Dev, Logger: logger.With("module", "thirdparty"),
		}),
		Audit: audit.New(audit.Options{Log: core.Log, Database: core.DB, Tenants: core.Tenants, Logger: logger.With("module", "audit")}),
		Feed: feed.New(feed.Options{
			Log: core.Log, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants,
			Coalesce: settings.Feed.Coalesce, MaxClients: settings.Feed.MaxClients, Logger: logger.With("module", "feed"),
			Recheck: gateway.StillGood(core.Bus, identity.FeedRead),
		}),
	}
	p.Customer = customer.New(customer.Options{
		Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants, Moves: []customer.Move{activities.MoveContacts},
		Erasers: p.erasers, Logger: logger.With("module", "customer"),
	})
	p.Users = user.New(user.Options{
		Log: core.Log, Database: core.DB, Bus: core.Bus, Tenants: core.Tenants, Box: core.Box,
		SessionTTL: settings.SessionTTL, PublicURL: settings.PublicURL, Logger: logger.With("module", "user"),
		AllowPrivate:    settings.Integrations.AllowPrivate || settings.Dev,
		OnTenantCreated: func(ctx context.Context, t identity.Tenant) error { return p.Routing.EnsureDefaults(ctx, t.ID) },
	})
	p.Settings = settingsOf(core, p, logger.With("module", "settings"))
	return p
}

// modules is the whole product, in the order a call flows through it.
func (p *Parts) modules(api *httpapi.API) []module.Module {
	return []module.Module{
		// softswitch:                 SIP and WebRTC → facts
		p.Ingest.Module(api),   //    facts → events
		p.Routing.Module(api),  //    events → decisions → commands to the PBX
		p.Button.Module(api),   //    who wants to be called
		p.Customer.Module(api), //    who is calling
		p.Activity.Module(api), //    events → what was done with whom
		p.Users.Module(api),    //    who is asking
		p.Settings.Module(api), //    which call centres there are, and what they may
		p.Presence.Module(api), //    events → what agents do
		p.Audit.Module(api),    //    who did what
		p.CDR.Module(api),      //    events → calls, as one reads them
		p.Feed.Module(api),     //    events → browsers
		p.Third.Module(api),    //    events → other systems
	}
}

// erasers are all parts that keep something about people.
func (p *Parts) erasers() []module.Eraser {
	answers := func(ctx context.Context, person *module.Person) error {
		return p.Audit.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return httpapi.Erase(ctx, tx.Tx, person) })
	}
	return []module.Eraser{answers, p.Activity.Erase, p.Routing.Erase, p.Button.Erase, p.Ingest.Erase, p.Third.Erase, p.Customer.EraseMentions, p.Audit.Erase}
}

// metrics returns what the parts and the log measure.
func (p *Parts) metrics(core *Core) []prometheus.Collector {
	return slices.Concat(core.Log.Metrics(), p.Ingest.Metrics(), p.Routing.Metrics(), p.Users.Metrics(), p.Feed.Metrics(), p.Third.Metrics(),
		p.Settings.Metrics())
}

// allTables returns the migrations of every owner of tables.
func allTables(modules []module.Module) map[string]fs.FS {
	all := maps.Clone(tables())
	for _, m := range modules {
		if m.Tables != nil {
			all[m.Name] = m.Tables
		}
	}
	return all
}
