// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tandem/internal/problem"
)

// Settings is what a call centre's administrator may decide about it.
type Settings struct {
	Name      string
	Region    string   // ISO 3166-1 alpha-2, e.g. VN
	TimeZone  string   // IANA name, e.g. Asia/Ho_Chi_Minh
	Locales   []string // language tags (BCP 47); the first is the usual one
	Retention Retention
}

// Retention says for how many days things are kept; 0 is for ever.
type Retention struct {
	Calls      int `json:"calls" minimum:"0" maximum:"36500" doc:"Days for which a call is kept after it was last heard of, with its events and what was made of them; 0 is for ever"`
	Recordings int `json:"recordings" minimum:"0" maximum:"36500" doc:"Days for which recordings are kept; 0 is for ever. Tandem stores none: where they are is part of their call, and goes with it"`
	Audit      int `json:"audit" minimum:"0" maximum:"36500" doc:"Days for which the audit trail is kept; 0 is for ever"`
	Deliveries int `json:"deliveries" minimum:"0" maximum:"36500" doc:"Days for which what was sent to other systems is kept; 0 is for ever"`
}

const (
	nameMax    = 200
	localesMax = 20
	daysMax    = 36_500
)

var localeForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$`)

// check returns what is wrong with s, by the names of the wire.
func (s *Settings) check() (fields []problem.Field) {
	fault := func(name, detail string) { fields = append(fields, problem.Field{Name: name, Detail: detail}) }
	if strings.TrimSpace(s.Name) == "" || len(s.Name) > nameMax || strings.ContainsRune(s.Name, 0) {
		fault("name", "must have 1 to 200 characters")
	}
	if len(s.Region) != 2 || strings.ContainsFunc(s.Region, func(c rune) bool { return c < 'A' || c > 'Z' }) {
		fault("region", "must be a country code of two capital letters, such as VN or BR")
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		fault("timeZone", "must be a name such as Asia/Ho_Chi_Minh")
	}
	if len(s.Locales) == 0 || len(s.Locales) > localesMax {
		fault("locales", "must name 1 to 20 languages")
	}
	for i, locale := range s.Locales {
		if !localeForm.MatchString(locale) || slices.Contains(s.Locales[:i], locale) {
			fault(fmt.Sprintf("locales[%d]", i), "must be a language such as en or pt-BR, once")
		}
	}
	for _, kept := range []struct {
		name string
		days int
	}{
		{"calls", s.Retention.Calls}, {"recordings", s.Retention.Recordings}, {"audit", s.Retention.Audit}, {"deliveries", s.Retention.Deliveries},
	} {
		if kept.days < 0 || kept.days > daysMax {
			fault("retentionDays."+kept.name, "must be 0 for ever, or 1 to 36500 days")
		}
	}
	return fields
}
