// SPDX-License-Identifier: Apache-2.0

// Package projection runs readers of the log. What a reader writes and how far
// it has come are written in one transaction, so that each record takes effect
// exactly once, however often the process dies.
package projection

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// Tables holds the migrations of the table this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

const (
	batchDefault = 200
	lookEvery    = time.Second // a bell that was lost costs at most this
)

// Reader takes in the records of the log, in order.
type Reader struct {
	Name  string // names its checkpoint
	Batch int    // records at a time; 0 for a sensible number

	// Rest is how long the reader may leave records alone after it has taken
	// some in, so that it takes in many at once when many come: half a
	// millisecond per record, no longer than this. 0 for none.
	Rest time.Duration
	// Least is how long it does so however few there were. What comes after a
	// while of nothing is taken in at once all the same. 0 for readers that
	// somebody waits for.
	Least time.Duration

	// Prepare looks at records outside any transaction and returns what is to
	// be written. It may ask others, and write in transactions of its own what may
	// as well be written again. Write is called with the checkpoint's
	// transaction; it may be called twice.
	Prepare func(ctx context.Context, records []eventlog.Record) (Write, error)

	// Committed, if set, is called when what was prepared last has been
	// written. It is not called when that failed, or when ctx ended before it
	// was known; the latter may have been written all the same.
	Committed func()
}

// Write writes what a batch of records means. It sees only the transaction.
type Write func(ctx context.Context, tx *eventlog.Tx) error

// Follow takes in what the log holds and then whatever comes, until ctx ends.
// It returns an error when it cannot go on; running it again is safe, and so
// is running it in two processes: only one of them advances at a time.
func Follow(ctx context.Context, log *eventlog.Log, database *db.DB, b *bus.Bus, r Reader) error {
	rings, stop, err := b.Listen(ask.BellEvents)
	if err != nil {
		return err
	}
	defer stop()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	f := newFollower(log, database, r)
	for {
		taken, more, err := f.step(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil // ending was asked for
			}
			return fmt.Errorf("reader %s: %w", r.Name, err)
		}
		if taken > 0 {
			if !more {
				rest(ctx, max(r.Least, min(r.Rest, time.Duration(taken)*time.Millisecond/2)))
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-rings:
		case <-ticker.C:
			f.known = false // somebody may have set it back
		}
	}
}

// rest waits for d or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// CatchUp takes in everything that the log holds now.
func CatchUp(ctx context.Context, log *eventlog.Log, database *db.DB, r Reader) error {
	f := newFollower(log, database, r)
	for {
		if taken, _, err := f.step(ctx); err != nil || taken == 0 {
			return err
		}
	}
}

// follower is a reader and where it is.
type follower struct {
	Reader

	log      *eventlog.Log
	db       *db.DB
	position int64
	known    bool // that this is where the reader is
}

func newFollower(log *eventlog.Log, database *db.DB, r Reader) *follower {
	if r.Batch == 0 {
		r.Batch = batchDefault
	}
	return &follower{Reader: r, log: log, db: database}
}

// step takes in one batch, and returns how many records it has read and
// whether there are certainly more.
func (f *follower) step(ctx context.Context) (taken int, more bool, err error) {
	if !f.known {
		if f.position, err = Checkpoint(ctx, f.db, f.Name); err != nil {
			return 0, false, err
		}
	}
	records, err := f.log.ReadAfter(ctx, f.position, f.Batch)
	if err != nil || len(records) == 0 {
		return 0, false, err
	}
	write, err := f.Prepare(ctx, records)
	if err != nil {
		return 0, false, err
	}
	last := records[len(records)-1].Position
	// Another process may have advanced the reader; then nothing is written.
	var moved bool
	err = f.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
		if moved, err = advance(ctx, tx, f.Name, f.position, last); err != nil || !moved || write == nil {
			return err
		}
		return write(ctx, tx)
	})
	if err != nil {
		return 0, false, err
	}
	f.known = moved
	if moved {
		f.position = last
		if f.Committed != nil {
			f.Committed()
		}
	}
	return len(records), !moved || len(records) == f.Batch, nil
}

// Checkpoint returns the position of the last record that a reader has taken
// in; 0 before its first. Within a transaction it is what holds there.
func Checkpoint(ctx context.Context, q Rower, reader string) (position int64, err error) {
	const query = `SELECT position FROM checkpoints WHERE reader = $1`
	err = q.QueryRowContext(ctx, query, reader).Scan(&position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("find checkpoint of %s: %w", reader, err)
	}
	return position, nil
}

// Rower is what asks for one row: the pool of readers, or a transaction.
type Rower interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Checkpoints returns how far each reader has come.
func Checkpoints(ctx context.Context, database *db.DB) (positions map[string]int64, err error) {
	const query = `SELECT reader, position FROM checkpoints ORDER BY reader`
	rows, err := database.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	positions = map[string]int64{}
	for rows.Next() {
		var reader string
		var position int64
		if err := rows.Scan(&reader, &position); err != nil {
			return nil, fmt.Errorf("list checkpoints: %w", err)
		}
		positions[reader] = position
	}
	return positions, rows.Err()
}

// LookAgain has a reader take in its last record once more, so that what it has
// prepared by now, and not written yet, is prepared anew. That is for what
// removes, within tx, what the reader may just be looking at.
func LookAgain(ctx context.Context, tx *eventlog.Tx, reader string) error {
	const query = `UPDATE checkpoints SET position = position - 1 WHERE reader = $1 AND position > 0`
	if _, err := tx.ExecContext(ctx, query, reader); err != nil {
		return fmt.Errorf("move checkpoint of %s back: %w", reader, err)
	}
	return nil
}

// advance moves a checkpoint and reports whether it was still where the batch
// began.
func advance(ctx context.Context, tx *eventlog.Tx, reader string, from, to int64) (moved bool, err error) {
	const add = `INSERT INTO checkpoints (reader, position) VALUES ($1, 0) ON CONFLICT (reader) DO NOTHING`
	const move = `UPDATE checkpoints SET position = $1 WHERE reader = $2 AND position = $3`
	if from == 0 {
		if _, err := tx.ExecContext(ctx, add, reader); err != nil {
			return false, fmt.Errorf("add checkpoint: %w", err)
		}
	}
	result, err := tx.ExecContext(ctx, move, to, reader, from)
	if err != nil {
		return false, fmt.Errorf("move checkpoint: %w", err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}
