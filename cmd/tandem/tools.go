// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/identity"
)

// installed returns an error when there is nothing in the data folder. A
// command that is given the wrong folder would otherwise begin an empty
// installation there and answer from it.
func installed(settings config.Common) error {
	if settings.Database != "" {
		return nil
	}
	_, err := os.Stat(settings.DSN())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no Tandem in the folder %s (no tandem.db); name its folder with --data, or its database with --database", settings.Data)
	}
	return err
}

// open opens an installation that is there.
func open(ctx context.Context, t terminal, settings config.Common) (*app.Tools, error) {
	if err := installed(settings); err != nil {
		return nil, err
	}
	return app.OpenTools(ctx, settings, quiet(t.err))
}

// with runs work with the parts of an installation whose tables are up to
// date. There need not be one yet.
func with(ctx context.Context, t terminal, settings config.Common, work func(*app.Tools) error) (err error) {
	tools, err := app.OpenTools(ctx, settings, quiet(t.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	if err := tools.Migrate(ctx); err != nil {
		return err
	}
	return work(tools)
}

// tenantFlag names the call centre that a command works in.
type tenantFlag struct {
	Tenant string `required:"" placeholder:"SLUG" help:"Call centre to work in."`
}

// in is with, for a command that works in one call centre.
func (f tenantFlag) in(ctx context.Context, t terminal, settings config.Common, work func(*app.Tools, identity.Tenant) error) error {
	if err := installed(settings); err != nil {
		return err
	}
	return with(ctx, t, settings, func(tools *app.Tools) error {
		found, err := tools.Tenants.FindBySlug(ctx, f.Tenant)
		if err != nil {
			return err
		}
		return work(tools, found.Tenant)
	})
}

// passwordFlag takes a password without showing it to other accounts of the
// machine, which can see flags.
type passwordFlag struct {
	PasswordFile string `required:"" placeholder:"FILE" help:"File that holds the password; - is standard input."`
}

func (f passwordFlag) password() (string, error) {
	path := f.PasswordFile
	if path == "-" {
		path = "/dev/stdin"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
