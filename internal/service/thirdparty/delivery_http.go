// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"math"
	"strconv"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/reach"
)

type deliveryExchange reach.Exchange

type deliveryOutput struct {
	ID            int64              `json:"id" doc:"Position of the event"`
	WebhookID     string             `json:"webhookId" doc:"What the receiver knows it by; the same however often it is sent"`
	Type          string             `json:"type"`
	Stream        string             `json:"stream" doc:"What the event is about; the events of one go in order"`
	Status        string             `json:"status" enum:"pending,sent,failed,skipped"`
	Origin        string             `json:"origin" enum:"event,replay,resend,test"`
	Attempts      int                `json:"attempts"`
	NextAttemptAt *time.Time         `json:"nextAttemptAt" doc:"null when there is none"`
	CreatedAt     *time.Time         `json:"createdAt"`
	FinishedAt    *time.Time         `json:"finishedAt"`
	HTTPStatus    int                `json:"httpStatus" doc:"Of the last answer; 0 when there was none"`
	TookMS        int64              `json:"tookMs" doc:"The last attempt"`
	Error         string             `json:"error" doc:"Of the last attempt"`
	Exchanges     []deliveryExchange `json:"exchanges" doc:"Requests and answers of the last attempt, cut; secrets are dots"`
}

type (
	deliveryListInput struct {
		ID string `path:"id" maxLength:"100" doc:"The record's _id"`
		httpapi.Page
		Status string `query:"status" enum:"pending,sent,failed,skipped"`
	}
	deliveryListAnswer struct{ Body httpapi.List[deliveryOutput] }
	deliveryName       struct {
		ID       string `path:"id" maxLength:"100" doc:"The record's _id"`
		Delivery int64  `path:"delivery" minimum:"1" doc:"The delivery's id"`
	}
	deliveryAnswer    struct{ Body deliveryOutput }
	endpointTestInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body *struct {
			Type string `json:"type,omitempty" maxLength:"100" doc:"Of the sample; the first that the endpoint is for when absent" example:"call.finished"`
		}
	}
	agentPopInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The agent's _id"`
		Body struct {
			URL    string `json:"url" maxLength:"2048" example:"https://crm.example/contacts/17"`
			Window string `json:"window,omitempty" enum:"page,tab" default:"page" doc:"page offers it in the console; tab asks to open it in a tab of its own"`
			Call   int64  `json:"call,omitempty" minimum:"0" doc:"Id of the call it is about"`
		}
	}
	agentPopAnswer struct {
		Body struct {
			Position int64 `json:"position" doc:"Of the event that has it opened"`
		}
	}
)

func deliveryOnWire(d *Delivery) deliveryOutput {
	out := deliveryOutput{
		ID: d.Position, WebhookID: webhookID(d.to, d.Position), Type: d.Type, Stream: d.Lane, Status: d.Status, Origin: d.Origin, Attempts: d.Attempts,
		CreatedAt: httpapi.Time(d.CreatedAt), FinishedAt: httpapi.Time(d.FinishedAt), HTTPStatus: d.HTTPStatus, TookMS: d.TookMS, Error: d.Error,
		Exchanges: make([]deliveryExchange, len(d.Exchanges)),
	}
	if d.Status == statusPending {
		out.NextAttemptAt = httpapi.Time(d.DueAt)
	}
	for i, e := range d.Exchanges {
		out.Exchanges[i] = deliveryExchange(e)
	}
	return out
}

// endpointOf returns the name of an endpoint that the caller may see.
func (t *ThirdParty) endpointOf(ctx context.Context, id string) (identity.Tenant, Endpoint, ref, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return owner, Endpoint{}, ref{}, err
	}
	e, err := t.livingEndpoint(ctx, t.db, owner.ID, id)
	return owner, e, ref{owner.ID, id}, err
}

func (t *ThirdParty) listDeliveries(ctx context.Context, in *deliveryListInput) (*deliveryListAnswer, error) {
	_, _, to, err := t.endpointOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	before, err := httpapi.ParseIntCursor(in.After, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	list, err := t.store.deliveries(ctx, to, in.Status, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]deliveryOutput, len(list))
	for i := range list {
		items[i] = deliveryOnWire(&list[i])
	}
	return &deliveryListAnswer{httpapi.Cut(items, in.Limit, func(d deliveryOutput) string { return httpapi.IntCursor(d.ID) })}, nil
}

func (t *ThirdParty) getDelivery(ctx context.Context, in *deliveryName) (*deliveryAnswer, error) {
	_, _, to, err := t.endpointOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := t.store.delivery(ctx, t.db, to, in.Delivery)
	return &deliveryAnswer{deliveryOnWire(&found)}, err
}

func (t *ThirdParty) resendDelivery(ctx context.Context, in *deliveryName) (*deliveryAnswer, error) {
	owner, e, to, err := t.endpointOf(ctx, in.ID)
	if err == nil && !e.Enabled {
		err = errDisabled
	}
	if err != nil {
		return nil, err
	}
	var d Delivery
	err = t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if d, err = t.store.delivery(ctx, tx, to, in.Delivery); err != nil {
			return err
		}
		if d.Origin == originTest {
			return problem.New(problem.Conflict, "delivery.test", "This was a test; send another one.")
		}
		d.Status, d.Origin, d.Attempts, d.FinishedAt, d.DueAt = statusPending, originResend, 0, 0, t.now().UnixMilli()
		if err := t.store.insert(ctx, tx, []*Delivery{&d}, again+` OR thirdparty_deliveries.status = 'pending'`); err != nil {
			return err
		}
		_, err := t.note(ctx, tx, owner.ID, typeChanged, changeFact{Kind: "integration-endpoint", ID: e.ID, Name: e.Name, Action: "resent"}, nil,
			map[string]string{"delivery": strconv.FormatInt(d.Position, 10)})
		return err
	})
	if err != nil {
		return nil, err
	}
	t.sender.refresh()
	return &deliveryAnswer{deliveryOnWire(&d)}, nil
}

func (t *ThirdParty) testEndpoint(ctx context.Context, in *endpointTestInput) (*deliveryAnswer, error) {
	owner, e, _, err := t.endpointOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	typ := ""
	if in.Body != nil {
		typ = in.Body.Type
	}
	d, err := t.Test(ctx, owner, e, typ)
	if err != nil {
		return nil, err
	}
	return &deliveryAnswer{deliveryOnWire(&d)}, nil
}

func (t *ThirdParty) popAgent(ctx context.Context, in *agentPopInput) (*agentPopAnswer, error) {
	owner, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &agentPopAnswer{}
	out.Body.Position, err = t.OpenPage(ctx, owner.ID, Pop{Agent: in.ID, URL: in.Body.URL, Window: in.Body.Window, Call: in.Body.Call})
	return out, err
}
