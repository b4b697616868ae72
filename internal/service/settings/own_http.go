// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"context"

	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// settingsOutput is what an administrator may decide of their call centre.
type settingsOutput struct {
	Name          string           `json:"name"`
	Region        string           `json:"region"`
	TimeZone      string           `json:"timeZone"`
	Locales       []string         `json:"locales"`
	RetentionDays tenant.Retention `json:"retentionDays"`
}

type (
	settingsInput    struct{}
	settingsAnswer   struct{ Body settingsOutput }
	settingsPutInput struct{ Body SettingsBody }
)

func settingsOf(a *tenant.Account) *settingsAnswer {
	return &settingsAnswer{settingsOutput{Name: a.Name, Region: a.Region, TimeZone: a.TimeZone, Locales: a.Locales, RetentionDays: a.Retention}}
}

// own returns the call centre that ctx acts in.
func (s *Settings) own(ctx context.Context) (tenant.Account, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return tenant.Account{}, err
	}
	return s.Tenants.Account(ctx, t.UUID)
}

func (s *Settings) getSettings(ctx context.Context, _ *settingsInput) (*settingsAnswer, error) {
	a, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	return settingsOf(&a), nil
}

func (s *Settings) putSettings(ctx context.Context, in *settingsPutInput) (*settingsAnswer, error) {
	a, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	if a, err = s.Update(ctx, a.UUID, Change{Settings: in.Body.over(&a)}); err != nil {
		return nil, problem.Within("body", err)
	}
	return settingsOf(&a), nil
}

// limitOutput is one limit and how near it is.
type limitOutput struct {
	Name  string `json:"name" example:"contacts"`
	Limit *int64 `json:"limit" doc:"null when there is none"`
	Used  *int64 `json:"used" doc:"null where nobody counts"`
	Per   string `json:"per" enum:"total,day,second,import"`
}

type limitsAnswer struct {
	Body struct {
		Items []limitOutput `json:"items"`
	}
}

func (s *Settings) getLimits(ctx context.Context, _ *settingsInput) (*limitsAnswer, error) {
	a, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	requests, webhooks, err := s.Tenants.Rates(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	l := &a.Limits
	out := &limitsAnswer{}
	for _, one := range []struct {
		name  string
		limit int64
		per   string
		used  *int64
	}{
		{"contacts", l.Contacts, "total", nil},
		{"agents", l.Agents, "total", nil},
		{"keys", l.Keys, "total", nil},
		{"endpoints", l.Endpoints, "total", nil},
		{"importsPerDay", l.ImportsPerDay, "day", nil},
		{"importRows", l.ImportRows, "import", nil},
		{"requestsPerSecond", l.RequestsPerSecond, "second", &requests},
		{"webhooksPerSecond", l.WebhooksPerSecond, "second", &webhooks},
	} {
		item := limitOutput{Name: one.name, Per: one.per, Used: one.used}
		if one.limit != 0 {
			item.Limit = &one.limit
		}
		if count := s.Uses[one.name]; count != nil {
			used, err := count(ctx, a.ID)
			if err != nil {
				return nil, err
			}
			item.Used = &used
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}
