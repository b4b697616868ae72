// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/problem"
	"tandem/internal/service/settings"
	"tandem/internal/tenant"
)

type tenantSettingsCommand struct {
	config.Common
	slugArgument

	Name     *string          `help:"Name, for people."`
	Region   *string          `placeholder:"CC" help:"Country whose way of writing numbers is meant. Numbers that are stored stay as they were read."`
	TimeZone *string          `placeholder:"ZONE" help:"Such as Asia/Ho_Chi_Minh."`
	Locales  []string         `placeholder:"LANGUAGE" help:"Languages, with commas; the first is the usual one."`
	Keep     map[string]int64 `placeholder:"WHAT=DAYS" help:"For how many days audit, deliveries, calls or recordings are kept; 0 is for ever. Calls that are older are erased for good, from within a minute on."`
	Limit    map[string]int64 `placeholder:"WHAT=N" help:"How much it may have or do, such as contacts=100000; 0 is no limit."`
}

// Help says more than fits a line.
func (tenantSettingsCommand) Help() string {
	return `What is not named stays as it is; without a flag, nothing is changed. A Tandem that runs goes by what was changed within a second.

    tandem tenant settings acme --time-zone America/Sao_Paulo \
        --keep audit=365 --limit contacts=100000 --limit agents=50`
}

func (c tenantSettingsCommand) Run(ctx context.Context, t terminal) error {
	return c.on(ctx, t, c.Common, func(tools *app.Tools, a tenant.Account) error {
		change, err := c.change(&a)
		if err != nil {
			return err
		}
		if change != (settings.Change{}) {
			if a, err = tools.Settings.Update(ctx, a.UUID, change); err != nil {
				return err
			}
		}
		return show(t, &a)
	})
}

// change returns what the flags say shall become of a call centre.
func (c tenantSettingsCommand) change(a *tenant.Account) (change settings.Change, err error) {
	next, isChanged := a.Settings(), len(c.Locales)+len(c.Keep) > 0
	for flag, place := range map[*string]*string{c.Name: &next.Name, c.Region: &next.Region, c.TimeZone: &next.TimeZone} {
		if flag != nil {
			*place, isChanged = *flag, true
		}
	}
	if len(c.Locales) > 0 {
		next.Locales = c.Locales
	}
	if next.Retention, err = over("keep", next.Retention, c.Keep); err != nil {
		return settings.Change{}, err
	}
	if isChanged {
		change.Settings = &next
	}
	if len(c.Limit) > 0 {
		limits, err := over("limit", a.Limits, c.Limit)
		if err != nil {
			return settings.Change{}, err
		}
		change.Limits = &limits
	}
	return change, nil
}

// over returns whole, which has members that are numbers, with those of some
// instead. A member that whole does not have is an Invalid problem.
func over[T any](flag string, whole T, some map[string]int64) (T, error) {
	members, err := membersOf(whole)
	if err != nil {
		return whole, err
	}
	for name, value := range some {
		if _, ok := members[name]; !ok {
			return whole, problem.NewFields("tenant.invalid", "The call centre cannot be changed so.", problem.Field{
				Name: "--" + flag, Detail: "has no " + name + "; there are " + strings.Join(slices.Sorted(maps.Keys(members)), ", "),
			})
		}
		members[name] = value
	}
	text, err := json.Marshal(members)
	if err != nil {
		return whole, fmt.Errorf("write %s: %w", flag, err)
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return whole, fmt.Errorf("read %s: %w", flag, err)
	}
	return whole, nil
}

// membersOf returns the members of a struct of numbers by their names on the
// wire, which are those of the flags.
func membersOf(whole any) (members map[string]int64, err error) {
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("write members: %w", err)
	}
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return members, nil
}

// show prints what a call centre is set to, one line for each flag.
func show(t terminal, a *tenant.Account) error {
	line := func(flag, value string) { t.printf("%-28s %s\n", flag, value) }
	line("name", a.Name)
	line("region", a.Region)
	line("time-zone", a.TimeZone)
	line("locales", strings.Join(a.Locales, ","))
	for _, group := range []struct {
		flag  string
		whole any
	}{{"keep", a.Retention}, {"limit", a.Limits}} {
		members, err := membersOf(group.whole)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			line(group.flag+" "+name, fmt.Sprint(members[name]))
		}
	}
	return nil
}
