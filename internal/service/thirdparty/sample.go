// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// sampleTypes are what a test may be about, in the order of a plain call.
var sampleTypes = []string{
	call.TypeNew, call.TypeStandby, call.TypeWaiting, call.TypeRinging, call.TypeEntered, call.TypeOngoing, call.TypeLeft, call.TypeFinished,
}

// Test sends a sample to an endpoint at once, enabled or not, and returns what
// came of it. It is tried once.
func (t *ThirdParty) Test(ctx context.Context, owner identity.Tenant, e Endpoint, typ string) (Delivery, error) {
	p, err := t.plan(ctx, t.db, owner.ID, e)
	if err != nil {
		return Delivery{}, err
	}
	if typ, err = p.sampleType(typ); err != nil {
		return Delivery{}, err
	}
	now := t.now()
	d := Delivery{Type: typ, Origin: originTest, Attempts: 1, CreatedAt: now.UnixMilli(), to: p.to}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		d.Position, err = t.note(ctx, tx, owner.ID, typeTested, changeFact{Kind: "integration-endpoint", ID: e.ID, Name: e.Name, Action: actionTested}, nil, nil)
		return err
	})
	if err != nil {
		return d, err
	}
	m := t.sample(ctx, p, owner, typ, d.Position, now)
	d.Lane = m.record.Stream
	started := time.Now()
	a, err := t.perform(ctx, m)
	if err != nil {
		return d, err
	}
	d.HTTPStatus, d.Error, d.Exchanges, d.TookMS = a.status, a.error, a.exchanges, time.Since(started).Milliseconds()
	d.Status, d.FinishedAt = statusFailed, t.now().UnixMilli()
	switch a.verdict {
	case verdictSent:
		d.Status = statusSent
	case verdictSkipped:
		d.Status = statusSkipped
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := t.store.insert(ctx, tx, []*Delivery{&d}, asItIs); err != nil || d.Status != statusSent {
			return err
		}
		_, err := t.tell(ctx, tx, owner.ID, typeTested, changeFact{Kind: "integration-endpoint", ID: e.ID, Name: e.Name, Action: actionTaken})
		return err
	})
	return d, err
}

// sampleType returns the type of a sample: the one that is asked for, or the
// last of a call's that the endpoint is for.
func (p *plan) sampleType(typ string) (string, error) {
	if typ == "" {
		for _, candidate := range slices.Backward(sampleTypes) {
			if p.wants(candidate) {
				return candidate, nil
			}
		}
		return call.TypeFinished, nil
	}
	if !slices.Contains(sampleTypes, typ) {
		return "", problem.NewFields("request.invalid", "There is no sample of this type.",
			problem.Field{Name: "body.type", Detail: "must be one of " + strings.Join(sampleTypes, ", ")})
	}
	return typ, nil
}

// sample makes up an event: the last of a call that went as calls do.
func (t *ThirdParty) sample(ctx context.Context, p *plan, owner identity.Tenant, typ string, position int64, now time.Time) *parcel {
	callID := fmt.Sprintf("sample-%d", position)
	number, ours := sampleNumber(owner.Region)
	var events []call.Event
	r := &eventlog.Record{Position: position, Event: eventlog.Event{Tenant: owner.ID, Stream: live.Stream(0, callID)}}
	for i, each := range sampleTypes {
		at := now.Add(time.Duration(i-len(sampleTypes)) * 5 * time.Second).Truncate(time.Second)
		data := fmt.Sprintf(`{"type":%q,"call_id":%q,"timestamp":%q,"direction":"inbound","their_number":%q,"our_number":%q,"queue":"900","actor":"agent@sample.example","number":"200"}`,
			each, callID, at.UTC().Format(time.RFC3339), number, ours)
		if each == call.TypeNew || each == call.TypeStandby {
			data = strings.Replace(data, `,"queue":"900","actor":"agent@sample.example","number":"200"`, "", 1)
		}
		event, err := call.Decode(each, each, at.UnixMilli(), []byte(data))
		if err == nil {
			events = append(events, event)
		}
		r.Type, r.Key, r.At, r.Received, r.Timed, r.Data = each, each, at.UnixMilli(), now.UnixMilli(), true, []byte(data)
		if each == typ {
			break
		}
	}
	m := &parcel{plan: p, tenant: owner, record: r, id: webhookID(p.to, position), sample: true}
	about := t.factsOf(ctx, owner, &live.Call{ID: position, Tenant: owner.ID, CallID: callID, State: call.Fold(events), MatchKey: phone.MatchKey(number, owner.Region), Position: position, UpdatedAt: now.UnixMilli()})
	m.about, m.call, m.state = about, &about.shown, about.state
	m.see()
	return m
}

// sampleNumber returns a caller's number and ours: numbers that are set aside
// for films, or that are nobody's.
func sampleNumber(region string) (theirs, ours string) {
	switch region {
	case "VN":
		return "0900000000", "19000000"
	case "BR":
		return "1155550100", "08000000000"
	default:
		return "+12025550123", "+12025550100"
	}
}
