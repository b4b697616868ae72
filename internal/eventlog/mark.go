// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// mark is what tells the writer whether anybody else has written since its
// last transaction: the newest position, and the epoch, which whoever writes
// the rows of inline projections out of turn raises in that transaction. Both
// only rise, and are read under the append lock.
type mark struct{ head, epoch int64 }

// nowhere is no mark that a database could have.
var nowhere = mark{head: -1}

// begin takes the append lock and finds out where the log is. If that is not
// where this process left it, then nothing that the process remembers of the
// log is to be trusted: another one has written, or a commit did not end the
// way it was reported.
func (l *Log) begin(ctx context.Context, tx *sql.Tx) error {
	const query = `
		SELECT COALESCE((SELECT MAX(position) FROM events), 0), COALESCE((SELECT MAX(epoch) FROM events_epoch), 0)`
	var found mark
	if err := l.db.Lock(ctx, tx, "eventlog", query, &found.head, &found.epoch); err != nil {
		return fmt.Errorf("lock and find the log's head: %w", err)
	}
	if found != l.left {
		l.forget(nil)
	}
	if found.epoch != l.left.epoch {
		l.tail.drop(false)
	}
	l.now = found
	l.fresh = l.fresh[:0]
	return nil
}

// settle ends what begin began. What was remembered of a transaction is
// forgotten unless that is committed.
func (l *Log) settle(err error) {
	switch {
	case err == nil:
		l.left = l.now
		l.tail.add(l.fresh)
	case errors.Is(err, errWork):
		l.forget(l.fresh) // it was rolled back, and nothing else has happened
	default:
		l.forget(nil) // it may have been committed, even
		l.left = nowhere
	}
}

// forget drops what is remembered of the streams that records belong to; of
// all streams if records is nil.
func (l *Log) forget(records []*Record) {
	l.memory.forget(records)
	for _, inline := range l.inline {
		inline.Forget(records)
	}
}

// Forget is to be called in every transaction that writes rows of inline
// projections otherwise than by appending events, with records of the streams
// that the rows are about; with none it is about all. Other processes cannot
// be told which, so they forget whatever they remember.
func (tx *Tx) Forget(ctx context.Context, about ...*Record) error {
	const raise = `
		INSERT INTO events_epoch (id, epoch) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET epoch = events_epoch.epoch + 1`
	if err := tx.log.db.Exec(ctx, tx.Tx, raise); err != nil {
		return fmt.Errorf("raise the epoch: %w", err)
	}
	tx.log.forget(about)
	tx.log.now.epoch++
	return nil
}
