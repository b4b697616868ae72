// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/tenant"
)

const (
	retainLook  = time.Minute // how often it is looked whose turn has come
	retainEvery = time.Hour
	turnTime    = 2 * time.Minute // for which a process may be silent until another takes its turn

	// What is erased in one transaction is little, and between two the others
	// who write have at least as long.
	callsAtOnce = 100
	eventsMost  = 1000
	restMost    = 250 * time.Millisecond

	accountPage = 100
)

// Forget is whoever makes something of calls, or keeps something beside them
// that is kept for as long.
type Forget struct {
	// Calls remove, in the transaction that removes calls, what was made of them.
	Calls []func(ctx context.Context, tx *eventlog.Tx, gone *live.Gone) error
	// Old remove what is from before a time (Unix ms).
	Old []func(ctx context.Context, tenant, before int64) error
	// Last removes what is left of calls up to an id that are no longer there.
	Last func(ctx context.Context, tenant, upTo int64) error
}

// errStop ends a run early: it is another process's turn, or the call centre
// has other settings by now.
var errStop = errors.New("stop erasing old calls")

// retain erases calls that are older than their call centre wants, now and then
// and soon after it has changed its mind, until ctx ends.
func (s *Settings) retain(ctx context.Context) error {
	ticker := time.NewTicker(retainLook)
	defer ticker.Stop()
	for {
		if err := s.Retain(ctx); err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "old calls not erased", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Retain erases what is due now, of every call centre.
func (s *Settings) Retain(ctx context.Context) error {
	turns, err := s.turns(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for after := int64(0); ; {
		accounts, err := s.Tenants.Accounts(ctx, after, accountPage)
		if err != nil {
			return err
		}
		for i := range accounts {
			a := &accounts[i]
			after = a.ID
			if t := turns[a.ID]; s.isDue(&t, a) {
				faults = append(faults, s.retainOf(ctx, t, *a))
			}
		}
		if len(accounts) < accountPage {
			return errors.Join(faults...)
		}
	}
}

// isDue reports whether it is time to look for old calls of a call centre: an
// hour has passed, it keeps them for another time than before, or a run was cut
// short.
func (s *Settings) isDue(t *turn, a *tenant.Account) bool {
	now, days := s.Now().UnixMilli(), a.Retention.Calls
	switch {
	case a.ErasingAt != 0:
		return false
	case t.owner != "":
		return t.owner == s.owner || now-t.beatAt > turnTime.Milliseconds()
	case days == 0:
		return false
	default:
		return t.days != days || now-t.finishedAt >= retainEvery.Milliseconds() || t.finishedAt > now
	}
}

// spanOf returns the calls that are older than so many days.
func (s *Settings) spanOf(ctx context.Context, tenant int64, days int) (live.Span, error) {
	span := live.Span{Tenant: tenant, Before: s.Now().AddDate(0, 0, -days).UnixMilli()}
	upTo, err := s.Log.PositionAt(ctx, span.Before)
	span.UpTo = upTo
	return span, err
}

// retainOf takes the turn of a call centre, and erases what is due.
func (s *Settings) retainOf(ctx context.Context, t turn, a tenant.Account) error {
	t.tenant, t.days = a.ID, a.Retention.Calls
	taken, err := s.take(ctx, t)
	if err != nil || !taken {
		return err
	}
	if t.days > 0 {
		if err = s.eraseOld(ctx, &a); errors.Is(err, errStop) {
			err = nil
		}
	}
	if err == nil {
		err = s.endTurn(ctx, &a)
	}
	if err != nil {
		return fmt.Errorf("erase old calls of tenant %d: %w", a.ID, err)
	}
	return nil
}

// eraseOld erases the calls of a call centre that are too old, with what was
// made of them, and then what is kept for as long.
func (s *Settings) eraseOld(ctx context.Context, a *tenant.Account) error {
	span, err := s.spanOf(ctx, a.ID, a.Retention.Calls)
	if err != nil {
		return err
	}
	for more := true; more; {
		if span.After, more, err = s.eraseSome(ctx, a, span); err != nil {
			return err
		}
	}
	for _, forget := range s.Forget.Old {
		if err := forget(ctx, a.ID, span.Before); err != nil {
			return err
		}
	}
	if err := s.eraseDials(ctx, a, span.UpTo); err != nil {
		return err
	}
	if s.Forget.Last == nil {
		return nil
	}
	return s.Forget.Last(ctx, a.ID, span.UpTo)
}

// eraseSome erases the first calls of a span, and returns behind which id it
// goes on and whether there is more.
func (s *Settings) eraseSome(ctx context.Context, a *tenant.Account, span live.Span) (next int64, more bool, err error) {
	calls, err := s.Live.ListSpan(ctx, span, callsAtOnce)
	if err != nil || len(calls) == 0 {
		return 0, false, err
	}
	more = len(calls) == callsAtOnce
	events := 0
	for i := range calls {
		if events += calls[i].State.Events; i > 0 && events > eventsMost {
			calls, more = calls[:i], true
			break
		}
	}
	if first := &calls[0]; first.State.Events > eventsMost {
		// It goes with the last of its events.
		stream := live.Stream(first.Connector, first.CallID)
		if err := s.eraseEvents(ctx, a, stream, stream, first.Position); err != nil {
			return 0, false, err
		}
	}
	span.UpTo = calls[len(calls)-1].ID
	return span.UpTo, more, s.step(ctx, a, func(ctx context.Context, tx *eventlog.Tx) (int64, int64, error) {
		gone, events, err := s.Live.RemoveSpan(ctx, tx, span)
		if err != nil || len(gone.Calls) == 0 {
			return 0, 0, err
		}
		for _, forget := range s.Forget.Calls {
			if err := forget(ctx, tx, &gone); err != nil {
				return 0, 0, err
			}
		}
		return int64(len(gone.Calls)), events, nil
	})
}

// eraseDials erases what is said of calls that were asked for, and by dialers,
// up to a position, as far as no call is left that it may be about.
func (s *Settings) eraseDials(ctx context.Context, a *tenant.Account, upTo int64) error {
	oldest, err := s.Live.Oldest(ctx, a.ID)
	if err != nil {
		return err
	}
	if oldest > 0 {
		upTo = min(upTo, oldest-1)
	}
	return s.eraseEvents(ctx, a, live.DialsFirst, live.DialsLast, upTo)
}

// eraseEvents erases events of streams with names from first to last.
func (s *Settings) eraseEvents(ctx context.Context, a *tenant.Account, first, last string, upTo int64) error {
	for events := int64(eventsMost); events == eventsMost; {
		err := s.step(ctx, a, func(ctx context.Context, tx *eventlog.Tx) (_, _ int64, err error) {
			events, err = tx.RedactSome(ctx, a.ID, first, last, upTo, eventsMost)
			return 0, events, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step erases something in one transaction, which holds only while it is this
// process's turn and the call centre keeps calls as it did. Then it rests for as
// long as that took: whoever reports calls is not to wait for this.
func (s *Settings) step(ctx context.Context, a *tenant.Account, work func(context.Context, *eventlog.Tx) (calls, events int64, err error)) error {
	var calls, events int64
	var took time.Duration
	err := s.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		now, err := s.Tenants.FindAccount(ctx, tx, a.UUID)
		if err != nil {
			return err
		}
		if now.Retention.Calls != a.Retention.Calls || now.ErasingAt != 0 {
			return errStop
		}
		if calls, events, err = work(ctx, tx); err != nil {
			return err
		}
		ours, err := s.beat(ctx, tx, a.ID, calls, events)
		if err == nil && !ours {
			err = errStop
		}
		return err
	})
	if err != nil {
		return err
	}
	s.metrics.calls.Add(float64(calls))
	s.metrics.events.Add(float64(events))
	rest := time.NewTimer(min(took, restMost))
	defer rest.Stop()
	select {
	case <-ctx.Done():
	case <-rest.C:
	}
	return ctx.Err()
}

// endTurn says what a run has erased, if anything: in the audit trail, and with
// a tombstone in the log.
func (s *Settings) endTurn(ctx context.Context, a *tenant.Account) error {
	var done turn
	err := s.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		t, left, err := s.leave(ctx, tx, a.ID)
		done = t
		if err != nil || !left || t.calls+t.events == 0 {
			return err
		}
		said := map[string]any{"days": t.days, "calls": t.calls, "events": t.events}
		data, err := json.Marshal(said)
		if err != nil {
			return fmt.Errorf("encode tombstone: %w", err)
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make id: %w", err)
		}
		now := s.Now().UnixMilli()
		if _, err := tx.Append(ctx, eventlog.Event{
			Tenant: a.ID, Stream: "retention", Key: live.TypeErased + "/" + id.String(), Type: live.TypeErased,
			At: now, Received: now, Timed: true, Data: data,
		}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: a.ID, Action: live.TypeErased, Object: "tenant/" + a.UUID, After: said})
	})
	if err == nil && done.calls+done.events > 0 {
		s.Logger.InfoContext(ctx, "erased old calls", "tenant", a.ID, "days", done.days, "calls", done.calls, "events", done.events)
	}
	return err
}
