// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/liveview"
	"tandem/internal/phone"
	"tandem/internal/service/thirdparty/formula"
)

// eventView is what formulas see of an event before anything is looked up.
func eventView(r *eventlog.Record) *formula.View {
	return &formula.View{
		ID: eventlog.UUID(r.Tenant, r.Stream, r.Key), Type: r.Type, Time: httpapi.Instant(r.At).Format(time.RFC3339Nano),
		Position: int(r.Position), Event: formula.Object(r.Data), Call: map[string]any{},
	}
}

// parcel is an event with everything that a delivery may need of it.
type parcel struct {
	plan   *plan
	tenant identity.Tenant
	record *eventlog.Record
	call   *liveview.Call // nil for what is not about a call
	state  *live.Call
	view   *formula.View
	about  *callFacts
	id     string // of the delivery, for the receiver
	sample bool   // a test: made up
}

// compose gathers what a delivery needs. The call is as it was known when the
// event came, so that sending again says the same.
func (t *ThirdParty) compose(ctx context.Context, p *plan, r *eventlog.Record) (*parcel, error) {
	owner, err := t.tenants.Find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	m := &parcel{plan: p, tenant: owner.Tenant, record: r, id: webhookID(p.to, r.Position)}
	if connector, callID, ok := live.ParseStream(r.Stream); ok {
		// The same for every endpoint, and for whoever asks again.
		about, err := t.facts.of(factKey{r.Tenant, r.Position}, func() (*callFacts, error) {
			state, err := t.callAt(ctx, owner.Tenant, r, connector, callID)
			if err != nil {
				return nil, err
			}
			return t.factsOf(ctx, owner.Tenant, state), nil
		})
		if err != nil {
			return nil, err
		}
		m.about, m.call, m.state = about, &about.shown, about.state
	}
	if p.mapping != nil || p.template.action != "" {
		m.see()
	}
	return m, nil
}

// see makes the view that formulas have.
func (m *parcel) see() {
	m.view = eventView(m.record)
	m.view.Tenant = map[string]any{"uuid": m.tenant.UUID, "slug": m.tenant.Slug, "name": m.tenant.Name}
	m.view.Endpoint = map[string]any{"id": m.plan.endpoint.ID, "name": m.plan.endpoint.Name}
	m.view.Settings = m.plan.settings
	if m.about != nil {
		m.view.Call = m.about.view()
	}
}

// callFacts is a call as deliveries see it.
type callFacts struct {
	state *live.Call
	shown liveview.Call
	view  func() map[string]any
	once  sync.Once
	body  []byte // the event as it is, for whoever wants it so
	err   error
}

func (t *ThirdParty) factsOf(ctx context.Context, tenant identity.Tenant, state *live.Call) *callFacts {
	names := t.namer.Name(ctx, tenant.ID, []live.Call{*state}, true)
	f := &callFacts{state: state, shown: liveview.CallOf(state, names, tenant.Region)}
	f.view = sync.OnceValue(func() map[string]any { return formula.ObjectOf(f.shown) })
	return f
}

// factKey names an event.
type factKey struct{ tenant, position int64 }

// factCache remembers what was found out about the calls of the latest events:
// many endpoints get the same one.
type factCache struct {
	mu    sync.Mutex
	known map[factKey]*knownFacts
	order []factKey // oldest first
}

type knownFacts struct {
	once  sync.Once
	facts *callFacts
	err   error
}

const (
	factsMax  = 256
	foldedMax = 2000 // events of a call that are folded for a delivery; a longer one is told as it is now
)

// of returns what is remembered of an event, or else what find finds.
func (c *factCache) of(key factKey, find func() (*callFacts, error)) (*callFacts, error) {
	c.mu.Lock()
	if c.known == nil {
		c.known = map[factKey]*knownFacts{}
	}
	k := c.known[key]
	if k == nil {
		k = &knownFacts{}
		c.known[key] = k
		c.order = append(c.order, key)
		if len(c.order) > factsMax {
			delete(c.known, c.order[0])
			c.order = c.order[1:]
		}
	}
	c.mu.Unlock()
	k.once.Do(func() { k.facts, k.err = find() })
	if k.err != nil {
		c.forget(key)
	}
	return k.facts, k.err
}

// clear forgets everything.
func (c *factCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.order = nil, nil
}

func (c *factCache) forget(key factKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, key)
}

// callAt returns a call as the events up to a record describe it.
func (t *ThirdParty) callAt(ctx context.Context, tenant identity.Tenant, r *eventlog.Record, connector int64, callID string) (*live.Call, error) {
	now, err := t.live.FindByCallID(ctx, tenant.ID, connector, callID)
	if err == nil && (now.Position == r.Position || now.State.Events > foldedMax) {
		return &now, nil
	}
	past := &live.Call{Tenant: tenant.ID, Connector: connector, CallID: callID, UpdatedAt: r.Received}
	var events []call.Event
	err = t.log.VisitStream(ctx, tenant.ID, r.Stream, r.Position, func(at *eventlog.Record) error {
		if past.ID == 0 || at.Position < past.ID {
			past.ID = at.Position
		}
		past.Position = max(past.Position, at.Position)
		if !call.IsCallEvent(at.Type) {
			return nil
		}
		if event, err := call.Decode(at.Type, at.Key, at.At, at.Data); err == nil {
			events = append(events, event)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	past.State = call.Fold(events)
	past.MatchKey = phone.MatchKey(past.State.TheirNumber, tenant.Region)
	return past, nil
}

// cloudEvent is an event as CloudEvents 1.0 in JSON has it, with the extensions
// sequence and partitionkey.
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject,omitempty"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Sequence        string    `json:"sequence"`
	PartitionKey    string    `json:"partitionkey"`
	Test            bool      `json:"tandemtest,omitempty"`
	Data            cloudData `json:"data"`
}

type cloudData struct {
	Call  *liveview.Call  `json:"call,omitempty"`
	Event json.RawMessage `json:"event"`
	Raw   string          `json:"raw,omitempty"`
}

// body returns what is posted: the event, or what the template makes of it.
func (m *parcel) body() ([]byte, error) {
	if m.plan.mapping != nil {
		value, err := m.plan.mapping.Of(m.view)
		if err != nil {
			return nil, err
		}
		return marshal(value)
	}
	if m.about != nil && !m.sample {
		return m.about.bodyOf(m.event)
	}
	return m.event()
}

// bodyOf returns what write writes, which is written once.
func (f *callFacts) bodyOf(write func() ([]byte, error)) ([]byte, error) {
	f.once.Do(func() { f.body, f.err = write() })
	return f.body, f.err
}

// event returns the event as CloudEvents have it. It says nothing of the
// endpoint, so that it is the same for all.
func (m *parcel) event() ([]byte, error) {
	event := cloudEvent{
		SpecVersion: "1.0", ID: eventlog.UUID(m.record.Tenant, m.record.Stream, m.record.Key), Type: m.record.Type, Time: httpapi.Instant(m.record.At), DataContentType: "application/json",
		Source:   fmt.Sprintf("/tenants/%s/connectors/%d", m.tenant.UUID, m.record.Connector),
		Sequence: fmt.Sprintf("%019d", m.record.Position), PartitionKey: m.record.Stream, Test: m.sample,
		Data: cloudData{Call: m.call, Event: m.record.Data, Raw: string(m.record.Raw)},
	}
	event.Subject = m.record.Stream
	if m.call != nil {
		event.Subject, event.PartitionKey = m.call.CallID, m.call.CallID
	}
	return marshal(event)
}

// marshal writes the JSON of a body, without the escapes that only a page needs.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write body: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// seconds writes a time as the header of a signature has it.
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
