// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"strings"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/opening"
)

// ruleOnWire is a rule on the wire.
type ruleOnWire struct {
	ID          string   `json:"id,omitempty" maxLength:"100" doc:"Given by Tandem when absent"`
	Name        string   `json:"name" maxLength:"100"`
	Enabled     bool     `json:"enabled"`
	When        ruleWhen `json:"when" doc:"All of it must hold; a rule without conditions is for every call"`
	Destination string   `json:"destination" maxLength:"64" doc:"Queue or extension" example:"900"`
}

// ruleWhen is the conditions of a rule on the wire.
type ruleWhen struct {
	Caller        string     `json:"caller,omitempty" enum:"known,new,withheld,any,"`
	CallerPattern string     `json:"callerPattern,omitempty" maxLength:"64" doc:"Digits, * for any number of them, ? for one"`
	CalledPattern string     `json:"calledPattern,omitempty" maxLength:"64" doc:"Digits, * for any number of them, ? for one"`
	Group         string     `json:"group,omitempty" maxLength:"200" doc:"Name of a contact group"`
	Hours         *ruleHours `json:"hours,omitempty"`
	Expression    string     `json:"expression,omitempty" maxLength:"1000" example:"caller.known and time.hour < 12"`
}

// ruleHours is opening hours on the wire.
type ruleHours struct {
	TimeZone string      `json:"timeZone,omitempty" maxLength:"64" doc:"The tenant's own when absent" example:"Asia/Ho_Chi_Minh"`
	Ranges   []ruleRange `json:"ranges" minItems:"1" maxItems:"20"`
}

// ruleRange is a part of some days on the wire.
type ruleRange struct {
	Days []string `json:"days,omitempty" maxItems:"7" doc:"mon, tue, wed, thu, fri, sat, sun; every day when absent"`
	From string   `json:"from" maxLength:"5" example:"08:00"`
	To   string   `json:"to" maxLength:"5" doc:"Before from: the next day" example:"18:00"`
}

func (w ruleOnWire) rule() Rule {
	rule := Rule{
		ID: w.ID, Name: w.Name, Enabled: w.Enabled, Destination: w.Destination,
		When: When{
			Caller: w.When.Caller, CallerPattern: w.When.CallerPattern, CalledPattern: w.When.CalledPattern,
			Group: w.When.Group, Expression: w.When.Expression,
		},
	}
	if w.When.Hours != nil {
		rule.When.Hours = &opening.Hours{TimeZone: w.When.Hours.TimeZone}
		for _, r := range w.When.Hours.Ranges {
			rule.When.Hours.Ranges = append(rule.When.Hours.Ranges, opening.Range(r))
		}
	}
	return rule
}

func wireOf(rule Rule) ruleOnWire {
	w := ruleOnWire{
		ID: rule.ID, Name: rule.Name, Enabled: rule.Enabled, Destination: rule.Destination,
		When: ruleWhen{
			Caller: rule.When.Caller, CallerPattern: rule.When.CallerPattern, CalledPattern: rule.When.CalledPattern,
			Group: rule.When.Group, Expression: rule.When.Expression,
		},
	}
	if hours := rule.When.Hours; hours != nil {
		w.When.Hours = &ruleHours{TimeZone: hours.TimeZone, Ranges: []ruleRange{}}
		for _, r := range hours.Ranges {
			w.When.Hours.Ranges = append(w.When.Hours.Ranges, ruleRange(r))
		}
	}
	return w
}

// decisionOutput is a decision with its reasons on the wire.
type decisionOutput struct {
	Destination     string             `json:"destination" doc:"Empty when reason is set"`
	Reason          string             `json:"reason,omitempty" enum:"no_rule,too_late,"`
	RuleVersion     int64              `json:"ruleVersion"`
	Rule            *decisionRule      `json:"rule" doc:"The rule that matched"`
	Preset          string             `json:"preset"`
	CallerKnown     bool               `json:"callerKnown"`
	Withheld        bool               `json:"withheld"`
	ContactID       string             `json:"contactId"`
	ContactName     string             `json:"contactName"`
	Matched         []decisionMatched  `json:"matched"`
	Rejected        []decisionRejected `json:"rejected" doc:"The rules before it, each by its first condition that did not hold"`
	TookMicros      int64              `json:"tookMicros"`
	StandbyReceived *time.Time         `json:"standbyReceived"`
}

// The pieces of a decision on the wire.
type (
	decisionRule struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	decisionMatched struct {
		Condition string `json:"condition"`
		Value     string `json:"value"`
	}
	decisionRejected struct {
		Rule      string `json:"rule"`
		Condition string `json:"condition"`
		Expected  string `json:"expected"`
		Actual    string `json:"actual"`
	}
)

// decidedOutput is a decision that was made, and what became of it.
type decidedOutput struct {
	Call      int64           `json:"call" doc:"Id of the call"`
	CallID    string          `json:"callId"`
	Connector int64           `json:"connector"`
	DecidedAt *time.Time      `json:"decidedAt"`
	Decision  decisionOutput  `json:"decision"`
	Commands  []commandOutput `json:"commands"`
}

// commandOutput is a command on the wire.
type commandOutput struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	Destination string     `json:"destination"`
	Status      string     `json:"status" enum:"pending,sent,missed"`
	Attempts    int        `json:"attempts"`
	LastError   string     `json:"lastError"`
	Deadline    *time.Time `json:"deadline"`
	CreatedAt   *time.Time `json:"createdAt"`
	FinishedAt  *time.Time `json:"finishedAt"`
}

func decisionOnWire(d Decision) decisionOutput {
	out := decisionOutput{
		Destination: d.Destination, Reason: d.Reason, RuleVersion: d.RuleVersion, Preset: d.Preset,
		CallerKnown: d.CallerKnown, Withheld: d.Withheld, ContactID: d.ContactID, ContactName: d.ContactName,
		Matched: []decisionMatched{}, Rejected: []decisionRejected{},
		TookMicros: d.TookMicros, StandbyReceived: httpapi.Time(d.StandbyReceived),
	}
	if d.Rule != nil {
		out.Rule = &decisionRule{ID: d.Rule.ID, Name: d.Rule.Name}
	}
	for _, m := range d.Matched {
		out.Matched = append(out.Matched, decisionMatched(m))
	}
	for _, r := range d.Rejected {
		out.Rejected = append(out.Rejected, decisionRejected(r))
	}
	return out
}

func decidedOnWire(id int64, d decided, commands []command) decidedOutput {
	out := decidedOutput{
		Call: id, CallID: d.call.CallID, Connector: d.call.Connector, DecidedAt: httpapi.Time(d.at),
		Decision: decisionOnWire(d.Decision), Commands: make([]commandOutput, len(commands)),
	}
	for i, c := range commands {
		out.Commands[i] = commandOutput{
			ID: c.id, Kind: c.kind, Destination: c.destination, Status: c.status, Attempts: c.attempts, LastError: c.lastError,
			Deadline: httpapi.Time(c.deadline), CreatedAt: httpapi.Time(c.createdAt), FinishedAt: httpapi.Time(c.finishedAt),
		}
	}
	return out
}

// storable drops what PostgreSQL cannot hold.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}
