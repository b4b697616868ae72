// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var anyType = rapid.SampledFrom([]string{
	TypeNew, TypeStandby, TypeWaiting, TypeOngoing, TypeFinished, TypeOverflow, TypeFollowMe, TypeAbandon, TypeRecording,
	TypeData, TypeCPF, TypeCNPJ, TypeRinging, TypeNoAnswer, TypeEntered, TypeLeft, TypeExpired, legacyOngoing, legacyRinging,
	"call.unheard-of", "actor.logged-in", "dialer.success", "routing.decided", "command.sent", "",
})

// anyEvents draws events as no phone system would send them, on purpose close
// together in time so that ranks and keys decide. Their keys are unique.
func anyEvents(t *rapid.T) []Event {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "900", "901", "ana", "bruno", "inbound", "outbound"}), rapid.String())
	events := make([]Event, rapid.IntRange(0, 40).Draw(t, "events"))
	for i := range events {
		events[i] = Event{
			Type:      anyType.Draw(t, "type"),
			At:        rapid.OneOf(rapid.Int64Range(1, 8), rapid.Int64()).Draw(t, "at"),
			Key:       fmt.Sprintf("%d-%d", rapid.IntRange(0, 3).Draw(t, "key"), i),
			Direction: text.Draw(t, "direction"), TheirNumber: text.Draw(t, "their_number"), Queue: text.Draw(t, "queue"),
			Actor: text.Draw(t, "actor"), Number: text.Draw(t, "number"), URL: text.Draw(t, "url"), CPF: text.Draw(t, "cpf"),
			Code: text.Draw(t, "code"), Data: text.Draw(t, "data"),
		}
	}
	return events
}

func encode(t interface{ Fatal(...any) }, c Call) string {
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A call is a function of the set of its events: in any order, any of them any
// number of times, they give the same call to the byte.
func TestAnyOrderGivesTheSameCall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		want := encode(t, Fold(events))
		twice := append(slices.Clone(events), events[:rapid.IntRange(0, len(events)).Draw(t, "repeated")]...)
		shuffled := rapid.Permutation(twice).Draw(t, "order")
		before := slices.Clone(shuffled)
		if got := encode(t, Fold(shuffled)); got != want {
			t.Fatalf("shuffled\n%s\nin order\n%s", got, want)
		}
		if !reflect.DeepEqual(before, shuffled) {
			t.Fatal("Fold changed its argument")
		}
	})
}

// Folding the events as they arrive, with the state written and read in
// between and a fold of the whole set whenever Apply says so, is the same as
// folding them at once; and a refusing Apply changes nothing.
func TestOneByOneIsAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.Permutation(anyEvents(t)).Draw(t, "arrival")
		var c Call
		for i, e := range events {
			before := c.Clone()
			if !c.Apply(e) {
				if !reflect.DeepEqual(c, before) {
					t.Fatalf("Apply refused and changed\n%+v\nto\n%+v", before, c)
				}
				c = Fold(events[:i+1])
			}
			var read Call
			if err := json.Unmarshal([]byte(encode(t, c)), &read); err != nil {
				t.Fatal(err)
			}
			c = read
		}
		if got, want := encode(t, c), encode(t, Fold(events)); got != want {
			t.Fatalf("one by one\n%s\nat once\n%s", got, want)
		}
	})
}

// Whatever happens, the parts of a call agree with one another: what the board
// counts, the end, and the limits.
func TestACallIsConsistent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		slices.SortFunc(events, func(a, b Event) int {
			if Before(a.Order(), b.Order()) {
				return -1
			}
			return 1
		})
		var c Call
		for _, e := range events {
			before := c.Clone()
			if !c.Apply(e) {
				t.Fatalf("refused %+v after %+v", e, before.Last)
			}
			ended := c.State == StateFinished
			switch {
			case ended != (c.Outcome != OutcomeNone), ended != (c.EndedBy != ""), ended != (c.Bucket == TypeFinished):
				t.Fatalf("half ended: %+v", c)
			case (c.State == StateNone) != (c.Bucket == ""):
				t.Fatalf("state %q in bucket %q", c.State, c.Bucket)
			case before.State == StateFinished && !ended:
				t.Fatalf("%s reopened the call", e.Type)
			case c.State != before.State && Family(e.Type) != "call" && e.Type != TypeExpired:
				t.Fatalf("%s moved the call to %s", e.Type, c.State)
			case chain[c.State] < chain[before.State] && (before.State != StateOngoing || c.State != StateWaiting):
				t.Fatalf("%s moved the call back from %s to %s", e.Type, before.State, c.State)
			case len(c.Participants) > participantsMax || len(c.Visits) > visitsMax || len(c.Anomalies) > 7:
				t.Fatalf("lists without bounds: %+v", c)
			}
		}
	})
}

// The hand-written reader agrees with encoding/json about every field there
// is, and about those to come.
func TestUnmarshalAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	type plain Call
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(encode(t, rapid.Make[Call]().Draw(t, "call")))
		var got Call
		var want plain
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if !reflect.DeepEqual(got, Call(want)) {
			t.Fatalf("read %+v\nwant %+v", got, want)
		}
	})
	var c Call
	newer := `{"held_at":1.5,"visits":null,"tags":[{"a":"}"}],"state":"NEW"}`
	if err := json.Unmarshal([]byte(newer), &c); err != nil || c.State != StateNew {
		t.Errorf("state of a newer program: %+v, %v", c, err)
	}
}

// A copy shares nothing with its original: events folded into the one leave
// the other as it was.
func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	c := Fold(life("call.new", "call.new", "call.waiting", "actor.ringing actor=a", "call.recording-available url=u"))
	before := encode(t, c)
	clone := c.Clone()
	if encode(t, clone) != before {
		t.Fatalf("clone differs: %+v", clone)
	}
	for i, line := range []string{"call.waiting queue=900", "actor.entered actor=a", "actor.left actor=a", "call.new", "call.finished"} {
		e := life(line)[0]
		e.At = second(int64(10 + i))
		if !clone.Apply(e) {
			t.Fatalf("refused %+v", e)
		}
	}
	if got := encode(t, c); got != before {
		t.Fatalf("the clone's events changed the original from\n%s\nto\n%s", before, got)
	}
}

// What is written by hand is what encoding/json writes, for every call that
// events can make, and for values that they cannot.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		calls := []Call{Fold(anyEvents(t)), rapid.Make[Call]().Draw(t, "call")}
		for _, c := range calls {
			if got, want := string(c.AppendJSON([]byte("before"))), "before"+encode(t, c); got != want {
				t.Fatalf("written\n%s\nwant\n%s", got, want)
			}
		}
	})
}
