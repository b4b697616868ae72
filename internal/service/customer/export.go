// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/service/customer/contactfile"
	"tandem/internal/sheet"
)

const exportRows = 500 // read at once

type exportInput struct {
	ContactChoice

	Format string `query:"format" enum:"csv,ndjson,vcard" default:"csv"`
}

// exportColumns are the titles of a CSV export. An import understands them.
var exportColumns = []string{
	"_id", "firstName", "lastName", "gender", "email", "phone", "numbers", "cpf", "avatar", "creator", "createdAt", "updatedAt", "deleted",
}

// exportContacts answers while it reads, so that a million contacts need no
// memory. That they were taken away is in the audit trail.
func (c *Customer) exportContacts(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	f, err := c.filter(ctx, t, &contactListInput{ContactChoice: in.ContactChoice})
	if err != nil {
		return nil, err
	}
	f.limit = exportRows
	first, err := c.store.list(ctx, t.ID, f)
	if err != nil {
		return nil, err
	}
	err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Tenant: t.ID, Action: "contact.exported", Object: "contact/" + in.Format, After: f})
	})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		e := exporter{ctx: ctx, to: out.BodyWriter(), format: in.Format}
		kind, name := e.kind()
		out.SetHeader("Content-Type", kind)
		out.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		if err := c.export(ctx, t.ID, f, first, &e); err != nil {
			if ctx.Err() == nil {
				c.imports.logger.WarnContext(ctx, "export of contacts broken off", "error", err)
			}
			panic(http.ErrAbortHandler) // the client must see that what it has got is not the whole
		}
	}}, nil
}

// export writes the contacts of first, which f chose, and those behind them.
func (c *Customer) export(ctx context.Context, tenant int64, f Filter, first []Contact, e *exporter) (err error) {
	if err := e.begin(); err != nil {
		return err
	}
	for contacts := first; ; {
		for _, contact := range contacts {
			if err := e.add(contact); err != nil {
				return err
			}
		}
		if err := e.flush(); err != nil {
			return err
		}
		if len(contacts) < f.limit {
			return nil
		}
		f.after = contacts[len(contacts)-1].ID
		if contacts, err = c.store.list(ctx, tenant, f); err != nil {
			return err
		}
	}
}

// exporter writes contacts as whoever asks may see them.
type exporter struct {
	ctx    context.Context //nolint:containedctx // it says who asks
	to     io.Writer
	format string
	table  *sheet.Writer
	lines  *json.Encoder
}

func (e *exporter) kind() (contentType, fileName string) {
	switch e.format {
	case "ndjson":
		return "application/x-ndjson", "contacts.ndjson"
	case "vcard":
		return "text/vcard; charset=utf-8", "contacts.vcf"
	default:
		return "text/csv; charset=utf-8", "contacts.csv"
	}
}

func (e *exporter) begin() (err error) {
	switch e.format {
	case "csv":
		e.table, err = sheet.NewWriter(e.to, exportColumns...)
	case "ndjson":
		e.lines = json.NewEncoder(e.to)
	}
	return err
}

func (e *exporter) add(c Contact) error {
	o := contactOnWire(e.ctx, c)
	if e.format == "ndjson" {
		return e.lines.Encode(o)
	}
	further := make([]string, len(o.Numbers))
	for i, n := range o.Numbers {
		further[i] = n.Number
	}
	if e.format == "vcard" {
		phones := further
		if o.Phone != "" {
			phones = append([]string{o.Phone}, further...)
		}
		return contactfile.WriteCard(e.to, contactfile.Person{
			ID: o.ID, FirstName: o.FirstName, LastName: o.LastName, Name: c.Name(), Gender: o.Gender, Email: o.Email, Phones: phones, Photo: o.Avatar,
		})
	}
	deleted := ""
	if o.Deleted {
		deleted = "true"
	}
	return e.table.Row(o.ID, o.FirstName, o.LastName, o.Gender, o.Email, o.Phone, strings.Join(further, " / "), o.CPF, o.Avatar, o.Creator,
		httpapi.Instant(o.CreatedAt).Format(time.RFC3339Nano), httpapi.Instant(o.UpdatedAt).Format(time.RFC3339Nano), deleted)
}

// flush sends what is still in memory.
func (e *exporter) flush() error {
	if e.table != nil {
		if err := e.table.Flush(); err != nil {
			return err
		}
	}
	if f, ok := e.to.(http.Flusher); ok {
		f.Flush()
	}
	return nil
}
