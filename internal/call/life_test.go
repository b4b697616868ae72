// SPDX-License-Identifier: Apache-2.0

package call

import (
	"fmt"
	"strings"
	"testing"
)

// life builds events one second apart from words such as "call.new" or
// "actor.entered actor=ana queue=900".
func life(lines ...string) []Event {
	events := make([]Event, len(lines))
	for i, line := range lines {
		words := strings.Fields(line)
		e := Event{Type: words[0], CallID: "c1", At: int64(1_767_225_600_000 + i*1000), Key: fmt.Sprintf("%s-%d", words[0], i)}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			*e.field([]byte(name)) = value
		}
		events[i] = e
	}
	return events
}

// The flows that the phone systems really send end, and with the right
// outcome, however many stages they leave out.
func TestFlows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events  []Event
		state   State
		outcome Outcome
	}{
		"whole": {life("call.new", "call.standby", "call.waiting queue=900", "actor.ringing actor=a", "actor.entered actor=a",
			"call.ongoing", "actor.left actor=a", "call.finished"), StateFinished, OutcomeAnswered},
		"no standby":        {life("call.new direction=outbound", "call.waiting", "actor.entered", "call.ongoing", "actor.left", "call.finished"), StateFinished, OutcomeAnswered},
		"sandbox":           {life("call.new", "call.standby", "call.ongoing", "call.finished"), StateFinished, OutcomeAnswered},
		"new then finished": {life("call.new", "call.finished"), StateFinished, OutcomeMissed},
		"abandoned":         {life("call.new", "call.standby", "call.waiting queue=900", "call.queue-abandon queue=900", "call.finished"), StateFinished, OutcomeAbandoned},
		"hung up waiting":   {life("call.new", "call.standby", "call.waiting queue=900", "call.finished"), StateFinished, OutcomeAbandoned},
		"abandon, no wait":  {life("call.new", "call.queue-abandon", "call.finished"), StateFinished, OutcomeAbandoned},
		"abandon, no end":   {life("call.new", "call.waiting queue=900", "call.queue-abandon"), StateWaiting, OutcomeNone},
		"legacy spellings":  {life("call.new", "peer.ringing actor=a", "call.on-going", "call.finished"), StateFinished, OutcomeAnswered},
		"one id for ever": {
			life("call.new", "call.standby", "call.ongoing", "call.finished", "call.new", "call.standby", "call.finished", "call.new"),
			StateFinished, OutcomeAnswered,
		},
		"expired":              {life("call.new", "call.ongoing", "live.expired"), StateFinished, OutcomeExpired},
		"expired, then ended":  {life("call.new", "call.ongoing", "live.expired", "call.finished"), StateFinished, OutcomeAnswered},
		"ended, expired late":  {life("call.new", "call.ongoing", "call.finished", "live.expired"), StateFinished, OutcomeAnswered},
		"transfer to a queue":  {life("call.new", "call.waiting queue=900", "call.ongoing", "call.waiting queue=901"), StateWaiting, OutcomeNone},
		"nothing but the end":  {life("call.finished"), StateFinished, OutcomeMissed},
		"nothing but an actor": {life("actor.ringing actor=a"), StateNone, OutcomeNone},
		"agent first, reached": {life("call.new direction=outbound", "call.waiting queue=900", "actor.ringing actor=a", "actor.entered actor=a", "call.ongoing",
			"actor.left actor=a", "call.finished"), StateFinished, OutcomeAnswered},
		"agent first, busy": {life("call.new direction=outbound", "call.waiting queue=900", "actor.ringing actor=a", "actor.entered actor=a",
			"actor.left actor=a", "call.finished"), StateFinished, OutcomeMissed},
		"agent first, nobody":   {life("call.new direction=outbound", "call.waiting queue=900", "call.finished"), StateFinished, OutcomeAbandoned},
		"entered, never spoken": {life("call.new", "call.waiting queue=900", "actor.entered actor=a", "call.finished"), StateFinished, OutcomeAnswered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Fold(tt.events)
			if got.State != tt.state || got.Outcome != tt.outcome {
				t.Errorf("%s %q, want %s %q\n%+v", got.State, got.Outcome, tt.state, tt.outcome, got)
			}
		})
	}
}
