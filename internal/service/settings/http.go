// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const tenantPath = "/api/v1/tenants/{uuid}"

// routes is the table of contents of this module's API.
func (s *Settings) routes(api *httpapi.API) []module.Route {
	erase := httpapi.Delete(api, tenantPath, identity.TenantWrite, "Erase a call centre and everything of it, for good", s.deleteTenant)
	erase.Stream = true // it takes as long as it takes
	return []module.Route{
		httpapi.Get(api, "/api/v1/tenants", identity.TenantRead, "List the call centres", s.listTenants),
		httpapi.Create(api, "/api/v1/tenants", identity.TenantWrite, "Create a call centre and its administrator", s.postTenant),
		httpapi.Get(api, tenantPath, identity.TenantRead, "Read a call centre", s.getTenant),
		httpapi.Put(api, tenantPath, identity.TenantWrite, "Change a call centre and its limits", s.putTenant),
		httpapi.Post(api, tenantPath+"/suspend", identity.TenantWrite, "Refuse all credentials of a call centre; nothing is deleted", s.suspendTenant),
		httpapi.Post(api, tenantPath+"/resume", identity.TenantWrite, "Let a suspended call centre go on", s.resumeTenant),
		s.exportRoute(api),
		erase,
		httpapi.Get(api, "/api/v1/settings", identity.SettingsRead, "Read the settings of one's own call centre", s.getSettings),
		httpapi.Put(api, "/api/v1/settings", identity.SettingsWrite, "Change the settings of one's own call centre", s.putSettings),
		httpapi.Get(api, "/api/v1/settings/retention", identity.SettingsRead, "Read how many calls would go if they were kept for so many days, and when old ones last went", s.getRetention),
		httpapi.Get(api, "/api/v1/limits", identity.SettingsRead, "Read how much one's own call centre may do, and does", s.getLimits),
	}
}

// tenantOutput is a call centre as whoever runs the installation sees it.
type tenantOutput struct {
	UUID          string           `json:"uuid"`
	Slug          string           `json:"slug" doc:"Its name in addresses; it cannot be changed"`
	Name          string           `json:"name"`
	Region        string           `json:"region" example:"VN" doc:"Country whose way of writing numbers is meant"`
	TimeZone      string           `json:"timeZone" example:"Asia/Ho_Chi_Minh"`
	Locales       []string         `json:"locales" doc:"Languages; the first is the usual one"`
	RetentionDays tenant.Retention `json:"retentionDays"`
	Limits        tenant.Limits    `json:"limits"`
	State         string           `json:"state" enum:"active,suspended,erasing"`
	SuspendedAt   *time.Time       `json:"suspendedAt"`
	CreatedAt     time.Time        `json:"createdAt"`
}

func outputOf(a *tenant.Account) tenantOutput {
	return tenantOutput{
		UUID: a.UUID, Slug: a.Slug, Name: a.Name, Region: a.Region, TimeZone: a.TimeZone, Locales: a.Locales,
		RetentionDays: a.Retention, Limits: a.Limits, State: a.State(),
		SuspendedAt: httpapi.Time(a.SuspendedAt), CreatedAt: httpapi.Instant(a.CreatedAt),
	}
}

type (
	tenantAnswer    struct{ Body tenantOutput }
	tenantListInput struct {
		httpapi.Page
	}
	tenantListAnswer struct {
		Body httpapi.List[tenantOutput]
	}
	tenantInput struct {
		UUID string `path:"uuid" maxLength:"36"`
	}
)

func answerOf(a tenant.Account, err error) (*tenantAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &tenantAnswer{outputOf(&a)}, nil
}

func (s *Settings) listTenants(ctx context.Context, in *tenantListInput) (*tenantListAnswer, error) {
	after, err := httpapi.ParseIntCursor(in.After, 0)
	if err != nil {
		return nil, err
	}
	list, err := s.Tenants.Accounts(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := httpapi.Cut(list, in.Limit, func(a tenant.Account) string { return httpapi.IntCursor(a.ID) })
	items := make([]tenantOutput, len(page.Items))
	for i := range page.Items {
		items[i] = outputOf(&page.Items[i])
	}
	return &tenantListAnswer{httpapi.List[tenantOutput]{Items: items, Next: page.Next}}, nil
}

type tenantCreateInput struct {
	Body struct {
		Name     string   `json:"name" maxLength:"200"`
		Slug     string   `json:"slug" maxLength:"63" doc:"Its name in addresses: lower-case letters, digits and hyphens"`
		Region   string   `json:"region,omitempty" maxLength:"2" example:"VN" doc:"Country whose way of writing numbers is meant; that of the oldest call centre when left out"`
		TimeZone string   `json:"timeZone,omitempty" maxLength:"64" example:"Asia/Ho_Chi_Minh" doc:"Goes with the region when left out"`
		Locales  []string `json:"locales,omitempty" maxItems:"20" doc:"Languages; the first is the usual one. English when left out"`
		Admin    struct {
			Login    string `json:"login" maxLength:"254"`
			Password string `json:"password" maxLength:"1024"`
		} `json:"admin"`
	}
}

func (s *Settings) postTenant(ctx context.Context, in *tenantCreateInput) (*tenantAnswer, error) {
	b := &in.Body
	made, err := s.Create(ctx, tenant.New{
		Slug: b.Slug, Name: b.Name, Region: b.Region, TimeZone: b.TimeZone, Locales: b.Locales,
	}, b.Admin.Login, b.Admin.Password)
	return answerOf(made, problem.Within("body", err))
}

func (s *Settings) getTenant(ctx context.Context, in *tenantInput) (*tenantAnswer, error) {
	return answerOf(s.Tenants.Account(ctx, in.UUID))
}

// SettingsBody is what can be set; what is left out stays as it is. It is
// exported for the sake of the description, which passes over others.
type SettingsBody struct {
	Name          string            `json:"name" maxLength:"200"`
	Region        string            `json:"region" maxLength:"2" example:"VN" doc:"Country whose way of writing numbers is meant. Numbers that are stored stay as they were read"`
	TimeZone      string            `json:"timeZone" maxLength:"64" example:"Asia/Ho_Chi_Minh"`
	Locales       []string          `json:"locales,omitempty" maxItems:"20" doc:"Languages; the first is the usual one. What is left out stays"`
	RetentionDays *tenant.Retention `json:"retentionDays,omitempty" doc:"What is left out stays"`
}

// over returns the settings of a with what b says instead.
func (b *SettingsBody) over(a *tenant.Account) *tenant.Settings {
	next := a.Settings()
	next.Name, next.Region, next.TimeZone = b.Name, b.Region, b.TimeZone
	if b.Locales != nil {
		next.Locales = b.Locales
	}
	if b.RetentionDays != nil {
		next.Retention = *b.RetentionDays
	}
	return &next
}

type tenantPutInput struct {
	UUID string `path:"uuid" maxLength:"36"`
	Body struct {
		SettingsBody

		Limits *tenant.Limits `json:"limits,omitempty" doc:"What is left out stays"`
	}
}

func (s *Settings) putTenant(ctx context.Context, in *tenantPutInput) (*tenantAnswer, error) {
	a, err := s.Tenants.Account(ctx, in.UUID)
	if err != nil {
		return nil, err
	}
	a, err = s.Update(ctx, in.UUID, Change{Settings: in.Body.over(&a), Limits: in.Body.Limits})
	return answerOf(a, problem.Within("body", err))
}

func (s *Settings) suspendTenant(ctx context.Context, in *tenantInput) (*tenantAnswer, error) {
	return answerOf(s.Suspend(ctx, in.UUID))
}

func (s *Settings) resumeTenant(ctx context.Context, in *tenantInput) (*tenantAnswer, error) {
	return answerOf(s.Resume(ctx, in.UUID))
}

type (
	tenantDeleteInput struct {
		UUID    string `path:"uuid" maxLength:"36"`
		Confirm string `query:"confirm" maxLength:"63" doc:"The call centre's slug: what is erased is gone"`
	}
	settingsNothing struct{}
)

func (s *Settings) deleteTenant(ctx context.Context, in *tenantDeleteInput) (*settingsNothing, error) {
	return nil, problem.Within("query", s.Erase(ctx, in.UUID, in.Confirm))
}

// exportRoute is a plain handler: an archive may be of any size, and is sent
// while it is read.
func (s *Settings) exportRoute(api *httpapi.API) module.Route {
	const path = tenantPath + "/export"
	api.Describe(&huma.Operation{
		Method: http.MethodGet, Path: path, Summary: "Copy everything of a call centre into one archive", Tags: []string{"tenants"},
		Description: "Needs the right `" + identity.TenantRead + "`. A zip: `tables/<table>.ndjson` with an object per row, `log.ndjson` with an object " +
			"per event, and last `manifest.json`, which also names the columns that were left out because they hold secrets.",
		Security:   []map[string][]string{{"session": {}}, {"basic": {}}},
		Parameters: []*huma.Param{{Name: "uuid", In: "path", Required: true, Schema: &huma.Schema{Type: "string", Format: "uuid"}}},
		Responses: map[string]*huma.Response{"200": {
			Description: "The archive", Content: map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
		}},
	})
	return module.Route{Method: http.MethodGet, Pattern: path, Right: identity.TenantRead, Stream: true, Handler: http.HandlerFunc(s.export)}
}

func (s *Settings) export(w http.ResponseWriter, r *http.Request) {
	a, err := s.Tenants.Account(r.Context(), r.PathValue("uuid"))
	if err != nil {
		httpapi.WriteProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.zip"`, a.Slug, time.Now().UTC().Format("20060102")))
	if _, err := s.Export(r.Context(), a, w); err != nil {
		if r.Context().Err() == nil {
			s.Logger.ErrorContext(r.Context(), "call centre not exported", "tenant", a.Slug, "error", err)
		}
		panic(http.ErrAbortHandler) // whoever asked must see that it is not the whole
	}
}
