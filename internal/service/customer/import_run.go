// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const (
	lookEvery = 2 * time.Second  // for imports that another process has left
	leftAfter = 10 * time.Second // without a sign of life
	keepFile  = 24 * time.Hour   // that nobody imports
	retryMax  = 5                // times that a chunk is tried
	ringEvery = time.Second      // at most, while contacts are imported
)

// importer does the imports that were started, a chunk of each in turn.
type importer struct {
	id     string // of this process
	wake   chan struct{}
	logger *slog.Logger

	uploads chan struct{} // has room for those that may go on at once
	tries   chan struct{}

	pace   pace
	failed map[string]int // how often in a row a chunk of an import could not be written
}

func newImporter(logger *slog.Logger) *importer {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &importer{
		wake: make(chan struct{}, 1), logger: logger, failed: map[string]int{}, pace: pace{rows: paceRows},
		uploads: make(chan struct{}, uploadsAtOnce), tries: make(chan struct{}, triesAtOnce),
	}
}

func (p *importer) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// runImports does imports until ctx ends. Those that a process had begun when
// it ended go on where they were: a chunk is written together with how far its
// import is.
func (c *Customer) runImports(ctx context.Context) error {
	p := c.imports
	var err error
	if p.id, err = newID(); err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var cleaned, rung time.Time
	for {
		worked, err := c.importRound(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil && time.Since(cleaned) > time.Hour {
			cleaned = time.Now()
			err = c.dropStale(ctx)
		}
		if err != nil {
			p.logger.WarnContext(ctx, "imports cannot go on now", "error", err)
		}
		if worked && time.Since(rung) > ringEvery {
			rung = time.Now()
			c.bus.Ring(ask.BellContacts)
		}
		if worked && err == nil {
			continue
		}
		if !rung.IsZero() {
			rung = time.Time{}
			c.bus.Ring(ask.BellContacts)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-tick.C:
		}
	}
}

// importRound does the next chunk of each import, and reports whether there was
// any.
func (c *Customer) importRound(ctx context.Context) (worked bool, err error) {
	imports, err := c.store.activeImports(ctx, c.imports.id, c.now().Add(-leftAfter).UnixMilli())
	if err != nil {
		return false, err
	}
	var failures []error
	for _, i := range imports {
		switch err := c.importStep(ctx, i); {
		case err == nil:
			worked = true
			delete(c.imports.failed, i.ID)
		case errors.Is(err, errMoved):
		default:
			failures = append(failures, c.importFailed(ctx, i, err))
		}
	}
	return worked, errors.Join(failures...)
}

// errMoved says that an import is no longer where it was read.
var errMoved = errors.New("somebody else has moved the import")

// importFailed stops an import whose chunk cannot be written, unless it may go
// better the next time.
func (c *Customer) importFailed(ctx context.Context, i Import, cause error) error {
	c.imports.failed[i.ID]++
	if c.imports.failed[i.ID] < retryMax || problem.Of(cause).Kind == problem.Unavailable || ctx.Err() != nil {
		return cause
	}
	delete(c.imports.failed, i.ID)
	stopped := i
	stopped.State, stopped.FinishedAt, stopped.Progress.Fault = importStopped, c.now().UnixMilli(), problem.Of(cause).Detail
	return errors.Join(cause, c.advance(ctx, i, &stopped, func(context.Context, *eventlog.Tx) error { return nil }))
}

// importStep does the next part of an import.
func (c *Customer) importStep(ctx context.Context, i Import) error {
	if i.owner != c.imports.id {
		mine := i
		mine.owner = c.imports.id
		now := c.now().UnixMilli()
		mine.Progress.PacedAt, mine.Progress.PacedDone = now, mine.Progress.Done
		if i.State == importUndoing {
			mine.Progress.PacedDone = mine.Progress.Undone
		}
		if err := c.advance(ctx, i, &mine, func(context.Context, *eventlog.Tx) error { return nil }); err != nil {
			return err
		}
		i = mine
	}
	t, err := c.tenants.Find(ctx, i.tenant)
	if err != nil {
		return err
	}
	data, text, err := c.store.findChunk(ctx, c.store.db, i, i.nextChunk)
	if err != nil {
		return err
	}
	w, err := writtenIn(text)
	if err != nil {
		return fmt.Errorf("read chunk %d of import %s: %w", i.nextChunk, i.ID, err)
	}
	if i.State == importUndoing {
		return c.undoStep(ctx, i, t.Region, w, text == "")
	}
	packed, err := rowsOf(data)
	if err != nil {
		return err
	}
	at := min(i.step, int64(len(packed)))
	packed = packed[at:]
	all := len(packed) <= c.imports.pace.rows
	packed = packed[:min(len(packed), c.imports.pace.rows)]
	reader := rowReader{region: t.Region, columns: i.About.Columns, mapping: i.Plan.Mapping}
	rows := make([]importRow, len(packed))
	for n, row := range packed {
		rows[n] = reader.read(row)
	}
	var next Import
	c.imports.pace.begin()
	err = c.advance(ctx, i, &next, func(ctx context.Context, tx *eventlog.Tx) error {
		c.imports.pace.enter()
		next = i.clone() // it may be called twice
		more, err := c.importRows(ctx, tx, &next, t.Region, rows)
		if err != nil {
			return err
		}
		if next.step += int64(len(rows)); all {
			next.nextChunk, next.step = i.nextChunk+1, 0
		}
		if next.nextChunk == next.About.Chunks {
			next.State, next.FinishedAt = importDone, c.now().UnixMilli()
		}
		return c.store.useChunk(ctx, tx, i, w.and(more), all)
	})
	if err != nil {
		return err // ctx may have ended, and the log's writer be at it still
	}
	c.imports.pace.end(ctx)
	return nil
}

// clone returns an import whose progress can be counted on.
func (i *Import) clone() Import {
	c := *i
	c.Progress.Errors = append([]rowError(nil), i.Progress.Errors...)
	return c
}

// undoStep undoes the next contacts that a chunk became. Behind a chunk that
// was never imported there is nothing to undo.
func (c *Customer) undoStep(ctx context.Context, i Import, region string, w written, never bool) error {
	var next Import
	return c.advance(ctx, i, &next, func(ctx context.Context, tx *eventlog.Tx) error {
		next = i.clone()
		ids, created := w.Created, true
		if next.step >= int64(len(w.Created)) {
			ids, created = w.Changed, false
			next.step -= int64(len(w.Created))
		}
		at := min(int(next.step), len(ids))
		ids = ids[at:min(at+undoneAtOnce, len(ids))]
		if err := c.undo(ctx, tx, &next, region, ids, created); err != nil {
			return err
		}
		next.step = i.step + int64(len(ids))
		if next.step >= int64(len(w.Created)+len(w.Changed)) {
			next.nextChunk, next.step = i.nextChunk+1, 0
		}
		if next.nextChunk >= next.About.Chunks || never {
			next.State, next.FinishedAt = importUndone, c.now().UnixMilli()
			return c.store.dropChunks(ctx, tx, i)
		}
		return nil
	})
}

// advance does work and brings an import from where it was to next, which work
// may set, in one transaction; errMoved if it is no longer there.
func (c *Customer) advance(ctx context.Context, from Import, next *Import, work func(context.Context, *eventlog.Tx) error) error {
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := work(ctx, tx); err != nil {
			return err
		}
		next.beatAt = c.now().UnixMilli()
		ok, err := c.store.advanceImport(ctx, tx, from, *next)
		if err == nil && !ok {
			err = errMoved
		}
		return err
	})
}

// dropStale deletes files that were uploaded and that nobody imports.
func (c *Customer) dropStale(ctx context.Context) error {
	imports, err := c.store.staleImports(ctx, c.now().Add(-keepFile).UnixMilli())
	if err != nil {
		return err
	}
	for _, i := range imports {
		err := c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			return c.store.deleteImport(ctx, tx, i.tenant, i.ID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
