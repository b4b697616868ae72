// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// routes is the table of contents of this module's API.
func (c *Customer) routes(api *httpapi.API) []module.Route {
	const read, write = identity.ContactRead, identity.ContactWrite
	return []module.Route{
		httpapi.Get(api, "/api/v1/contacts", read, "List contacts, newest first", c.listContacts),
		httpapi.Create(api, "/api/v1/contacts", write, "Create a contact", c.createContact),
		httpapi.Get(api, "/api/v1/contacts/{id}", read, "Get a contact", c.getContact),
		httpapi.Put(api, "/api/v1/contacts/{id}", write, "Replace a contact", c.putContact),
		httpapi.Delete(api, "/api/v1/contacts/{id}", write, "Delete a contact", c.deleteContact),
		httpapi.Get(api, "/api/v1/contact-groups", read, "List groups of contacts, newest first", c.listContactGroups),
		httpapi.Create(api, "/api/v1/contact-groups", write, "Create a group of contacts", c.createContactGroup),
		httpapi.Get(api, "/api/v1/contact-groups/{id}", read, "Get a group of contacts", c.getContactGroup),
		httpapi.Put(api, "/api/v1/contact-groups/{id}", write, "Replace a group of contacts", c.putContactGroup),
		httpapi.Delete(api, "/api/v1/contact-groups/{id}", write, "Delete a group of contacts", c.deleteContactGroup),
	}
}

// contactBody is what a client may say of a contact. What the service itself
// says of a record may be sent back, and is not looked at.
type contactBody struct {
	FirstName string `json:"firstName,omitempty" maxLength:"200"`
	LastName  string `json:"lastName,omitempty" maxLength:"200"`
	Gender    string `json:"gender,omitempty" maxLength:"50"`
	Email     string `json:"email,omitempty" maxLength:"254"`
	Phone     string `json:"phone,omitempty" maxLength:"100" doc:"As people write it; it is kept so"`
	Avatar    string `json:"avatar,omitempty" maxLength:"2000" doc:"URL of a picture"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true" doc:"Unix milliseconds"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

// contactOutput is a contact on the wire.
type contactOutput struct {
	ID        string `json:"_id"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Gender    string `json:"gender"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Avatar    string `json:"avatar"`
	CreatedAt int64  `json:"createdAt" doc:"Unix milliseconds"`
	UpdatedAt int64  `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted   bool   `json:"deleted"`
}

type (
	contactInput  struct{ Body contactBody }
	contactIDPath struct {
		ID string `path:"id" maxLength:"100" doc:"The record's _id"`
	}
	contactPutInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The record's _id"`
		Body contactBody
	}
	contactAnswer    struct{ Body contactOutput }
	contactListInput struct {
		httpapi.Page
		Search string `query:"search" maxLength:"200" doc:"Words of a name or e-mail address, or a number; case and accents do not matter"`
	}
	contactListAnswer struct{ Body httpapi.List[contactOutput] }
	contactNothing    struct{}
)

func (b contactBody) contact() Contact {
	return Contact{FirstName: b.FirstName, LastName: b.LastName, Gender: b.Gender, Email: b.Email, Phone: b.Phone, Avatar: b.Avatar}
}

func contactOnWire(c Contact) contactOutput {
	return contactOutput{
		ID: c.ID, FirstName: c.FirstName, LastName: c.LastName, Gender: c.Gender, Email: c.Email, Phone: c.Phone,
		Avatar: c.Avatar, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Deleted: c.Deleted,
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
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	contacts, err := c.store.list(ctx, t.ID, searchPatterns(in.Search), in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]contactOutput, len(contacts))
	for i, contact := range contacts {
		items[i] = contactOnWire(contact)
	}
	return &contactListAnswer{httpapi.Cut(items, in.Limit, func(c contactOutput) string { return c.ID })}, nil
}

func (c *Customer) createContact(ctx context.Context, in *contactInput) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.Create(ctx, t, in.Body.contact())
	return &contactAnswer{contactOnWire(contact)}, err
}

func (c *Customer) getContact(ctx context.Context, in *contactIDPath) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.store.find(ctx, c.store.db, t.ID, in.ID)
	return &contactAnswer{contactOnWire(contact)}, err
}

func (c *Customer) putContact(ctx context.Context, in *contactPutInput) (*contactAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	contact, err := c.Update(ctx, t, in.ID, in.Body.contact())
	return &contactAnswer{contactOnWire(contact)}, err
}

func (c *Customer) deleteContact(ctx context.Context, in *contactIDPath) (*contactNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.Delete(ctx, t, in.ID)
}
