// SPDX-License-Identifier: Apache-2.0

// Package eventlog is the append-only record of everything that happened.
// Everything else that Tandem knows is computed from it.
//
// One goroutine writes. It gathers what callers bring at the same time and
// commits it together, durably, so that many callers share one fsync; each
// still gets an outcome of its own. Because nobody else begins a write
// transaction, rows of any module are written through Transact as well.
package eventlog

import (
	"context"
	"database/sql"
	"embed"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/problem"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// Event is one fact to be remembered. All times are Unix milliseconds.
type Event struct {
	Tenant    int64
	Connector int64  // 0 is Tandem itself
	Stream    string // what the fact is about, e.g. call/1/1463669263.30033
	Key       string // the same tenant, stream and key are the same event; see [Key]
	Type      string // call.new, routing.decided …
	At        int64  // when it happened, as the source says
	Received  int64  // when it reached us
	Timed     bool   // the source gave a readable time; otherwise At is Received
	Data      []byte // JSON
	Raw       []byte // the request as it came; nil when Data holds every byte
}

// Late says how an event stood to its call when it was appended.
type Late int

// How late an event can be.
const (
	InOrder    Late = 0 // nothing newer of its call had been stored
	OutOfOrder Late = 1 // something newer had
	AfterEnd   Late = 2 // its call had ended
)

// Record is an event in the log.
type Record struct {
	Position int64
	Event
	Late   Late
	SkewMS int64 // Received - At; 0 if the source gave no readable time
}

// Outcome is what became of one appended event. The record of a duplicate is
// the one that was stored the first time.
type Outcome struct {
	Record    Record
	Duplicate bool
}

// Inline keeps a projection inside the append.
type Inline interface {
	// Project is called within the append's transaction with the new records
	// in the order of their positions, before their rows are written, and may
	// set Late; stored events are read through tx, these records are not yet
	// there. What it fails with fails the append.
	Project(ctx context.Context, tx *sql.Tx, records []Fresh) error

	// Forget drops what is remembered of the streams that records belong to,
	// of all streams if records is nil: what Project wrote for them has been
	// rolled back, or somebody else has written. What it is not told to forget
	// is as the transaction of the next Project will find it.
	Forget(records []*Record)
}

// Fresh is a record that is being appended.
type Fresh struct {
	*Record
	Begins bool // its stream was empty before this append
}

// Log is the log. Run must be running for anything to be appended.
type Log struct {
	db      *db.DB
	bus     *bus.Bus
	logger  *slog.Logger
	inline  []Inline
	queue   chan *job
	stopped chan struct{} // closed when the writer has gone
	metrics metrics
	tail    tail // what was committed last

	// What follows belongs to the writer.
	memory  memory
	left    mark      // where its last transaction left the log
	now     mark      // where the log is within the transaction
	fresh   []*Record // appended in the transaction
	events  []Event   // room for those of a batch
	careful int       // transactions in which each work shall have a savepoint

	said   time.Time // when the writer last said why it cannot write
	unsaid int       // failures since
}

// New returns a log. It touches nothing before Run.
func New(database *db.DB, b *bus.Bus, logger *slog.Logger, inline ...Inline) *Log {
	return &Log{
		db: database, bus: b, logger: logger, inline: inline,
		queue:   make(chan *job, queueMax),
		stopped: make(chan struct{}),
		metrics: newMetrics(),
		memory:  newMemory(), left: nowhere,
	}
}

// Append stores events and returns when they are on disk: one outcome for each,
// in their order. They are stored together or not at all. A text that no
// database can hold is an Invalid problem; a log that cannot be written now is
// Unavailable. When ctx ends first the events may still be stored; appending
// them again is harmless.
func (l *Log) Append(ctx context.Context, events ...Event) ([]Outcome, error) {
	for i := range events {
		if err := events[i].validate(); err != nil {
			return nil, err
		}
	}
	j := &job{events: events, done: make(chan struct{})}
	if err := l.submit(ctx, j); err != nil {
		return nil, err
	}
	return j.outcomes, j.err
}

// Transact runs work in a write transaction of the log and returns when its
// rows are on disk. It is the only way to write to the database: a reader
// writes its rows, its checkpoint and its events in one. If work fails, nothing
// of it is left. Work must be short, must not wait for anything but the
// database, and may be called twice.
func (l *Log) Transact(ctx context.Context, work func(context.Context, *Tx) error) error {
	j := &job{ctx: ctx, work: work, done: make(chan struct{})}
	if err := l.submit(ctx, j); err != nil {
		return err
	}
	return j.err
}

func (l *Log) submit(ctx context.Context, j *job) error {
	gone := problem.New(problem.Unavailable, "eventlog.stopped", "Tandem is shutting down.")
	select {
	case l.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopped:
		return gone
	}
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopped:
		// The writer may have finished this very job as its last one.
		select {
		case <-j.done:
			return nil
		default:
			return gone
		}
	}
}

// Tx is a write transaction of the log.
type Tx struct {
	*sql.Tx

	log    *Log
	broken error // an append has failed halfway: the transaction must not be committed
}

// Append adds events within the transaction; see [Log.Append].
func (tx *Tx) Append(ctx context.Context, events ...Event) ([]Outcome, error) {
	for i := range events {
		if err := events[i].validate(); err != nil {
			return nil, err
		}
	}
	outcomes, err := tx.log.insert(ctx, tx.Tx, events)
	if err != nil {
		tx.broken = err
	}
	return outcomes, err
}

// Metrics returns what the log measures of itself.
func (l *Log) Metrics() []prometheus.Collector { return l.metrics.all() }

// ring tells the readers that the log has grown.
func (l *Log) ring() { l.bus.Ring(ask.BellEvents) }
