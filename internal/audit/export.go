// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/sheet"
)

const exportPage = 500 // entries read at once

type exportInput struct {
	Choice

	Format string `query:"format" enum:"csv,ndjson" default:"csv"`
}

// export answers while it reads, so that a trail of years needs no memory. That
// it was taken away is in the trail, too.
func (t *Trail) export(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	tenant := reader(ctx)
	f := in.filter()
	f.limit = exportPage
	first, err := t.store.list(ctx, tenant, f)
	if err != nil {
		return nil, err
	}
	err = t.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return Record(ctx, tx, Entry{Tenant: tenant, Action: "audit.exported", Object: "audit/" + in.Format})
	})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		kind, name := "text/csv; charset=utf-8", "audit.csv"
		if in.Format == "ndjson" {
			kind, name = "application/x-ndjson", "audit.ndjson"
		}
		out.SetHeader("Content-Type", kind)
		out.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		if err := t.write(out.Context(), out.BodyWriter(), in.Format, tenant, f, first); err != nil {
			if out.Context().Err() == nil {
				t.Logger.WarnContext(out.Context(), "audit export broken off", "error", err)
			}
			panic(http.ErrAbortHandler) // the client must see that what it has got is not the whole
		}
	}}, nil
}

// write writes the entries of first, which f chose, and those behind them.
func (t *Trail) write(ctx context.Context, to io.Writer, format string, tenant int64, f filter, first []entry) error {
	add, flush, err := writer(to, format)
	if err != nil {
		return err
	}
	for entries := first; ; {
		for _, e := range entries {
			if err := add(e); err != nil {
				return err
			}
		}
		if err := flush(); err != nil {
			return err
		}
		if len(entries) < f.limit {
			return nil
		}
		f.after = entries[len(entries)-1].id
		if entries, err = t.store.list(ctx, tenant, f); err != nil {
			return err
		}
	}
}

// writer returns what adds an entry in a format, and what sends those added.
func writer(to io.Writer, format string) (add func(entry) error, flush func() error, err error) {
	send := func() error {
		if f, ok := to.(http.Flusher); ok {
			f.Flush()
		}
		return nil
	}
	if format == "ndjson" {
		lines := json.NewEncoder(to)
		return func(e entry) error { return lines.Encode(onWire(e)) }, send, nil
	}
	table, err := sheet.NewWriter(to, "id", "at", "actor_id", "actor", "role", "address", "request_id", "action", "object", "before", "after")
	if err != nil {
		return nil, nil, err
	}
	add = func(e entry) error {
		return table.Row(e.id, httpapi.Instant(e.at).Format(time.RFC3339Nano), e.actor, e.actorName, e.role, e.address, e.requestID,
			e.action, e.object, e.before, e.after)
	}
	return add, func() error {
		if err := table.Flush(); err != nil {
			return err
		}
		return send()
	}, nil
}
