// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/formula"
	"tandem/internal/service/thirdparty/reach"
)

// crmSettings is how a CRM is told of calls.
type crmSettings struct {
	SearchPath string         `json:"searchPath"`
	IDPath     string         `json:"idPath"`
	Create     bool           `json:"create"`
	CreatePath string         `json:"createPath"`
	CreateBody map[string]any `json:"createBody"`
	LogPath    string         `json:"logPath"`
	LogBody    map[string]any `json:"logBody"`
}

// tellCRM looks for the contact of a call, creates it when there is none, and
// adds the call to it. After a failure all of it is done again: then the search
// finds what was created, and the CRM can tell a repeated call by its webhook-id.
func (t *ThirdParty) tellCRM(ctx context.Context, m *parcel) (a attempt, err error) {
	var s crmSettings
	if err := json.Unmarshal(m.plan.endpoint.Settings, &s); err != nil {
		return a, fmt.Errorf("read settings of endpoint %s: %w", m.plan.endpoint.ID, err)
	}
	if m.call == nil || m.call.TheirNumber == "" {
		return fail(verdictSkipped, "the event is about no call with a number"), nil
	}
	crm := &crm{t: t, m: m, attempt: &a}
	answer := crm.ask(ctx, http.MethodGet, s.SearchPath, nil)
	id := ""
	if a.verdict == verdictSent {
		id = pick(answer, s.IDPath)
	} else if a.status == http.StatusNotFound { // how some say that there is nobody
		a.verdict, a.error = verdictSent, ""
	}
	if a.verdict != verdictSent || crm.err != nil {
		return a, crm.err
	}
	if id == "" {
		if !s.Create {
			a.verdict, a.error = verdictSkipped, "the CRM does not know the number"
			return a, nil
		}
		answer = crm.ask(ctx, http.MethodPost, s.CreatePath, s.CreateBody)
		if a.verdict != verdictSent || crm.err != nil {
			return a, crm.err
		}
		if id = pick(answer, s.IDPath); id == "" {
			a.verdict, a.error = verdictAgain, "the CRM's answer has no id where the settings say"
			return a, nil
		}
	}
	m.view.Contact = map[string]any{"id": id}
	crm.ask(ctx, http.MethodPost, s.LogPath, s.LogBody)
	return a, crm.err
}

// crm is a conversation with a CRM.
type crm struct {
	t       *ThirdParty
	m       *parcel
	attempt *attempt
	err     error // ours
}

// ask sends one request of the conversation and returns the JSON that came back.
func (c *crm) ask(ctx context.Context, method, path string, body map[string]any) any {
	address, err := reach.Join(c.m.plan.endpoint.URL, formula.Fill(path, c.m.view, formula.InURL))
	if err != nil {
		c.attempt.verdict, c.attempt.error = verdictFailed, "the settings lead to another host"
		return nil
	}
	var content []byte
	if body != nil {
		if content, c.err = marshal(formula.FillJSON(body, c.m.view)); c.err != nil {
			return nil
		}
	}
	request, err := c.t.request(c.m, method, address, content)
	if err != nil {
		c.err = err
		return nil
	}
	if method != http.MethodGet {
		request.Header.Set("Idempotency-Key", c.m.id)
	}
	answer := c.t.client.Do(ctx, request)
	c.attempt.note(&answer)
	var value any
	if json.Unmarshal(answer.Body, &value) != nil {
		return nil
	}
	return value
}

// popTime is how long after an event its page is still worth opening.
const popTime = time.Minute

// popUp opens a page at the agent whose phone rings. The order to do so is an
// event, so that it reaches the agent whichever process has them, and once.
func (t *ThirdParty) popUp(ctx context.Context, m *parcel) (attempt, error) {
	if t.now().UnixMilli()-m.record.Received > popTime.Milliseconds() {
		return fail(verdictSkipped, "too late to be of use"), nil
	}
	actor, _ := m.view.Event["actor"].(string)
	if actor == "" && m.call != nil && m.call.Agent != nil {
		actor = m.call.Agent.Actor
	}
	if actor == "" {
		return fail(verdictSkipped, "the event names no agent"), nil
	}
	agents, err := bus.Ask(ctx, t.bus, ask.NameAgents, ask.NamesQuestion{Tenant: m.tenant.ID, Keys: []string{actor}})
	if err != nil {
		return attempt{}, fmt.Errorf("ask who the agent is: %w", err)
	}
	agent, ok := agents[actor]
	if !ok {
		return fail(verdictSkipped, "nobody here goes by the agent's name"), nil
	}
	path, _ := m.plan.settings["path"].(string)
	window, _ := m.plan.settings["window"].(string)
	page := formula.Fill(m.plan.endpoint.URL+path, m.view, formula.InURL)
	if err := checkPage(page); err != nil {
		return fail(verdictFailed, "the address of the page %s", err.Error()), nil
	}
	pop := Pop{Agent: agent.ID, URL: page, Window: window}
	if m.state != nil {
		pop.Call = m.state.ID
	}
	shown := reach.Exchange{Method: "POP", URL: page, RequestHeaders: map[string]string{"agent": agent.Login}, Headers: map[string]string{}, Status: http.StatusAccepted}
	if m.sample {
		return attempt{status: http.StatusAccepted, exchanges: []reach.Exchange{shown}}, nil
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := t.appendPop(ctx, tx, m.tenant.ID, m.record.Stream, "pop/"+m.id, pop)
		return err
	})
	return attempt{status: http.StatusAccepted, exchanges: []reach.Exchange{shown}}, err
}

// Pop is a page to be opened at an agent.
type Pop struct {
	Agent  string `json:"agent"` // id
	URL    string `json:"url"`
	Window string `json:"window,omitempty"` // page or tab
	Call   int64  `json:"call,omitempty"`   // id of the call it is about
}

// TypePop is the event that has a page opened at an agent.
const TypePop = "agent.popped"

// appendPop writes the order to open a page; with a key that was used before
// nothing is written.
func (t *ThirdParty) appendPop(ctx context.Context, tx *eventlog.Tx, tenant int64, stream, key string, pop Pop) (position int64, err error) {
	data, err := marshal(pop)
	if err != nil {
		return 0, err
	}
	now := t.now().UnixMilli()
	outcomes, err := tx.Append(ctx, eventlog.Event{
		Tenant: tenant, Stream: stream, Key: key, Type: TypePop, At: now, Received: now, Timed: true, Data: data,
	})
	if err != nil {
		return 0, err
	}
	return outcomes[0].Record.Position, nil
}

// OpenPage opens a page at an agent; NotFound when there is none with the id.
func (t *ThirdParty) OpenPage(ctx context.Context, tenant int64, pop Pop) (position int64, err error) {
	if err := checkPage(pop.URL); err != nil || len(pop.URL) > 2048 {
		return 0, problem.NewFields("pop.invalid", "The page cannot be opened.", problem.Field{Name: "body.url", Detail: "must begin with http:// or https:// and have at most 2048 characters"})
	}
	if _, err := url.Parse(pop.URL); err != nil {
		return 0, problem.NewFields("pop.invalid", "The page cannot be opened.", problem.Field{Name: "body.url", Detail: "must be a URL"})
	}
	agent, err := bus.Ask(ctx, t.bus, ask.FindAgent, ask.AgentQuestion{Tenant: tenant, ID: pop.Agent})
	if err != nil {
		return 0, err
	}
	stream := "agent/0/" + agent.Login
	if pop.Call != 0 {
		about, err := t.live.Find(ctx, tenant, pop.Call)
		if problem.Of(err).Kind == problem.NotFound {
			return 0, problem.NewFields("pop.invalid", "The page cannot be opened.", problem.Field{Name: "body.call", Detail: "must be the id of a call"})
		}
		if err != nil {
			return 0, err
		}
		stream = live.Stream(about.Connector, about.CallID)
	}
	id, err := newID()
	if err != nil {
		return 0, err
	}
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		position, err = t.appendPop(ctx, tx, tenant, stream, "pop/"+id, pop)
		return err
	})
	return position, err
}
