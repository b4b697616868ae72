// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/live/livetest"
	"tandem/internal/projection"
)

// decideSome lets so many calls wait and decides about them. It returns the
// commands, which nobody carries yet, and what tells the sender that they have
// been committed.
func decideSome(t *testing.T, d *desk, calls int) (commands []command, tell func()) {
	t.Helper()
	for i := range calls {
		d.standby(1, fmt.Sprint("c", i), "0912345678")
	}
	reader := projection.Reader{Name: "routing", Prepare: d.prepare, Committed: func() {
		if round := d.round; round != nil {
			tell = func() {
				d.round = round
				d.committed()
			}
		}
	}}
	if err := projection.CatchUp(t.Context(), d.log, d.db, reader); err != nil {
		t.Fatal(err)
	}
	commands, err := d.store.takeable(t.Context(), d.sender.owner, d.clock.ms(), d.clock.ms()+holdMax.Milliseconds(), 2*calls)
	if err != nil || len(commands) != calls {
		t.Fatalf("%d commands, %v; want %d", len(commands), err, calls)
	}
	return commands, tell
}

// record hands over what became of commands, as if they had been carried.
func (d *desk) record(commands []command, result result) {
	for _, c := range commands {
		d.sender.begin(c.id, false)
		d.sender.record(c, result)
	}
}

// drain writes what waits to be recorded, until ctx ends as hard as ever.
func (d *desk) drain(ctx context.Context) {
	carried := make(chan struct{})
	close(carried)
	d.sender.recorder.run(ctx, carried)
}

// Outcomes that wait together are written together: each command comes to one
// end, also those of which another process has written the outcome meanwhile.
func TestOutcomesAreWrittenOnce(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		database := dbtest.Open(t, dsn)
		one := prepareDesk(t, database)
		const calls = 90
		commands, _ := decideSome(t, one, calls)
		second := dbtest.Open(t, dsn)
		log, l, b := livetest.StartOn(t, second, one.directory)
		two := open(t, second, one.directory, log, l, b, one.around)
		two.record(commands[:calls/3], result{status: 404, reason: reasonRefused})
		two.drain(t.Context())
		before, err := one.log.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		one.record(commands, result{status: 200})
		one.drain(t.Context())
		one.drain(t.Context()) // nothing is left
		head, err := one.log.Head(t.Context())
		if err != nil || head != before+calls*2/3 {
			t.Errorf("%d events for %d commands, %v", head-before, calls*2/3, err)
		}
		for i, c := range commands {
			want, status := "routing.decided command.sent", statusSent
			if i < calls/3 {
				want, status = "routing.decided command.missed", statusMissed
			}
			stored, err := one.store.commandsOf(t.Context(), c.call)
			if got := one.types(1, c.call.CallID); err != nil || got != want || len(stored) != 1 || stored[0].status != status {
				t.Errorf("%s: %s, %+v, %v", c.call.CallID, got, stored, err)
			}
		}
		if n := len(one.sender.carried) + len(two.sender.carried); n != 0 {
			t.Errorf("%d commands are carried still", n)
		}
	})
}

// One outcome that no database can hold costs only itself.
func TestOneOutcomeThatCannotBeWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		commands, _ := decideSome(t, d, 5)
		d.record(commands, result{status: 200})
		d.sender.recorder.waiting[2].event.Stream = "call/1/\x00"
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // so that it gives up soon
		d.drain(ctx)
		for i := range commands {
			want := "routing.decided command.sent"
			if commands[i].id == commands[2].id {
				want = "routing.decided"
			}
			if got := d.types(1, commands[i].call.CallID); got != want {
				t.Errorf("%s: %s", commands[i].call.CallID, got)
			}
		}
		left, err := d.store.takeable(t.Context(), d.sender.owner, d.clock.ms(), d.clock.ms()+holdMax.Milliseconds(), 10)
		if err != nil || len(left) != 1 || left[0].id != commands[2].id || len(d.sender.carried) != 0 {
			t.Errorf("left %d, %v; carried %v", len(left), err, d.sender.carried)
		}
	})
}

// While the log cannot be written outcomes wait for it, however many batches of
// them, and all are written when it can.
func TestOutcomesWaitForTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		const calls = 20
		commands, _ := decideSome(t, d, calls)
		// A log of its own over the same tables, which refuses for a while.
		working := d.log
		refusing := &refuser{}
		d.log = eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, d.bus, refusing)
		refusing.left.Store(3)
		carried, ended := make(chan struct{}), make(chan struct{})
		go func() { defer close(ended); d.sender.recorder.run(t.Context(), carried) }()
		d.record(commands[:calls/2], result{status: 200})
		d.await("refusals", func() bool { return refusing.left.Load() <= 0 })
		d.record(commands[calls/2:], result{status: 200})
		close(carried)
		<-ended
		d.log = working
		for i := range calls {
			if got := d.types(1, fmt.Sprint("c", i)); got != "routing.decided command.sent" {
				t.Errorf("call %d: %s", i, got)
			}
		}
	})
}

// A call that moves on while it is decided is left alone: nothing is written
// and nobody is told.
func TestMovedOnWhileDecided(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		for _, call := range []string{"stays", "goes", "stays too"} {
			d.standby(1, call, "0912345678")
		}
		records, err := d.log.ReadAfter(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		write, err := d.prepare(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		d.report("call.waiting", 1, "goes", d.clock.ms()+1000, `,"queue":"900"`)
		if err := d.log.Transact(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		d.committed()
		for call, want := range map[string]string{"stays": "routing.decided", "goes": "", "stays too": "routing.decided"} {
			if got := d.types(1, call); got != want {
				t.Errorf("%s: %q, want %q", call, got, want)
			}
		}
		if commands, err := d.store.commandsOf(t.Context(), callRef{Tenant: demo.ID, Connector: 1, CallID: "goes"}); err != nil || len(commands) != 0 {
			t.Errorf("commands %+v, %v", commands, err)
		}
		d.start()
		for _, call := range []string{"stays", "stays too"} {
			if typ, fact := d.outcome(1, call); typ != typeSent {
				t.Errorf("%s: %s %+v", call, typ, fact)
			}
		}
		if told := p.told(); len(told) != 2 || d.types(1, "goes") != "" {
			t.Errorf("told %v", told)
		}
	})
}

// Of the commands that are about to be sent, those whose calls have moved on
// since they were decided end as missed, and no phone system hears of them.
func TestMovedOnBeforeSending(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		commands, tell := decideSome(t, d, 10)
		for i, c := range commands {
			if i%2 == 0 {
				d.report("call.waiting", 1, c.call.CallID, d.clock.ms()+1000, `,"queue":"900"`)
			}
		}
		tell()
		d.start()
		for i, c := range commands {
			typ, fact := d.outcome(1, c.call.CallID)
			if missed := i%2 == 0; (typ == typeMissed) != missed || missed && (fact.Reason != reasonMovedOn || fact.Attempts != 0) {
				t.Errorf("%s: %s %+v", c.call.CallID, typ, fact)
			}
		}
		if told := p.told(); len(told) != 5 {
			t.Errorf("told %v", told)
		}
	})
}

// A sweep may be faster than the reader that tells of its commit: the command
// is sent once.
func TestSweepBeforeCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := prepareDesk(t, database)
		p := newPBX(t, fine)
		d.around.connect(1, "delegate", p.URL)
		_, tell := decideSome(t, d, 3)
		stop := d.start() // begins with a sweep
		for i := range 3 {
			if typ, fact := d.outcome(1, fmt.Sprint("c", i)); typ != typeSent {
				t.Errorf("%s %+v", typ, fact)
			}
		}
		stop()
		tell()
		d.start()
		d.standby(1, "after", "0912345678")
		d.outcome(1, "after")
		told := strings.Join(p.told(), " ")
		if strings.Count(told, "call_id") != 4 {
			t.Errorf("told %s", told)
		}
	})
}

// refuser fails so many appends.
type refuser struct{ left atomic.Int64 }

func (r *refuser) Project(context.Context, *sql.Tx, []eventlog.Fresh) error {
	if r.left.Add(-1) >= 0 {
		return errors.New("refused")
	}
	return nil
}

func (r *refuser) Forget([]*eventlog.Record) {}
