// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
)

type tenantCommand struct {
	Create tenantCreateCommand `cmd:"" help:"Create a call centre and its administrator."`
	List   tenantListCommand   `cmd:"" help:"List the call centres."`
}

type tenantCreateCommand struct {
	config.Common
	passwordFlag

	Slug     string `arg:"" help:"Short name, for addresses: lower-case letters, digits and hyphens."`
	Name     string `required:"" help:"Name, for people."`
	Region   string `required:"" placeholder:"CC" help:"Country whose phone numbers are dialled without a prefix, such as VN or BR."`
	TimeZone string `required:"" placeholder:"ZONE" help:"Such as Asia/Ho_Chi_Minh."`
	Admin    string `required:"" placeholder:"LOGIN" help:"Login of the administrator."`
}

// Help says more than fits a line.
func (tenantCreateCommand) Help() string {
	return `The administrator signs in at the console with the login and the password:

    tandem tenant create acme --name Acme --region BR \
        --time-zone America/Sao_Paulo --admin ana --password-file secret.txt`
}

func (c tenantCreateCommand) Run(ctx context.Context, t terminal) error {
	password, err := c.password()
	if err != nil {
		return err
	}
	return with(ctx, t, c.Common, func(tools *app.Tools) error {
		created, err := tools.Users.CreateTenant(ctx,
			tenant.New{Slug: c.Slug, Name: c.Name, Region: c.Region, TimeZone: c.TimeZone},
			user.NewUser{Login: c.Admin, Role: "admin", Password: password})
		if err != nil {
			return err
		}
		t.printf("created %s, tenant-uuid %s; %s may sign in\n", created.Slug, created.UUID, c.Admin)
		return nil
	})
}

type tenantListCommand struct{ config.Common }

func (c tenantListCommand) Run(ctx context.Context, t terminal) error {
	if err := installed(c.Common); err != nil {
		return err
	}
	return with(ctx, t, c.Common, func(tools *app.Tools) error {
		list, err := tools.Tenants.List(ctx)
		if err != nil {
			return err
		}
		for _, one := range list {
			t.printf("%-20s %s  %s %s  %s\n", one.Slug, one.UUID, one.Region, one.TimeZone, one.Name)
		}
		return nil
	})
}
