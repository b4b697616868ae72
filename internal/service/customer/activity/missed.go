// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/problem"
)

// The events of a missed call that people make. What the calls do to it their
// own events tell.
const (
	typeClaimed  = "missed_call.claimed"
	typeReleased = "missed_call.released"
)

// Missed is a number that called and was not answered. Times are Unix
// milliseconds, those of calls by the clock of the phone system.
type Missed struct {
	ID          string
	MatchKey    string
	Number      string // as the newest of the calls had it
	Calls       int64  // missed since the number was last reached
	FirstAt     int64
	NewestAt    int64
	NewestCall  int64 // id
	ReachedAt   int64 // when somebody spoke with the number; 0 for never
	ReachedCall int64
	Open        bool
	Claim       Claim
}

// Claim says that an agent takes care of a missed call. It ends when the
// number is reached.
type Claim struct {
	By  string // id of the user; "" for nobody
	At  int64
	For int64 // NewestAt when it was claimed
}

// missedID returns the id of what a number's missed calls are kept under.
func missedID(tenant int64, key string) string { return eventlog.UUID(tenant, "missed-call", key) }

// reckon returns what a number's calls come to, and whether any of them was
// missed. The order of the calls does not matter. Somebody who is reached
// while another call of theirs still rings has been reached.
func reckon(calls []live.Call) (m Missed, any bool) {
	type moment struct {
		at      int64
		call    *live.Call
		reached bool
	}
	var moments []moment
	for i := range calls {
		c := &calls[i].State
		if at := c.ReachedAt(); at != 0 && directionOf(c) != "" {
			moments = append(moments, moment{at, &calls[i], true})
		} else if ended(c) && directionOf(c) == Incoming {
			moments = append(moments, moment{began(c), &calls[i], false})
		}
	}
	slices.SortFunc(moments, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.call.ID, b.call.ID)) })
	for _, now := range moments {
		if now.reached {
			m.Open, m.ReachedAt, m.ReachedCall = false, now.at, now.call.ID
			continue
		}
		if !m.Open {
			m.Open, m.Calls, m.FirstAt = true, 0, now.at
		}
		any = true
		m.Calls++
		m.NewestAt, m.NewestCall, m.Number = now.at, now.call.ID, now.call.State.TheirNumber
	}
	return m, any
}

// claimFact is the data of missed_call.claimed and missed_call.released.
type claimFact struct {
	ID  string `json:"id"`
	By  string `json:"by"` // id of the user
	For int64  `json:"for"`
}

// ClaimMissed has whoever asks take care of a missed call.
func (s *Activities) ClaimMissed(ctx context.Context, t identity.Tenant, id string) (Missed, error) {
	return s.claim(ctx, t, id, typeClaimed, func(who identity.Principal, m Missed) (Claim, error) {
		switch {
		case !m.Open:
			return Claim{}, problem.New(problem.Conflict, "missed_call.reached", "The number has been reached since.")
		case m.Claim.By != "" && m.Claim.By != who.ID:
			return Claim{}, problem.New(problem.Conflict, "missed_call.claimed", "Somebody else takes care of this already.")
		default:
			return Claim{By: who.ID, At: s.now(), For: m.NewestAt}, nil
		}
	})
}

// ReleaseMissed leaves a missed call to others. Who may change agents may take
// it from anybody.
func (s *Activities) ReleaseMissed(ctx context.Context, t identity.Tenant, id string) (Missed, error) {
	return s.claim(ctx, t, id, typeReleased, func(who identity.Principal, m Missed) (Claim, error) {
		switch {
		case m.Claim.By == "":
			return Claim{}, problem.New(problem.Conflict, "missed_call.not_claimed", "Nobody takes care of this yet.")
		case m.Claim.By != who.ID && !who.Can(identity.AgentWrite):
			return Claim{}, problem.New(problem.Denied, "missed_call.not_yours", "Somebody else takes care of this.")
		default:
			return Claim{}, nil
		}
	})
}

// claim writes what decide decides about a missed call, the fact and the entry
// in the audit trail.
func (s *Activities) claim(
	ctx context.Context, t identity.Tenant, id, typ string, decide func(identity.Principal, Missed) (Claim, error),
) (after Missed, err error) {
	who, _ := identity.From(ctx)
	err = s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := s.store.findMissed(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		after = before
		if after.Claim, err = decide(who, before); err != nil || after.Claim.By != "" && after.Claim.By == before.Claim.By {
			after.Claim = before.Claim
			return err
		}
		if err := s.store.writeClaim(ctx, tx, t.ID, after); err != nil {
			return err
		}
		fact := claimFact{ID: id, By: cmp.Or(after.Claim.By, before.Claim.By), For: before.NewestAt}
		if err := s.appendClaim(ctx, tx, t, typ, fact); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: typ, Object: "missed_call/" + id, After: fact})
	})
	return after, err
}

func (s *Activities) appendClaim(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, typ string, fact claimFact) error {
	data, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("encode claim: %w", err)
	}
	change, err := newID()
	if err != nil {
		return err
	}
	now := s.now()
	_, err = tx.Append(ctx, eventlog.Event{
		Tenant: t.ID, Stream: missedPrefix + fact.ID, Key: typ + "/" + change, Type: typ, At: now, Received: now, Timed: true, Data: data,
	})
	return err
}

const missedPrefix = "missed-call/"
