// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tandem/internal/problem"
)

const (
	queueMax  = 4096            // callers that may wait to be written
	batchMax  = 512             // callers that are written together
	eventsMax = 4096            // events that are written together
	streamMax = 2               // callers with events of one stream that are written together
	heldMax   = 1024            // callers that wait for room for their stream
	workTime  = 5 * time.Second // longest that one caller's work may hold the writer

	// What a commit costs hardly depends on how many share it. Where many
	// callers come again as soon as they are answered, the writer therefore
	// waits a moment for them; a few are never waited for.
	lingerFrom = 8                      // callers that usually share a commit
	lingerTime = 400 * time.Microsecond // longest that the first of them waits

	// Where one work has failed more may, and each failure costs a batch.
	carefulFor = 64 // batches

	complainEvery = time.Second
)

// job is what one caller wants written: events, or work.
type job struct {
	events   []Event
	work     func(context.Context, *Tx) error
	ctx      context.Context // the caller's, for work that nobody waits for any more
	outcomes []Outcome
	err      error
	done     chan struct{}
}

// Run writes until ctx ends, and then what is already queued.
func (l *Log) Run(ctx context.Context) error {
	defer close(l.stopped)
	// What was begun is finished: a commit is not to be cut by a shutdown.
	lasting := context.WithoutCancel(ctx)
	g := gatherer{queue: l.queue, batch: make([]*job, 0, batchMax)}
	for {
		select {
		case j := <-l.queue:
			l.write(lasting, g.gather(j))
			continue
		default:
		}
		if len(g.held) > 0 {
			l.write(lasting, g.gather(nil))
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case j := <-l.queue:
			l.write(lasting, g.gather(j))
		}
	}
}

// write commits a batch and tells each caller its outcome. If the batch fails
// as a whole, each job is tried in a transaction of its own, so that none
// fails for its neighbour.
func (l *Log) write(ctx context.Context, batch []*job) {
	started := time.Now()
	grown, err := l.commit(ctx, batch, l.careful > 0)
	l.careful = max(0, l.careful-1)
	if errors.Is(err, errWork) && len(batch) > 1 {
		l.careful = carefulFor
		grown, err = l.commit(ctx, batch, true)
	}
	if err != nil && len(batch) > 1 {
		grown = false
		for _, j := range batch {
			single, err := l.commit(ctx, []*job{j}, false)
			grown = grown || single
			l.fail(j, err)
		}
	} else if err != nil {
		l.fail(batch[0], err)
	}
	l.metrics.wrote(batch, time.Since(started))
	if grown {
		l.ring()
	}
	for _, j := range batch {
		close(j.done)
	}
}

// fail gives j an error of the transaction, which is ours and not the caller's.
func (l *Log) fail(j *job, err error) {
	if err == nil || errors.Is(err, errWork) {
		return // it was written, or its error is its own
	}
	l.metrics.failures.Inc()
	l.complain(err)
	j.outcomes = nil
	j.err = problem.New(problem.Unavailable, "eventlog.unavailable", "The log cannot be written now; try again.")
}

// complain says why something was not written, now and then: while nothing can
// be, on a full disk say, it would be thousands of lines a second.
func (l *Log) complain(err error) {
	l.unsaid++
	if now := time.Now(); now.Sub(l.said) >= complainEvery {
		l.logger.Error("log not written", "error", err, "failures", l.unsaid)
		l.said, l.unsaid = now, 0
	}
}

// errWork says that a job's work has failed where it had no savepoint.
var errWork = errors.New("work failed")

// commit writes the jobs in one transaction and reports whether the log has
// grown. A job's own error is in the job; the error returned is the
// transaction's, after which nothing is stored. Work nearly never fails, so it
// gets a savepoint only if asked for; without one its failure is that of all.
func (l *Log) commit(ctx context.Context, batch []*job, savepoints bool) (grown bool, err error) {
	err = l.db.InTx(ctx, func(tx *sql.Tx) error {
		if err := l.begin(ctx, tx); err != nil {
			return err
		}
		if err := l.appendAll(ctx, tx, batch); err != nil {
			return err
		}
		for _, j := range batch {
			if j.work == nil {
				continue
			}
			var err error
			if savepoints {
				err = l.transactApart(ctx, tx, j)
			} else {
				err = l.transact(tx, j)
			}
			if err != nil {
				return err
			}
		}
		grown = len(l.fresh) > 0
		return nil
	})
	l.settle(err)
	return grown && err == nil, err
}

// appendAll inserts the events of all plain appends as one.
func (l *Log) appendAll(ctx context.Context, tx *sql.Tx, batch []*job) error {
	events := l.events[:0]
	for _, j := range batch {
		events = append(events, j.events...)
	}
	outcomes, err := l.insert(ctx, tx, events)
	clear(events)
	l.events = events
	if err != nil {
		return err
	}
	for _, j := range batch {
		j.outcomes, outcomes = outcomes[:len(j.events):len(j.events)], outcomes[len(j.events):]
	}
	return nil
}

// transact runs one job's work.
func (l *Log) transact(tx *sql.Tx, j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil // its caller has left
	}
	// The work still knows who asked for it, but no longer ends when they leave.
	limited, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), workTime)
	defer cancel()
	own := &Tx{Tx: tx, log: l}
	if j.err = j.work(limited, own); j.err != nil {
		return errWork
	}
	return own.broken
}

// transactApart runs one job's work behind a savepoint, so that its failure is
// its own.
func (l *Log) transactApart(ctx context.Context, tx *sql.Tx, j *job) error {
	before, appended := l.now, len(l.fresh)
	failed := func(err error) bool { return errors.Is(err, errWork) }
	err := l.db.Apart(ctx, tx, func() error { return l.transact(tx, j) }, failed)
	if !failed(err) {
		return err
	}
	l.forget(l.fresh[appended:])
	l.fresh, l.now = l.fresh[:appended], before
	return nil
}
