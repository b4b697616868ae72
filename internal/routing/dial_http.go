// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// dialRoutes is the table of contents of outgoing calls.
func (r *Routing) dialRoutes(api *httpapi.API) []module.Route {
	once := httpapi.NewOnce(r.db, func(ctx context.Context, work func(context.Context, *sql.Tx) error) error {
		return r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return work(ctx, tx.Tx) })
	}, r.logger, r.now)
	list := httpapi.Get(api, "/api/v1/outgoing-calls", identity.CallRead, "List calls that were to be made, the newest first", r.listOutgoing)
	get := httpapi.Get(api, "/api/v1/outgoing-calls/{id}", identity.CallRead, "Say what became of a call that was to be made", r.getOutgoing)
	list.Own, get.Own = true, true
	return []module.Route{
		once.Wrap(httpapi.Accept(api, "/api/v1/calls", identity.CallCreate, "Have the phone system make a call", r.postCall), true),
		list, get,
	}
}

// outgoingCallBody is what a client may say of a call that is to be made.
type outgoingCallBody struct {
	Agent     string `json:"agent,omitempty" maxLength:"100" doc:"_id of the agent who is to have the call; me for oneself"`
	From      string `json:"from,omitempty" maxLength:"64" doc:"Instead of agent: the extension, or the number of the queue, that is to have it" example:"200"`
	To        string `json:"to" minLength:"1" maxLength:"64" doc:"Whom to call" example:"0912345678"`
	Retries   int    `json:"retries,omitempty" minimum:"0" maximum:"10" doc:"Attempts after the first"`
	RetryGap  string `json:"retryGap,omitempty" maxLength:"10" doc:"Rest between two attempts; 10s when left out" example:"10s"`
	TTL       string `json:"ttl,omitempty" maxLength:"10" doc:"After which no attempt is begun; 5m when left out" example:"5m"`
	Connector int64  `json:"connector,omitempty" minimum:"0" doc:"Which phone system; left out, the first that makes calls"`
}

// outgoingCallOutput is a call that is to be made, on the wire.
type outgoingCallOutput struct {
	ID              string            `json:"id" doc:"The phone system repeats it as the code of its events"`
	State           string            `json:"state" enum:"requested,sent,dialing,connected,failed,expired,missed" doc:"requested: written down; sent: the phone system has taken the order; dialing: it dials, or rests before the next attempt; failed: no attempt got through; expired: its time was over; missed: the phone system could not be told"`
	Reason          string            `json:"reason" doc:"Why it failed: noanswer, busy, unavailable, invalid, machine, notsure; of a missed one deadline, refused, unanswered, no_connector, no_url; of an expired one no_agent when no agent answered who was to ring first, no_word when nothing was heard of it"`
	To              string            `json:"to"`
	Destination     string            `json:"destination"`
	DestinationType string            `json:"destinationType" enum:"peer,queue"`
	First           string            `json:"first" enum:"destination," doc:"destination when the phone system was asked to ring the extension, or a free agent of the queue, before it dials the number; empty when it was left to it"`
	Agent           string            `json:"agent" doc:"_id; empty when it is for a number"`
	Connector       int64             `json:"connector"`
	Retries         int               `json:"retries"`
	RetryGap        string            `json:"retryGap"`
	TTL             string            `json:"ttl"`
	CreatedAt       time.Time         `json:"createdAt"`
	CreatedBy       string            `json:"createdBy" doc:"Id of the user or key; empty for a visitor of a web site"`
	About           map[string]string `json:"about" doc:"Where the wish came from"`
	Attempts        []outgoingAttempt `json:"attempts"`
	Call            *outgoingCallCall `json:"call" doc:"The call that came of it, once it is known"`
}

// outgoingAttempt is one time that the phone system dialled.
type outgoingAttempt struct {
	At      *time.Time `json:"at"`
	EndedAt *time.Time `json:"endedAt" doc:"Null while it goes on"`
	Result  string     `json:"result" enum:"success,failure," doc:"Empty while it goes on"`
	Reason  string     `json:"reason" doc:"Why nobody was reached"`
	AMD     string     `json:"amd" doc:"What answered: human, machine, notsure; empty when not said"`
	CallID  string     `json:"callId"`
}

// outgoingCallCall names the call that came of it.
type outgoingCallCall struct {
	ID     int64  `json:"id" doc:"0 until the phone system has told of it"`
	CallID string `json:"callId"`
	State  string `json:"state"`
}

type (
	outgoingInput struct {
		Key  string `header:"Idempotency-Key" maxLength:"255" doc:"Required. Sent again with the same key, the call is made once and the first answer comes back"`
		Body outgoingCallBody
	}
	outgoingAnswer struct{ Body outgoingCallOutput }
	outgoingPath   struct {
		ID string `path:"id" maxLength:"100"`
	}
	outgoingListInput struct{ httpapi.Page }
	outgoingList      struct {
		Body httpapi.List[outgoingCallOutput]
	}
)

func (r *Routing) postCall(ctx context.Context, in *outgoingInput) (*outgoingAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.dial()
	if err != nil {
		return nil, err
	}
	who, _ := identity.From(ctx)
	d.tenant, d.id, d.by, d.createdAt = t.ID, httpapi.EffectOf(ctx), who.ID, r.now().UnixMilli()
	if err := r.destine(ctx, &d, in.Body); err != nil {
		return nil, err
	}
	if d.connector, err = r.dialerOf(ctx, t.ID, in.Body.Connector); err != nil {
		return nil, err
	}
	if err := r.requestCall(ctx, d); err != nil {
		return nil, err
	}
	out, err := r.outgoingOnWire(ctx, &d)
	return &outgoingAnswer{out}, err
}

// destine says where the other end of the call is.
func (r *Routing) destine(ctx context.Context, d *dial, b outgoingCallBody) error {
	if b.From != "" {
		d.destination, d.destinationType = b.From, destinationPeer
		names, err := r.queueNames(ctx, d.tenant)
		if _, isQueue := names[b.From]; isQueue {
			d.destinationType = destinationQueue
		}
		return err
	}
	fault := func(detail string) error {
		return problem.NewFields("outgoing_call.invalid", "The call cannot be made so.", problem.Field{Name: "body.agent", Detail: detail})
	}
	d.agent = b.Agent
	if d.agent == "me" {
		d.agent = d.by
	}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	agents, err := bus.Ask(asking, r.bus, ask.AgentStates, ask.AgentsQuestion{Tenant: d.tenant, IDs: []string{d.agent}})
	switch {
	case err != nil:
		return err
	case len(agents) == 0:
		return fault("must be the _id of an agent")
	case agents[0].Extension == "":
		return fault("must be an agent who has an extension")
	}
	d.destination, d.destinationType = agents[0].Extension, destinationPeer
	return nil
}

// dial reads what a client said.
func (b outgoingCallBody) dial() (dial, error) {
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	d := dial{number: dialable(b.To), retries: b.Retries}
	if d.number == "" {
		fault("to", "must be a phone number of 3 to 20 digits")
	}
	if (b.Agent == "") == (b.From == "") {
		fault("agent", "either agent or from must be given")
	}
	if b.From != "" && !isDestination(b.From) {
		fault("from", "must be an extension or the number of a queue")
	}
	var ok bool
	if d.gap, ok = readDuration(b.RetryGap, dialGap, 0, time.Hour); !ok {
		fault("retryGap", "must be a duration such as 10s or 2m, of whole seconds, an hour at most")
	}
	if d.ttl, ok = readDuration(b.TTL, dialTTL, time.Second, 24*time.Hour); !ok {
		fault("ttl", "must be a duration such as 30s or 5m, of whole seconds, from 1s to 24h")
	}
	if len(fields) > 0 {
		return d, problem.NewFields("outgoing_call.invalid", "The call cannot be made so.", fields...)
	}
	return d, nil
}

// dialable returns a number as a phone system dials it; "" if it is none.
func dialable(text string) string {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()./-\u00a0", r) {
			return -1
		}
		return r
	}, text)
	digits := phone.Digits(number)
	rest := strings.TrimPrefix(number, "+")
	if strings.Trim(rest, "0123456789*#") != "" || len(digits) < 3 || len(digits) > 20 {
		return ""
	}
	return number
}

// isDestination reports whether a text can be an extension or a queue.
func isDestination(s string) bool {
	return strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*#+._-") == ""
}

func readDuration(text string, absent, least, most time.Duration) (time.Duration, bool) {
	if text == "" {
		return absent, true
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= least && d <= most && d%time.Second == 0
}

func (r *Routing) getOutgoing(ctx context.Context, in *outgoingPath) (*outgoingAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	d, err := r.store.findDial(ctx, t.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if p, _ := identity.From(ctx); p.OnlyOwn(identity.CallRead) && !d.mayRead(p) {
		return nil, problem.New(problem.NotFound, "outgoing_call.not_found", "There is no such outgoing call.")
	}
	out, err := r.outgoingOnWire(ctx, &d)
	return &outgoingAnswer{out}, err
}

func (r *Routing) listOutgoing(ctx context.Context, in *outgoingListInput) (*outgoingList, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	who := ""
	if p, _ := identity.From(ctx); p.OnlyOwn(identity.CallRead) {
		who = p.ID
	}
	if in.After != storable(in.After) {
		in.After = ""
	}
	dials, err := r.store.listDials(ctx, t.ID, who, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]outgoingCallOutput, len(dials))
	for i := range dials {
		if items[i], err = r.outgoingOnWire(ctx, &dials[i]); err != nil {
			return nil, err
		}
	}
	return &outgoingList{httpapi.Cut(items, in.Limit, func(o outgoingCallOutput) string { return o.ID })}, nil
}

func (r *Routing) outgoingOnWire(ctx context.Context, d *dial) (outgoingCallOutput, error) {
	o, err := r.outgoing(ctx, d)
	if err != nil {
		return outgoingCallOutput{}, err
	}
	out := outgoingCallOutput{
		ID: d.id, State: string(o.state), Reason: o.reason, To: d.number, Destination: d.destination, DestinationType: d.destinationType, First: d.first,
		Agent: d.agent, Connector: d.connector, Retries: d.retries, RetryGap: vendorDuration(d.gap), TTL: vendorDuration(d.ttl),
		CreatedAt: httpapi.Instant(d.createdAt), CreatedBy: d.by, About: d.about, Attempts: make([]outgoingAttempt, len(o.attempts)),
	}
	if out.About == nil {
		out.About = map[string]string{}
	}
	for i, a := range o.attempts {
		one := outgoingAttempt{At: httpapi.Time(a.at), EndedAt: httpapi.Time(a.endAt), Reason: a.reason, AMD: a.amd, CallID: a.callID}
		switch {
		case a.reason != "":
			one.Result = "failure"
		case a.endAt != 0:
			one.Result = "success"
		}
		out.Attempts[i] = one
	}
	if o.callID == "" {
		return out, nil
	}
	out.Call = &outgoingCallCall{CallID: o.callID}
	c, err := r.live.FindByCallID(ctx, d.tenant, d.connector, o.callID)
	if problem.Of(err).Kind == problem.NotFound {
		return out, nil
	}
	out.Call.ID, out.Call.State = c.ID, string(c.State.State)
	return out, err
}
