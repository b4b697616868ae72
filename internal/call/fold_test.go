// SPDX-License-Identifier: Apache-2.0

package call

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// second returns the time of the n-th event of a life.
func second(n int64) int64 { return 1_767_225_600_000 + n*1000 }

// A whole life, looked at field by field.
func TestWholeLife(t *testing.T) {
	t.Parallel()
	events := append(wholeLife(), Event{Type: TypeRecording, URL: "https://pbx.example/1.wav", At: second(60), Key: "r"},
		Event{Type: TypeData, Data: "menu 2", NPS: "9", At: second(61), Key: "d"})
	want := Call{
		State: StateFinished, Outcome: OutcomeAnswered, Direction: "inbound", Code: "A-77",
		TheirNumber: "11955550123", TheirNumberType: "mobile", OurNumber: "08007770000", Queue: "900",
		CurrentActor: "ana@demo.example", CurrentNumber: "200",
		NewAt: second(0), StandbyAt: second(1), WaitingAt: second(2), EnteredAt: second(4), AnsweredAt: second(4),
		OngoingAt: second(5), FinishedAt: second(7), EndedAt: second(7), EndedBy: TypeFinished, Bucket: TypeFinished,
		Participants: []Participant{{
			Actor: "ana@demo.example", Number: "200", Queue: "900",
			Segments: []Segment{{RingAt: second(3), EnteredAt: second(4), LeftAt: second(6)}},
		}},
		Visits:     []Visit{{Queue: "900", From: second(2), To: second(4), Left: LeftAnswered}},
		Recordings: []string{"https://pbx.example/1.wav"}, Provided: Provided{Data: "menu 2", NPS: "9"},
		Seen: true, Events: 10, LastAt: second(61), Last: Order{At: second(61), Rank: 15, Key: "d"},
	}
	if diff := cmp.Diff(want, Fold(events)); diff != "" {
		t.Error(diff)
	}
}

// The tolerant machine: what each event makes of each state.
func TestMachine(t *testing.T) {
	t.Parallel()
	stages := []string{TypeNew, TypeStandby, TypeWaiting, TypeOngoing, TypeFinished}
	want := map[State][]State{ // after a call.new, call.standby …
		StateNone:     {StateNew, StateStandby, StateWaiting, StateOngoing, StateFinished},
		StateNew:      {StateNew, StateStandby, StateWaiting, StateOngoing, StateFinished},
		StateStandby:  {StateStandby, StateStandby, StateWaiting, StateOngoing, StateFinished},
		StateWaiting:  {StateWaiting, StateWaiting, StateWaiting, StateOngoing, StateFinished},
		StateOngoing:  {StateOngoing, StateOngoing, StateWaiting, StateOngoing, StateFinished},
		StateFinished: {StateFinished, StateFinished, StateFinished, StateFinished, StateFinished},
	}
	others := []string{
		TypeOverflow, TypeFollowMe, TypeAbandon, TypeRecording, TypeData, TypeCPF, TypeRinging, TypeNoAnswer, TypeEntered, TypeLeft,
		"call.unheard-of", "routing.decided",
	}
	for from, row := range want {
		for i, typ := range stages {
			if got := arrive(from, typ); got.State != row[i] {
				t.Errorf("%q after %s is %q, want %q", from, typ, got.State, row[i])
			}
		}
		for _, typ := range others {
			if got := arrive(from, typ); got.State != from {
				t.Errorf("%s moved %q to %q", typ, from, got.State)
			}
		}
	}
}

// arrive returns a call that was in a state when an event of typ came.
func arrive(from State, typ string) Call {
	first := map[State]string{
		StateNew: TypeNew, StateStandby: TypeStandby, StateWaiting: TypeWaiting, StateOngoing: TypeOngoing, StateFinished: TypeFinished,
	}
	if from == StateNone {
		return Fold(life(typ + " cpf=1"))
	}
	return Fold(life(first[from], typ+" cpf=1"))
}

// The dashboard counts a call under the last of seven types; others do not
// move it, and it never leaves "finished".
func TestBucket(t *testing.T) {
	t.Parallel()
	steps := []struct{ line, want string }{
		{"actor.entered actor=early", ""},
		{"call.recording-available url=u", ""},
		{"call.new", TypeNew},
		{"call.data-provided data=1", TypeNew},
		{"call.standby", TypeStandby},
		{"call.overflow", TypeStandby},
		{"call.waiting queue=900", TypeWaiting},
		{"actor.ringing actor=a", TypeWaiting},
		{"actor.noanswer actor=a", TypeWaiting},
		{"actor.entered actor=b", TypeEntered},
		{"call.waiting queue=900", TypeEntered},
		{"call.ongoing", TypeOngoing},
		{"call.standby", TypeOngoing},
		{"call.unheard-of", TypeOngoing},
		{"actor.left actor=b", TypeLeft},
		{"call.finished", TypeFinished},
		{"actor.left actor=early", TypeFinished},
		{"call.new", TypeFinished},
		{"actor.entered actor=c", TypeFinished},
	}
	var lines []string
	for i, step := range steps {
		lines = append(lines, step.line)
		if got := Fold(life(lines...)).Bucket; got != step.want {
			t.Errorf("after event %d, %s: %q, want %q", i, step.line, got, step.want)
		}
	}
	if got := Fold(life("call.new", "live.expired")).Bucket; got != TypeFinished {
		t.Errorf("an expired call is counted under %q", got)
	}
}

func TestVisits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []Event
		want   []Visit
	}{
		"answered by an agent after call.ongoing": {
			life("call.new", "call.waiting queue=900", "call.ongoing", "actor.entered actor=a"),
			[]Visit{{Queue: "900", From: second(1), To: second(3), Left: LeftAnswered}},
		},
		"answered, no agent reported": {
			life("call.waiting queue=900", "call.ongoing"),
			[]Visit{{Queue: "900", From: second(0), To: second(1), Left: LeftAnswered, ByOngoing: true}},
		},
		"abandoned":             {life("call.waiting queue=900", "call.queue-abandon", "call.finished"), []Visit{{Queue: "900", From: second(0), To: second(1), Left: LeftAbandoned}}},
		"hung up":               {life("call.waiting", "call.finished"), []Visit{{From: second(0), To: second(1), Left: LeftAbandoned}}},
		"expired":               {life("call.waiting queue=900", "live.expired"), []Visit{{Queue: "900", From: second(0)}}},
		"expired, then hung up": {life("call.waiting", "live.expired", "call.finished"), []Visit{{From: second(0), To: second(2), Left: LeftAbandoned}}},
		"repeated":              {life("call.waiting", "call.waiting queue=900", "call.waiting"), []Visit{{Queue: "900", From: second(0)}}},
		"repeated after entry": {
			life("call.waiting queue=900", "actor.entered actor=a", "call.waiting queue=900"),
			[]Visit{{Queue: "900", From: second(0), To: second(1), Left: LeftAnswered}},
		},
		"back in the queue, the agent gone": {
			life("call.waiting queue=900", "actor.entered actor=a", "actor.left actor=a", "call.waiting queue=900"),
			[]Visit{{Queue: "900", From: second(0), To: second(1), Left: LeftAnswered}, {Queue: "900", From: second(3)}},
		},
		"overflow and back": {
			life("call.waiting queue=900", "call.overflow", "call.waiting queue=901", "call.follow-me", "call.waiting queue=901"),
			[]Visit{
				{Queue: "900", From: second(0), To: second(1), Left: LeftOverflow},
				{Queue: "901", From: second(2), To: second(3), Left: LeftFollowMe},
				{Queue: "901", From: second(4)},
			},
		},
		"moved": {
			life("call.waiting queue=900", "call.waiting queue=901"),
			[]Visit{{Queue: "900", From: second(0), To: second(1), Left: LeftMoved}, {Queue: "901", From: second(1)}},
		},
		"transferred to the same queue": {
			life("call.waiting queue=900", "actor.entered actor=a", "call.ongoing", "call.waiting queue=900", "actor.left actor=a", "actor.entered actor=b"),
			[]Visit{
				{Queue: "900", From: second(0), To: second(1), Left: LeftAnswered},
				{Queue: "900", From: second(3), To: second(5), Left: LeftAnswered},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Fold(tt.events).Visits); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParticipants(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events  []Event
		want    []Participant
		current string
	}{
		"rings, does not answer, rings again, enters": {
			life("call.new", "actor.ringing actor=a number=1", "actor.noanswer actor=a", "actor.ringing actor=a", "actor.entered actor=a queue=900"),
			[]Participant{{Actor: "a", Number: "1", Queue: "900", Segments: []Segment{
				{RingAt: second(1), NoAnswerAt: second(2)}, {RingAt: second(3), EnteredAt: second(4)},
			}}},
			"a",
		},
		"no ring reported":  {life("call.new", "actor.noanswer actor=a"), []Participant{{Actor: "a", Segments: []Segment{{NoAnswerAt: second(1)}}}}, ""},
		"entered twice":     {life("call.new", "actor.entered actor=a", "actor.entered actor=a"), []Participant{{Actor: "a", Segments: []Segment{{EnteredAt: second(1)}}}}, "a"},
		"comes back":        {life("call.new", "actor.entered actor=a", "actor.left actor=a", "actor.entered actor=a"), []Participant{{Actor: "a", Segments: []Segment{{EnteredAt: second(1), LeftAt: second(2)}, {EnteredAt: second(3)}}}}, "a"},
		"nameless":          {life("call.new", "actor.entered", "actor.left"), []Participant{{Segments: []Segment{{EnteredAt: second(1), LeftAt: second(2)}}}}, ""},
		"name learnt later": {life("call.new", "actor.ringing number=1", "actor.entered actor=a number=1"), []Participant{{Actor: "a", Number: "1", Segments: []Segment{{RingAt: second(1), EnteredAt: second(2)}}}}, "a"},
		"two at one phone": {
			life("call.new", "actor.entered actor=a number=1", "actor.entered actor=b number=1", "actor.left actor=b"),
			[]Participant{{Actor: "a", Number: "1", Segments: []Segment{{EnteredAt: second(1)}}}, {Actor: "b", Number: "1", Segments: []Segment{{EnteredAt: second(2), LeftAt: second(3)}}}},
			"a",
		},
		"leaves after the end":   {life("call.new", "actor.entered actor=a", "call.finished", "actor.left actor=a"), []Participant{{Actor: "a", Segments: []Segment{{EnteredAt: second(1), LeftAt: second(3)}}}}, "a"},
		"never reported leaving": {life("call.new", "actor.entered actor=a", "call.finished"), []Participant{{Actor: "a", Segments: []Segment{{EnteredAt: second(1)}}}}, "a"},
		"transferred": {
			life("call.new", "actor.entered actor=a", "call.ongoing", "call.waiting queue=901", "actor.left actor=a"),
			[]Participant{{Actor: "a", Segments: []Segment{{EnteredAt: second(1), LeftAt: second(4)}}}},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Fold(tt.events)
			if diff := cmp.Diff(tt.want, got.Participants); diff != "" {
				t.Error(diff)
			}
			if got.CurrentActor != tt.current {
				t.Errorf("%q has the call, want %q", got.CurrentActor, tt.current)
			}
		})
	}
}

// The agent who answers is recorded however many phones rang before.
func TestAnswerSurvivesManyOffers(t *testing.T) {
	t.Parallel()
	lines := []string{"call.new", "call.waiting queue=900"}
	for range 50 {
		for _, actor := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s"} {
			lines = append(lines, "actor.ringing actor="+actor, "actor.noanswer actor="+actor)
		}
	}
	at := int64(len(lines))
	c := Fold(life(append(lines, "actor.entered actor=z", "call.ongoing", "actor.ringing actor=y", "actor.ringing actor=x")...))
	z := c.find("z", "")
	if z == nil || z.last().EnteredAt != second(at) || c.CurrentActor != "z" || c.ParticipantsOmitted == 0 {
		t.Errorf("%q has the call: %+v", c.CurrentActor, z)
	}
}

func TestAnomalies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []Event
		want   []Anomaly
	}{
		"none":            {wholeLife(), nil},
		"abandoned":       {life("call.new", "call.standby", "call.waiting", "call.finished"), nil},
		"missed":          {life("call.new", "call.finished"), nil},
		"outbound":        {life("call.new direction=outbound", "call.waiting", "call.ongoing", "call.finished"), nil},
		"after the end":   {life("call.new", "call.finished", "call.recording-available url=u", "call.data-provided nps=9", "live.expired"), nil},
		"no standby":      {life("call.new", "call.waiting"), []Anomaly{{SkippedStage, 1, "standby", second(1)}}},
		"sandbox":         {life("call.new", "call.standby", "call.ongoing"), []Anomaly{{SkippedStage, 1, "waiting", second(2)}}},
		"from the middle": {life("call.ongoing direction=inbound"), []Anomaly{{SkippedStage, 1, "new, standby, waiting", second(0)}}},
		"repeated":        {life("call.new", "call.new", "call.new"), []Anomaly{{RepeatedStage, 2, TypeNew, second(1)}}},
		"back":            {life("call.new", "call.standby", "call.new"), []Anomaly{{MovedBack, 1, TypeNew, second(2)}}},
		"orphan":          {life("actor.entered actor=a", "actor.left actor=a"), []Anomaly{{OrphanActor, 2, TypeEntered, second(0)}}},
		"left, not entered": {
			life("call.new", "actor.ringing actor=a", "actor.left actor=a"),
			[]Anomaly{{OrphanActor, 1, "left without entered", second(2)}},
		},
		"the vendor's load generator": {
			life("call.new", "call.finished", "call.finished", "call.new", "call.standby", "actor.entered", "call.new", "call.finished"),
			[]Anomaly{{EndedTwice, 2, "", second(2)}, {IDReused, 2, "", second(3)}, {EventAfterEnd, 2, TypeStandby, second(4)}},
		},
		"end after expiry": {life("call.new", "live.expired", "call.finished"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, Fold(tt.events).Anomalies); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Phone systems report whole seconds. A life within one second is the same
// life, in whatever order its events came.
func TestOneInstant(t *testing.T) {
	t.Parallel()
	events := wholeLife()
	for i := range events {
		events[i].At = second(0)
	}
	c := Fold(events)
	if c.Outcome != OutcomeAnswered || c.Anomalies != nil || len(c.Participants) != 1 || len(c.Participants[0].Segments) != 1 {
		t.Errorf("%+v", c)
	}
}

// Times of the end: the reported one, else when Tandem closed the call, and
// the first is told from the second.
func TestEnd(t *testing.T) {
	t.Parallel()
	expired := Fold(life("call.new", "live.expired"))
	if expired.FinishedAt != 0 || expired.EndedAt != second(1) || expired.EndedBy != TypeExpired {
		t.Errorf("expired: %+v", expired)
	}
	ended := Fold(life("call.new", "live.expired", "call.finished"))
	if ended.FinishedAt != second(2) || ended.EndedAt != second(2) || ended.EndedBy != TypeFinished {
		t.Errorf("ended later: %+v", ended)
	}
	late := Fold(life("call.new", "call.finished", "live.expired"))
	if late.EndedAt != second(1) || late.EndedBy != TypeFinished {
		t.Errorf("ended before: %+v", late)
	}
}

// An event is folded once: Apply knows the last one again, Fold any by its key,
// even one whose missing time was filled in differently each time it came.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	events := life("call.new", "call.standby")
	c := Fold(events)
	before := c.Clone()
	if c.Apply(events[1]) || c.Apply(events[0]) {
		t.Error("Apply folded an event twice")
	}
	if diff := cmp.Diff(before, c); diff != "" {
		t.Error(diff)
	}
	later := events[0]
	later.At = second(9)
	if diff := cmp.Diff(before, Fold(append(events, later))); diff != "" {
		t.Error(diff)
	}
}
