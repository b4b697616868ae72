// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live/livetest"
	"tandem/internal/projection"
)

// A waiting call is decided and its phone system told, in the words of its
// dialect and with its credential; everything about it is in the log.
func TestDelegate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		vendor, pabx := newPBX(t, fine), newPBX(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte("delegate success to call destination: 900"))
		})
		d.around.connect(1, "delegate", vendor.URL+"/actions?token=hidden")
		d.around.connect(2, "call.waiting", pabx.URL)
		d.standby(1, "first/1", "0912345678")
		if typ, fact := d.outcome(1, "first/1"); typ != "command.sent" || fact.Status != 200 || fact.Attempts != 1 ||
			fact.Destination != "901" || fact.URL != vendor.URL+"/actions" || fact.Reason != "" {
			t.Errorf("first call: %s %+v", typ, fact)
		}
		d.standby(2, "second", "+84 912 345 678")
		d.outcome(2, "second")
		d.standby(1, "hidden", "anonymous")
		d.outcome(1, "hidden")
		want := []string{
			`{"type":"delegate","call_id":"first/1","destination":"901"}`,
			`{"type":"delegate","call_id":"hidden","destination":"901"}`,
		}
		if diff := cmp.Diff(want, vendor.told()); diff != "" {
			t.Errorf("vendor was told (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{`{"type":"call.waiting","call_id":"second","destination":900}`}, pabx.told()); diff != "" {
			t.Errorf("pabx was told (-want +got):\n%s", diff)
		}
		if vendor.users[0] != "tandem:s3cret" {
			t.Errorf("credential %q", vendor.users[0])
		}
		if got := d.types(1, "first/1"); got != "routing.decided command.sent" {
			t.Errorf("facts: %s", got)
		}
		fact := d.own(1, "first/1")[0]
		var made Decision
		if err := json.Unmarshal(fact.Data, &made); err != nil || fact.Key != "routing.decided" || fact.Connector != 0 || fact.At != fact.Received {
			t.Errorf("decided %+v, %v", fact, err)
		}
		if made.Rule == nil || made.Rule.Name != "New caller" || made.RuleVersion != 1 || made.Preset != PresetKnown900 || made.CallerKnown ||
			len(made.Rejected) != 2 || made.StandbyReceived == 0 || made.ContactID == "" {
			t.Errorf("reasons %+v", made)
		}
	})
}

// However often and in whatever order a call is reported to wait, before and
// after it was sent on, it is decided once and its phone system told once.
func TestDecidedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		now := d.clock.ms()
		for _, at := range []int64{now, now - 2000, now + 1, now - 1000} {
			d.report("call.standby", 1, "c", at, `,"their_number":"0912345678"`)
		}
		d.start()
		d.outcome(1, "c")
		d.report("call.standby", 1, "c", now+5, `,"their_number":"0912345678"`)
		d.report("call.standby", 1, "c", now-5, `,"their_number":"0987654321"`)
		d.caughtUp()
		d.standby(1, "after", "0912345678")
		d.outcome(1, "after")
		if got := d.types(1, "c"); got != "routing.decided command.sent" {
			t.Errorf("facts: %s", got)
		}
		want := []string{`{"type":"delegate","call_id":"c","destination":"901"}`, `{"type":"delegate","call_id":"after","destination":"900"}`}
		if diff := cmp.Diff(want, p.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// A phone system in trouble is tried again while the call waits; its own no is
// final. Nothing of an answer can hurt.
func TestTroubledPBX(t *testing.T) {
	page := func(w http.ResponseWriter, status int) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html>\x00not yet</html>"))
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(`{"error":"no"}`))
		}
	}
	tests := map[string]struct {
		first  func(w http.ResponseWriter)
		missed string // reason; "" when the second attempt gets through
	}{
		"500":            {status(500), ""},
		"503":            {status(503), ""},
		"429":            {status(429), ""},
		"408":            {status(408), ""},
		"a proxy's 404":  {func(w http.ResponseWriter) { page(w, 404) }, ""},
		"a proxy's 502":  {func(w http.ResponseWriter) { page(w, 502) }, ""},
		"a proxy's 200":  {func(w http.ResponseWriter) { page(w, 200) }, ""},
		"cut connection": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, ""},
		"redirect":       {func(w http.ResponseWriter) { w.Header().Set("Location", "/elsewhere"); w.WriteHeader(http.StatusFound) }, ""},
		"404":            {status(404), reasonRefused},
		"400":            {status(400), reasonRefused},
		"401":            {status(401), reasonRefused},
		"huge answer": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write(make([]byte, 1<<20))
		}, ""},
		"broken off body": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusInternalServerError)
		}, ""},
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		p := newPBX(t, func(w http.ResponseWriter, r *http.Request, nth int) {
			name := strings.TrimPrefix(r.URL.Path, "/")
			if nth > 1 {
				fine(w, r, nth)
				return
			}
			tests[name].first(w)
		})
		connector := int64(0)
		for name, test := range tests {
			connector++
			d.around.connect(connector, "delegate", p.URL+"/"+name)
			d.standby(connector, name, "0912345678")
			typ, fact := d.outcome(connector, name)
			attempts := 2
			if test.missed != "" {
				attempts = 1
			}
			if fact.Reason != test.missed || fact.Attempts != attempts || (typ == "command.missed") != (test.missed != "") {
				t.Errorf("%s: %s %+v", name, typ, fact)
			}
		}
	})
}

// A phone system that cannot be reached is told nothing, and that is written
// down when the call no longer waits for it.
func TestDeadline(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		dead := newPBX(t, fine)
		dead.Close()
		d.around.connect(1, "delegate", dead.URL)
		d.standby(1, "c", "0912345678")
		d.await("a failed attempt", func() bool {
			commands, err := d.store.commandsOf(t.Context(), callRef{Tenant: demo.ID, Connector: 1, CallID: "c"})
			return err == nil && len(commands) == 1 && commands[0].attempts > 1 && commands[0].status == statusPending
		})
		d.clock.forward(9 * time.Second) // nearly; the pauses have grown to seconds or will
		d.clock.forward(2 * time.Second)
		typ, fact := d.outcome(1, "c")
		if typ != "command.missed" || fact.Reason != reasonDeadline || fact.Attempts < 2 || fact.Error == "" || fact.TookMS < 10_000 {
			t.Errorf("%s %+v", typ, fact)
		}
		if got := d.types(1, "c"); got != "routing.decided command.missed" {
			t.Errorf("facts: %s", got)
		}
	})
}

// Before each attempt the call must still wait: one that has moved on is left
// alone, and one that moved on before it was seen is not decided at all.
func TestMovedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		moved := make(chan struct{})
		p := newPBX(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			<-moved
			w.WriteHeader(http.StatusInternalServerError)
		})
		d.around.connect(1, "delegate", p.URL)
		now := d.clock.ms()
		d.standby(1, "before", "0912345678")
		d.report("call.waiting", 1, "before", now+1000, `,"queue":"900"`)
		d.start()
		d.caughtUp()
		if got := d.types(1, "before"); got != "" {
			t.Errorf("a call that had moved on: %s", got)
		}
		d.standby(1, "between", "0912345678")
		d.await("the first attempt", func() bool { return len(p.told()) == 1 })
		d.report("call.waiting", 1, "between", d.clock.ms()+1000, `,"queue":"901"`)
		close(moved)
		if typ, fact := d.outcome(1, "between"); typ != "command.missed" || fact.Reason != reasonMovedOn || fact.Attempts != 1 || len(p.told()) != 1 {
			t.Errorf("%s %+v, told %d times", typ, fact, len(p.told()))
		}
	})
}

// A call that has waited longer than its phone system waits is not decided; it
// is written down as missed, once.
func TestTooLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.report("call.standby", 1, "late", d.clock.ago(10*time.Second), `,"their_number":"0912345678"`)
		d.start()
		typ, fact := d.outcome(1, "late")
		if typ != "command.missed" || fact.Reason != ReasonTooLate {
			t.Errorf("%s %+v", typ, fact)
		}
		d.report("call.standby", 1, "late", d.clock.ms(), `,"their_number":"0912345678"`)
		d.caughtUp()
		if got := d.types(1, "late"); got != "command.missed" || len(p.told()) != 0 || d.around.asked.Load() != 0 {
			t.Errorf("facts %s, told %v", got, p.told())
		}
	})
}

// When nobody can say who is calling, calls wait for the answer; when it comes
// too late they are missed, not forgotten.
func TestNobodyKnowsTheCaller(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.around.silent.Store(true)
		d.standby(1, "soon", "0912345678")
		d.standby(1, "never", "0912345678")
		reader := projection.Reader{Name: "routing", Prepare: d.prepare}
		if err := projection.CatchUp(t.Context(), d.log, d.db, reader); err == nil || d.around.asked.Load() != askAttempts {
			t.Errorf("got %v after %d questions", err, d.around.asked.Load())
		}
		if at, err := projection.Checkpoint(t.Context(), d.db, "routing"); err != nil || at != 0 {
			t.Errorf("checkpoint %d, %v", at, err)
		}
		d.clock.forward(11 * time.Second)
		d.standby(1, "soon again", "0912345678")
		d.around.silent.Store(false)
		d.start()
		for _, call := range []string{"soon", "never"} {
			if _, fact := d.outcome(1, call); fact.Reason != ReasonTooLate {
				t.Errorf("%s: %+v", call, fact)
			}
		}
		if typ, fact := d.outcome(1, "soon again"); typ != "command.sent" {
			t.Errorf("a call in time: %s %+v", typ, fact)
		}
	})
}

// A process that dies between decision and sending drops nothing: whoever
// comes next sends the command, once its hold has run out.
func TestRestartBetweenDecisionAndSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.standby(1, "c", "0912345678")
		if err := projection.CatchUp(t.Context(), d.log, d.db, projection.Reader{Name: "routing", Prepare: d.prepare}); err != nil {
			t.Fatal(err)
		}
		if got := d.types(1, "c"); got != "routing.decided" {
			t.Fatalf("facts before the crash: %s", got)
		}
		next := open(t, database, d.directory, d.log, d.live, d.bus, d.around)
		next.clock.forward(4 * time.Second)
		next.start()
		if typ, fact := next.outcome(1, "c"); typ != "command.sent" || fact.Attempts != 1 {
			t.Errorf("%s %+v", typ, fact)
		}
		if got := p.told(); len(got) != 1 {
			t.Errorf("told %v", got)
		}
	})
}

// Commands that a dead process left behind are taken over by one of the others,
// not by each.
func TestLeftBehindAreTakenOnce(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		database := dbtest.Open(t, dsn)
		dead := prepareDesk(t, database)
		p := newPBX(t, fine)
		dead.around.connect(1, "delegate", p.URL)
		const calls = 30
		for i := range calls {
			dead.standby(1, fmt.Sprint("c", i), "0912345678")
		}
		if err := projection.CatchUp(t.Context(), dead.log, dead.db, projection.Reader{Name: "routing", Prepare: dead.prepare}); err != nil {
			t.Fatal(err)
		}
		second := dbtest.Open(t, dsn)
		log, l, b := livetest.StartOn(t, second, dead.directory)
		heirs := []*desk{
			open(t, database, dead.directory, dead.log, dead.live, dead.bus, dead.around),
			open(t, second, dead.directory, log, l, b, dead.around),
		}
		for _, heir := range heirs {
			heir.clock.forward(4 * time.Second)
			heir.start()
		}
		for i := range calls {
			if typ, fact := heirs[0].outcome(1, fmt.Sprint("c", i)); typ != "command.sent" {
				t.Errorf("call %d: %s %+v", i, typ, fact)
			}
		}
		if told := p.told(); len(told) != calls {
			t.Errorf("told %d times about %d calls", len(told), calls)
		}
	})
}

// A command that a sweep has found and that was finished before the sweep got
// to it is not sent again.
func TestFinishedMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		d.standby(1, "c", "0912345678")
		if err := projection.CatchUp(t.Context(), d.log, d.db, projection.Reader{Name: "routing", Prepare: d.prepare}); err != nil {
			t.Fatal(err)
		}
		found, err := d.store.takeable(t.Context(), d.sender.owner, d.clock.ms(), math.MaxInt64, 10)
		if err != nil || len(found) != 1 {
			t.Fatalf("found %+v, %v", found, err)
		}
		for range 2 {
			d.sender.carry(t.Context(), found[0], knownNothing)
			ended := make(chan struct{})
			close(ended)
			d.sender.recorder.run(t.Context(), ended)
		}
		if told := p.told(); len(told) != 1 || d.types(1, "c") != "routing.decided command.sent" {
			t.Errorf("told %v, facts %s", told, d.types(1, "c"))
		}
	})
}

// Two processes may decide the same call before either has written; what is
// written second changes nothing.
func TestDecisionWrittenTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		d.standby(1, "c", "0912345678")
		records, err := d.log.ReadAfter(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var writes []projection.Write
		for range 2 {
			write, err := d.prepare(t.Context(), records)
			if err != nil {
				t.Fatal(err)
			}
			writes = append(writes, write)
		}
		for _, write := range writes {
			if err := d.log.Transact(t.Context(), write); err != nil {
				t.Fatal(err)
			}
		}
		commands, err := d.store.commandsOf(t.Context(), callRef{Tenant: demo.ID, Connector: 1, CallID: "c"})
		if err != nil || len(commands) != 1 || d.types(1, "c") != "routing.decided" {
			t.Errorf("%d commands, facts %s, %v", len(commands), d.types(1, "c"), err)
		}
	})
}

// A module that is restarted in its process takes its own commands up at once.
func TestRestartedModule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		dead, p := newPBX(t, fine), newPBX(t, fine)
		dead.Close()
		d.around.connect(1, "delegate", dead.URL)
		stop := d.start()
		d.standby(1, "c", "0912345678")
		d.await("an attempt", func() bool {
			commands, err := d.store.commandsOf(t.Context(), callRef{Tenant: demo.ID, Connector: 1, CallID: "c"})
			return err == nil && len(commands) == 1 && commands[0].attempts > 0
		})
		stop()
		if got := d.types(1, "c"); got != "routing.decided" {
			t.Fatalf("facts after stopping: %s", got)
		}
		d.around.connect(1, "delegate", p.URL)
		d.start()
		if typ, fact := d.outcome(1, "c"); typ != "command.sent" || fact.Attempts < 2 {
			t.Errorf("%s %+v", typ, fact)
		}
	})
}

// Two processes that run at once share the work: every call is decided once
// and its phone system told once.
func TestTwoProcesses(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		database := dbtest.Open(t, dsn)
		one := prepareDesk(t, database)
		p := newPBX(t, fine)
		one.around.connect(1, "delegate", p.URL)
		second := dbtest.Open(t, dsn)
		log, l, b := livetest.StartOn(t, second, one.directory)
		two := open(t, second, one.directory, log, l, b, one.around)
		one.start()
		two.start()
		const calls = 40
		for i := range calls {
			[]*desk{one, two}[i%2].standby(1, fmt.Sprint("c", i), fmt.Sprint("09123456", 10+i))
		}
		for i := range calls {
			one.outcome(1, fmt.Sprint("c", i))
			if got := one.types(1, fmt.Sprint("c", i)); got != "routing.decided command.sent" {
				t.Errorf("call %d: %s", i, got)
			}
		}
		if told := p.told(); len(told) != calls {
			t.Errorf("told %d times about %d calls", len(told), calls)
		}
	})
}

// A phone system that does not answer delays nobody but its own calls, and
// nobody's events.
func TestSlowPBXDelaysNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		// Longer than the test takes on a busy machine, so that the slots stay taken.
		d.deadline, d.sender.timeout, d.sender.holdTime = 2*time.Minute, time.Minute, time.Minute+time.Second
		d.start()
		release := make(chan struct{})
		slow, quick := newPBX(t, func(w http.ResponseWriter, r *http.Request, nth int) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			fine(w, r, nth)
		}), newPBX(t, fine)
		d.around.connect(1, "delegate", slow.URL)
		d.around.connect(2, "delegate", quick.URL)
		calls := 2 * cap(d.sender.lane(command{call: callRef{Tenant: demo.ID, Connector: 1, CallID: ""}}))
		for i := range calls {
			d.standby(1, fmt.Sprint("slow", i), "0912345678")
		}
		d.await("all slots to be taken", func() bool { return len(slow.told()) == calls/2 })
		for i := range 20 {
			call := fmt.Sprint("quick", i)
			d.standby(2, call, "0912345678")
			if typ, fact := d.outcome(2, call); typ != "command.sent" || fact.Attempts != 1 {
				t.Errorf("%s: %s %+v", call, typ, fact)
			}
		}
		close(release)
		for i := range calls {
			if typ, fact := d.outcome(1, fmt.Sprint("slow", i)); typ != "command.sent" {
				t.Errorf("slow%d: %s %+v", i, typ, fact)
			}
		}
	})
}

// A connector that is gone, or that takes no commands, is no reason to try for
// ten seconds; neither is a tenant whose rules say nothing.
func TestNothingToTell(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		d.around.connect(1, "delegate", "")
		d.around.connect(2, "morse", "http://127.0.0.1:1")
		for connector, want := range map[int64]string{1: reasonNoURL, 2: reasonRefused, 3: reasonNoConnector} {
			d.standby(connector, "c", "0912345678")
			if typ, fact := d.outcome(connector, "c"); typ != "command.missed" || fact.Reason != want || fact.Attempts != 0 {
				t.Errorf("connector %d: %s %+v", connector, typ, fact)
			}
		}
		if _, _, err := d.ReplaceRules(t.Context(), demo, 1, "", "admin", nil); err != nil {
			t.Fatal(err)
		}
		d.standby(1, "no rule", "0912345678")
		d.caughtUp()
		facts := d.own(1, "no rule")
		if len(facts) != 1 || !strings.Contains(string(facts[0].Data), `"reason":"no_rule"`) {
			t.Errorf("without a rule: %+v", facts)
		}
	})
}

// A tenant that comes into being gets rules and queues, once, and keeps what
// it makes of them.
func TestDefaults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, directory, b := livetest.Start(t, database)
		d := open(t, database, directory, log, l, b, newAround())
		d.start()
		created := eventlog.Event{Tenant: 2, Stream: "tenant/2", Key: "tenant.created", Type: "tenant.created", Data: []byte(`{}`)}
		if _, err := d.log.Append(t.Context(), created); err != nil {
			t.Fatal(err)
		}
		d.caughtUp()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		version, rules, err := d.Rules(ctx, 2, 0)
		if err != nil || version.Number != 1 || version.Preset != PresetKnown900 || len(rules) != 3 {
			t.Errorf("rules of a new tenant: %+v %+v %v", version, rules, err)
		}
		names, err := d.queueNames(ctx, 2)
		if diff := cmp.Diff(map[string]string{"900": "Known callers", "901": "New callers"}, names); diff != "" || err != nil {
			t.Errorf("queues, %v (-want +got):\n%s", err, diff)
		}
		queues, err := d.store.allQueues(ctx, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.DeleteQueue(ctx, 2, queues[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := d.EnsureDefaults(ctx, 2); err != nil {
			t.Fatal(err)
		}
		if names, _ := d.queueNames(ctx, 2); len(names) != 1 {
			t.Errorf("a deleted queue came back: %v", names)
		}
	})
}

// Where commands go is remembered until the bell says that it changed.
func TestConnectorsAreForgottenByTheBell(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		find := func() string {
			connector, err := d.connectors.find(t.Context(), demo.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			return connector.APIURL
		}
		d.around.connect(1, "delegate", "http://old")
		find()
		d.around.connect(1, "delegate", "http://new")
		if got := find(); got != "http://old" {
			t.Errorf("asked again without need: %s", got)
		}
		d.start()
		d.await("the new address", func() bool { return find() == "http://new" })
		// No longer by its age.
		d.connectors.mu.Lock()
		for q, known := range d.connectors.known {
			known.until = known.until.Add(time.Hour)
			d.connectors.known[q] = known
		}
		d.connectors.mu.Unlock()
		d.around.connect(1, "delegate", "http://newest")
		d.await("the newest address", func() bool {
			d.bus.Ring(ask.BellConnectors)
			return find() == "http://newest"
		})
	})
}
