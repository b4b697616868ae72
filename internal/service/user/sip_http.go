// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// sipRoutes is the table of contents of SIP accounts and their carriers.
func (u *Users) sipRoutes(api *httpapi.API) []module.Route {
	const accounts, providers = "/api/v1/sip-accounts", "/api/v1/sip-providers"
	return []module.Route{
		httpapi.Get(api, accounts, identity.SipRead, "List SIP accounts", u.listSIPAccounts),
		httpapi.Create(api, accounts, identity.SipWrite, "Add a SIP account", u.createSIPAccount),
		httpapi.Get(api, accounts+"/{id}", identity.SipRead, "Get a SIP account", u.getSIPAccount),
		httpapi.Put(api, accounts+"/{id}", identity.SipWrite, "Change a SIP account", u.putSIPAccount),
		httpapi.Delete(api, accounts+"/{id}", identity.SipWrite, "Delete a SIP account", u.deleteSIPAccount),
		httpapi.Post(api, accounts+"/{id}/restore", identity.SipWrite, "Bring a deleted SIP account back", u.restoreSIPAccount),
		httpapi.Post(api, accounts+"/{id}/reveal", identity.SipReveal, "Show a SIP account's password; the audit trail tells", u.revealSIPAccount),

		httpapi.Get(api, providers, identity.ProviderRead, "List SIP providers", u.listSIPProviders),
		httpapi.Create(api, providers, identity.ProviderWrite, "Add a SIP provider", u.createSIPProvider),
		httpapi.Get(api, providers+"/{id}", identity.ProviderRead, "Get a SIP provider", u.getSIPProvider),
		httpapi.Put(api, providers+"/{id}", identity.ProviderWrite, "Change a SIP provider", u.putSIPProvider),
		httpapi.Delete(api, providers+"/{id}", identity.ProviderWrite, "Delete a SIP provider", u.deleteSIPProvider),
		httpapi.Post(api, providers+"/{id}/restore", identity.ProviderWrite, "Bring a deleted SIP provider back", u.restoreSIPProvider),
	}
}

// sipAccountBody is what a client may say of an account.
type sipAccountBody struct {
	ID        string  `json:"_id,omitempty" maxLength:"64" doc:"The hotline's number; fixed once the account is there" example:"19001234"`
	Domain    string  `json:"domain" maxLength:"255" example:"sip.example"`
	Extension string  `json:"extension" maxLength:"64" doc:"What the phone registers as" example:"200"`
	Password  *string `json:"password,omitempty" maxLength:"256" writeOnly:"true" doc:"Never shown again but by reveal. Left out of a change, it stays; empty, it is removed"`
	Proxy     string  `json:"proxy,omitempty" maxLength:"255" example:"sip:proxy.example:5060"`

	PasswordSet bool  `json:"passwordSet,omitempty" readOnly:"true"`
	CreatedAt   int64 `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt   int64 `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted     bool  `json:"deleted,omitempty" readOnly:"true"`
}

// sipAccountOutput is an account on the wire, without its password.
type sipAccountOutput struct {
	ID          string `json:"_id" doc:"The hotline's number"`
	Domain      string `json:"domain"`
	Extension   string `json:"extension"`
	Proxy       string `json:"proxy"`
	PasswordSet bool   `json:"passwordSet" doc:"Whether a password is kept"`
	CreatedAt   int64  `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt   int64  `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool   `json:"deleted"`
}

func sipAccountOnWire(a SIPAccount) sipAccountOutput {
	return sipAccountOutput{
		ID: a.ID, Domain: a.Domain, Extension: a.Extension, Proxy: a.Proxy, PasswordSet: a.HasPassword(),
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Deleted: a.Deleted,
	}
}

type (
	sipIDPath struct {
		ID string `path:"id" maxLength:"100" doc:"The record's _id"`
	}
	sipListInput struct {
		httpapi.Page

		Search  string `query:"search" maxLength:"100" doc:"A part of a number, name, domain or extension"`
		Deleted bool   `query:"deleted" doc:"Deleted ones too"`
	}
	sipAccountInput    struct{ Body sipAccountBody }
	sipAccountPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body sipAccountBody
	}
	sipAccountAnswer struct{ Body sipAccountOutput }
	sipAccountList   struct {
		Body httpapi.List[sipAccountOutput]
	}
	sipRevealAnswer struct {
		Body struct {
			Password string `json:"password"`
		}
	}
)

func (in *sipListInput) filter() sipFilter {
	return sipFilter{search: in.Search, deleted: in.Deleted, after: in.After, limit: in.Limit + 1}
}

func (b sipAccountBody) account() SIPAccount {
	return SIPAccount{ID: b.ID, Domain: b.Domain, Extension: b.Extension, Proxy: b.Proxy}
}

func (u *Users) listSIPAccounts(ctx context.Context, in *sipListInput) (*sipAccountList, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if in.After != "" && !hotlineForm.MatchString(in.After) {
		return nil, noSuchPage()
	}
	accounts, err := u.store.listSIPAccounts(ctx, t.ID, in.filter())
	if err != nil {
		return nil, err
	}
	items := make([]sipAccountOutput, len(accounts))
	for i, a := range accounts {
		items[i] = sipAccountOnWire(a)
	}
	return &sipAccountList{httpapi.Cut(items, in.Limit, func(a sipAccountOutput) string { return a.ID })}, nil
}

func noSuchPage() error {
	return problem.NewFields("request.invalid", "The page does not exist.",
		problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
}

func (u *Users) createSIPAccount(ctx context.Context, in *sipAccountInput) (*sipAccountAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	password := ""
	if in.Body.Password != nil {
		password = *in.Body.Password
	}
	a, err := u.CreateSIPAccount(ctx, t, in.Body.account(), password)
	return &sipAccountAnswer{sipAccountOnWire(a)}, err
}

func (u *Users) getSIPAccount(ctx context.Context, in *sipIDPath) (*sipAccountAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.store.findSIPAccount(ctx, u.Database, t.ID, in.ID, false)
	return &sipAccountAnswer{sipAccountOnWire(a)}, err
}

func (u *Users) putSIPAccount(ctx context.Context, in *sipAccountPutInput) (*sipAccountAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	words := in.Body.account()
	if words.ID != "" && words.ID != in.ID {
		return nil, badSIPAccount([]problem.Field{{Name: "body._id", Detail: "must be the number in the address: it cannot be changed"}})
	}
	words.ID = in.ID
	a, err := u.UpdateSIPAccount(ctx, t, words, in.Body.Password)
	return &sipAccountAnswer{sipAccountOnWire(a)}, err
}

func (u *Users) deleteSIPAccount(ctx context.Context, in *sipIDPath) (*struct{}, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, u.DeleteSIPAccount(ctx, t, in.ID)
}

func (u *Users) restoreSIPAccount(ctx context.Context, in *sipIDPath) (*sipAccountAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := u.RestoreSIPAccount(ctx, t, in.ID)
	return &sipAccountAnswer{sipAccountOnWire(a)}, err
}

func (u *Users) revealSIPAccount(ctx context.Context, in *sipIDPath) (*sipRevealAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &sipRevealAnswer{}
	out.Body.Password, err = u.RevealSIPPassword(ctx, t, in.ID)
	return out, err
}
