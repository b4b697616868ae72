// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// What the report of a waiting call leaves out, earlier events of the call may
// have said: rules decide by it all the same.
func TestEarlierEventsFillIn(t *testing.T) {
	rule := func(destination string, when When) Rule {
		return Rule{Name: destination, Enabled: true, When: when, Destination: destination}
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		rules := []Rule{
			rule("1", When{Expression: `code == "A-77"`}),
			rule("2", When{CalledPattern: "*1234"}),
			rule("3", When{Caller: CallerWithheld}),
			rule("4", When{}),
		}
		if _, _, err := d.ReplaceRules(t.Context(), demo, 1, "", "admin", rules); err != nil {
			t.Fatal(err)
		}
		for call, test := range map[string]struct{ first, waits, want string }{
			"a code":             {`,"their_number":"0912345678","code":"A-77"`, `,"their_number":"0912345678","our_number":"1"`, "1"},
			"a code, all absent": {`,"their_number":"0912345678","our_number":"1","code":"A-77"`, ``, "1"},
			"our number":         {`,"our_number":"19001234"`, `,"their_number":"0912345678","code":"B"`, "2"},
			"their number":       {`,"their_number":"0912345678"`, `,"our_number":"1","code":"B"`, "4"},
			"nothing":            {``, `,"our_number":"1"`, "3"},
			"the report counts":  {`,"our_number":"19001234","code":"A-77"`, `,"their_number":"0912345678","our_number":"1","code":"B"`, "4"},
		} {
			d.report("call.new", 1, call, d.clock.ms()-5, test.first)
			d.report("call.standby", 1, call, d.clock.ms(), test.waits)
			if typ, fact := d.outcome(1, call); typ != typeSent || fact.Destination != test.want {
				t.Errorf("%s: %s %+v, want destination %s", call, typ, fact, test.want)
			}
		}
	})
}
