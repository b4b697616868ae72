// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/identity"
	"tandem/internal/ingest"
)

type connectorCommand struct {
	Add  connectorAddCommand  `cmd:"" help:"Connect a phone system and print the URL to give to it."`
	List connectorListCommand `cmd:"" help:"List the connected phone systems."`
	Test connectorTestCommand `cmd:"" help:"Ask a phone system whether it is there; no call is touched."`
}

const connectorsMax = 1000 // that are listed

type connectorAddCommand struct {
	config.Common
	tenantFlag

	Name            string        `arg:"" help:"Name, unique in the call centre."`
	Dialect         string        `enum:"delegate,call.waiting" default:"delegate" help:"How it takes commands and sends events: delegate (flat events) or call.waiting (enveloped ones)."`
	APIURL          string        `name:"api-url" placeholder:"URL" help:"Where it takes commands. Default: it takes none."`
	APIUser         string        `name:"api-user" help:"User for its API."`
	APIPasswordFile string        `name:"api-password-file" placeholder:"FILE" help:"File that holds the password for its API; - is standard input."`
	StaleAfter      time.Duration `help:"A call of which nothing is heard for so long is over. Default: 4h."`
}

// Help says more than fits a line.
func (connectorAddCommand) Help() string {
	return `docs/webhooks.md says what a phone system sends, docs/routing.md what it is told:

    tandem connector add office --tenant acme \
        --api-url https://pbx.example/actions \
        --api-user tandem --api-password-file secret.txt`
}

func (c connectorAddCommand) Run(ctx context.Context, t terminal) error {
	n := ingest.NewConnector{Name: c.Name, Dialect: c.Dialect, APIURL: c.APIURL, APIUser: c.APIUser, StaleAfter: c.StaleAfter}
	if c.APIPasswordFile != "" {
		password, err := passwordFlag{c.APIPasswordFile}.password()
		if err != nil {
			return err
		}
		n.APIPassword = &password
	}
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) error {
		created, err := tools.Ingest.CreateConnector(ctx, tenant.ID, n)
		if err != nil {
			return err
		}
		t.printf("connected %s. Its phone system sends events to this path at the address of Tandem, which holds the key:\n  %s\n",
			created.Name, created.WebhookPath())
		return nil
	})
}

type connectorListCommand struct {
	config.Common
	tenantFlag
}

func (c connectorListCommand) Run(ctx context.Context, t terminal) error {
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) error {
		list, err := tools.Ingest.ListConnectors(ctx, tenant.ID, 0, connectorsMax)
		if err != nil {
			return err
		}
		heard, err := tools.Live.Sources(ctx, tenant.ID)
		if err != nil {
			return err
		}
		for _, one := range list {
			last := "never heard of"
			if s, ok := heard[one.ID]; ok {
				last = "last " + s.LastType + " " + time.UnixMilli(s.LastAt).UTC().Format(time.RFC3339)
			}
			t.printf("%-20s %-13s %s  %s\n", one.Name, one.Dialect, one.APIURL, last)
		}
		return nil
	})
}

type connectorTestCommand struct {
	config.Common
	tenantFlag

	Name string `arg:"" help:"Name of the connector."`
}

func (c connectorTestCommand) Run(ctx context.Context, t terminal) error {
	return c.in(ctx, t, c.Common, func(tools *app.Tools, tenant identity.Tenant) error {
		list, err := tools.Ingest.ListConnectors(ctx, tenant.ID, 0, connectorsMax)
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.Name != c.Name {
				continue
			}
			return report(ctx, t, tools, one)
		}
		return fmt.Errorf("there is no connector %s; tandem connector list shows what there is", c.Name)
	})
}

func report(ctx context.Context, t terminal, tools *app.Tools, c ingest.Connector) error {
	tested, err := tools.Ingest.TestConnector(ctx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	t.printf("%s: %s (%s, %d ms)\n", c.Name, tested.Detail, cmp.Or(tested.Tried, "nothing asked"), tested.TookMS)
	if !tested.OK {
		return errFinding
	}
	return nil
}
