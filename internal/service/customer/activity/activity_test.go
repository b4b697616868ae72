// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/service/customer"
	"tandem/internal/service/customer/activity"
)

var (
	demo  = identity.Tenant{ID: 1, Region: "VN"}
	other = identity.Tenant{ID: 2, Region: "BR"}

	ana   = agent("0198c0de-0000-7000-8000-00000000000a", "ana", "200")
	bruno = agent("0198c0de-0000-7000-8000-00000000000b", "bruno", "201")
)

func agent(id, login, extension string) ask.Agent {
	return ask.Agent{ID: id, Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Extension: extension}
}

// desk is the service as one process runs it.
type desk struct {
	*testing.T
	*activity.Activities

	database *db.DB
	log      *eventlog.Log
	live     *live.Live
	mux      *http.ServeMux
	routes   map[string]module.Route
	clock    *atomic.Int64 // Unix ms
	as       identity.Principal
}

// base is when the tests begin: 2026-01-01T00:00:00Z.
const base = int64(1767225600000)

func start(t *testing.T, database *db.DB) *desk {
	t.Helper()
	log, present, directory, b := livetest.Start(t, database)
	customers := customer.New(customer.Options{Log: log, Database: database, Bus: b, Live: present, Tenants: directory})
	d := &desk{T: t, database: database, log: log, live: present, clock: &atomic.Int64{}, routes: map[string]module.Route{}}
	d.clock.Store(base)
	d.Activities = activity.New(activity.Options{
		Log: log, Database: database, Bus: b, Live: present, Tenants: directory,
		Now: func() time.Time { return time.UnixMilli(d.clock.Load()) },
	})
	d.serve(customers.Module(httpapi.New("test", slog.New(slog.DiscardHandler))), d.Module(httpapi.New("test", slog.New(slog.DiscardHandler))))
	if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
		t.Fatal(err)
	}
	d.answer(b)
	return d.by(ana)
}

func (d *desk) serve(modules ...module.Module) {
	d.Helper()
	d.mux = http.NewServeMux()
	for _, m := range modules {
		for owner, tables := range map[string]fs.FS{m.Name: m.Tables} {
			if err := d.database.Migrate(d.Context(), owner, tables); err != nil {
				d.Fatal(err)
			}
		}
		for _, route := range m.Routes {
			d.mux.Handle(route.Method+" "+route.Pattern, route.Handler)
			d.routes[route.Method+" "+route.Pattern] = route
		}
	}
}

// answer says who the agents of the demo tenant are.
func (d *desk) answer(b *bus.Bus) {
	d.Helper()
	missing := problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
	err := bus.Answer(d.Context(), b, ask.FindAgent, func(_ context.Context, q ask.AgentQuestion) (ask.Agent, error) {
		for _, a := range []ask.Agent{ana, bruno} {
			if q.Tenant == demo.ID && q.ID == a.ID {
				return a, nil
			}
		}
		return ask.Agent{}, missing
	})
	if err != nil {
		d.Fatal(err)
	}
	err = bus.Answer(d.Context(), b, ask.NameAgents, func(_ context.Context, q ask.NamesQuestion) (map[string]ask.Agent, error) {
		found := map[string]ask.Agent{}
		for _, key := range q.Keys {
			for _, a := range []ask.Agent{ana, bruno} {
				if q.Tenant == demo.ID && (key == a.Login || key == a.Extension || key == a.Login+"@demo.example") {
					found[key] = a
				}
			}
		}
		return found, nil
	})
	if err != nil {
		d.Fatal(err)
	}
}

// by returns the desk as somebody of the demo tenant uses it.
func (d *desk) by(a ask.Agent, rights ...string) *desk {
	other := *d
	if rights == nil {
		rights = []string{identity.ActivityRead, identity.ActivityWrite, identity.CallRead, identity.ContactRead, identity.ContactWrite}
	}
	other.as = identity.Principal{Tenant: demo, ID: a.ID, Login: a.Login, Role: "agent", Rights: rights}
	return &other
}

func (d *desk) request(method, path, body string) (int, string) {
	d.Helper()
	r := httptest.NewRequestWithContext(identity.With(d.Context(), d.as), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// want asks, and returns the answer if it has the status.
func (d *desk) want(status int, method, path, body string) map[string]any {
	d.Helper()
	got, text := d.request(method, path, body)
	if got != status {
		d.Fatalf("%s %s %s: %d %s; want %d", method, path, body, got, text, status)
	}
	var answer map[string]any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			d.Fatalf("%s: %v", text, err)
		}
	}
	return answer
}

// contact adds a contact and returns its id.
func (d *desk) contact(name, number string) string {
	d.Helper()
	got := d.want(http.StatusCreated, http.MethodPost, "/api/v1/contacts", fmt.Sprintf(`{"firstName":%q,"phone":%q}`, name, number))
	return got["_id"].(string)
}

// create adds an activity of ana's.
func (d *desk) create(body string) map[string]any {
	d.Helper()
	return d.want(http.StatusCreated, http.MethodPost, "/api/v1/activities", body)
}

// items returns a list's page, by the text of its activities.
func (d *desk) list(path string) (items []map[string]any, next string) {
	d.Helper()
	got := d.want(http.StatusOK, http.MethodGet, path, "")
	for _, item := range got["items"].([]any) {
		items = append(items, item.(map[string]any))
	}
	next, _ = got["next"].(string)
	return items, next
}

// types returns the types of the events of a stream.
func (d *desk) types(stream string) (types []string) {
	d.Helper()
	records, err := d.log.ReadStream(d.Context(), demo.ID, stream, 0, 0)
	if err != nil {
		d.Fatal(err)
	}
	for _, r := range records {
		types = append(types, r.Type)
	}
	return types
}
