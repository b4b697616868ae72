// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/ingest"
	"tandem/internal/live"
	"tandem/internal/tenant/tenanttest"
)

// A request acts for the connector whose credential it shows, and for nobody
// else's; one that shows a wrong credential acts for nobody, signed in or not,
// and leaves nothing behind.
func TestCredentials(t *testing.T) {
	const body = `{"type":"call.new","call_id":"c","timestamp":"2026-01-01T00:00:00Z"}`
	basic := func(user, key string) string {
		r, _ := http.NewRequest(http.MethodPost, "/", nil)
		r.SetBasicAuth(user, key)
		return "Authorization: " + r.Header.Get("Authorization")
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		second := o.connect(1, "second", ingest.Delegate, "")
		for name, tt := range map[string]struct {
			path      string
			headers   []string
			status    int
			tenant    int64
			connector int64
		}{
			"path":                     {"/webhook/" + vendorKey, nil, 200, 1, o.vendor.ID},
			"path, random key":         {"/webhook/" + second.Key, nil, 200, 1, second.ID},
			"path, other tenant":       {"/webhook/" + foreignKey, nil, 200, 2, o.foreign.ID},
			"path, other dialect":      {"/webhook/" + pabxKey, nil, 200, 1, o.pabx.ID},
			"path, envelope":           {"/api/client/webhook/" + vendorKey, nil, 204, 1, o.vendor.ID},
			"basic":                    {"/webhook", []string{basic("vendor@demo", vendorKey)}, 200, 1, o.vendor.ID},
			"basic, other tenant":      {"/webhook", []string{basic("vendor@other", foreignKey)}, 200, 2, o.foreign.ID},
			"signed in":                {"/webhook", []string{"X-Signed-In: demo"}, 200, 1, o.vendor.ID},
			"signed in, envelope":      {"/api/client/webhook", []string{"X-Signed-In: demo"}, 204, 1, o.pabx.ID},
			"signed in, named":         {"/webhook?connector=second", []string{"X-Signed-In: demo"}, 200, 1, second.ID},
			"signed in, unknown name":  {"/webhook?connector=third", []string{"X-Signed-In: demo"}, 400, 0, 0},
			"signed in, no such kind":  {"/api/client/webhook", []string{"X-Signed-In: other"}, 400, 0, 0},
			"path before signing in":   {"/webhook/" + foreignKey, []string{"X-Signed-In: demo"}, 200, 2, o.foreign.ID},
			"nothing":                  {"/webhook", nil, 401, 0, 0},
			"nothing, envelope":        {"/api/client/webhook", nil, 401, 0, 0},
			"wrong path":               {"/webhook/" + strings.Repeat("0", 32), nil, 401, 0, 0},
			"wrong path, signed in":    {"/webhook/" + strings.Repeat("0", 32), []string{"X-Signed-In: demo"}, 401, 0, 0},
			"long path":                {"/webhook/" + strings.Repeat("0", 500), nil, 401, 0, 0},
			"basic, wrong key":         {"/webhook", []string{basic("vendor@demo", "nope")}, 401, 0, 0},
			"basic, wrong, signed in":  {"/webhook", []string{basic("vendor@demo", "nope"), "X-Signed-In: demo"}, 401, 0, 0},
			"basic, another's name":    {"/webhook", []string{basic("pabx@demo", vendorKey)}, 401, 0, 0},
			"basic, another's tenant":  {"/webhook", []string{basic("vendor@other", vendorKey)}, 401, 0, 0},
			"basic, no tenant":         {"/webhook", []string{basic("vendor", vendorKey)}, 401, 0, 0},
			"agent may not":            {"/webhook", []string{"X-Signed-In: demo", "X-Role: agent"}, 401, 0, 0},
			"hash instead of the key":  {"/webhook/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", nil, 401, 0, 0},
			"empty basic":              {"/webhook", []string{basic("", "")}, 401, 0, 0},
			"not basic, not signed in": {"/webhook", []string{"Authorization: Bearer x"}, 401, 0, 0},
		} {
			before, kept := len(o.events()), len(o.inbox())
			text := strings.Replace(body, `"c"`, `"`+name+`"`, 1)
			if strings.HasPrefix(tt.path, "/api") {
				text = wrapped(text, noCPF, "{}")
			}
			got := o.ask(http.MethodPost, tt.path, text, tt.headers...)
			if got.status != tt.status {
				t.Errorf("%s: status %d %s, want %d", name, got.status, got.body, tt.status)
				continue
			}
			records := o.events()[before:]
			switch {
			case tt.connector == 0 && len(records) != 0:
				t.Errorf("%s: stored %+v", name, records)
			case tt.connector != 0 && (len(records) != 1 || records[0].Tenant != tt.tenant || records[0].Connector != tt.connector):
				t.Errorf("%s: stored %+v, want tenant %d connector %d", name, records, tt.tenant, tt.connector)
			case tt.status == 401 && len(o.inbox()) != kept:
				t.Errorf("%s: kept something", name)
			case tt.status == 401 && got.header.Get("WWW-Authenticate") == "":
				t.Errorf("%s: no challenge", name)
			}
			if tt.status == 401 && !strings.HasPrefix(tt.path, "/api") && got.stored(t).Code != 401 {
				t.Errorf("%s: answer %s", name, got.body)
			}
		}
	})
}

// A browser's fetch is refused without opening the browser's own dialogue, and
// a page of any origin may ask.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	got := o.ask(http.MethodPost, "/webhook", `{}`, "Sec-Fetch-Mode: cors")
	if got.status != 401 || got.header.Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for _, path := range []string{"/webhook", "/webhook/k", "/api/client/webhook", "/api/client/webhook/k"} {
		got := o.ask(http.MethodOptions, path, "", "Origin: https://a.example")
		if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" ||
			got.header.Get("Access-Control-Allow-Headers") != "Origin, X-Requested-With, Authorization, Content-Type, Accept" {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
}

// A credential works from the moment its connector is made, and no more from
// the moment it is deleted or gets another key, here and in other processes.
func TestCredentialsFollowConnectors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		elsewhere := ingest.New(ingest.Options{Log: o.log, Database: database, Bus: o.bus, Live: o.live, Tenants: o.tenants, Box: tenanttest.Box(t)})
		stop := o.run()
		defer stop()
		rings, end, err := o.bus.Listen(ask.BellConnectors)
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		status := func(key string) int {
			return o.ask(http.MethodPost, "/webhook/"+key, `{"type":"actor.paused","actor":"a"}`).status
		}
		c, err := o.ingest.CreateConnector(t.Context(), 1, ingest.NewConnector{Name: "brief", Dialect: ingest.Delegate})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Key) != 32 || status(c.Key) != 200 {
			t.Errorf("key %q is not taken", c.Key)
		}
		<-rings
		if c, err = o.ingest.UpdateConnector(t.Context(), 1, c.ID, ingest.NewConnector{Name: "brief", Dialect: ingest.Delegate, Key: "another-key"}); err != nil {
			t.Fatal(err)
		}
		<-rings
		if status("another-key") != 200 {
			t.Error("the new key is not taken")
		}
		if err := elsewhere.DeleteConnector(t.Context(), 1, c.ID); err != nil {
			t.Fatal(err)
		}
		<-rings
		deadline := time.Now().Add(2 * time.Second)
		for status("another-key") != 401 {
			if time.Now().After(deadline) {
				t.Fatal("the key of a deleted connector is taken")
			}
		}
	})
}

// A connector that a command has just made is known at its first event, though
// the command's bell is not heard: a phone system that is told 401 does not come
// again.
func TestCredentialMadeUnheard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		unheard := ingest.New(ingest.Options{
			Log: o.log, Database: database, Bus: eventlogtest.Bus(t), Live: o.live, Tenants: o.tenants, Box: tenanttest.Box(t),
		})
		status := func(key string) int {
			return o.ask(http.MethodPost, "/webhook/"+key, `{"type":"actor.paused","actor":"a"}`).status
		}
		if status(vendorKey) != 200 { // from now on the connectors are remembered
			t.Fatal("no connector works")
		}
		c, err := unheard.CreateConnector(t.Context(), 1, ingest.NewConnector{Name: "brief", Dialect: ingest.Delegate})
		if err != nil {
			t.Fatal(err)
		}
		o.clock.Add(500)
		if got := status(c.Key); got != 200 {
			t.Errorf("answered %d", got)
		}
		if got := status("no-such-key"); got != 401 {
			t.Errorf("a wrong key is answered %d", got)
		}
	})
}

// While the log cannot be written nothing is acknowledged, and nobody is told
// that their event was wrong.
func TestLogClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		b := eventlogtest.Bus(t)
		l := live.New(database, o.tenants)
		o.log = eventlog.New(database, b, o.ingest.Logger, l.Inline()) // never runs
		o.ingest.Log = o.log
		for name, tt := range map[string]struct{ path, body, answer string }{
			"good":     {"/webhook/" + vendorKey, `{"type":"call.new","call_id":"c"}`, `"code":503`},
			"bad":      {"/webhook/" + vendorKey, `{"type":"call.new"}`, `"code":503`},
			"envelope": {"/api/client/webhook/" + pabxKey, wrapped(chamada, noCPF, "{}"), `"message":"Houve um erro"`},
		} {
			began := time.Now()
			got := o.ask(http.MethodPost, tt.path, tt.body)
			if took := time.Since(began); got.status != 503 || !strings.Contains(got.body, tt.answer) || got.header.Get("Retry-After") == "" || took > 2*time.Second {
				t.Errorf("%s: %d %s after %v", name, got.status, got.body, took)
			}
		}
	})
}
