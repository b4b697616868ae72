// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/ingest"
	"tandem/internal/problem"
)

type connectorItem struct {
	ID                    int64
	Name, Dialect         string
	WebhookURL            string
	WebhookUser           string
	WebhookPassword       string
	APIURL                string
	APIUser               string
	ClockToleranceSeconds int64
	StaleAfterSeconds     int64
	LastEventAt           *time.Time
	LastEventType         string
	EventsToday           int64
	SilentSince           *time.Time
	ClockAhead            bool
	CreatedAt             time.Time
}

type connectorPage struct {
	Items []connectorItem
	Next  string
}

// A connector is made, shown, changed and removed by its own call centre; its
// API's password goes in and never comes out, and every change is in the log
// without any credential.
func TestConnectors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		var made, seen connectorItem
		o.api(http.MethodPost, "/api/v1/connectors",
			`{"name":"head-office","dialect":"call.waiting","apiUrl":"https://pbx.example/api/client/actions","apiUser":"u","apiPassword":"hush"}`, 201, &made)
		if made.ClockToleranceSeconds != 300 || made.StaleAfterSeconds != 14400 || made.WebhookUser != "head-office@demo" || len(made.WebhookPassword) != 32 ||
			made.WebhookURL != o.server.URL+"/api/client/webhook/"+made.WebhookPassword || made.LastEventAt != nil || made.SilentSince != nil || made.CreatedAt.IsZero() {
			t.Errorf("made %+v", made)
		}
		path := fmt.Sprint("/api/v1/connectors/", made.ID)
		raw := o.ask(http.MethodGet, path, "", "X-Signed-In: demo")
		if strings.Contains(raw.body, "hush") || strings.Contains(raw.body, "apiPassword") {
			t.Errorf("the password comes back: %s", raw.body)
		}
		if got := o.ask(http.MethodPost, strings.TrimPrefix(made.WebhookURL, o.server.URL), wrapped(chamada, noCPF, "{}")); got.status != 204 {
			t.Errorf("its address answers %d", got.status)
		}
		o.api(http.MethodPut, path, `{"name":"branch","dialect":"delegate","staleAfterSeconds":60,"clockToleranceSeconds":1}`, 200, &seen)
		if seen.Name != "branch" || seen.Dialect != "delegate" || seen.APIURL != "" || seen.StaleAfterSeconds != 60 || seen.WebhookPassword != made.WebhookPassword ||
			seen.LastEventType != "call.new" || seen.EventsToday != 1 {
			t.Errorf("changed %+v", seen)
		}
		stop := o.run()
		defer stop()
		found, err := askUntilUp(t, o.bus, ask.ConnectorQuestion{Tenant: 1, Connector: made.ID})
		if err != nil || found != (ask.Connector{ID: made.ID, Name: "branch", Dialect: "delegate", APIPassword: "hush"}) {
			t.Errorf("over the bus: %+v, %v", found, err)
		}
		if _, err := bus.Ask(t.Context(), o.bus, ask.FindConnector, ask.ConnectorQuestion{Tenant: 2, Connector: made.ID}); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("another tenant: %v", err)
		}
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			if got := o.ask(method, path, "", "X-Signed-In: other"); got.status != 404 {
				t.Errorf("%s by another tenant: %d", method, got.status)
			}
		}
		if got := o.ask(http.MethodPut, path, `{"name":"x","dialect":"delegate"}`, "X-Signed-In: other"); got.status != 404 {
			t.Errorf("change by another tenant: %d", got.status)
		}
		o.api(http.MethodDelete, path, "", 204, nil)
		o.api(http.MethodGet, path, "", 404, nil)
		if _, err := bus.Ask(t.Context(), o.bus, ask.FindConnector, ask.ConnectorQuestion{Tenant: 1, Connector: made.ID}); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("deleted: %v", err)
		}
		list, err := bus.Ask(t.Context(), o.bus, ask.ListConnectors, int64(1))
		if err != nil || len(list) != 3 || list[2].Name != "branch" || list[2].APIPassword != "" {
			t.Errorf("over the bus: %+v, %v; want the deleted one too, for its name", list, err)
		}
		o.api(http.MethodPost, "/api/v1/connectors", `{"name":"branch","dialect":"delegate"}`, 201, nil) // its name is free again

		records, err := o.log.ReadStream(t.Context(), 1, fmt.Sprint("connector/", made.ID), 0, 0)
		if err != nil || len(records) != 3 {
			t.Fatalf("%d records, %v; want 3", len(records), err)
		}
		for at, action := range []string{"created", "changed", "deleted"} {
			var data map[string]any
			if err := json.Unmarshal(records[at].Data, &data); err != nil || data["action"] != action || data["by"] != "u1" {
				t.Errorf("record %d: %s", at, records[at].Data)
			}
			if text := string(records[at].Data); strings.Contains(text, "hush") || strings.Contains(text, made.WebhookPassword) {
				t.Errorf("the log holds a credential: %s", text)
			}
		}
	})
}

// askUntilUp asks until the module's loop answers.
func askUntilUp(t *testing.T, b *bus.Bus, q ask.ConnectorQuestion) (ask.Connector, error) {
	t.Helper()
	for {
		c, err := bus.Ask(t.Context(), b, ask.FindConnector, q)
		if problem.Of(err).Kind != problem.Unavailable {
			return c, err
		}
	}
}

// What a connector cannot be is said field by field.
func TestConnectorProblems(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	for name, tt := range map[string]struct {
		body   string
		status int
		fields string
	}{
		"empty name":       {`{"name":"","dialect":"delegate"}`, 422, "body.name"},
		"name with at":     {`{"name":"a@b","dialect":"delegate"}`, 422, "body.name"},
		"several":          {`{"name":"A","dialect":"sip","apiUrl":"ftp://x","staleAfterSeconds":5,"clockToleranceSeconds":-1}`, 422, "body.name,body.dialect,body.apiUrl,body.clockToleranceSeconds,body.staleAfterSeconds"},
		"enormous time":    {`{"name":"a","dialect":"delegate","staleAfterSeconds":9223372036854775807}`, 422, "body.staleAfterSeconds"},
		"no host":          {`{"name":"a","dialect":"delegate","apiUrl":"http://"}`, 422, "body.apiUrl"},
		"host is a port":   {`{"name":"a","dialect":"delegate","apiUrl":"http://:80/x"}`, 422, "body.apiUrl"},
		"credential":       {`{"name":"a","dialect":"delegate","apiUrl":"http://u:p@pbx.example"}`, 422, "body.apiUrl"},
		"javascript":       {`{"name":"a","dialect":"delegate","apiUrl":"javascript:alert(1)"}`, 422, "body.apiUrl"},
		"colon in user":    {`{"name":"a","dialect":"delegate","apiUser":"a:b"}`, 422, "body.apiUser"},
		"line in password": {`{"name":"a","dialect":"delegate","apiPassword":"a\nb"}`, 422, "body.apiPassword"},
		"unknown member":   {`{"name":"a","dialect":"delegate","colour":"red"}`, 422, "body.colour"},
		"no dialect":       {`{"name":"a"}`, 422, "body"},
		"taken":            {`{"name":"vendor","dialect":"delegate"}`, 409, ""},
	} {
		got := o.ask(http.MethodPost, "/api/v1/connectors", tt.body, "X-Signed-In: demo")
		var p struct {
			Errors []struct{ Location string }
		}
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, e := range p.Errors {
			fields = append(fields, e.Location)
		}
		if got.status != tt.status || strings.Join(fields, ",") != tt.fields {
			t.Errorf("%s: %d %s, want %d %s", name, got.status, got.body, tt.status, tt.fields)
		}
	}
}

// What was last heard of a connector is shown; ten silent minutes are, too,
// but not of one that never spoke.
func TestConnectorSilence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database, func(options *ingest.Options) { options.PublicURL = "https://calls.example/" })
		ahead := time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339)
		o.ask(http.MethodPost, "/webhook/"+vendorKey, `{"type":"call.new","call_id":"c","timestamp":"`+ahead+`"}`)
		var page connectorPage
		o.api(http.MethodGet, "/api/v1/connectors?limit=1", "", 200, &page)
		vendor := page.Items[0]
		if len(page.Items) != 1 || page.Next == "" || vendor.SilentSince != nil || vendor.LastEventAt == nil || !vendor.ClockAhead || vendor.WebhookURL != "https://calls.example/webhook/"+vendorKey {
			t.Errorf("first page %+v", page)
		}
		o.clock.Store((10*time.Minute + 10*time.Second).Milliseconds())
		o.api(http.MethodGet, "/api/v1/connectors", "", 200, &page)
		if len(page.Items) != 2 || page.Items[0].SilentSince == nil || !page.Items[0].SilentSince.Equal(*vendor.LastEventAt) || page.Items[1].SilentSince != nil || page.Items[1].LastEventAt != nil {
			t.Errorf("after ten minutes %+v", page.Items)
		}
		o.clock.Store((25 * time.Hour).Milliseconds())
		o.api(http.MethodGet, "/api/v1/connectors", "", 200, &page)
		if page.Items[0].EventsToday != 0 {
			t.Errorf("tomorrow: %+v", page.Items[0])
		}
	})
}

// Testing a connector asks its API something harmless, with its credential,
// and tells what came of it; the credential is nowhere in the result.
func TestConnectorTest(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		asked = append(asked, r.Method+" "+r.URL.Path+" "+user+":"+password)
		switch {
		case r.URL.Path == "/moved/peers":
			http.Redirect(w, r, "/stolen", http.StatusFound)
		case password != "hush":
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, "/peers"):
			fmt.Fprint(w, `{"size":"0","list":[]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer api.Close()
	password, wrong := "hush", "nope"
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, tt := range map[string]struct {
		connector ingest.NewConnector
		ok        bool
		status    int
		asked     string
		detail    string
	}{
		"vendor":      {ingest.NewConnector{Dialect: ingest.Delegate, APIURL: api.URL + "/v1/actions", APIUser: "u", APIPassword: &password}, true, 200, "GET /v1/peers u:hush", "It answers."},
		"base":        {ingest.NewConnector{Dialect: ingest.Delegate, APIURL: api.URL, APIUser: "u", APIPassword: &password}, true, 200, "GET /peers u:hush", "It answers."},
		"envelope":    {ingest.NewConnector{Dialect: ingest.CallWaiting, APIURL: api.URL + "/api/client/actions", APIPassword: &password}, true, 404, "GET /api/client/actions :hush", "It answers. Whether"},
		"wrong":       {ingest.NewConnector{Dialect: ingest.Delegate, APIURL: api.URL + "/actions", APIUser: "u", APIPassword: &wrong}, false, 401, "GET /peers u:nope", "It answers, but refuses"},
		"redirect":    {ingest.NewConnector{Dialect: ingest.Delegate, APIURL: api.URL + "/moved/actions", APIPassword: &password}, false, 302, "GET /moved/peers :hush", "Something answers"},
		"nobody":      {ingest.NewConnector{Dialect: ingest.Delegate, APIURL: closed.URL, APIPassword: &password}, false, 0, "", "It cannot be reached: "},
		"a cloud's":   {ingest.NewConnector{Dialect: ingest.CallWaiting, APIURL: "http://169.254.0.9:9/meta"}, false, 0, "", "Its address is in a network"},
		"no commands": {ingest.NewConnector{Dialect: ingest.Delegate}, false, 0, "", "The connector has no API address"},
	} {
		tt.connector.Name = "tested"
		c, err := o.ingest.EnsureConnector(t.Context(), 1, tt.connector)
		if err != nil {
			t.Fatal(err)
		}
		asked = nil
		var tested ingest.Tested
		o.api(http.MethodPost, fmt.Sprintf("/api/v1/connectors/%d/test", c.ID), "", 200, &tested)
		if tested.OK != tt.ok || tested.Status != tt.status || strings.Join(asked, ",") != tt.asked || !strings.HasPrefix(tested.Detail, tt.detail) || strings.Contains(fmt.Sprint(tested), "hush") {
			t.Errorf("%s: %+v, asked %q", name, tested, asked)
		}
	}
}

// Ensuring what is so already writes nothing, so that a demo can start again
// and again; what differs is changed, the key too.
func TestEnsureConnector(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		head := func() int64 {
			position, err := o.log.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return position
		}
		before := head()
		if c := o.connect(1, "vendor", ingest.Delegate, vendorKey); c.ID != o.vendor.ID || c.Key != vendorKey || head() != before {
			t.Errorf("%+v, head %d, want %d", c, head(), before)
		}
		if c := o.connect(1, "vendor", ingest.Delegate, "new-key"); c.ID != o.vendor.ID || c.Key != "new-key" || head() != before+1 {
			t.Errorf("%+v, head %d, want %d", c, head(), before+1)
		}
		_, err := o.ingest.CreateConnector(t.Context(), 2, ingest.NewConnector{Name: "thief", Dialect: ingest.Delegate, Key: "new-key"})
		if problem.Of(err).Code != "connector.key_taken" {
			t.Errorf("another tenant's key: %v", err)
		}
	})
}
