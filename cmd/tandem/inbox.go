// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/identity"
	"tandem/internal/ingest"
)

type inboxCommand struct {
	List      inboxListCommand      `cmd:"" help:"List the newest requests that were refused, with the reason."`
	Reprocess inboxReprocessCommand `cmd:"" help:"Read refused requests again, after what was wrong has been put right."`
	Drop      inboxDropCommand      `cmd:"" help:"Remove one refused request for good."`
}

type inboxListCommand struct {
	config.Common
	tenantFlag

	Limit int `default:"50" help:"How many."`
}

func (c inboxListCommand) Run(ctx context.Context, t terminal) error {
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) error {
		items, err := tools.Ingest.ListInbox(ctx, tenant.ID, "", c.Limit)
		if err != nil {
			return err
		}
		for _, item := range items {
			t.printf("%s  %s  %s  %d bytes  %s\n", item.ID, time.UnixMilli(item.ReceivedAt).UTC().Format(time.RFC3339),
				item.Path, item.Size, item.Reason)
		}
		return nil
	})
}

type inboxReprocessCommand struct {
	config.Common
	tenantFlag

	ID string `arg:"" optional:"" help:"One request. Default: all that wait."`
}

func (c inboxReprocessCommand) Run(ctx context.Context, t terminal) error {
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) (err error) {
		var done ingest.Reprocessed
		if c.ID == "" {
			done, err = tools.Ingest.ReprocessAll(ctx, tenant.ID)
		} else {
			done, _, err = tools.Ingest.ReprocessOne(ctx, tenant.ID, c.ID)
		}
		if err != nil {
			return err
		}
		t.printf("%d stored, %d known already, %d refused again\n", done.Stored, done.Duplicate, done.Failed)
		if done.Failed > 0 {
			return errFinding
		}
		return nil
	})
}

type inboxDropCommand struct {
	config.Common
	tenantFlag

	ID string `arg:"" help:"The request."`
}

func (c inboxDropCommand) Run(ctx context.Context, t terminal) error {
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) error {
		return tools.Ingest.DropInbox(ctx, tenant.ID, c.ID)
	})
}
