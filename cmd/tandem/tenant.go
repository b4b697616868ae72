// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/tenant"
)

type tenantCommand struct {
	Create   tenantCreateCommand   `cmd:"" help:"Create a call centre and its administrator."`
	List     tenantListCommand     `cmd:"" help:"List the call centres."`
	Settings tenantSettingsCommand `cmd:"" help:"Show the settings and limits of a call centre, or change them."`
	Suspend  tenantSuspendCommand  `cmd:"" help:"Refuse all credentials of a call centre; nothing is deleted."`
	Resume   tenantResumeCommand   `cmd:"" help:"Let a suspended call centre go on."`
	Export   tenantExportCommand   `cmd:"" help:"Copy everything of a call centre into one archive."`
	Erase    tenantEraseCommand    `cmd:"" help:"Erase a call centre and everything of it, for good."`
}

type tenantCreateCommand struct {
	config.Common
	passwordFlag

	Slug     string `arg:"" help:"Short name, for addresses: lower-case letters, digits and hyphens."`
	Name     string `help:"Name, for people. Default: the short name."`
	Region   string `placeholder:"CC" help:"Country whose phone numbers are dialled without a prefix, such as VN or BR. Default: that of the oldest call centre."`
	TimeZone string `placeholder:"ZONE" help:"Such as Asia/Ho_Chi_Minh. Default: goes with the region."`
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
		created, err := tools.Settings.Create(ctx, tenant.New{Slug: c.Slug, Name: c.Name, Region: c.Region, TimeZone: c.TimeZone}, c.Admin, password)
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
		const page = 200
		for after := int64(0); ; {
			list, err := tools.Tenants.Accounts(ctx, after, page)
			if err != nil {
				return err
			}
			for i := range list {
				one := &list[i]
				t.printf("%-20s %s  %s %s  %-9s %s\n", one.Slug, one.UUID, one.Region, one.TimeZone, one.State(), one.Name)
				after = one.ID
			}
			if len(list) < page {
				return nil
			}
		}
	})
}

// slugArgument names the call centre that a command is about.
type slugArgument struct {
	Slug string `arg:"" help:"Short name of the call centre."`
}

// on runs work with the call centre.
func (s slugArgument) on(ctx context.Context, t terminal, settings config.Common, work func(*app.Tools, tenant.Account) error) error {
	if err := installed(settings); err != nil {
		return err
	}
	return with(ctx, t, settings, func(tools *app.Tools) error {
		found, err := tools.Tenants.FindBySlug(ctx, s.Slug)
		if err != nil {
			return err
		}
		account, err := tools.Tenants.Account(ctx, found.UUID)
		if err != nil {
			return err
		}
		return work(tools, account)
	})
}

type tenantSuspendCommand struct {
	config.Common
	slugArgument
}

// Help says more than fits a line.
func (tenantSuspendCommand) Help() string {
	return `Its people, keys and phone systems are answered 403 from then on, also by a Tandem that runs, within a second. Nothing is deleted; tandem tenant resume ends it.`
}

func (c tenantSuspendCommand) Run(ctx context.Context, t terminal) error {
	return c.on(ctx, t, c.Common, func(tools *app.Tools, a tenant.Account) error {
		if _, err := tools.Settings.Suspend(ctx, a.UUID); err != nil {
			return err
		}
		t.printf("suspended %s\n", a.Slug)
		return nil
	})
}

type tenantResumeCommand struct {
	config.Common
	slugArgument
}

func (c tenantResumeCommand) Run(ctx context.Context, t terminal) error {
	return c.on(ctx, t, c.Common, func(tools *app.Tools, a tenant.Account) error {
		if _, err := tools.Settings.Resume(ctx, a.UUID); err != nil {
			return err
		}
		t.printf("resumed %s\n", a.Slug)
		return nil
	})
}

type tenantExportCommand struct {
	config.Common
	slugArgument

	File string `arg:"" help:"File to write; it must not exist."`
}

// Help says more than fits a line.
func (tenantExportCommand) Help() string {
	return `The file is a zip: tables/<table>.ndjson with an object per row, log.ndjson with an object per event, and manifest.json, which also names the columns that were left out because they hold secrets.`
}

func (c tenantExportCommand) Run(ctx context.Context, t terminal) error {
	return c.on(ctx, t, c.Common, func(tools *app.Tools, a tenant.Account) error {
		// Written beside its place first, so that one that was cut is not taken for one.
		part := c.File + ".part"
		if _, err := os.Stat(c.File); err == nil {
			return fmt.Errorf("there is a file %s already; name another", c.File)
		}
		file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("make export: %w", err)
		}
		defer os.Remove(part) //nolint:errcheck // gone when it was renamed
		m, err := tools.Settings.Export(ctx, a, file)
		if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
			return err
		}
		if err := os.Rename(part, c.File); err != nil {
			return fmt.Errorf("make export: %w", err)
		}
		t.printf("%s: %d tables, %d events; %d columns with secrets left out\n", c.File, len(m.Rows)-1, m.Rows["events"], len(m.LeftOut))
		return nil
	})
}

type tenantEraseCommand struct {
	config.Common
	slugArgument

	Confirm string `required:"" placeholder:"SLUG" help:"The short name again: what is erased is gone."`
}

// Help says more than fits a line.
func (tenantEraseCommand) Help() string {
	return `All rows of the call centre are deleted. Of its events the log keeps position, type and times, and nothing that they said. Backups that were made before still hold it.`
}

func (c tenantEraseCommand) Run(ctx context.Context, t terminal) error {
	return c.on(ctx, t, c.Common, func(tools *app.Tools, a tenant.Account) error {
		if err := tools.Settings.Erase(ctx, a.UUID, c.Confirm); err != nil {
			return err
		}
		t.printf("erased %s\n", a.Slug)
		return nil
	})
}
