// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"

	"github.com/google/uuid"

	"tandem/internal/httpapi"
)

// sipProviderBody is what an operator may say of a carrier.
type sipProviderBody struct {
	Name        string   `json:"name" minLength:"1" maxLength:"200"`
	Phone       string   `json:"phone,omitempty" maxLength:"64" doc:"Its main number"`
	PhoneList   []string `json:"phoneList,omitempty" maxItems:"10000" doc:"The inventory: all numbers that are rented from it"`
	Firm        string   `json:"firm,omitempty" maxLength:"200"`
	Currency    string   `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217; left out, the first that a cost names" example:"VND"`
	TollCost    string   `json:"tollCost,omitempty" maxLength:"100" doc:"Any text; it comes back as it was sent" example:"1.200 ₫/phút"`
	InnerCost   string   `json:"innerCost,omitempty" maxLength:"100"`
	OuterCost   string   `json:"outerCost,omitempty" maxLength:"100"`
	ServiceCost string   `json:"serviceCost,omitempty" maxLength:"100" doc:"The instalment"`

	ID        string           `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	Amounts   *sipProviderCost `json:"amounts,omitempty" readOnly:"true"`
	CreatedAt int64            `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt int64            `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted   bool             `json:"deleted,omitempty" readOnly:"true"`
}

// sipProviderCost is what Tandem reads in the costs.
type sipProviderCost struct {
	Toll    *int64 `json:"toll" doc:"Millionths of the currency; null when the text holds no amount in it"`
	Inner   *int64 `json:"inner"`
	Outer   *int64 `json:"outer"`
	Service *int64 `json:"service"`
}

// sipProviderOutput is a carrier on the wire.
type sipProviderOutput struct {
	ID          string          `json:"_id"`
	Name        string          `json:"name"`
	Phone       string          `json:"phone"`
	PhoneList   []string        `json:"phoneList"`
	Firm        string          `json:"firm"`
	Currency    string          `json:"currency" doc:"ISO 4217; empty when unknown"`
	TollCost    string          `json:"tollCost"`
	InnerCost   string          `json:"innerCost"`
	OuterCost   string          `json:"outerCost"`
	ServiceCost string          `json:"serviceCost"`
	Amounts     sipProviderCost `json:"amounts" doc:"What is read in the costs"`
	CreatedAt   int64           `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64           `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool            `json:"deleted"`
}

func (b sipProviderBody) provider() SIPProvider {
	return SIPProvider{
		Name: b.Name, Phone: b.Phone, PhoneList: b.PhoneList, Firm: b.Firm, Currency: b.Currency,
		Costs: Costs{Toll: Cost{Text: b.TollCost}, Inner: Cost{Text: b.InnerCost}, Outer: Cost{Text: b.OuterCost}, Service: Cost{Text: b.ServiceCost}},
	}
}

func sipProviderOnWire(p SIPProvider) sipProviderOutput {
	out := sipProviderOutput{
		ID: p.ID, Name: p.Name, Phone: p.Phone, PhoneList: p.PhoneList, Firm: p.Firm, Currency: p.Currency,
		TollCost: p.Costs.Toll.Text, InnerCost: p.Costs.Inner.Text, OuterCost: p.Costs.Outer.Text, ServiceCost: p.Costs.Service.Text,
		Amounts:   sipProviderCost{p.Costs.Toll.Micros, p.Costs.Inner.Micros, p.Costs.Outer.Micros, p.Costs.Service.Micros},
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, Deleted: p.Deleted,
	}
	if out.PhoneList == nil {
		out.PhoneList = []string{}
	}
	return out
}

type (
	sipProviderInput    struct{ Body sipProviderBody }
	sipProviderPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body sipProviderBody
	}
	sipProviderAnswer struct{ Body sipProviderOutput }
	sipProviderList   struct {
		Body httpapi.List[sipProviderOutput]
	}
)

func (u *Users) listSIPProviders(ctx context.Context, in *sipListInput) (*sipProviderList, error) {
	if _, err := uuid.Parse(in.After); err != nil && in.After != "" {
		return nil, noSuchPage()
	}
	providers, err := u.store.listSIPProviders(ctx, in.filter())
	if err != nil {
		return nil, err
	}
	items := make([]sipProviderOutput, len(providers))
	for i, p := range providers {
		items[i] = sipProviderOnWire(p)
	}
	return &sipProviderList{httpapi.Cut(items, in.Limit, func(p sipProviderOutput) string { return p.ID })}, nil
}

func (u *Users) createSIPProvider(ctx context.Context, in *sipProviderInput) (*sipProviderAnswer, error) {
	p, err := u.CreateSIPProvider(ctx, in.Body.provider())
	return &sipProviderAnswer{sipProviderOnWire(p)}, err
}

func (u *Users) getSIPProvider(ctx context.Context, in *sipIDPath) (*sipProviderAnswer, error) {
	p, err := u.store.findSIPProvider(ctx, u.Database, in.ID, false)
	return &sipProviderAnswer{sipProviderOnWire(p)}, err
}

func (u *Users) putSIPProvider(ctx context.Context, in *sipProviderPutInput) (*sipProviderAnswer, error) {
	words := in.Body.provider()
	words.ID = in.ID
	p, err := u.UpdateSIPProvider(ctx, words)
	return &sipProviderAnswer{sipProviderOnWire(p)}, err
}

func (u *Users) deleteSIPProvider(ctx context.Context, in *sipIDPath) (*struct{}, error) {
	return nil, u.DeleteSIPProvider(ctx, in.ID)
}

func (u *Users) restoreSIPProvider(ctx context.Context, in *sipIDPath) (*sipProviderAnswer, error) {
	p, err := u.RestoreSIPProvider(ctx, in.ID)
	return &sipProviderAnswer{sipProviderOnWire(p)}, err
}
