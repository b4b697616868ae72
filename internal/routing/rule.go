// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"tandem/internal/opening"
	"tandem/internal/problem"
)

// Bounds of what a tenant may write down. The cost of a decision grows with
// their product.
const (
	rulesMax     = 100
	nameRunesMax = 100
	patternMax   = 64
)

// Who a rule is for.
const (
	CallerAny      = "any"
	CallerKnown    = "known"    // the number belonged to a contact before this call
	CallerNew      = "new"      // this call brought the number
	CallerWithheld = "withheld" // the number is hidden
)

// Rule sends the calls that meet all its conditions to a destination. A rule
// without conditions is for every call.
type Rule struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Enabled     bool   `json:"enabled"`
	When        When   `json:"when"`
	Destination string `json:"destination"` // queue or extension, as the phone system calls it
}

// When is the conditions of a rule; what is empty is no condition.
type When struct {
	Caller        string         `json:"caller,omitempty"`         // one of CallerAny …
	CallerPattern string         `json:"caller_pattern,omitempty"` // digits, * for any number of them, ? for one
	CalledPattern string         `json:"called_pattern,omitempty"`
	Group         string         `json:"group,omitempty"` // name of a contact group
	Hours         *opening.Hours `json:"hours,omitempty"`
	Expression    string         `json:"expression,omitempty"`
}

// compiled is a rule made ready for decisions.
type compiled struct {
	Rule

	hours      *opening.Week
	expression *expression
	broken     string // why the stored rule cannot be used any more
}

// RuleSet is one version of a tenant's rules, in order, ready for decisions.
// It may be used concurrently.
type RuleSet struct {
	Version int64
	Preset  string // "" when the rules were written by hand
	rules   []compiled
}

// Rules returns the rules in order.
func (s *RuleSet) Rules() []Rule {
	list := make([]Rule, len(s.rules))
	for i := range s.rules {
		list[i] = s.rules[i].Rule
	}
	return list
}

// asksConnector reports whether a rule looks at the connector's name.
func (s *RuleSet) asksConnector() bool {
	return slices.ContainsFunc(s.rules, func(c compiled) bool { return c.expression != nil && c.expression.connector })
}

// asksCode reports whether a rule looks at the call's code.
func (s *RuleSet) asksCode() bool {
	return slices.ContainsFunc(s.rules, func(c compiled) bool { return c.expression != nil && c.expression.code })
}

// Compile checks rules and makes them ready. The zone is for hours that name
// none. What is wrong with the rules comes back as one Invalid problem that
// names each field at fault.
func Compile(version int64, preset string, rules []Rule, zone *time.Location) (*RuleSet, error) {
	set := &RuleSet{Version: version, Preset: preset, rules: make([]compiled, len(rules))}
	var fields []problem.Field
	if len(rules) > rulesMax {
		fields = append(fields, problem.Field{Name: "body.items", Detail: fmt.Sprintf("must be at most %d rules", rulesMax)})
		rules = rules[:rulesMax]
	}
	seen, cost := map[string]bool{}, 0
	for i, rule := range rules {
		at := func(name, detail string) {
			fields = append(fields, problem.Field{Name: fmt.Sprintf("body.items[%d].%s", i, name), Detail: detail})
		}
		c := compileRule(rule, zone, at)
		if rule.ID != "" && seen[rule.ID] {
			at("id", "must not be another rule's")
		}
		seen[rule.ID] = true
		if c.expression != nil {
			if cost += c.expression.cost; cost > setCostMax {
				at("when.expression", "together with those before it takes too long")
			}
		}
		set.rules[i] = c
	}
	if len(fields) > 0 {
		return nil, problem.NewFields("routing.invalid", "The rules cannot be used so.", fields...)
	}
	return set, nil
}

// load is Compile for rules that are stored: one that can no longer be used
// stands there with the reason and matches nothing.
func load(version int64, preset string, rules []Rule, zone *time.Location) *RuleSet {
	set := &RuleSet{Version: version, Preset: preset, rules: make([]compiled, len(rules))}
	for i, rule := range rules {
		broken := ""
		c := compileRule(rule, zone, func(name, detail string) { broken = name + " " + detail })
		c.broken = broken
		set.rules[i] = c
	}
	return set
}

var (
	destinationForm = regexp.MustCompile(`^[0-9A-Za-z*#+._-]{1,64}$`)
	patternForm     = regexp.MustCompile(`^[0-9*?]{1,64}$`)
)

func compileRule(rule Rule, zone *time.Location, fault func(name, detail string)) compiled {
	c := compiled{Rule: rule}
	if !isLine(rule.Name, nameRunesMax) || strings.TrimSpace(rule.Name) == "" {
		fault("name", "must be a text of one line, at most 100 characters long")
	}
	if !destinationForm.MatchString(rule.Destination) {
		fault("destination", "must be a queue or extension such as 900")
	}
	switch rule.When.Caller {
	case "", CallerAny, CallerKnown, CallerNew, CallerWithheld:
	default:
		fault("when.caller", "must be any, known, new or withheld")
	}
	for name, pattern := range map[string]string{"callerPattern": rule.When.CallerPattern, "calledPattern": rule.When.CalledPattern} {
		if pattern != "" && !patternForm.MatchString(pattern) {
			fault("when."+name, "must be digits, * and ?, at most 64 of them")
		}
	}
	if !isLine(rule.When.Group, 200) {
		fault("when.group", "must be the name of a contact group")
	}
	if rule.When.Hours != nil {
		c.hours = opening.Compile(*rule.When.Hours, zone, func(name, detail string) { fault("when.hours."+name, detail) })
	}
	if rule.When.Expression != "" {
		var err error
		if c.expression, err = compileExpression(rule.When.Expression); err != nil {
			fault("when.expression", err.Error())
		}
	}
	return c
}

// isLine reports whether s is text without control characters, of at most so
// many characters.
func isLine(s string, runesMax int) bool {
	return len([]rune(s)) <= runesMax && !strings.ContainsFunc(s, unicode.IsControl)
}
