// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/service/customer"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

var (
	demo  = identity.Tenant{ID: 1, Region: "VN", TimeZone: "Asia/Ho_Chi_Minh"}
	other = identity.Tenant{ID: 2, Region: "BR", TimeZone: "America/Sao_Paulo"}
)

// process is the service as one process runs it.
type process struct {
	*customer.Customer

	log       *eventlog.Log
	bus       *bus.Bus
	live      *live.Live
	directory *tenant.Directory
	database  *db.DB
	module    module.Module
	handler   http.Handler
}

func start(t testing.TB, database *db.DB) process {
	t.Helper()
	return startOn(t, database, tenanttest.Directory(t, database))
}

// startOn is start for a database that has its tenants already.
func startOn(t testing.TB, database *db.DB, directory *tenant.Directory, change ...func(*customer.Options)) process {
	t.Helper()
	p := process{database: database, directory: directory}
	p.log, p.live, p.bus = livetest.StartOn(t, database, directory)
	for owner, tables := range map[string]fs.FS{"customer": customer.Tables, "audit": audit.Tables} {
		if err := database.Migrate(t.Context(), owner, tables); err != nil {
			t.Fatal(err)
		}
	}
	options := customer.Options{Log: p.log, Database: database, Bus: p.bus, Live: p.live, Tenants: directory}
	for _, set := range change {
		set(&options)
	}
	p.Customer = customer.New(options)
	p.module = p.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
	mux := http.NewServeMux()
	for _, route := range p.module.Routes {
		mux.Handle(route.Method+" "+route.Pattern, route.Handler)
	}
	p.handler = mux
	return p
}

func (p process) match(t *testing.T, q ask.MatchCallersQuestion) []ask.Match {
	t.Helper()
	matches, err := p.Match(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

// call asks about one call of the demo tenant.
func (p process) call(t *testing.T, callID, number string) ask.Match {
	t.Helper()
	return p.match(t, callers(ask.Caller{Connector: 1, CallID: callID, Number: number}))[0]
}

func callers(list ...ask.Caller) ask.MatchCallersQuestion {
	return ask.MatchCallersQuestion{Tenant: demo.ID, Region: demo.Region, Callers: list}
}

// created counts the contact.created events in the log.
func created(t *testing.T, log *eventlog.Log) int {
	t.Helper()
	records, err := log.ReadAfter(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range records {
		if r.Type == "contact.created" && strings.HasPrefix(r.Stream, "contact/") {
			n++
		}
	}
	return n
}

// A hundred calls from a number that nobody has, asked about at once in two
// processes, are one new caller and ninety-nine known ones, and one contact.
// Whoever asks again gets the answer it had.
func TestSimultaneousFirstCalls(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		first, second := dbtest.Open(t, dsn), dbtest.Open(t, dsn)
		processes := []process{start(t, first), startOn(t, second, tenant.NewDirectory(second, tenanttest.Box(t)))}
		const calls = 100
		answers := make([]ask.Match, calls)
		var group sync.WaitGroup
		for i := range calls {
			group.Go(func() {
				// The same number, in the two ways that carriers write it.
				number := []string{"0912345678", "+84 91 234 56 78"}[i/2%2]
				answers[i] = processes[i%2].call(t, fmt.Sprint("call-", i), number)
			})
		}
		group.Wait()
		fresh, contacts := 0, map[string]bool{}
		for i, m := range answers {
			if m.New {
				fresh++
			}
			contacts[m.ContactID] = true
			again := processes[(i+1)%2].call(t, fmt.Sprint("call-", i), "0912345678")
			if diff := cmp.Diff(m, again); diff != "" {
				t.Errorf("call %d asked again (-first +again):\n%s", i, diff)
			}
		}
		if fresh != 1 || len(contacts) != 1 || created(t, processes[0].log) != 1 {
			t.Errorf("%d new calls, %d contacts, %d events; want one of each", fresh, len(contacts), created(t, processes[0].log))
		}
	})
}

// One batch may hold everything at once; each caller gets its own answer at
// its own place.
func TestBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		known, err := p.Create(t.Context(), demo, customer.Contact{FirstName: "Ánh", LastName: "Đặng", Phone: "091 234 5678"})
		if err != nil {
			t.Fatal(err)
		}
		group, err := p.CreateGroup(t.Context(), demo, customer.Group{Name: "VIP", Shared: true, Contacts: []string{known.ID}})
		if err != nil {
			t.Fatal(err)
		}
		q := callers(
			ask.Caller{Connector: 1, CallID: "a", Number: "+84912345678"},
			ask.Caller{Connector: 1, CallID: "b", Number: "anonymous"},
			ask.Caller{Connector: 1, CallID: "c", Number: "35799000111"},
			ask.Caller{Connector: 2, CallID: "c", Number: "35799000111"},
			ask.Caller{Connector: 1, CallID: "c", Number: "35799000111"},
			ask.Caller{Connector: 1, CallID: "d", Number: ""},
			ask.Caller{Connector: 1, CallID: "e", Number: "nobody\x00"},
			ask.Caller{Connector: 1, CallID: "f", Number: strings.Repeat("9ạ", 100_000)},
		)
		dry := q
		dry.DryRun = true
		if got := p.match(t, dry); created(t, p.log) != 1 || !got[2].New || !got[4].New || got[2].ContactID != "" {
			t.Errorf("a dry run registered somebody: %+v", got)
		}
		got := p.match(t, q)
		stranger := got[2].ContactID
		want := []ask.Match{
			{MatchKey: "+84912345678", ContactID: known.ID, Name: "Ánh Đặng", Groups: []string{group.Name}},
			{Withheld: true},
			{New: true, MatchKey: "raw:35799000111", ContactID: stranger},
			{MatchKey: "raw:35799000111", ContactID: stranger},
			{New: true, MatchKey: "raw:35799000111", ContactID: stranger},
			{Withheld: true},
			{New: true, MatchKey: "raw:nobody", ContactID: got[6].ContactID},
			{New: true, MatchKey: "raw:" + strings.Repeat("9ạ", 50), ContactID: got[7].ContactID},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("matches (-want +got):\n%s", diff)
		}
		if n := created(t, p.log); n != 4 {
			t.Errorf("%d contacts, want the known one and three strangers", n)
		}
		if again := p.match(t, q); !cmp.Equal(got, again) {
			t.Errorf("asked again: %s", cmp.Diff(got, again))
		}
		// Another tenant knows none of them.
		q.Tenant, q.Region = other.ID, other.Region
		if got := p.match(t, q); !got[0].New || got[0].ContactID == known.ID {
			t.Errorf("another tenant's answer %+v", got[0])
		}
	})
}

// A number follows its contacts: who deletes or renumbers one frees the number
// for the oldest other contact that has it, else for a new caller.
func TestNumberFollowsItsContacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		first := p.call(t, "one", "0912345678")
		twin, err := p.Create(t.Context(), demo, customer.Contact{FirstName: "Twin", Phone: "0912345678"})
		if err != nil {
			t.Fatal(err)
		}
		if m := p.call(t, "two", "0912345678"); m.ContactID != first.ContactID || m.New {
			t.Errorf("with a twin: %+v", m)
		}
		if err := p.Delete(t.Context(), demo, first.ContactID); err != nil {
			t.Fatal(err)
		}
		if m := p.call(t, "three", "0912345678"); m.ContactID != twin.ID || m.New || m.Name != "Twin" {
			t.Errorf("after the first was deleted: %+v", m)
		}
		if _, err := p.Update(t.Context(), demo, twin.ID, func(c *customer.Contact) { c.Phone = "0987654321" }); err != nil {
			t.Fatal(err)
		}
		if m := p.call(t, "four", "0987654321"); m.ContactID != twin.ID || m.New {
			t.Errorf("by the twin's new number: %+v", m)
		}
		if m := p.call(t, "five", "0912345678"); m.ContactID == twin.ID || !m.New {
			t.Errorf("by the number that was given up: %+v", m)
		}
	})
}

// Names are found by match key; a number that is nobody's has none, and the
// question goes over the bus like any other.
func TestNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		answering := make(chan error, 1)
		module := p.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
		go func() { answering <- module.Run(t.Context()) }()
		contact, err := p.Create(t.Context(), demo, customer.Contact{LastName: " Nguyen ", Phone: "0912345678"})
		if err != nil {
			t.Fatal(err)
		}
		stranger := p.call(t, "a", "0987654321")
		q := ask.NamesQuestion{Tenant: demo.ID, Keys: []string{"+84912345678", "+84987654321", "raw:1", "\x00"}}
		got, err := askUntilAnswered(t, p.bus, ask.NameCallers, q)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]ask.CallerName{
			"+84912345678": {ContactID: contact.ID, Name: "Nguyen"},
			"+84987654321": {ContactID: stranger.ContactID},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		match, err := askUntilAnswered(t, p.bus, ask.MatchCallers, callers(ask.Caller{Connector: 1, CallID: "z", Number: "0912345678"}))
		if err != nil || len(match) != 1 || match[0].ContactID != contact.ID {
			t.Errorf("matched over the bus: %+v, %v", match, err)
		}
	})
}

// askUntilAnswered asks until somebody is there, for ten seconds at most.
func askUntilAnswered[Q, A any](t *testing.T, b *bus.Bus, question ask.Question[Q, A], q Q) (answer A, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		answer, err = bus.Ask(ctx, b, question, q)
		if problem.Of(err).Code != "bus.nobody_there" {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// u1 may do everything, as an administrator.
var u1 = identity.Principal{ID: "u1", Role: "admin", Rights: identity.RightsOf("admin")}

// request asks over HTTP as an administrator of a tenant and returns status
// and body.
func (p process) request(t testing.TB, tenant identity.Tenant, method, path, body string) (int, string) {
	t.Helper()
	who := u1
	who.Tenant = tenant
	return p.requestAs(t, who, method, path, body)
}

func (p process) requestAs(t testing.TB, who identity.Principal, method, path, body string) (int, string) {
	t.Helper()
	if who.Tenant.ID == 0 {
		who.Tenant = demo
	}
	r := httptest.NewRequestWithContext(identity.With(t.Context(), who), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (p process) create(t testing.TB, path, body string) map[string]any {
	t.Helper()
	status, answer := p.request(t, demo, http.MethodPost, path, body)
	var got map[string]any
	if err := json.Unmarshal([]byte(answer), &got); err != nil || status != http.StatusCreated {
		t.Fatalf("POST %s: %d %s (%v)", path, status, answer, err)
	}
	return got
}
