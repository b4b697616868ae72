// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/phone"
	"tandem/internal/problem"
)

// routes is the table of contents of this module's API.
func (c *Customer) routes(api *httpapi.API) []module.Route {
	const read, write = identity.ContactRead, identity.ContactWrite
	routes := []module.Route{
		httpapi.Get(api, "/api/v1/contacts", read, "List contacts, newest first", c.listContacts),
		httpapi.Create(api, "/api/v1/contacts", write, "Create a contact", c.createContact),
		httpapi.Get(api, "/api/v1/contacts/match", read, "Rank the contacts that may be behind a number", c.matchContacts),
		httpapi.Get(api, "/api/v1/contacts/duplicates", read, "List contacts that may be the same", c.listDuplicates),
		httpapi.Post(api, "/api/v1/contacts/merge", write, "Make one contact of several", c.mergeContacts),
		httpapi.Get(api, "/api/v1/numbers/parse", read, "See how a number is read", c.parseNumber),
		httpapi.Get(api, "/api/v1/contacts/{id}", read, "Get a contact", c.getContact),
		httpapi.Put(api, "/api/v1/contacts/{id}", write, "Replace a contact", c.putContact),
		httpapi.Patch(api, "/api/v1/contacts/{id}", write, "Change parts of a contact", c.patchContact),
		httpapi.Delete(api, "/api/v1/contacts/{id}", write, "Delete a contact", c.deleteContact),
		httpapi.Post(api, "/api/v1/contacts/{id}/restore", write, "Restore a deleted contact", c.restoreContact),
		httpapi.Get(api, "/api/v1/contact-groups", read, "List groups of contacts, newest first", c.listContactGroups),
		httpapi.Create(api, "/api/v1/contact-groups", write, "Create a group of contacts", c.createContactGroup),
		httpapi.Get(api, "/api/v1/contact-groups/{id}", read, "Get a group of contacts", c.getContactGroup),
		httpapi.Put(api, "/api/v1/contact-groups/{id}", write, "Replace a group of contacts", c.putContactGroup),
		httpapi.Patch(api, "/api/v1/contact-groups/{id}", write, "Change parts of a group of contacts", c.patchContactGroup),
		httpapi.Delete(api, "/api/v1/contact-groups/{id}", write, "Delete a group of contacts", c.deleteContactGroup),
		httpapi.Post(api, "/api/v1/contact-groups/{id}/restore", write, "Restore a deleted group of contacts", c.restoreContactGroup),
	}
	for i := range routes {
		routes[i].Own = true
	}
	routes = append(routes, c.importRoutes(api)...)
	return append(routes,
		httpapi.Post(api, "/api/v1/contacts/{id}/erase", identity.ContactErase, "Erase all that is stored of a person", c.eraseContact))
}

// contactNumber is a number of a contact besides its phone.
type contactNumber struct {
	Number   string `json:"number" minLength:"1" maxLength:"100" doc:"As people write it; it is kept so"`
	Label    string `json:"label,omitempty" maxLength:"100" example:"office"`
	MatchKey string `json:"matchKey,omitempty" maxLength:"200" readOnly:"true" doc:"What all writings of the number have in common"`
	National string `json:"national,omitempty" maxLength:"200" readOnly:"true" doc:"As people of the call centre's region write it"`
}

// contactBody is what a client may say of a contact. What the service itself
// says of a record may be sent back, and is not looked at.
type contactBody struct {
	FirstName string          `json:"firstName,omitempty" maxLength:"200"`
	LastName  string          `json:"lastName,omitempty" maxLength:"200"`
	Gender    string          `json:"gender,omitempty" maxLength:"50"`
	Email     string          `json:"email,omitempty" maxLength:"254"`
	Phone     string          `json:"phone,omitempty" maxLength:"100" doc:"As people write it; it is kept so"`
	Numbers   []contactNumber `json:"numbers,omitempty" maxItems:"20" doc:"Numbers besides phone"`
	CPF       string          `json:"cpf,omitempty" maxLength:"20" doc:"Brazilian tax number; one that is sent back masked stays as it is"`
	Avatar    string          `json:"avatar,omitempty" maxLength:"2000" doc:"URL of a picture"`
	Creator   string          `json:"creator,omitempty" maxLength:"100" doc:"_id of the agent who is to be its creator; the caller when it is left out"`

	ID         string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	CreatedAt  int64  `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt  int64  `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted    bool   `json:"deleted,omitempty" readOnly:"true"`
	MergedInto string `json:"mergedInto,omitempty" maxLength:"100" readOnly:"true"`
	National   string `json:"phoneNational,omitempty" maxLength:"200" readOnly:"true"`
}

// contactPatch is the part of a contact that is to change; "" empties.
type contactPatch struct {
	FirstName *string          `json:"firstName,omitempty" maxLength:"200"`
	LastName  *string          `json:"lastName,omitempty" maxLength:"200"`
	Gender    *string          `json:"gender,omitempty" maxLength:"50"`
	Email     *string          `json:"email,omitempty" maxLength:"254"`
	Phone     *string          `json:"phone,omitempty" maxLength:"100"`
	Numbers   *[]contactNumber `json:"numbers,omitempty" maxItems:"20" doc:"All numbers besides phone"`
	CPF       *string          `json:"cpf,omitempty" maxLength:"20"`
	Avatar    *string          `json:"avatar,omitempty" maxLength:"2000"`
	Creator   *string          `json:"creator,omitempty" maxLength:"100"`
}

// contactOutput is a contact on the wire.
type contactOutput struct {
	ID         string          `json:"_id"`
	FirstName  string          `json:"firstName"`
	LastName   string          `json:"lastName"`
	Gender     string          `json:"gender"`
	Email      string          `json:"email"`
	Phone      string          `json:"phone"`
	National   string          `json:"phoneNational" doc:"The phone as people of the call centre's region write it"`
	Numbers    []contactNumber `json:"numbers" doc:"Numbers besides phone"`
	CPF        string          `json:"cpf" doc:"Masked but for who has the right contact.identity"`
	Avatar     string          `json:"avatar"`
	Creator    string          `json:"creator" doc:"_id of the agent or key that created it; empty for a caller whom Tandem registered"`
	CreatedAt  int64           `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt  int64           `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted    bool            `json:"deleted"`
	MergedInto string          `json:"mergedInto,omitempty" doc:"_id of the contact that took this one in"`
}

type (
	contactInput  struct{ Body contactBody }
	contactIDPath struct {
		ID string `path:"id" maxLength:"100" doc:"The record's _id"`
	}
	contactGetInput struct {
		ID      string `path:"id" maxLength:"100" doc:"The record's _id"`
		Deleted bool   `query:"deleted" doc:"Even if it is deleted"`
	}
	contactPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactBody
	}
	contactPatchInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactPatch
	}
	contactAnswer    struct{ Body contactOutput }
	contactListInput struct {
		httpapi.Page
		ContactChoice
	}
	// ContactChoice is what contacts are chosen by, for a list or an export.
	ContactChoice struct {
		Search    string `query:"search" maxLength:"200" doc:"Beginnings of words of a name or e-mail address, or the beginning, the end or all of a number; case, accents and how a number is written do not matter"`
		Creator   string `query:"creator" maxLength:"100" doc:"_id of the agent or key that created them"`
		Group     string `query:"group" maxLength:"100" doc:"_id of a group"`
		From      string `query:"from" maxLength:"40" doc:"Created at or after this time: RFC 3339, or Unix milliseconds"`
		To        string `query:"to" maxLength:"40" doc:"Created before this time"`
		HasNumber string `query:"hasNumber" enum:"true,false" doc:"Those with a number, or those without"`
		Deleted   bool   `query:"deleted" doc:"Deleted ones, too"`
	}
	contactListAnswer struct{ Body httpapi.List[contactOutput] }
	contactNothing    struct{}
)

func numbersOf(list []contactNumber) []Number {
	numbers := make([]Number, len(list))
	for i, n := range list {
		numbers[i] = Number{Number: n.Number, Label: n.Label}
	}
	return numbers
}

// fill writes into a contact what the body says.
func (b contactBody) fill(c *Contact) {
	c.FirstName, c.LastName, c.Gender, c.Email, c.Phone = b.FirstName, b.LastName, b.Gender, b.Email, b.Phone
	c.Numbers, c.CPF, c.Avatar, c.Creator = numbersOf(b.Numbers), b.CPF, b.Avatar, b.Creator
}

// fill is [contactBody.fill] for what is to change.
func (p contactPatch) fill(c *Contact) {
	for _, member := range []struct{ to, value *string }{
		{&c.FirstName, p.FirstName},
		{&c.LastName, p.LastName},
		{&c.Gender, p.Gender},
		{&c.Email, p.Email},
		{&c.Phone, p.Phone},
		{&c.CPF, p.CPF},
		{&c.Avatar, p.Avatar},
		{&c.Creator, p.Creator},
	} {
		if member.value != nil {
			*member.to = *member.value
		}
	}
	if p.Numbers != nil {
		c.Numbers = numbersOf(*p.Numbers)
	}
}

// contactOnWire returns a contact as whoever asks may see it.
func contactOnWire(ctx context.Context, c Contact) contactOutput {
	p, _ := identity.From(ctx)
	cpf := maskCPF(c.CPF)
	if p.Can(identity.ContactIdentity) {
		cpf = writeCPF(c.CPF)
	}
	numbers := make([]contactNumber, len(c.Numbers))
	for i, n := range c.Numbers {
		numbers[i] = contactNumber{Number: n.Number, Label: n.Label, MatchKey: n.MatchKey, National: phone.National(n.Number, p.Tenant.Region)}
	}
	return contactOutput{
		ID: c.ID, FirstName: c.FirstName, LastName: c.LastName, Gender: c.Gender, Email: c.Email, Phone: c.Phone,
		National: phone.National(c.Phone, p.Tenant.Region), Numbers: numbers,
		CPF: cpf, Avatar: c.Avatar, Creator: c.Creator, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Deleted: c.Deleted,
		MergedInto: c.MergedInto,
	}
}

// checkCursor refuses what is not the id at the end of an earlier page.
func checkCursor(after string) error {
	if after == "" || isID(after) {
		return nil
	}
	return problem.NewFields("request.invalid", "The page does not exist.",
		problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
}

func (c *Customer) listContacts(ctx context.Context, in *contactListInput) (*contactListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	filter, err := c.filter(ctx, t, in)
	if err != nil {
		return nil, err
	}
	contacts, err := c.store.list(ctx, t.ID, filter)
	if err != nil {
		return nil, err
	}
	items := make([]contactOutput, len(contacts))
	for i, contact := range contacts {
		items[i] = contactOnWire(ctx, contact)
	}
	return &contactListAnswer{httpapi.Cut(items, in.Limit, func(c contactOutput) string { return c.ID })}, nil
}

func (c *Customer) createContact(ctx context.Context, in *contactInput) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	var contact Contact
	in.Body.fill(&contact)
	contact, err = c.Create(ctx, t, contact)
	return &contactAnswer{contactOnWire(ctx, contact)}, err
}

func (c *Customer) getContact(ctx context.Context, in *contactGetInput) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.store.findAny(ctx, c.store.db, t.ID, in.ID)
	switch {
	case err != nil:
		return nil, err
	case contact.Deleted && !in.Deleted:
		return nil, errNoContact
	}
	return &contactAnswer{contactOnWire(ctx, contact)}, owned(ctx, contact, identity.ContactRead)
}

func (c *Customer) putContact(ctx context.Context, in *contactPutInput) (*contactAnswer, error) {
	return c.setContact(ctx, in.ID, in.Body.fill)
}

func (c *Customer) patchContact(ctx context.Context, in *contactPatchInput) (*contactAnswer, error) {
	return c.setContact(ctx, in.ID, in.Body.fill)
}

func (c *Customer) setContact(ctx context.Context, id string, fill func(*Contact)) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.Update(ctx, t, id, fill)
	return &contactAnswer{contactOnWire(ctx, contact)}, err
}

func (c *Customer) deleteContact(ctx context.Context, in *contactIDPath) (*contactNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.Delete(ctx, t, in.ID)
}

func (c *Customer) restoreContact(ctx context.Context, in *contactIDPath) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.Restore(ctx, t, in.ID)
	return &contactAnswer{contactOnWire(ctx, contact)}, err
}
