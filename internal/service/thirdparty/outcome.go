// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"slices"
	"time"
)

// tried is what an attempt came to.
type tried struct {
	delivery *Delivery
	attempt  attempt
	err      error // ours
	took     time.Duration
}

// pauseOurs is how long a delivery rests that Tandem could not attempt.
const pauseOurs = 5 * time.Second

// conclude decides what follows from an attempt and has it written down.
func (w *worker) conclude(t *tried) {
	now := w.s.t.now()
	d := *t.delivery
	if t.err != nil {
		w.s.t.logger.Warn("delivery not attempted", "tenant", w.to.tenant, "endpoint", w.to.id, "position", d.Position, "error", t.err)
		w.breaker.probing = false
		d.DueAt = now.Add(pauseOurs).UnixMilli()
		w.finish(&d)
		return
	}
	a := &t.attempt
	back := w.breaker.end(now, a)
	d.Attempts++
	d.HTTPStatus, d.Error, d.Exchanges, d.TookMS = a.status, a.error, a.exchanges, t.took.Milliseconds()
	r := result{worker: w, delivery: &d}
	switch a.verdict {
	case verdictSent:
		d.Status = statusSent
	case verdictSkipped:
		d.Status = statusSkipped
	case verdictFailed:
		d.Status = statusFailed
	case verdictGone:
		r.disable = reasonGone
	default:
		w.retry(&r, a, now)
	}
	if d.Status != statusPending {
		d.FinishedAt = now.UnixMilli()
	}
	if p := w.plan(); r.disable != "" && p != nil {
		w.over, w.since = true, p.endpoint.since
	}
	r.failing = w.noteFailing(a, now)
	if back {
		w.wakeAll(now)
	}
	w.s.t.metrics.attempted(a.verdict, t.took)
	w.unwritten[d.Position]++
	w.s.recorder.add(r)
	kept := d
	w.finish(&kept)
}

// retry gives a delivery its next time. One that has had its last is given up;
// if nothing gets through at all, the endpoint is, and the delivery kept.
func (w *worker) retry(r *result, a *attempt, now time.Time) {
	d := r.delivery
	if d.Attempts <= len(w.s.schedule) {
		rest := max(jitter(w.s.schedule[d.Attempts-1]), a.retryAfter)
		d.DueAt = now.Add(rest).UnixMilli()
		return
	}
	if w.breaker.tripped() {
		r.disable = reasonExhausted
		return
	}
	d.Status = statusFailed
}

// failingNote is a change of whether an endpoint works.
type failingNote struct {
	since  int64
	reason string
}

// noteFailing returns what is new about whether the endpoint works; nil if
// nothing is.
func (w *worker) noteFailing(a *attempt, now time.Time) *failingNote {
	switch {
	case a.verdict == verdictSent && w.failing:
		w.failing = false
		return &failingNote{}
	case (a.verdict == verdictAgain || a.verdict == verdictSlow) && !ofEvent(a.status) && !w.failing:
		w.failing = true
		return &failingNote{now.UnixMilli(), a.error}
	default:
		return nil
	}
}

// wakeAll makes due what waited for the endpoint to come back.
func (w *worker) wakeAll(now time.Time) {
	for _, d := range w.rows {
		if !w.flying[d.Position] {
			d.DueAt = min(d.DueAt, now.UnixMilli())
		}
	}
}

// finish takes note of what became of an attempt, so that the next event of its
// call may go. It is written a moment later: who is killed before that sends
// both again, in their order.
func (w *worker) finish(d *Delivery) {
	delete(w.flying, d.Position)
	delete(w.busy, d.Lane)
	at, found := slices.BinarySearchFunc(w.rows, d.Position, func(row *Delivery, position int64) int { return int(row.Position - position) })
	switch {
	case !found:
	case d.Status == statusPending:
		d.Exchanges, d.record = nil, nil // not worth their memory for hours
		w.rows[at] = d
	default:
		w.rows = slices.Delete(w.rows, at, at+1)
	}
}

// forget lets go of what is in the database by now.
func (w *worker) forget() {
	w.mu.Lock()
	recorded := w.recorded
	w.recorded = nil
	w.mu.Unlock()
	for _, position := range recorded {
		if w.unwritten[position]--; w.unwritten[position] <= 0 {
			delete(w.unwritten, position)
		}
	}
	if len(recorded) > 0 && w.passed {
		w.passed = false
		w.again()
	}
}

// engaged reports whether something is not yet as the database has it.
func (w *worker) engaged() bool { return len(w.flying) > 0 || len(w.unwritten) > 0 }

// ahead reports whether the worker knows more of a delivery than the database.
func (w *worker) ahead(position int64) bool { return w.flying[position] || w.unwritten[position] > 0 }
