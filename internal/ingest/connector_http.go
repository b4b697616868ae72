// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/module"
)

// silentAfter is how long a connector that has spoken before may say nothing
// until people are told.
const silentAfter = 10 * time.Minute

func (i *Ingest) connectorRoutes(api *httpapi.API) []module.Route {
	const one = "/api/v1/connectors/{id}"
	return []module.Route{
		httpapi.Get(api, "/api/v1/connectors", identity.ConnectorRead, "List connected phone systems", i.listConnectors),
		httpapi.Create(api, "/api/v1/connectors", identity.ConnectorWrite, "Connect a phone system", i.createConnector),
		httpapi.Get(api, one, identity.ConnectorRead, "Get a connected phone system", i.getConnector),
		httpapi.Put(api, one, identity.ConnectorWrite, "Change a connected phone system", i.putConnector),
		httpapi.Delete(api, one, identity.ConnectorWrite, "Disconnect a phone system", i.deleteConnector),
		httpapi.Post(api, one+"/test", identity.ConnectorWrite, "Ask a phone system's API whether it is there", i.testConnector),
	}
}

// connectorAddress is the address of the request, under which phone systems
// reach Tandem too unless a setting says otherwise.
type connectorAddress struct{ base string }

// Resolve implements [huma.Resolver].
func (a *connectorAddress) Resolve(ctx huma.Context) []error {
	scheme := "http"
	if ctx.TLS() != nil || strings.EqualFold(ctx.Header("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	a.base = (&url.URL{Scheme: scheme, Host: ctx.Host()}).String()
	return nil
}

type connectorOutput struct {
	ID                    int64      `json:"id"`
	Name                  string     `json:"name"`
	Dialect               string     `json:"dialect" enum:"delegate,call.waiting"`
	WebhookURL            string     `json:"webhookUrl" doc:"The address to give to the phone system; it holds the key"`
	WebhookUser           string     `json:"webhookUser" doc:"For phone systems that use HTTP Basic at the address without the key"`
	WebhookPassword       string     `json:"webhookPassword" doc:"The key"`
	APIURL                string     `json:"apiUrl"`
	APIUser               string     `json:"apiUser"`
	ClockToleranceSeconds int64      `json:"clockToleranceSeconds"`
	StaleAfterSeconds     int64      `json:"staleAfterSeconds"`
	LastEventAt           *time.Time `json:"lastEventAt" doc:"When it last spoke; null if never"`
	LastEventType         string     `json:"lastEventType"`
	EventsToday           int64      `json:"eventsToday" doc:"Since midnight UTC"`
	SilentSince           *time.Time `json:"silentSince" doc:"Set when it has spoken before and said nothing for 10 minutes"`
	ClockSkewSeconds      float64    `json:"clockSkewSeconds" doc:"How long its last event was under way by both clocks; negative if its clock is ahead"`
	ClockAhead            bool       `json:"clockAhead" doc:"Its clock is ahead of ours by more than the tolerance"`
	CreatedAt             *time.Time `json:"createdAt"`
}

// connectorBody is what a client may set of a connector.
type connectorBody struct {
	Name                  string  `json:"name" example:"head-office" doc:"1 to 63 lower-case letters, digits, dots, hyphens and underscores"`
	Dialect               string  `json:"dialect" example:"delegate" doc:"delegate or call.waiting"`
	APIURL                string  `json:"apiUrl,omitempty" example:"https://pbx.example/actions" doc:"Where commands go; empty if it takes none"`
	APIUser               string  `json:"apiUser,omitempty"`
	APIPassword           *string `json:"apiPassword,omitempty" doc:"Write-only. Absent leaves it as it is"`
	ClockToleranceSeconds int64   `json:"clockToleranceSeconds,omitempty" doc:"At most a day; 300 when absent"`
	StaleAfterSeconds     int64   `json:"staleAfterSeconds,omitempty" doc:"A minute to 30 days; 14400 when absent"`
}

func (b *connectorBody) connector() NewConnector {
	return NewConnector{
		Name: b.Name, Dialect: b.Dialect, APIURL: b.APIURL, APIUser: b.APIUser, APIPassword: b.APIPassword,
		ClockTolerance: seconds(b.ClockToleranceSeconds), StaleAfter: seconds(b.StaleAfterSeconds),
	}
}

// seconds does not overflow: what is too much stays too much.
func seconds(n int64) time.Duration {
	const most = int64(365 * 24 * 3600)
	return time.Duration(max(-most, min(n, most))) * time.Second
}

func (i *Ingest) connectorOutput(a connectorAddress, owner identity.Tenant, c *Connector, heard live.Source) connectorOutput {
	base := strings.TrimSuffix(i.PublicURL, "/")
	if base == "" {
		base = a.base
	}
	out := connectorOutput{
		ID: c.ID, Name: c.Name, Dialect: c.Dialect, APIURL: c.APIURL, APIUser: c.APIUser,
		WebhookURL: base + c.WebhookPath(), WebhookUser: c.Name + "@" + owner.Slug, WebhookPassword: c.Key,
		ClockToleranceSeconds: int64(c.ClockTolerance / time.Second), StaleAfterSeconds: int64(c.StaleAfter / time.Second),
		LastEventAt: httpapi.Time(heard.LastAt), LastEventType: heard.LastType, CreatedAt: httpapi.Time(c.CreatedAt),
		ClockSkewSeconds: float64(heard.LastSkewMS) / 1000, ClockAhead: -heard.LastSkewMS > c.ClockTolerance.Milliseconds(),
	}
	now := i.Now().UnixMilli()
	if heard.Day == now/(24*time.Hour).Milliseconds() {
		out.EventsToday = heard.Today
	}
	if heard.LastAt != 0 && now-heard.LastAt > silentAfter.Milliseconds() {
		out.SilentSince = out.LastEventAt
	}
	return out
}

// WebhookPath is where the connector's phone system posts, key included.
func (c *Connector) WebhookPath() string {
	if c.Dialect == CallWaiting {
		return envelope{}.path() + "/" + c.Key
	}
	return flat{}.path() + "/" + c.Key
}

type connectorListInput struct {
	connectorAddress
	httpapi.Page
}

type connectorListOutput struct{ Body httpapi.List[connectorOutput] }

func (i *Ingest) listConnectors(ctx context.Context, in *connectorListInput) (*connectorListOutput, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := httpapi.ParseIntCursor(in.After, 0)
	if err != nil {
		return nil, err
	}
	connectors, err := i.ListConnectors(ctx, owner.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	heard, err := i.Live.Sources(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	shown := make([]connectorOutput, len(connectors))
	for at := range connectors {
		shown[at] = i.connectorOutput(in.connectorAddress, owner, &connectors[at], heard[connectors[at].ID])
	}
	return &connectorListOutput{Body: httpapi.Cut(shown, in.Limit, func(o connectorOutput) string { return httpapi.IntCursor(o.ID) })}, nil
}

type connectorCreateInput struct {
	connectorAddress

	Body connectorBody
}

type connectorOneOutput struct{ Body connectorOutput }

func (i *Ingest) createConnector(ctx context.Context, in *connectorCreateInput) (*connectorOneOutput, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	c, err := i.CreateConnector(ctx, owner.ID, in.Body.connector())
	if err != nil {
		return nil, err
	}
	return i.oneConnector(ctx, in.connectorAddress, owner, &c)
}

type connectorIDInput struct {
	connectorAddress

	ID int64 `path:"id"`
}

func (i *Ingest) getConnector(ctx context.Context, in *connectorIDInput) (*connectorOneOutput, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	c, err := i.FindConnector(ctx, owner.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return i.oneConnector(ctx, in.connectorAddress, owner, &c)
}

type connectorPutInput struct {
	connectorAddress

	ID   int64 `path:"id"`
	Body connectorBody
}

func (i *Ingest) putConnector(ctx context.Context, in *connectorPutInput) (*connectorOneOutput, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	c, err := i.UpdateConnector(ctx, owner.ID, in.ID, in.Body.connector())
	if err != nil {
		return nil, err
	}
	return i.oneConnector(ctx, in.connectorAddress, owner, &c)
}

func (i *Ingest) oneConnector(ctx context.Context, a connectorAddress, owner identity.Tenant, c *Connector) (*connectorOneOutput, error) {
	heard, err := i.Live.Sources(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	return &connectorOneOutput{Body: i.connectorOutput(a, owner, c, heard[c.ID])}, nil
}

func (i *Ingest) deleteConnector(ctx context.Context, in *connectorIDInput) (*struct{}, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, i.DeleteConnector(ctx, owner.ID, in.ID)
}

type connectorTestOutput struct{ Body Tested }

func (i *Ingest) testConnector(ctx context.Context, in *connectorIDInput) (*connectorTestOutput, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	tested, err := i.TestConnector(ctx, owner.ID, in.ID)
	return &connectorTestOutput{Body: tested}, err
}
