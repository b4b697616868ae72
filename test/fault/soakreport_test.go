// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// soakTable is what became of everything.
type soakTable struct {
	engine string
	played time.Duration
	speed  float64
	kills  int
	mock   mockStats

	told, cut int // of the witness
	unserved  int

	acked, stored, unknown, extra        int // positions
	duplicate                            int
	waited, decided, late, moved         int // calls
	sent, missed                         int // commands
	foldedCalls, foldedEvents, differing string
}

// conserve waits until every call is dealt with and holds that what was
// acknowledged is what is stored.
func (s *soakTable) conserve(t *testing.T, here place, between *witness) {
	t.Helper()
	database := dbtest.Open(t, here.dsn)
	defer database.Close()
	log := eventlog.New(database, nil, nil)
	b := newBooks()
	await(t, 5*time.Minute, "every call decided, every command ended", func() bool {
		for {
			batch, err := log.ReadAfter(t.Context(), b.position, 5000)
			if err != nil {
				t.Fatal(err)
			}
			if len(batch) == 0 {
				return b.settled()
			}
			b.take(t, batch)
		}
	})
	between.mu.Lock()
	defer between.mu.Unlock()
	s.told, s.cut, s.acked, s.stored, s.duplicate = between.told, between.cut, len(between.acked), len(b.stored), b.duplicate
	for _, n := range between.refused {
		s.unserved += n
	}
	for position, digest := range between.acked {
		if got, ok := b.stored[position]; !ok || got != digest {
			s.unknown++
			t.Errorf("acknowledged as %d, and not stored there", position)
		}
	}
	for position := range b.stored {
		if _, ok := between.acked[position]; !ok {
			s.extra++
		}
	}
	// What was stored when the answer was lost is sent again, unless the play
	// was cut short.
	if s.extra > s.mock.Events.Pending {
		t.Errorf("%d events stored that were not acknowledged, though only %d were owed", s.extra, s.mock.Events.Pending)
	}
	s.count(t, b)
}

// books are what the log says, read as it grows.
type books struct {
	position  int64
	stored    map[int64]uint64 // digests of what phone systems sent, by position
	seen      map[uint64]bool
	duplicate int
	waiting   map[string]bool // calls by stream, of the tested connector
	moved     map[string]bool // those that were taken further
	decided   map[string]int
	sent      map[string]int
	missed    map[string]int
}

func newBooks() *books {
	return &books{
		stored: map[int64]uint64{}, seen: map[uint64]bool{}, waiting: map[string]bool{}, moved: map[string]bool{},
		decided: map[string]int{}, sent: map[string]int{}, missed: map[string]int{},
	}
}

func (b *books) take(t *testing.T, records []eventlog.Record) {
	t.Helper()
	for i := range records {
		r := &records[i]
		if b.position++; r.Position != b.position {
			t.Fatalf("position %d at place %d", r.Position, b.position)
		}
		if r.Connector != 0 {
			body := r.Data
			if r.Raw != nil {
				body = r.Raw
			}
			digest := digest(body)
			if b.seen[digest] {
				b.duplicate++
				t.Errorf("stored twice: %s", body)
			}
			b.stored[r.Position], b.seen[digest] = digest, true
		}
		switch r.Type {
		case "call.standby":
			b.waiting[r.Stream] = true
		case "call.waiting", "call.entered", "call.ongoing", "call.left", "call.finished", "live.expired":
			b.moved[r.Stream] = true
		case "routing.decided":
			b.decided[r.Stream]++
		case "command.sent":
			b.sent[r.Stream]++
		case "command.missed":
			b.missed[r.Stream]++
		}
	}
}

// settled reports whether nothing is left to do.
func (b *books) settled() bool {
	for stream := range b.waiting {
		if b.decided[stream] == 0 && b.missed[stream] == 0 && !b.moved[stream] {
			return false
		}
	}
	for stream := range b.decided {
		if b.sent[stream]+b.missed[stream] == 0 {
			return false
		}
	}
	return true
}

// count holds that every call was dealt with once.
func (s *soakTable) count(t *testing.T, b *books) {
	t.Helper()
	s.waited = len(b.waiting)
	for stream := range b.waiting {
		decided, ended := b.decided[stream], b.sent[stream]+b.missed[stream]
		s.decided += decided
		s.sent += b.sent[stream]
		s.missed += b.missed[stream]
		switch {
		case decided == 1 && ended == 1:
		case decided == 0 && ended == 1:
			s.late++
		case decided == 0 && ended == 0 && b.moved[stream]:
			s.moved++
		default:
			t.Errorf("%s: decided %d times, %d commands sent and %d missed", stream, decided, b.sent[stream], b.missed[stream])
		}
	}
	if s.decided+s.late != s.sent+s.missed || s.decided+s.late+s.moved != s.waited {
		t.Errorf("%d waited: %d decided, %d late, %d moved on; %d commands sent, %d missed", s.waited, s.decided, s.late, s.moved, s.sent, s.missed)
	}
	if s.mock.Delegates.Received < s.sent {
		t.Errorf("%d commands count as sent, and the phone system knows of %d", s.sent, s.mock.Delegates.Received)
	}
}

var replayed = regexp.MustCompile(`(\d+) calls from (\d+) events in \S+ \(\d+ events/s\): (\d+) differ\n$`)

// replay holds that what is shown is what the log says.
func (s *soakTable) replay(t *testing.T, here place) {
	t.Helper()
	out, err := here.command(t, "replay", "calls", "--dry-run", "--data", here.data, "--database", here.dsn).CombinedOutput()
	found := replayed.FindSubmatch(out)
	if err != nil || found == nil {
		t.Errorf("replay: %v\n%.2000s", err, out)
		return
	}
	s.foldedCalls, s.foldedEvents, s.differing = string(found[1]), string(found[2]), string(found[3])
}

// write shows the table, and adds it to the file that was asked for.
func (s *soakTable) write(t *testing.T) {
	t.Helper()
	m := &s.mock
	var out strings.Builder
	fmt.Fprintf(&out, "## %s: %s of black-friday at %g times its speed\n\n| what | how many |\n|---|--:|\n", s.engine, s.played, s.speed)
	row := func(what string, n any) { fmt.Fprintf(&out, "| %s | %v |\n", what, n) }
	row("kills (`kill -9`) of Tandem on the way", s.kills)
	row("calls begun, by the phone system", m.Calls.Begun)
	row("events it owed", m.Events.Sent)
	row("– of these sent twice on purpose", m.Faults.Duplicates)
	row("– overtaken by the next", m.Faults.Reordered)
	row("– held back for minutes", m.Faults.Late)
	row("– never sent, on purpose", m.Events.DroppedByFault)
	row("– given up, because nobody took them", m.Events.Dropped-m.Events.DroppedByFault)
	row("– refused by Tandem", m.Events.Refused)
	row("– still owed at the end", m.Events.Pending)
	row("requests that were cut or not served, and sent again", s.cut+s.unserved)
	row("acknowledgements", s.told)
	row("**events acknowledged**, each counted once", s.acked)
	row("**events stored**", s.stored)
	row("acknowledged and not stored", s.unknown)
	row("stored, but the answer was lost and the end came first", s.extra)
	row("stored twice", s.duplicate)
	row("**calls folded anew** from the log, with all that is ours", s.foldedCalls+" from "+s.foldedEvents+" events")
	row("that differ from what is shown", s.differing)
	row("calls that waited to be routed", s.waited)
	row("**decided**", s.decided)
	row("reported too late to be decided", s.late)
	row("moved on before they were decided", s.moved)
	row("**commands sent**", s.sent)
	row("**commands missed**", s.missed)
	row("commands the phone system received (in time, late, again, for no call)",
		fmt.Sprintf("%d (%d, %d, %d, %d)", m.Delegates.Received, m.Delegates.InTime, m.Delegates.Late, m.Delegates.Repeated, m.Delegates.Unknown))
	row("requests to its API in trouble (slow, error, page, cut)", fmt.Sprintf("%d, %d, %d, %d", m.API.Slow, m.API.Error, m.API.HTML, m.API.Cut))
	t.Logf("\n%s", out.String())
	path := os.Getenv(soakReport)
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString(out.String() + "\n")
	}
	if err != nil {
		t.Error(err)
		return
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
