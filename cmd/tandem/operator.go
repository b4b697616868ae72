// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"tandem/internal/app"
	"tandem/internal/config"
)

type operatorCommand struct {
	Create operatorCreateCommand `cmd:"" help:"Create somebody who runs this installation, over all call centres."`
}

type operatorCreateCommand struct {
	config.Common
	passwordFlag

	Login string `arg:"" help:"Login."`
	Name  string `help:"Name, for people. Default: the login."`
}

func (c operatorCreateCommand) Run(ctx context.Context, t terminal) error {
	password, err := c.password()
	if err != nil {
		return err
	}
	return with(ctx, t, c.Common, func(tools *app.Tools) error {
		created, err := tools.Users.CreateOperator(ctx, c.Login, c.Name, password)
		if err != nil {
			return err
		}
		t.printf("created operator %s\n", created.Login)
		return nil
	})
}
