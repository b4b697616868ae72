// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// storm is n events of every kind on one call that never ends, with texts as
// long and as awkward to encode as the vendor could send.
func storm(n int) []Event {
	types := []string{
		"call.new", "call.standby", "call.waiting", "actor.ringing", "actor.entered", "actor.noanswer", "actor.left",
		"call.ongoing", "call.overflow", "call.recording-available", "call.data-provided", "call.unheard-of",
	}
	events := make([]Event, n)
	for i := range events {
		long := strings.Repeat("<\"\x01é\u2028", 400)
		who := fmt.Sprintf("%d%s", i%97, long)
		events[i] = Event{
			Type: types[i*7%len(types)], At: 1_767_225_600_000 + int64(i), Key: fmt.Sprintf("%064d", i),
			Code: long, Direction: long, OurNumber: long, TheirNumber: long, TheirNumberType: long,
			Queue: fmt.Sprintf("%d%s", i%5, long), URL: who, Actor: who, Number: who, Data: long, CPF: long, CNPJ: long, NPS: long,
		}
	}
	return events
}

// However many events one call id gets, the stored state stays small, since
// it is written with each of them.
func TestStormStaysSmall(t *testing.T) {
	t.Parallel()
	events := storm(100_000)
	var c Call
	for _, e := range events {
		if !c.Apply(e) {
			t.Fatalf("refused %+v", e.Order())
		}
	}
	data, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(data))
	if len(data) > 32<<10 {
		t.Errorf("%d bytes of state", len(data))
	}
	if c.Events != len(events) || c.ParticipantsOmitted == 0 || c.VisitsOmitted == 0 || c.RecordingsOmitted == 0 {
		t.Errorf("counts are off: %d events, omitted %d %d %d", c.Events, c.ParticipantsOmitted, c.VisitsOmitted, c.RecordingsOmitted)
	}
}
