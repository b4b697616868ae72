// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"context"
	"math"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/opening"
	"tandem/internal/phone"
)

// routes is the table of contents of this module's API.
func (c *ClickToCall) routes(api *httpapi.API) []module.Route {
	const read, write = identity.ClickToCallRead, identity.ClickToCallWrite
	routes := []module.Route{
		httpapi.Get(api, "/api/v1/click-to-call", read, "Get the call button", c.getButton),
		httpapi.Create(api, "/api/v1/click-to-call", write, "Create the call button", c.createButton),
		httpapi.Put(api, "/api/v1/click-to-call", write, "Replace the call button", c.putButton),
		httpapi.Delete(api, "/api/v1/click-to-call", write, "Delete the call button", c.deleteButton),
		httpapi.Get(api, "/api/v1/click-to-call/requests", read, "List visitors who asked to be called, newest first", c.listRequests),
	}
	return append(routes, c.publicRoutes(api)...)
}

// clickToCallHours is when somebody takes the calls.
type clickToCallHours struct {
	TimeZone string              `json:"timeZone,omitempty" maxLength:"64" doc:"IANA name; left out for the call centre's own"`
	Ranges   []clickToCallPeriod `json:"ranges" maxItems:"20"`
}

type clickToCallPeriod struct {
	Days []string `json:"days,omitempty" maxItems:"7" doc:"mon … sun; none for every day"`
	From string   `json:"from" maxLength:"5" doc:"08:00"`
	To   string   `json:"to" maxLength:"5" doc:"18:00; 24:00 is midnight"`
}

// clickToCallBody is what a client may say of the button.
type clickToCallBody struct {
	Header          string            `json:"header" maxLength:"80" doc:"The button's name"`
	Content         string            `json:"content,omitempty" maxLength:"500" doc:"What the visitor reads when it opens"`
	Color           string            `json:"color" maxLength:"7" doc:"#rgb or #rrggbb; the text on it is black or white, whichever reads better"`
	Position        string            `json:"position" maxLength:"20" doc:"bottom-left, bottom-right, bottom-center, left-center or right-center"`
	Delay           float64           `json:"delay,omitempty" minimum:"0" maximum:"3600" doc:"Seconds between the page's loading and the button's showing"`
	Activated       bool              `json:"activated,omitempty" doc:"Whether pages show it"`
	Destination     string            `json:"destination,omitempty" maxLength:"64" doc:"Queue or extension that takes the calls; the first queue when left out"`
	DestinationType string            `json:"destinationType,omitempty" maxLength:"10" doc:"queue or peer; queue when left out"`
	Origins         []string          `json:"origins,omitempty" maxItems:"50" doc:"Web sites that may show it, such as https://www.example.com"`
	Countries       []string          `json:"countries,omitempty" maxItems:"50" doc:"Countries whose numbers may be called, such as VN; the call centre's own when left out"`
	Hours           *clickToCallHours `json:"hours,omitempty" doc:"When somebody takes the calls; always when left out"`
	Consent         string            `json:"consent,omitempty" maxLength:"2000" doc:"What a visitor agrees to before the call; nothing is asked when left out"`

	ID           string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	IDCallcenter string `json:"idCallcenter,omitempty" maxLength:"100" readOnly:"true"`
	CreatedAt    int64  `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt    int64  `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted      bool   `json:"deleted,omitempty" readOnly:"true"`
	Script       string `json:"script,omitempty" maxLength:"300" readOnly:"true"`
}

// clickToCallOutput is the button on the wire.
type clickToCallOutput struct {
	ID              string            `json:"_id"`
	IDCallcenter    string            `json:"idCallcenter" doc:"UUID of the call centre"`
	Header          string            `json:"header"`
	Content         string            `json:"content"`
	Color           string            `json:"color"`
	Position        string            `json:"position"`
	Delay           float64           `json:"delay" doc:"Seconds"`
	Activated       bool              `json:"activated"`
	Destination     string            `json:"destination"`
	DestinationType string            `json:"destinationType"`
	Origins         []string          `json:"origins"`
	Countries       []string          `json:"countries"`
	Hours           *clickToCallHours `json:"hours"`
	Consent         string            `json:"consent"`
	Script          string            `json:"script" doc:"Path of the script that shows the button"`
	CreatedAt       int64             `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt       int64             `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted         bool              `json:"deleted"`
}

type (
	clickToCallInput  struct{ Body clickToCallBody }
	clickToCallAnswer struct{ Body clickToCallOutput }
	clickToCallAsk    struct{}
	clickToCallNone   struct{}
)

func (b clickToCallBody) button() Button {
	out := Button{
		Header: b.Header, Content: b.Content, Color: b.Color, Position: b.Position, DelayMS: int64(math.Round(b.Delay * 1000)),
		Activated: b.Activated, Destination: b.Destination, DestinationType: b.DestinationType,
		Origins: b.Origins, Countries: b.Countries, Consent: b.Consent,
	}
	if b.Hours != nil {
		out.Hours = &opening.Hours{TimeZone: b.Hours.TimeZone}
		for _, r := range b.Hours.Ranges {
			out.Hours.Ranges = append(out.Hours.Ranges, opening.Range(r))
		}
	}
	return out
}

func buttonOnWire(t identity.Tenant, b Button) clickToCallOutput {
	out := clickToCallOutput{
		ID: b.ID, IDCallcenter: t.UUID, Header: b.Header, Content: b.Content, Color: b.Color, Position: b.Position,
		Delay: float64(b.DelayMS) / 1000, Activated: b.Activated, Destination: b.Destination, DestinationType: b.DestinationType,
		Origins: append([]string{}, b.Origins...), Countries: append([]string{}, b.Countries...), Consent: b.Consent,
		Script: "/click-to-call/" + t.Slug + scriptEnding, CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt, Deleted: b.Deleted,
	}
	if b.Hours != nil {
		out.Hours = &clickToCallHours{TimeZone: b.Hours.TimeZone, Ranges: []clickToCallPeriod{}}
		for _, r := range b.Hours.Ranges {
			out.Hours.Ranges = append(out.Hours.Ranges, clickToCallPeriod(r))
		}
	}
	return out
}

func (c *ClickToCall) getButton(ctx context.Context, _ *clickToCallAsk) (*clickToCallAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	b, err := c.Find(ctx, t.ID)
	return &clickToCallAnswer{buttonOnWire(t, b)}, err
}

func (c *ClickToCall) createButton(ctx context.Context, in *clickToCallInput) (*clickToCallAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	b, err := c.Create(ctx, t, in.Body.button())
	return &clickToCallAnswer{buttonOnWire(t, b)}, err
}

func (c *ClickToCall) putButton(ctx context.Context, in *clickToCallInput) (*clickToCallAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	b, err := c.Replace(ctx, t, in.Body.button())
	return &clickToCallAnswer{buttonOnWire(t, b)}, err
}

func (c *ClickToCall) deleteButton(ctx context.Context, _ *clickToCallAsk) (*clickToCallNone, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.Delete(ctx, t)
}

// clickToCallRequest is a visitor's request on the wire.
type clickToCallRequest struct {
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	Number       string    `json:"number" doc:"As typed"`
	National     string    `json:"national" doc:"As people of the call centre's region write it"`
	Origin       string    `json:"origin"`
	Page         string    `json:"page"`
	Language     string    `json:"language"`
	Consent      string    `json:"consent" doc:"The words that were agreed to"`
	OutgoingCall string    `json:"outgoingCall" doc:"Id of the call that was asked for"`
}

type (
	clickToCallRequestsInput  struct{ httpapi.Page }
	clickToCallRequestsAnswer struct {
		Body httpapi.List[clickToCallRequest]
	}
)

func (c *ClickToCall) listRequests(ctx context.Context, in *clickToCallRequestsInput) (*clickToCallRequestsAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	requests, err := c.store.listRequests(ctx, t.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]clickToCallRequest, len(requests))
	for i, r := range requests {
		items[i] = clickToCallRequest{
			ID: r.ID, At: httpapi.Instant(r.CreatedAt), Number: r.Number, National: phone.National(r.Number, t.Region), Origin: r.Origin, Page: r.Page,
			Language: r.Language, Consent: r.Consent, OutgoingCall: r.ID,
		}
	}
	return &clickToCallRequestsAnswer{httpapi.Cut(items, in.Limit, func(r clickToCallRequest) string { return r.ID })}, nil
}
