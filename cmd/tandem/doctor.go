// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"tandem/internal/config"
	"tandem/internal/doctor"
)

type doctorCommand struct{ config.Common }

func (c doctorCommand) Run(ctx context.Context, t terminal) (err error) {
	tools, err := open(ctx, t, c.Common)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	findings, err := doctor.Examine(ctx, doctor.Patient{
		Database: tools.DB, Log: tools.Log, Live: tools.Live, Tenants: tools.Tenants, Modules: tools.Tables(), Data: tools.Data,
	})
	if err != nil {
		return err
	}
	for _, f := range findings {
		mark := "ok   "
		if !f.OK {
			mark, err = "WRONG", errFinding
		}
		t.printf("%s  %-18s %s\n", mark, f.What, f.Detail)
	}
	return err
}
