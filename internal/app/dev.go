// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tandem/internal/config"
	"tandem/internal/identity"
	"tandem/internal/ingest"
	"tandem/internal/mockpbx"
	"tandem/internal/problem"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
)

// What the demo consists of. Its credentials are public, which is why it
// listens on this machine's own address only.
const (
	demoUUID      = "07a066a7-da67-46c8-b558-31a90b1ae22e"
	demoSlug      = "demo"
	demoPassword  = "tandem"
	demoAPIKey    = "tandem-demo-key"
	demoAccessKey = "tandem-demo-access-key-for-softphones" // libraries want 32 characters

	// Where the mock PBX is when it is started by itself.
	mockAddress = "127.0.0.1:3030"
)

var demoPeople = []user.NewUser{
	{Login: "admin", Name: "Administrator", Role: "admin"},
	{Login: "ana", Name: "Ana", Role: "agent", Extension: "200"},
	{Login: "bruno", Name: "Bruno", Role: "agent", Extension: "201"},
	{Login: "chi", Name: "Chi", Role: "agent", Extension: "202"},
	{Login: "dung", Name: "Dũng", Role: "agent", Extension: "203"},
}

// What the demo's agents pause for, and how many seconds they rest after a call.
var demoPauses = []string{"Lunch", "Training"}

const demoWrapUp = 5

// demo is the call centre of serve --dev.
type demo struct {
	*process

	tenant identity.Tenant
}

// administrator is whoever comes to a wire-compatible endpoint without a
// credential.
func (d *demo) administrator(context.Context) (identity.Principal, error) {
	if d.tenant.ID == 0 {
		return identity.Principal{}, problem.New(problem.Unavailable, "app.starting", "Tandem is starting.")
	}
	return identity.Principal{
		Tenant: d.tenant, ID: "demo", Login: "admin", Name: "Administrator", Role: "admin", Rights: identity.RightsOf("admin"),
	}, nil
}

// refuseDemo keeps the demo's data, whose passwords everybody knows, from being
// opened to everybody.
func refuseDemo(ctx context.Context, tenants *tenant.Directory) error {
	_, err := tenants.FindByUUID(ctx, demoUUID)
	if problem.Of(err).Kind == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return problem.New(problem.Invalid, "app.demo_data",
		"This data is the demo's: its passwords are public. Choose another folder with --data, or start with --dev.")
}

// refuseReal keeps public credentials out of a database in which others work.
func refuseReal(ctx context.Context, tenants *tenant.Directory) error {
	list, err := tenants.List(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, t := range list {
		if t.UUID == demoUUID {
			return nil
		}
	}
	return problem.New(problem.Invalid, "app.real_data",
		"This data is no demo's: --dev would add credentials that everybody knows. Choose another folder with --data.")
}

// prepare makes the demo's tenant, people and connectors, starts the mock PBX
// in partsCtx, and returns what people are told.
func (d *demo) prepare(ctx, partsCtx context.Context, address string) (string, error) {
	if err := refuseReal(ctx, d.Tenants); err != nil {
		return "", err
	}
	t, err := d.parts.Users.EnsureTenant(ctx, tenant.New{
		UUID: demoUUID, Slug: demoSlug, Name: "Demo", Region: "VN", TimeZone: "Asia/Ho_Chi_Minh",
	})
	if err != nil {
		return "", err
	}
	if err := d.people(ctx, t); err != nil {
		return "", err
	}
	vendor, pabx, err := d.connectors(ctx, t)
	if err != nil {
		return "", err
	}
	d.tenant = t
	mock := mockpbx.Options{
		Seed: rand.Uint64N(1_000_000), Start: time.Now().UTC().Truncate(time.Millisecond), Calls: d.settings.Calls,
		VendorURL: "http://" + address + vendor.WebhookPath(), PabxURL: "http://" + address + pabx.WebhookPath(),
		Listen: d.settings.MockPBX, TenantUUID: t.UUID,
	}
	if d.settings.MockPBX != config.Off {
		d.loops.start(partsCtx, "mockpbx", func(ctx context.Context) error {
			return mockpbx.Serve(ctx, mock, d.Logger.With("module", "mockpbx"), func(string) {})
		})
	}
	return d.welcome(address, mock), nil
}

func (d *demo) people(ctx context.Context, t identity.Tenant) error {
	for _, person := range demoPeople {
		person.Tenant, person.Password, person.Email = t.ID, demoPassword, person.Login+"@demo.example"
		if _, err := d.parts.Users.EnsureUser(ctx, person); err != nil {
			return err
		}
	}
	operator := user.NewUser{Login: "operator", Name: "Operator", Role: "operator", Password: demoPassword}
	if _, err := d.parts.Users.EnsureUser(ctx, operator); err != nil {
		return err
	}
	return errors.Join(
		d.parts.Users.EnsureAPIKey(ctx, t.ID, "Demo key", demoAPIKey),
		d.parts.Users.EnsureAccessKey(ctx, t.ID, demoAccessKey),
		d.parts.Routing.EnsureDefaults(ctx, t.ID),
		d.parts.Presence.EnsureDefaults(ctx, t, demoPauses, demoWrapUp),
	)
}

// connectors makes the demo's two phone systems. They lead to the mock PBX
// while it runs; otherwise what somebody has set them to stays.
func (d *demo) connectors(ctx context.Context, t identity.Tenant) (vendor, pabx ingest.Connector, err error) {
	address := d.settings.MockPBX
	if address == config.Off {
		address = mockAddress
	}
	existing := map[string]ingest.Connector{}
	if d.settings.MockPBX == config.Off {
		list, err := d.parts.Ingest.ListConnectors(ctx, t.ID, 0, 100)
		if err != nil {
			return vendor, pabx, err
		}
		for _, c := range list {
			existing[c.Name] = c
		}
	}
	ensure := func(name, dialect, path string) (ingest.Connector, error) {
		if c, ok := existing[name]; ok {
			return c, nil
		}
		return d.parts.Ingest.EnsureConnector(ctx, t.ID, ingest.NewConnector{Name: name, Dialect: dialect, APIURL: "http://" + address + path})
	}
	if vendor, err = ensure("vendor", ingest.Delegate, "/actions"); err != nil {
		return vendor, pabx, err
	}
	pabx, err = ensure("pabx", ingest.CallWaiting, "/api/client/actions")
	return vendor, pabx, err
}

// welcome is the block for people.
func (d *demo) welcome(address string, mock mockpbx.Options) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "\nTandem %s, demo\n\n", d.version)
	line("Board", "http://%s", address)
	line("Sign in", "admin / %s   (agents ana, bruno, chi, dung; operator: same password)", demoPassword)
	line("API", "http://%s/api/docs   key %s", address, demoAPIKey)
	line("Webhooks", "POST http://%s/webhook and /api/client/webhook", address)
	if d.settings.MockPBX == config.Off {
		line("Mock PBX", "off")
	} else {
		line("Mock PBX", "http://%s   calls %s, seed %d, start %s", d.settings.MockPBX, mock.Calls, mock.Seed, mock.Start.Format(time.RFC3339Nano))
	}
	if d.settings.Database != "" {
		line("Data", "%s", d.settings.Database) // whose String hides the password
	} else {
		line("Data", "%s", d.settings.DSN())
	}
	b.WriteByte('\n')
	return b.String()
}
