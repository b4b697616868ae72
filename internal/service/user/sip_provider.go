// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// SIPProvider is a carrier that the installation rents numbers from. It is the
// operator's; call centres see it. Times are Unix milliseconds.
type SIPProvider struct {
	ID        string
	Name      string
	Phone     string
	PhoneList []string // the inventory of numbers
	Firm      string
	Currency  string // ISO 4217; "" when unknown
	Costs     Costs
	CreatedAt int64
	UpdatedAt int64
	Deleted   bool
}

// Costs are what a carrier charges.
type Costs struct {
	Toll    Cost `json:"toll"`
	Inner   Cost `json:"inner"`
	Outer   Cost `json:"outer"`
	Service Cost `json:"service"` // the instalment
}

func (c *Costs) all() []*Cost { return []*Cost{&c.Toll, &c.Inner, &c.Outer, &c.Service} }

// seenSIPProvider is a carrier as the audit trail shows it.
type seenSIPProvider struct {
	Name      string   `json:"name"`
	Phone     string   `json:"phone"`
	PhoneList []string `json:"phoneList"`
	Firm      string   `json:"firm"`
	Currency  string   `json:"currency"`
	Costs     []string `json:"costs"` // toll, inner, outer, service
	Deleted   bool     `json:"deleted"`
}

func (p *SIPProvider) seen() seenSIPProvider {
	seen := seenSIPProvider{p.Name, p.Phone, p.PhoneList, p.Firm, p.Currency, nil, p.Deleted}
	for _, cost := range p.Costs.all() {
		seen.Costs = append(seen.Costs, cost.Text)
	}
	return seen
}

// read sets what follows from the texts: the currency, if it was not said, is
// the first that a cost names.
func (p *SIPProvider) read() {
	p.Currency = strings.ToUpper(p.Currency)
	for _, cost := range p.Costs.all() {
		if _, found := readCost(cost.Text, ""); p.Currency == "" {
			p.Currency = found
		}
	}
	for _, cost := range p.Costs.all() {
		amount, found := readCost(cost.Text, p.Currency)
		if found != p.Currency {
			amount = nil // another currency's amount must not be added to the others
		}
		cost.Micros = amount
	}
}

var (
	currencyForm = regexp.MustCompile(`^[A-Za-z]{3}$`)
	numberForm   = regexp.MustCompile(`^[0-9*#+()./ -]{1,64}$`)
)

// check returns what is wrong with the carrier's own words.
func (p *SIPProvider) check() error {
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	if strings.TrimSpace(p.Name) == "" || strings.ContainsFunc(p.Name, unicode.IsControl) {
		fault("name", "must be a text without control characters")
	}
	if strings.ContainsFunc(p.Firm, unicode.IsControl) {
		fault("firm", "must be a text without control characters")
	}
	if p.Phone != "" && !numberForm.MatchString(p.Phone) {
		fault("phone", "must be a phone number")
	}
	seen := map[string]bool{}
	for i, number := range p.PhoneList {
		switch {
		case !numberForm.MatchString(number):
			fault(fmt.Sprintf("phoneList[%d]", i), "must be a phone number")
		case seen[bare(number)]:
			fault(fmt.Sprintf("phoneList[%d]", i), "is in the list already")
		}
		seen[bare(number)] = true
	}
	if p.Currency != "" && !currencyForm.MatchString(p.Currency) {
		fault("currency", "must be a currency's three letters, such as VND")
	}
	for i, name := range []string{"tollCost", "innerCost", "outerCost", "serviceCost"} {
		if !costText(p.Costs.all()[i].Text) {
			fault(name, "must be a text of at most 100 bytes")
		}
	}
	if len(fields) > 0 {
		return problem.NewFields("sip_provider.invalid", "The SIP provider cannot be kept so.", fields...)
	}
	return nil
}

// bare returns a number without what people write between its digits.
func bare(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()./-", r) {
			return -1
		}
		return r
	}, number)
}

// numbers returns the inventory as hotlines are called, the main number first.
func (p *SIPProvider) numbers() []string {
	numbers := []string{}
	for _, number := range append([]string{p.Phone}, p.PhoneList...) {
		if number = bare(number); number != "" && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// CreateSIPProvider adds a carrier.
func (u *Users) CreateSIPProvider(ctx context.Context, p SIPProvider) (SIPProvider, error) {
	if err := p.check(); err != nil {
		return SIPProvider{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return SIPProvider{}, fmt.Errorf("make id: %w", err)
	}
	p.read()
	p.ID, p.CreatedAt, p.Deleted = id.String(), u.now(), false
	p.UpdatedAt = p.CreatedAt
	err = u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := u.store.writeSIPProvider(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Action: "sip-provider.created", Object: "sip-provider/" + p.ID, After: p.seen()})
	})
	return p, err
}

// UpdateSIPProvider replaces a carrier's words. A number that a SIP account
// stands for cannot leave the inventory: that is a Conflict.
func (u *Users) UpdateSIPProvider(ctx context.Context, words SIPProvider) (SIPProvider, error) {
	if err := words.check(); err != nil {
		return SIPProvider{}, err
	}
	words.read()
	return u.changeSIPProvider(ctx, words.ID, "changed", false, func(ctx context.Context, tx *eventlog.Tx, p *SIPProvider) error {
		kept := words.numbers()
		gone := slices.DeleteFunc(p.numbers(), func(number string) bool { return slices.Contains(kept, number) })
		if err := u.checkUnused(ctx, tx, gone); err != nil {
			return err
		}
		words.CreatedAt = p.CreatedAt
		*p = words
		return nil
	})
}

// DeleteSIPProvider hides a carrier. One whose numbers are in use is a Conflict.
func (u *Users) DeleteSIPProvider(ctx context.Context, id string) error {
	_, err := u.changeSIPProvider(ctx, id, "deleted", false, func(ctx context.Context, tx *eventlog.Tx, p *SIPProvider) error {
		p.Deleted = true
		return u.checkUnused(ctx, tx, p.numbers())
	})
	return err
}

// RestoreSIPProvider shows a deleted carrier again.
func (u *Users) RestoreSIPProvider(ctx context.Context, id string) (SIPProvider, error) {
	return u.changeSIPProvider(ctx, id, "restored", true, func(_ context.Context, _ *eventlog.Tx, p *SIPProvider) error {
		p.Deleted = false
		return nil
	})
}

// checkUnused is a Conflict that says who uses one of the numbers.
func (u *Users) checkUnused(ctx context.Context, tx *eventlog.Tx, numbers []string) error {
	users, err := u.store.usersOfNumbers(ctx, tx, numbers)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return nil
	}
	return problem.New(problem.Conflict, "sip_provider.in_use", "Its numbers are in use: %s.", several(users))
}

func (u *Users) changeSIPProvider(
	ctx context.Context, id, action string, deleted bool, change func(context.Context, *eventlog.Tx, *SIPProvider) error,
) (SIPProvider, error) {
	var after SIPProvider
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findSIPProvider(ctx, tx, id, deleted)
		if err != nil {
			return err
		}
		after = before
		if err := change(ctx, tx, &after); err != nil {
			return err
		}
		after.UpdatedAt = u.now()
		if err := u.store.writeSIPProvider(ctx, tx, after); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Action: "sip-provider." + action, Object: "sip-provider/" + id, Before: before.seen(), After: after.seen(),
		})
	})
	return after, err
}
