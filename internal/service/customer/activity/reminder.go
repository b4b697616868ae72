// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// TypeDue is the event that a reminder has fallen due. Its data is the
// reminder; the live view tells the agent.
const TypeDue = "reminder.due"

const (
	// alarmEvery is how often is looked for reminders that have fallen due. The
	// clock is read anew each time, so that it may be set forth and back: what
	// is due by it fires, and what has fired has.
	alarmEvery = time.Second
	alarmsMax  = 100 // that fire in one transaction
)

// setAlarm has a reminder fall due, or not any more, as it was written.
func (s *Activities) setAlarm(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, before *Activity, after Activity) error {
	if after.Type != TypeReminder {
		return nil
	}
	waits := func(a *Activity) bool { return a != nil && !a.Deleted && a.Body.Status == Unchecked }
	switch {
	case !waits(&after):
		return s.store.clearAlarm(ctx, tx, t.ID, after.ID)
	case !waits(before) || before.Body.DueAt != after.Body.DueAt:
		// What is checked and unchecked again after it fell due does so once more.
		return s.store.putAlarm(ctx, tx, t.ID, after.ID, after.Body.DueAt)
	}
	return nil
}

// remind has reminders fall due until ctx ends. What is still to come is a row,
// so that nothing is forgotten when the process ends, and taking the row out
// is part of telling, so that of several processes one does.
func (s *Activities) remind(ctx context.Context) error {
	ticker := time.NewTicker(alarmEvery)
	defer ticker.Stop()
	for {
		for more := true; more; {
			var err error
			if more, err = s.fire(ctx); err != nil {
				if ctx.Err() != nil {
					return nil // ending was asked for
				}
				return fmt.Errorf("reminders: %w", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// fire tells of the reminders that are due now, and reports whether there may
// be more.
func (s *Activities) fire(ctx context.Context) (more bool, err error) {
	now := s.now()
	due, err := s.store.dueAlarms(ctx, now, alarmsMax)
	if err != nil || len(due) == 0 {
		return false, err
	}
	return len(due) == alarmsMax, s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for _, alarm := range due {
			taken, err := s.store.takeAlarm(ctx, tx, alarm)
			if err != nil {
				return err
			}
			if !taken {
				continue // another process has told, or it was changed meanwhile
			}
			a, err := s.store.find(ctx, tx, alarm.tenant, alarm.id, false)
			if problem.Of(err).Kind == problem.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			// With the same key the log would take it for the same fact, should the row ever come back.
			event, err := eventOf(alarm.tenant, TypeDue, strconv.FormatInt(alarm.due, 10)+"/"+strconv.FormatInt(a.UpdatedAt, 10), a, now)
			if err != nil {
				return err
			}
			if _, err := tx.Append(ctx, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// Snooze has a reminder fall due later.
func (s *Activities) Snooze(ctx context.Context, t identity.Tenant, id string, until int64) (Activity, error) {
	before, err := s.changeable(ctx, t, id)
	if err != nil {
		return Activity{}, err
	}
	if before.Type != TypeReminder {
		return Activity{}, problem.New(problem.Conflict, "activity.no_reminder", "Only a reminder can fall due later; this is a %s.", before.Type)
	}
	if until <= s.now() || until > latestTime {
		return Activity{}, problem.NewFields("activity.invalid", "The reminder cannot fall due then.",
			problem.Field{Name: "body.until", Detail: "must be a time to come, in Unix milliseconds"})
	}
	return s.Change(ctx, t, id, func(w *words) { w.Body.DueAt, w.Body.Status = until, Unchecked })
}
