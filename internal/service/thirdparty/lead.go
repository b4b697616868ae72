// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

const (
	leaseName = "deliver"
	// leaseTime is how long a process has to be silent until another takes its
	// turn. No request of the first is under way then: it stops when it could not
	// say for beatLost that it lives, and a request takes at most fifteen seconds.
	// A process of the same machine that can be seen to be gone is not waited for.
	leaseTime = 20 * time.Second
	beatEvery = time.Second
	beatLost  = 4 * time.Second
	lookEvery = time.Second
)

// lead runs work while it is this process's turn, until ctx ends. With SQLite
// there is no other process. With PostgreSQL there may be; whether one lives is
// told by a number that rises, so that no two clocks are compared. A process
// that lost the database takes its own turn again at once: when hold returned,
// nothing of it was under way any more.
func (t *ThirdParty) lead(ctx context.Context, work func(context.Context) error) error {
	if t.db.Engine() == db.SQLite {
		return work(ctx)
	}
	l := &lease{t: t, owner: t.owner}
	for ctx.Err() == nil {
		taken, err := l.take(ctx)
		if err != nil {
			return unlessEnded(ctx, err)
		}
		if !taken {
			pause(ctx, lookEvery)
			continue
		}
		if err := l.hold(ctx, work); err != nil {
			return unlessEnded(ctx, err)
		}
	}
	return nil
}

// unlessEnded returns err, or nil if ctx has ended: that was asked for.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that is what this function is for
	}
	return err
}

// lease is one process's view of whose turn it is.
type lease struct {
	t     *ThirdParty
	owner string

	seen  leaseRow // of another process
	since time.Time
}

type leaseRow struct {
	owner string
	beat  int64
}

// take tries to get the turn: when nobody has it, or who has it has been silent.
func (l *lease) take(ctx context.Context) (bool, error) {
	row, err := l.t.store.lease(ctx)
	if err != nil {
		return false, err
	}
	if row != l.seen {
		l.seen, l.since = row, time.Now()
	}
	if row.owner != "" && row.owner != l.owner && time.Since(l.since) < leaseTime && !gone(row.owner) {
		return false, nil
	}
	return l.move(ctx, row, leaseRow{l.owner, row.beat + 1})
}

func (l *lease) move(ctx context.Context, from, to leaseRow) (moved bool, err error) {
	err = l.t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		moved, err = l.t.store.moveLease(ctx, tx, from, to)
		return err
	})
	if moved && err == nil {
		l.seen, l.since = to, time.Now()
	}
	return moved, err
}

// hold works and says that this process lives, until ctx ends or the turn is
// lost.
func (l *lease) hold(ctx context.Context, work func(context.Context) error) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- work(working) }()
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatEvery)
			defer cancel()
			_, left := l.move(leaving, l.seen, leaseRow{"", l.seen.beat + 1}) // else the others wait a little
			if err == nil && ctx.Err() == nil {
				err = left
			}
			return err
		case <-ticker.C:
		}
		beating, cancel := context.WithTimeout(ctx, beatLost)
		moved, err := l.move(beating, l.seen, leaseRow{l.owner, l.seen.beat + 1})
		cancel()
		if err == nil && !moved || err != nil && time.Since(l.since) > beatLost {
			stop()
		}
	}
}

func (s *store) lease(ctx context.Context) (row leaseRow, err error) {
	const query = `SELECT owner, beat FROM thirdparty_leases WHERE name = $1`
	err = s.db.QueryRowContext(ctx, query, leaseName).Scan(&row.owner, &row.beat)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return row, fmt.Errorf("read lease: %w", err)
	}
	return row, nil
}

func (s *store) moveLease(ctx context.Context, tx *eventlog.Tx, from, to leaseRow) (moved bool, err error) {
	const add = `INSERT INTO thirdparty_leases (name, owner, beat) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING`
	const move = `UPDATE thirdparty_leases SET owner = $2, beat = $3 WHERE name = $1 AND owner = $4 AND beat = $5`
	if from.beat == 0 {
		if _, err := exec(ctx, tx, "add lease", add, leaseName); err != nil {
			return false, err
		}
	}
	rows, err := exec(ctx, tx, "move lease", move, leaseName, to.owner, to.beat, from.owner, from.beat)
	return rows > 0, err
}
