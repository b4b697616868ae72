// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"

	"tandem/internal/estate"
	"tandem/internal/service/settings"
)

// settingsOf makes the part that decides of whole call centres.
func settingsOf(core *Core, p *Parts, logger *slog.Logger) *settings.Settings {
	return settings.New(settings.Options{
		Log: core.Log, Bus: core.Bus, Tenants: core.Tenants, Logger: logger,
		Estate:       &estate.Estate{Log: core.Log, Database: core.DB, Tenants: core.Tenants, Secret: p.secrets},
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
