// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"

	"tandem/internal/estate"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/service/settings"
)

// settingsOf makes the part that decides of whole call centres.
func settingsOf(core *Core, p *Parts, logger *slog.Logger) *settings.Settings {
	return settings.New(settings.Options{
		Log: core.Log, Database: core.DB, Bus: core.Bus, Live: core.Live, Tenants: core.Tenants, Logger: logger,
		Estate: &estate.Estate{Log: core.Log, Database: core.DB, Tenants: core.Tenants, Secret: p.secrets},
		Forget: settings.Forget{
			Calls: []func(context.Context, *eventlog.Tx, *live.Gone) error{p.Routing.Forget, p.Activity.Forget, p.Third.Forget},
			Old:   []func(context.Context, int64, int64) error{p.Ingest.ForgetOld, p.Routing.ForgetOld, p.Button.ForgetOld, p.Third.ForgetOld},
			Last:  p.Presence.ForgetCalls,
		},
		CreateTenant: p.Users.CreateTenantFor,
		Uses: map[string]func(context.Context, int64) (int64, error){
			"contacts": func(ctx context.Context, tenant int64) (int64, error) {
				counts, err := core.Live.Counts(ctx, tenant)
				return counts.Contacts, err
			},
			"agents":        p.Users.CountUsers,
			"keys":          p.Users.CountKeys,
			"endpoints":     p.Third.CountEndpoints,
			"importsPerDay": p.Customer.CountImportsToday,
		},
	})
}
