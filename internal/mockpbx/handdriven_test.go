// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	drivePath    = "/api/client/pabx/call"
	delegatePath = "/api/client/actions"
)

// handEvents are the events that a resting PBX owes, by type.
func handEvents(t *testing.T, p *PBX) (events []heard) {
	t.Helper()
	for _, lane := range p.poster.lanes {
		for _, one := range lane {
			events = append(events, hear(t, one))
		}
	}
	return events
}

// The hand's protocol, row by row. A word is an event by hand; "delegate" is a
// delegate, after which the events say how it is answered.
func TestHandDrivenProtocol(t *testing.T) {
	t.Parallel()

	const first = `O primeiro evento deve ser "call.new"`
	ok := func(eventType string) string { return "200 call event received from pabx: " + eventType }
	wrong := func(given, current, next string) string {
		return fmt.Sprintf(`400 O evento %q não é válido: o evento atual é %q e o próximo evento esperado é %q`, given, current, next)
	}
	const delegated = " delegate success to call destination: 901"
	tests := map[string]struct {
		does    string   // separated by spaces
		answers []string // to each
		sent    string   // types that went to the webhook
	}{
		"a whole call": {
			does:    strings.Join(stages, " "),
			answers: []string{ok(stages[0]), ok(stages[1]), ok(stages[2]), ok(stages[3]), ok(stages[4]), ok(stages[5]), ok(stages[6])},
			sent:    strings.Join(stages, " "),
		},
		"not new first":    {"call.standby", []string{"400 " + first}, ""},
		"skipping a stage": {"call.new call.waiting", []string{ok("call.new"), wrong("call.waiting", "call.new", "call.standby")}, "call.new"},
		"twice new":        {"call.new call.new", []string{ok("call.new"), wrong("call.new", "call.new", "call.standby")}, "call.new"},
		"back to new": {
			"call.new call.standby call.new call.standby",
			[]string{ok("call.new"), ok("call.standby"), ok("call.new"), ok("call.standby")},
			"call.new call.standby call.new call.standby",
		},
		"delegate, then the same by hand": {
			"call.new call.standby delegate call.waiting call.waiting actor.entered call.waiting",
			[]string{
				ok("call.new"), ok("call.standby"), "201" + delegated, ok("call.waiting"), ok("call.waiting"), ok("actor.entered"),
				wrong("call.waiting", "actor.entered", "call.ongoing"),
			},
			"call.new call.standby call.waiting actor.entered",
		},
		"delegate, then on": {
			"call.new call.standby delegate actor.entered",
			[]string{ok("call.new"), ok("call.standby"), "201" + delegated, ok("actor.entered")},
			"call.new call.standby call.waiting actor.entered",
		},
		"by hand, then delegate": {
			"call.new call.standby call.waiting delegate call.waiting",
			[]string{ok("call.new"), ok("call.standby"), ok("call.waiting"), "200" + delegated, wrong("call.waiting", "call.waiting", "actor.entered")},
			"call.new call.standby call.waiting",
		},
		"delegate of a new call": {
			"call.new delegate call.standby call.new delegate actor.entered",
			[]string{ok("call.new"), "201" + delegated, ok("call.standby"), wrong("call.new", "call.waiting", "actor.entered"), "200" + delegated, ok("actor.entered")},
			"call.new call.waiting actor.entered",
		},
		"the same number after the end": {
			strings.Join(stages, " ") + " call.standby call.new",
			[]string{
				ok(stages[0]), ok(stages[1]), ok(stages[2]), ok(stages[3]), ok(stages[4]), ok(stages[5]), ok(stages[6]),
				"400 " + first, ok("call.new"),
			},
			strings.Join(stages, " ") + " call.new",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := resting()
			var sent []string
			for i, word := range strings.Fields(test.does) {
				status, answer := drive(p, word)
				if got := fmt.Sprintf("%d %s", status, answer); got != test.answers[i] {
					t.Errorf("%d. %s: %s, want %s", i+1, word, got, test.answers[i])
				}
			}
			for _, callID := range p.hand.order {
				for _, one := range p.poster.lanes[callID] {
					sent = append(sent, one.Type)
				}
			}
			if got := strings.Join(sent, " "); got != test.sent {
				t.Errorf("sent %s, want %s", got, test.sent)
			}
			// Nothing goes on by itself.
			if next, planned := p.exchange.next(); planned {
				t.Errorf("something is planned for %v", next)
			}
		})
	}
}

// drive does one word of the protocol to the newest call.
func drive(p *PBX, word string) (int, string) {
	if word == "delegate" {
		id := p.hand.order[len(p.hand.order)-1]
		return ask(p, http.MethodPost, delegatePath, `{"type":"call.waiting","call_id":"`+id+`","destination":901}`)
	}
	return ask(p, http.MethodPost, drivePath, `{"their_number":"11955550123","our_number":"08007770000","type":"`+word+`"}`)
}

// The envelope of a hand-driven call is the documented one to the byte.
func TestHandDrivenEnvelope(t *testing.T) {
	t.Parallel()

	p := resting()
	drive(p, "call.new")
	id := p.hand.order[0]
	const want = `{"chamada":{"call_id":"ID","code":"","type":"call.new","direction":"inbound","our_number":"08007770000","their_number":"11955550123","timestamp":"2026-03-04T01:00:00.000Z"},` +
		`"dados":{"call_id":"ID","type":"call.cpf-provided","cpf":"","timestamp":"2026-03-04T01:00:00.000Z"},"atendente":{},"dialer":{}}`
	if got := string(p.poster.lanes[id][0].Body); got != strings.ReplaceAll(want, "ID", id) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What both addresses of the envelope PBX refuse, and how.
func TestHandDrivenRefusals(t *testing.T) {
	t.Parallel()

	const (
		theirMissing = `{"location":"body","param":"their_number","msg":"o campo their_number é obrigatório!"}`
		theirShort   = `{"location":"body","param":"their_number","msg":"o campo their_number deve ter no mínimo 10 caracteres!"`
		ourMissing   = `{"location":"body","param":"our_number","msg":"o campo our_number é obrigatório!"}`
		ourShort     = `{"location":"body","param":"our_number","msg":"o campo our_number deve ter no mínimo 10 caracteres!"}`
		typeMissing  = `{"location":"body","param":"type","msg":"o campo type é obrigatório!"}`
		typeOdd      = `{"location":"body","param":"type","msg":"o campo type não é um evento válido!"`
	)
	long := strings.Repeat("1", 65)
	tests := map[string]struct {
		path, body string
		status     int
		answer     string
	}{
		"call: nothing in it": {
			drivePath, `{}`, 400,
			"[" + theirMissing + "," + theirShort + "}," + ourMissing + "," + ourShort + "," + typeMissing + "," + typeOdd + "}]",
		},
		"call: short number": {drivePath, `{"their_number":"119","our_number":"0800777000","type":"call.new"}`, 400, "[" + theirShort + `,"value":"119"}]`},
		"call: other type":   {drivePath, `{"their_number":"1195555012","our_number":"0800777000","type":"call.hold"}`, 400, "[" + typeOdd + `,"value":"call.hold"}]`},
		"call: long number": {
			drivePath, `{"their_number":"` + long + `","our_number":"0800777000","type":"call.new"}`, 400,
			`[{"location":"body","param":"their_number","msg":"o campo their_number é longo demais!"}]`,
		},
		"call: not JSON":  {drivePath, `{`, 400, "Bad Request"},
		"call: too large": {drivePath, strings.Repeat(" ", bodyMax+1), 413, "Request Entity Too Large"},
		"delegate: nothing in it": {
			delegatePath, `{}`, 400,
			`[{"location":"params","param":"type","msg":"o campo type é obrigatório!"},{"location":"params","param":"call_id","msg":"o campo call_id é obrigatório!"},` +
				`{"location":"params","param":"destination","msg":"o campo destination é obrigatório!"}]`,
		},
		"delegate: other type": {
			delegatePath, `{"type":"call.finished","call_id":"x","destination":900}`, 400,
			`[{"location":"params","param":"type","msg":"o campo type deve ser call.waiting ou delegate!"}]`,
		},
		"delegate: unknown call": {
			delegatePath, `{"type":"call.waiting","call_id":"x","destination":900}`, 404,
			`[{"location":"params","param":"call_id","msg":"a chamada não existe!","value":"x"}]`,
		},
		"delegate: not JSON": {delegatePath, `900`, 400, "Bad Request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := resting()
			status, answer := ask(p, http.MethodPost, test.path, test.body)
			if status != test.status || answer != test.answer {
				t.Errorf("answer %d %s\nwant %d %s", status, answer, test.status, test.answer)
			}
			if events := handEvents(t, p); len(events) > 0 {
				t.Errorf("sent %v", events)
			}
		})
	}
}

// A destination comes back in an answer that a browser takes for HTML.
func TestDestinationIsEscaped(t *testing.T) {
	t.Parallel()

	p := resting()
	drive(p, "call.new")
	status, answer := ask(p, http.MethodPost, delegatePath, `{"type":"delegate","call_id":"`+p.hand.order[0]+`","destination":"<script>"}`)
	if status != 201 || answer != "delegate success to call destination: &lt;script&gt;" {
		t.Errorf("answer %d %s", status, answer)
	}
}

// The vendor's address takes delegates for hand-driven calls too.
func TestVendorActionMovesAHandDrivenCall(t *testing.T) {
	t.Parallel()

	p := resting()
	drive(p, "call.new")
	drive(p, "call.standby")
	status, _ := ask(p, http.MethodPost, "/actions", `{"type":"delegate","call_id":"`+p.hand.order[0]+`","destination":"901"}`)
	if events := handEvents(t, p); status != 200 || len(events) != 3 || events[2].Type != "call.waiting" {
		t.Errorf("answer %d, events %v", status, events)
	}
}

// Calls that nobody drives to their end are forgotten, oldest first.
func TestHandBoardIsBounded(t *testing.T) {
	t.Parallel()

	b := newHandBoard(1)
	for i := range handMax + 10 {
		if _, moved, refusal := b.drive(morning, fmt.Sprintf("09%08d", i), "0800777000", stageNew); refusal != "" || !moved {
			t.Fatal(moved, refusal)
		}
	}
	if len(b.byID) != handMax || len(b.open) != handMax || len(b.order) != handMax {
		t.Errorf("%d by id, %d open, %d in order", len(b.byID), len(b.open), len(b.order))
	}
	if _, _, refusal := b.drive(morning, "0900000000", "0800777000", stageStandby); refusal == "" {
		t.Error("the oldest call is still there")
	}
	if _, moved, refusal := b.drive(morning, "0900000010", "0800777000", stageStandby); refusal != "" || !moved {
		t.Error("a newer call is gone")
	}
}
