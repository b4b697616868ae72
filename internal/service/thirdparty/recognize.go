// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"strings"
	"time"

	"tandem/internal/ask"
	"tandem/internal/call"
	"tandem/internal/eventlog"
)

// typeFound is the event that says who a caller is in another system. It is
// about the call, whose events show it, and everyone who is told of calls may
// be told of it.
const typeFound = "caller.found"

const (
	recognizeAtOnce = 32        // callers that are asked about at a time
	recognizeTime   = time.Hour // after which nobody needs to know any more who called
)

// recognizer asks other systems who is calling while the phone still rings. A
// call does not wait for it; when more call than can be asked about, or Tandem
// ends meanwhile, some are not asked about.
type recognizer struct {
	t     *ThirdParty
	slots chan struct{}
}

func newRecognizer(t *ThirdParty) *recognizer {
	return &recognizer{t: t, slots: make(chan struct{}, recognizeAtOnce)}
}

// look asks about the callers of calls that have just begun.
func (r *recognizer) look(ctx context.Context, records []eventlog.Record) {
	for i := range records {
		record := &records[i]
		if record.Type != call.TypeNew || r.t.now().UnixMilli()-record.Received > recognizeTime.Milliseconds() {
			continue
		}
		systems, err := r.t.lookup.systemsOf(ctx, record.Tenant, r.t.now())
		if err != nil || len(systems) == 0 {
			continue // most have none
		}
		event, err := call.Decode(record.Type, record.Key, record.At, record.Data)
		if err != nil || event.TheirNumber == "" || strings.EqualFold(event.Direction, "outbound") {
			continue
		}
		select {
		case r.slots <- struct{}{}:
		default:
			r.t.metrics.lookups.WithLabelValues("too_many").Inc()
			continue
		}
		about := eventlog.Event{Tenant: record.Tenant, Stream: record.Stream}
		go func() {
			defer func() { <-r.slots }()
			r.find(ctx, about, event.TheirNumber)
		}()
	}
}

// find asks about one caller and notes what is known.
func (r *recognizer) find(ctx context.Context, about eventlog.Event, number string) {
	owner, err := r.t.tenants.Find(ctx, about.Tenant)
	if err != nil {
		return // it is being erased
	}
	answer, err := r.t.lookup.answer(ctx, ask.OutsideQuestion{Tenant: owner.ID, Region: owner.Region, Number: number, Wait: true})
	if err != nil || len(answer.Contacts) == 0 {
		return
	}
	now := r.t.now().UnixMilli()
	for _, contact := range answer.Contacts {
		data, err := marshal(map[string]any{
			"integrator": contact.Integrator, "system": contact.System, "outside_id": contact.ID, "caller_name": contact.Name, "url": contact.Page,
		})
		if err != nil {
			return
		}
		// One key for each system: it says so once of a call.
		event := about
		event.Key, event.Type, event.At, event.Received, event.Timed, event.Data = typeFound+"/"+contact.Integrator, typeFound, now, now, true, data
		if _, err := r.t.log.Append(ctx, event); err != nil && ctx.Err() == nil {
			r.t.logger.WarnContext(ctx, "who is calling was not noted", "tenant", owner.ID, "integrator", contact.Integrator, "error", err)
		}
	}
}
