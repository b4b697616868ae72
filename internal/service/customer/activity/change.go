// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// The events of an activity. Their data is the activity as it was written.
// What Tandem writes about calls has none: the calls' own events tell it.
const (
	typeCreated  = "activity.created"
	typeChanged  = "activity.changed"
	typeDeleted  = "activity.deleted"
	typeRestored = "activity.restored"
)

// errOfLog says that an activity is what became of a call, which nobody can
// change.
var errOfLog = problem.New(problem.Conflict, "activity.of_log", "Tandem wrote this from what the phone system reported of the call; it cannot be changed. Write a note instead.")

// words is what somebody says of an activity.
type words struct {
	Activity

	timed bool // the duration was given
}

// Create adds an activity that a person or program entered.
func (s *Activities) Create(ctx context.Context, t identity.Tenant, w words) (Activity, error) {
	id, err := newID()
	if err != nil {
		return Activity{}, err
	}
	who, _ := identity.From(ctx)
	a := w.Activity
	a.ID, a.Origin, a.CreatedAt, a.Deleted = id, OriginAPI, s.now(), false
	a.UpdatedAt, a.At = a.CreatedAt, a.CreatedAt
	if a.Creator == "" {
		a.Creator = who.ID
	}
	if err := s.fill(ctx, t, &a); err != nil {
		return Activity{}, err
	}
	f := a.settle(w.timed)
	if err := s.checkPeople(ctx, t, Activity{}, a, &f); err != nil {
		return Activity{}, err
	}
	err = s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := s.checkContact(ctx, tx, t, a.ContactID, f); err != nil {
			return err
		}
		return s.keep(ctx, tx, t, typeCreated, nil, a)
	})
	return a, err
}

// fill says what was left out and has a usual value.
func (s *Activities) fill(ctx context.Context, t identity.Tenant, a *Activity) error {
	who, _ := identity.From(ctx)
	switch a.Type {
	case TypeReminder:
		if a.Body.Status == "" {
			a.Body.Status = Unchecked
		}
		if a.Body.RemindedAgent == "" {
			a.Body.RemindedAgent = who.ID
		}
	case TypeSMS:
		if a.Body.Status == "" {
			a.Body.Status = Pending
		}
		if a.Body.To == "" {
			found, err := s.store.findContacts(ctx, s.store.db, t.ID, a.ContactID)
			if err != nil {
				return err
			}
			if c := found[a.ContactID]; maySee(ctx, c) {
				a.Body.To = c.Phone
			}
		}
	}
	return nil
}

// maySee reports whether whoever asks may see a contact, and so its number: who
// may see their own contacts only has to be its creator.
func maySee(ctx context.Context, c contact) bool {
	who, ok := identity.From(ctx)
	return !ok || who.Can(identity.ContactRead) || who.OnlyOwn(identity.ContactRead) && c.Creator == who.ID
}

// checkPeople checks the agents that an activity names, unless it named them
// before. The caller may always name themselves as its creator.
func (s *Activities) checkPeople(ctx context.Context, t identity.Tenant, before, after Activity, f *faults) error {
	who, _ := identity.From(ctx)
	if after.Creator != before.Creator && after.Creator != who.ID {
		if who.OnlyOwn(identity.ActivityWrite) {
			f.add("creator", "must be you")
		} else if err := s.checkAgent(ctx, t, "creator", after.Creator, f); err != nil {
			return err
		}
	}
	if after.Body.RemindedAgent != before.Body.RemindedAgent {
		return s.checkAgent(ctx, t, "body.remindedAgent", after.Body.RemindedAgent, f)
	}
	return nil
}

// askTime is how long the question who somebody is may take.
const askTime = 2 * time.Second

func (s *Activities) checkAgent(ctx context.Context, t identity.Tenant, field, id string, f *faults) error {
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	err := problem.New(problem.NotFound, "agent.not_found", "")
	if isID(id) {
		_, err = bus.Ask(asking, s.bus, ask.FindAgent, ask.AgentQuestion{Tenant: t.ID, ID: id})
	}
	if problem.Of(err).Kind == problem.NotFound {
		f.add(field, "must be the id of an agent of this call centre")
		return nil
	}
	return err
}

// checkContact refuses an activity with a contact that is not there, together
// with what else is wrong with it.
func (s *Activities) checkContact(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, id string, f faults) error {
	found, err := s.store.findContacts(ctx, tx, t.ID, id)
	if err != nil {
		return err
	}
	if _, ok := found[id]; !ok {
		f = append(faults{}, f...) // the work may be called twice
		f.add("idContact", "must be the id of a contact of this call centre")
	}
	return f.problem()
}

// Change changes what change says of an activity.
func (s *Activities) Change(ctx context.Context, t identity.Tenant, id string, change func(*words)) (Activity, error) {
	// Others are asked before the transaction, which must not wait for them.
	planned, err := s.changeable(ctx, t, id)
	if err != nil {
		return Activity{}, err
	}
	before := planned
	w := words{Activity: planned}
	change(&w)
	if err := s.fill(ctx, t, &w.Activity); err != nil {
		return Activity{}, err
	}
	var f faults
	if err := s.checkPeople(ctx, t, before, w.Activity, &f); err != nil {
		return Activity{}, err
	}
	usual := w.Activity
	var after Activity
	err = s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		now, err := s.store.find(ctx, tx, t.ID, id, false)
		if err != nil {
			return err
		}
		w := words{Activity: now}
		change(&w)
		after = w.Activity
		b := &after.Body
		b.To, b.Status = cmp.Or(b.To, usual.Body.To), cmp.Or(b.Status, usual.Body.Status)
		b.RemindedAgent = cmp.Or(b.RemindedAgent, usual.Body.RemindedAgent)
		after.UpdatedAt = s.now()
		f := append(after.settle(w.timed), f...)
		if after.Type != now.Type {
			f.add("type", "cannot be changed; it is "+now.Type)
		}
		if after.ContactID != now.ContactID {
			err = s.checkContact(ctx, tx, t, after.ContactID, f)
		} else {
			err = f.problem()
		}
		if err != nil {
			return err
		}
		return s.keep(ctx, tx, t, typeChanged, &now, after)
	})
	return after, err
}

// changeable returns an activity that whoever asks may change.
func (s *Activities) changeable(ctx context.Context, t identity.Tenant, id string) (Activity, error) {
	a, err := s.store.find(ctx, s.store.db, t.ID, id, false)
	if err != nil {
		return Activity{}, err
	}
	if !mayHandle(ctx, identity.ActivityWrite, a) {
		return Activity{}, errMissing
	}
	if a.Origin == OriginLog {
		return Activity{}, errOfLog
	}
	return a, nil
}

// mayHandle reports whether whoever asks may use a right on an activity: who
// has it for their own data only has to be its creator or be reminded.
func mayHandle(ctx context.Context, right string, a Activity) bool {
	who, _ := identity.From(ctx)
	return !who.OnlyOwn(right) || a.Creator == who.ID || a.Body.RemindedAgent == who.ID
}

// Delete hides an activity; a reminder does not fall due any more.
func (s *Activities) Delete(ctx context.Context, t identity.Tenant, id string) error {
	if _, err := s.changeable(ctx, t, id); err != nil {
		return err
	}
	return s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := s.store.find(ctx, tx, t.ID, id, false)
		if err != nil {
			return err
		}
		after := before
		after.Deleted, after.UpdatedAt = true, s.now()
		return s.keep(ctx, tx, t, typeDeleted, &before, after)
	})
}

// Restore shows a deleted activity again. Its contact has to be there.
func (s *Activities) Restore(ctx context.Context, t identity.Tenant, id string) (after Activity, err error) {
	err = s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := s.store.find(ctx, tx, t.ID, id, true)
		if err != nil {
			return err
		}
		if before.erased || !mayHandle(ctx, identity.ActivityWrite, before) {
			return errMissing
		}
		if !before.Deleted {
			return problem.New(problem.Conflict, "activity.not_deleted", "The activity is not deleted.")
		}
		if err := s.checkContact(ctx, tx, t, before.ContactID, nil); err != nil {
			return err
		}
		after = before
		after.Deleted, after.UpdatedAt = false, s.now()
		return s.keep(ctx, tx, t, typeRestored, &before, after)
	})
	return after, err
}

// keep writes an activity, what is to happen because of it, the fact and the
// entry in the audit trail.
func (s *Activities) keep(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, typ string, before *Activity, after Activity) error {
	if err := s.store.write(ctx, tx, t.ID, after); err != nil {
		return err
	}
	if err := s.setAlarm(ctx, tx, t, before, after); err != nil {
		return err
	}
	change, err := newID()
	if err != nil {
		return err
	}
	event, err := eventOf(t.ID, typ, change, after, after.UpdatedAt)
	if err != nil {
		return err
	}
	if _, err := tx.Append(ctx, event); err != nil {
		return err
	}
	entry := audit.Entry{Tenant: t.ID, Action: typ, Object: "activity/" + after.ID, After: after}
	if before != nil {
		entry.Before = before
	}
	return audit.Record(ctx, tx, entry)
}

// Stream returns the stream of an activity's events.
func Stream(id string) string { return "activity/" + id }

// eventOf returns a fact about an activity.
func eventOf(tenant int64, typ, key string, a Activity, at int64) (eventlog.Event, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode activity %s: %w", a.ID, err)
	}
	return eventlog.Event{
		Tenant: tenant, Stream: Stream(a.ID), Key: typ + "/" + key, Type: typ, At: at, Received: at, Timed: true, Data: data,
	}, nil
}
