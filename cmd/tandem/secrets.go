// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tandem/internal/app"
	"tandem/internal/config"
)

type secretsCommand struct {
	Rotate secretsRotateCommand `cmd:"" help:"Encrypt all stored credentials anew with a new key."`
}

type secretsRotateCommand struct{ config.Common }

// Help says more than fits a line.
func (secretsRotateCommand) Help() string {
	return `A new key takes the place of secret.key in the data folder; the old one stays beside it as secret.key.<id> and is only read. Then every stored credential is encrypted anew, while Tandem runs on. When it is cut short, run it again: until all is done both keys are there.

When the key is a setting (TANDEM_SECRET_KEY), give the new one and the old one to every process, with a comma between, and run this with the same setting; afterwards give the new one alone.`
}

func (c secretsRotateCommand) Run(ctx context.Context, t terminal) error {
	if err := installed(c.Common); err != nil {
		return err
	}
	return with(ctx, t, c.Common, func(tools *app.Tools) error {
		done, err := tools.RotateSecrets(ctx, strings.Contains(string(c.SecretKey), ","))
		if err != nil {
			return err
		}
		total := 0
		for _, column := range slices.Sorted(maps.Keys(done.Sealed)) {
			t.printf("%-40s %d\n", column, done.Sealed[column])
			total += done.Sealed[column]
		}
		t.printf("%d credentials are encrypted with the key %s now.\n", total, done.Key)
		for _, id := range done.Older {
			t.printf("Nothing in the database needs the key %s any more. Backups from before do: keep it with them, and remove it here.\n", id)
		}
		return nil
	})
}
