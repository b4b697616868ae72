// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/opening"
	"tandem/internal/problem"
)

// positions are the places on a page where the button can be.
var positions = []string{"bottom-left", "bottom-right", "bottom-center", "left-center", "right-center"}

// The kinds of destination, in the words of the phone systems.
const (
	toQueue = "queue"
	toPeer  = "peer"
)

const (
	originsMax   = 50
	countriesMax = 50
	delayMax     = time.Hour
)

// Button is the call button of one call centre. Times are Unix milliseconds.
type Button struct {
	ID              string         `json:"id"`
	Header          string         `json:"header"`
	Content         string         `json:"content"`
	Color           string         `json:"color"`    // #rgb or #rrggbb
	Position        string         `json:"position"` // one of positions
	DelayMS         int64          `json:"delay_ms"` // between the page's loading and the button's showing
	Activated       bool           `json:"activated"`
	Destination     string         `json:"destination"` // "" for the first queue
	DestinationType string         `json:"destination_type"`
	Origins         []string       `json:"origins"`
	Countries       []string       `json:"countries"` // ISO 3166-1 alpha-2
	Hours           *opening.Hours `json:"hours"`     // nil for always
	Consent         string         `json:"consent"`
	CreatedAt       int64          `json:"created_at"`
	UpdatedAt       int64          `json:"updated_at"`
	Deleted         bool           `json:"deleted"`
}

var (
	colorForm       = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	destinationForm = regexp.MustCompile(`^[0-9A-Za-z*#+_.@-]{1,64}$`)
	countryForm     = regexp.MustCompile(`^[A-Z]{2}$`)
)

// check refuses what cannot be shown or called, and sets what was left out.
func (b *Button) check(t identity.Tenant) error {
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	for _, text := range []struct{ name, value string }{{"header", b.Header}, {"content", b.Content}, {"consent", b.Consent}} {
		if strings.ContainsFunc(text.value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			fault(text.name, "must not have control characters")
		}
	}
	if strings.TrimSpace(b.Header) == "" {
		fault("header", "must say something: it is the button's name")
	}
	if !colorForm.MatchString(b.Color) {
		fault("color", "must be a colour such as #0a7 or #00aa77")
	}
	if !slices.Contains(positions, b.Position) {
		fault("position", "must be one of "+strings.Join(positions, ", "))
	}
	if b.DelayMS < 0 || b.DelayMS > delayMax.Milliseconds() {
		fault("delay", "must be 0 to 3600 seconds")
	}
	if b.DestinationType == "" {
		b.DestinationType = toQueue
	}
	if b.DestinationType != toQueue && b.DestinationType != toPeer {
		fault("destinationType", "must be queue or peer")
	}
	switch {
	case b.Destination != "" && !destinationForm.MatchString(b.Destination):
		fault("destination", "must be the queue or extension that takes the calls")
	case b.Destination == "" && b.DestinationType == toPeer:
		fault("destination", "must be the extension that takes the calls")
	}
	b.checkOrigins(fault)
	b.checkCountries(t.Region, fault)
	if b.Hours != nil {
		opening.Compile(*b.Hours, time.UTC, func(name, detail string) { fault("hours."+name, detail) })
	}
	if len(fields) > 0 {
		return problem.NewFields("click_to_call.invalid", "The button cannot be kept so.", fields...)
	}
	return nil
}

func (b *Button) checkOrigins(fault func(name, detail string)) {
	if len(b.Origins) > originsMax {
		fault("origins", fmt.Sprintf("must be at most %d", originsMax))
	}
	for i, text := range b.Origins {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			fault(fmt.Sprintf("origins[%d]", i), "must be a web site such as https://www.example.com, without a path")
			continue
		}
		if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
			fault(fmt.Sprintf("origins[%d]", i), "must have the host as browsers send it, such as xn--bcher-kva.example for bücher.example")
			continue
		}
		b.Origins[i] = u.Scheme + "://" + withoutUsualPort(u.Scheme, strings.ToLower(u.Host))
	}
}

// withoutUsualPort leaves out the port that browsers leave out.
func withoutUsualPort(scheme, host string) string {
	return strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[scheme])
}

func (b *Button) checkCountries(region string, fault func(name, detail string)) {
	if len(b.Countries) == 0 {
		b.Countries = []string{region}
	}
	if len(b.Countries) > countriesMax {
		fault("countries", fmt.Sprintf("must be at most %d", countriesMax))
	}
	for i, country := range b.Countries {
		if !countryForm.MatchString(country) {
			fault(fmt.Sprintf("countries[%d]", i), "must be a country code of two capital letters, such as VN or BR")
		}
	}
}

// open reports whether somebody is there to take calls.
func (b *Button) open(now time.Time, zone string) bool {
	if b.Hours == nil {
		return true
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC // a machine without time zones
	}
	return opening.Compile(*b.Hours, location, func(string, string) {}).Contains(now)
}

// Create adds the button of a call centre; a Conflict when it has one.
func (c *ClickToCall) Create(ctx context.Context, t identity.Tenant, b Button) (Button, error) {
	return c.put(ctx, t, b, func(_ Button, there bool) error {
		if there {
			return problem.New(problem.Conflict, "click_to_call.exists", "The call centre has a button already; change that one.")
		}
		return nil
	})
}

// Replace changes the button of a call centre; NotFound when it has none.
func (c *ClickToCall) Replace(ctx context.Context, t identity.Tenant, b Button) (Button, error) {
	return c.put(ctx, t, b, func(_ Button, there bool) error {
		if !there {
			return notFound()
		}
		return nil
	})
}

// Delete hides the button of a call centre; pages that load it show nothing.
func (c *ClickToCall) Delete(ctx context.Context, t identity.Tenant) error {
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, there, err := c.store.find(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if !there || before.Deleted {
			return notFound()
		}
		after := before
		after.Deleted, after.UpdatedAt = true, c.now().UnixMilli()
		if err := c.store.put(ctx, tx, t.ID, after); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: "click_to_call.deleted", Object: object(after), Before: before})
	})
}

// put writes b if may has nothing against it, seeing what there is now.
func (c *ClickToCall) put(ctx context.Context, t identity.Tenant, b Button, may func(before Button, there bool) error) (Button, error) {
	if err := b.check(t); err != nil {
		return Button{}, err
	}
	id, err := newID()
	if err != nil {
		return Button{}, err
	}
	err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, there, err := c.store.find(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		there = there && !before.Deleted
		if err := may(before, there); err != nil {
			return err
		}
		entry := audit.Entry{Tenant: t.ID, Action: "click_to_call.changed", Before: before}
		now := c.now().UnixMilli()
		b.ID, b.CreatedAt, b.UpdatedAt, b.Deleted = before.ID, before.CreatedAt, now, false
		if !there {
			b.ID, b.CreatedAt = id, now
			entry.Action, entry.Before = "click_to_call.created", nil
		}
		entry.Object, entry.After = object(b), b
		if err := c.store.put(ctx, tx, t.ID, b); err != nil {
			return err
		}
		return audit.Record(ctx, tx, entry)
	})
	return b, err
}

// Find returns the button of a call centre; NotFound when it has none.
func (c *ClickToCall) Find(ctx context.Context, tenant int64) (Button, error) {
	b, there, err := c.store.find(ctx, c.store.db, tenant)
	if err == nil && (!there || b.Deleted) {
		err = notFound()
	}
	return b, err
}

func object(b Button) string { return "click-to-call/" + b.ID }

func notFound() error {
	return problem.New(problem.NotFound, "click_to_call.not_found", "The call centre has no button yet.")
}
