// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"slices"
	"strings"
	"time"

	"tandem/internal/opening"
)

// Facts is what is known of a call when it is decided about.
type Facts struct {
	Known     bool     // the caller's number belonged to a contact before this call
	Withheld  bool     // the caller hides the number
	Number    string   // the caller's, as sent
	Name      string   // the contact's
	Groups    []string // names of the contact's groups
	ContactID string
	Called    string // our number, as sent
	Connector string // name of the connector
	Code      string
	At        int64  // Unix ms when the call was reported to wait
	Region    string // ISO 3166-1; how numbers are read
	Zone      *time.Location
}

func (f Facts) zone() *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}

// Why a decision names no destination.
const (
	ReasonNoRule  = "no_rule"  // no rule matched; the phone system goes by its own default
	ReasonTooLate = "too_late" // the phone system had stopped waiting
)

// Decision says where a call goes and why. It is kept as JSON in the log.
type Decision struct {
	Destination     string     `json:"destination"`      // "" when Reason is set
	Reason          string     `json:"reason,omitempty"` // ReasonNoRule or ReasonTooLate
	RuleVersion     int64      `json:"rule_version"`
	Rule            *RuleName  `json:"rule"` // the one that matched
	Preset          string     `json:"preset"`
	CallerKnown     bool       `json:"caller_known"`
	Withheld        bool       `json:"withheld"`
	ContactID       string     `json:"contact_id"`
	ContactName     string     `json:"contact_name"`
	Matched         []Matched  `json:"matched"`  // the conditions of the rule that matched
	Rejected        []Rejected `json:"rejected"` // the rules before it
	TookMicros      int64      `json:"took_micros"`
	StandbyReceived int64      `json:"standby_received"` // Unix ms
}

// RuleName names a rule.
type RuleName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Matched is a condition that was met, and what met it.
type Matched struct {
	Condition string `json:"condition"`
	Value     string `json:"value"`
}

// Rejected is a rule that did not match, by its first condition that was not met.
type Rejected struct {
	Rule      string `json:"rule"` // name
	Condition string `json:"condition"`
	Expected  string `json:"expected"`
	Actual    string `json:"actual"`
}

// Decide returns the decision of the first enabled rule that matches. It
// depends on nothing but its arguments, apart from the time it says it took.
func Decide(set *RuleSet, f Facts) Decision {
	started := time.Now()
	d := Decision{
		RuleVersion: set.Version, Preset: set.Preset, CallerKnown: f.Known, Withheld: f.Withheld,
		ContactID: f.ContactID, ContactName: f.Name, Matched: []Matched{}, Rejected: []Rejected{},
		StandbyReceived: f.At, Reason: ReasonNoRule,
	}
	e := evaluation{facts: f}
	for i := range set.rules {
		rule := &set.rules[i]
		matched, rejected := e.try(rule)
		if rejected != nil {
			rejected.Rule = rule.Name
			d.Rejected = append(d.Rejected, *rejected)
			continue
		}
		d.Destination, d.Reason, d.Matched = rule.Destination, "", matched
		d.Rule = &RuleName{ID: rule.ID, Name: rule.Name}
		break
	}
	d.TookMicros = time.Since(started).Microseconds()
	return d
}

// evaluation is one decision being made. What several rules need is worked out
// when the first of them asks.
type evaluation struct {
	facts          Facts
	view           *view
	caller, called []string // writings; nil until asked for
}

// try returns the conditions of a rule that were met, or the first that was not.
func (e *evaluation) try(rule *compiled) ([]Matched, *Rejected) {
	if !rule.Enabled {
		return nil, &Rejected{Condition: "enabled", Expected: "true", Actual: "false"}
	}
	if rule.broken != "" {
		return nil, &Rejected{Condition: "rule", Expected: "usable", Actual: rule.broken}
	}
	matched := []Matched{}
	for _, check := range []func(*compiled) (condition, expected, actual string, ok bool){
		e.callerIs, e.callerLike, e.calledLike, e.inGroup, e.inHours, e.satisfies,
	} {
		condition, expected, actual, ok := check(rule)
		switch {
		case !ok:
			return nil, &Rejected{Condition: condition, Expected: expected, Actual: actual}
		case expected != "":
			matched = append(matched, Matched{Condition: condition, Value: actual})
		}
	}
	return matched, nil
}

func (e *evaluation) callerIs(rule *compiled) (condition, expected, actual string, ok bool) {
	actual = CallerNew
	switch {
	case e.facts.Withheld:
		actual = CallerWithheld
	case e.facts.Known:
		actual = CallerKnown
	}
	want := rule.When.Caller
	return "caller", want, actual, want == "" || want == CallerAny || want == actual
}

func (e *evaluation) callerLike(rule *compiled) (condition, expected, actual string, ok bool) {
	want := rule.When.CallerPattern
	if want == "" {
		return "", "", "", true
	}
	if e.caller == nil && !e.facts.Withheld {
		e.caller = writings(e.facts.Number, e.facts.Region)
	}
	actual = short(e.facts.Number)
	if e.facts.Withheld {
		actual = CallerWithheld
	}
	return "callerPattern", want, actual, matchesAny(want, e.caller)
}

func (e *evaluation) calledLike(rule *compiled) (condition, expected, actual string, ok bool) {
	want := rule.When.CalledPattern
	if want == "" {
		return "", "", "", true
	}
	if e.called == nil {
		e.called = writings(e.facts.Called, e.facts.Region)
	}
	return "calledPattern", want, short(e.facts.Called), matchesAny(want, e.called)
}

func (e *evaluation) inGroup(rule *compiled) (condition, expected, actual string, ok bool) {
	want := rule.When.Group
	if want == "" {
		return "", "", "", true
	}
	actual = strings.Join(e.facts.Groups[:min(len(e.facts.Groups), groupsMax)], ", ")
	return "group", want, actual, slices.Contains(e.facts.Groups, want)
}

func (e *evaluation) inHours(rule *compiled) (condition, expected, actual string, ok bool) {
	if rule.hours == nil {
		return "", "", "", true
	}
	at := time.UnixMilli(e.facts.At).In(rule.hours.Zone)
	actual = opening.Weekdays[at.Weekday()] + at.Format(" 15:04 ") + rule.hours.Zone.String()
	return "hours", rule.When.Hours.String(), actual, rule.hours.Contains(at)
}

func (e *evaluation) satisfies(rule *compiled) (condition, expected, actual string, ok bool) {
	if rule.expression == nil {
		return "", "", "", true
	}
	if e.view == nil {
		v := viewOf(e.facts)
		e.view = &v
	}
	ok, err := rule.expression.matches(*e.view)
	switch {
	case err != nil:
		actual = err.Error()
	case ok:
		actual = "true"
	default:
		actual = "false"
	}
	return "expression", rule.When.Expression, actual, ok
}
