// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/tenant"
)

const (
	fillBatch   = 700 // events in one append: a hundred calls
	fillWriters = 2   // one prepares while the other's are written
	fillSpacing = 20 * time.Millisecond
)

// fillLives are the calls that a database is filled with: a caller of many, an
// agent of fifty, and what a phone system tells of the two.
var fillLives = []struct{ typ, rest string }{
	{"call.new", `"direction":"inbound","our_number":"08007770000","their_number":"119555%05[1]d","their_number_type":"mobile"`},
	{"call.standby", `"direction":"inbound","our_number":"08007770000","their_number":"119555%05[1]d","their_number_type":"mobile"`},
	{"call.waiting", `"direction":"inbound","our_number":"08007770000","their_number":"119555%05[1]d","their_number_type":"mobile","queue":"900"`},
	{"actor.entered", `"actor":"agent%[2]d@load.example","number":"%[2]d","queue":"900"`},
	{"call.ongoing", `"direction":"inbound","our_number":"08007770000","their_number":"119555%05[1]d","their_number_type":"mobile"`},
	{"actor.left", `"actor":"agent%[2]d@load.example","number":"%[2]d","queue":"900"`},
	{"call.finished", `"direction":"inbound","our_number":"08007770000","their_number":"119555%05[1]d","their_number_type":"mobile"`},
}

// fill appends events of calls that are over, so many or a few more, through
// the log and without HTTP, to a Tandem that does not run.
func (s store) fill(ctx context.Context, p *plan, connector, from, events int64) (err error) {
	settings := config.Common{Data: s.data, Database: config.DSN(s.dsn)}
	tools, err := app.OpenTools(ctx, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	demo, err := tools.Tenants.FindBySlug(ctx, "demo")
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fillWriters)
	// Calls of the past, one after the other until an hour ago.
	begin := time.Now().Add(-time.Hour - time.Duration(events/int64(len(fillLives)))*fillSpacing)
	began, calls := time.Now(), int64(fillBatch/len(fillLives))
	for done := int64(0); done < events; done += fillBatch {
		first := from + done/int64(len(fillLives))
		group.Go(func() error {
			batch, err := past(demo, connector, first, calls, begin.Add(time.Duration(first-from)*fillSpacing))
			if err != nil {
				return err
			}
			_, err = tools.Log.Append(ctx, batch...)
			return err
		})
		if n := done / fillBatch; n%1000 == 999 {
			p.say("  %s events, %s/s", figure(float64(done)), figure(float64(done)/time.Since(began).Seconds()))
		}
	}
	return group.Wait()
}

// past returns the events of calls that began at a time.
func past(of tenant.Tenant, connector, first, calls int64, at time.Time) ([]eventlog.Event, error) {
	events := make([]eventlog.Event, 0, fillBatch)
	for n := first; n < first+calls; n++ {
		callID := fmt.Sprintf("%d.%09d", at.UnixMilli(), n)
		for step, one := range fillLives {
			then := at.Add(time.Duration(step) * 10 * time.Second)
			data := fmt.Appendf(nil, `{"type":%[3]q,"call_id":%[4]q,"code":"",`+one.rest+`,"timestamp":%[5]q}`,
				50000+n%1000, 200+n%50, one.typ, callID, then.UTC().Format("2006-01-02T15:04:05.000Z"))
			key, err := eventlog.Key(of.KeySecret, one.typ, data)
			if err != nil {
				return nil, err
			}
			events = append(events, eventlog.Event{
				Tenant: of.ID, Connector: connector, Stream: live.Stream(connector, callID), Key: key, Type: one.typ,
				At: then.UnixMilli(), Received: then.UnixMilli() + 40, Timed: true, Data: data,
			})
		}
	}
	return events, nil
}

// vendor returns the id of the demo's first connector.
func (p *process) vendor(ctx context.Context) (int64, error) {
	var list struct {
		Items []struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"items"`
	}
	if err := p.call(ctx, http.MethodGet, "/api/v1/connectors", nil, &list); err != nil {
		return 0, err
	}
	for _, c := range list.Items {
		if c.Name == "vendor" {
			return c.ID, nil
		}
	}
	return 0, errors.New("the demo has no connector vendor")
}
