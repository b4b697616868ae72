// SPDX-License-Identifier: Apache-2.0

package routing

import "tandem/internal/problem"

// The presets: what the two sources of the delegate rule say. They disagree.
const (
	PresetKnown900 = "known-900-new-901" // known callers to 900, new ones to 901; a new tenant's
	PresetNew900   = "new-900-known-901" // the phone system vendor's
)

// defaultQueues are a new tenant's queues.
var defaultQueues = []Queue{{Number: "900", Name: "Known callers"}, {Number: "901", Name: "New callers"}}

// presetRules returns the rules of a preset; NotFound when there is none of
// that name. A withheld number says nothing about its caller, so it has a rule
// of its own, to the queue that expects nothing to be known.
func presetRules(name string) ([]Rule, error) {
	var known, fresh string
	switch name {
	case PresetKnown900:
		known, fresh = "900", "901"
	case PresetNew900:
		known, fresh = "901", "900"
	default:
		return nil, problem.New(problem.NotFound, "routing.no_such_preset", "There is no such preset.")
	}
	return []Rule{
		{Name: "Withheld number", Enabled: true, When: When{Caller: CallerWithheld}, Destination: fresh},
		{Name: "Known caller", Enabled: true, When: When{Caller: CallerKnown}, Destination: known},
		{Name: "New caller", Enabled: true, When: When{Caller: CallerNew}, Destination: fresh},
	}, nil
}
