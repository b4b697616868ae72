// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// dump returns all that stands in the database, a line for each row.
func (s *site) dump(tools *app.Tools) string {
	s.Helper()
	var out strings.Builder
	err := tools.DB.Snapshot(s.Context(), func(tx *sql.Tx) error {
		columns, err := tools.DB.Columns(s.Context(), tx)
		if err != nil {
			return err
		}
		for table := range columns {
			err := db.EachRow(s.Context(), tx, `SELECT * FROM `+db.Quote(table), nil, func(rows *sql.Rows) error {
				names, err := rows.Columns()
				if err != nil {
					return err
				}
				values, into := make([]any, len(names)), make([]any, len(names))
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				out.WriteString(table)
				for _, value := range values {
					if text, ok := value.([]byte); ok {
						value = string(text)
					}
					fmt.Fprint(&out, "\t", value)
				}
				out.WriteByte('\n')
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return out.String()
}

// person is somebody whom everything in a call centre has heard of. What names
// them stands nowhere else.
type person struct{ traces []string }

// known fills a call centre with what people and phone systems say of a person.
func (s *site) known(admin *client, webhook, receiver string) (contact string, p person) {
	s.Helper()
	p = person{[]string{
		"912345678", "912 345 678", "Zebedee", "zebedee", "Quillfeather", "quillfeather", "52998224725", "529.982", "987650001", "Moonlight",
		"8765432190", "876543219", // backwards, as the search has it
	}}
	s.must(admin, http.StatusCreated, "POST /api/v1/integration-endpoints", `{"name":"All","template":"webhook","url":"`+receiver+`","events":["*"]}`)
	// First a stranger calls, and Tandem registers them.
	calls := func(types ...string) {
		for _, call := range []string{"p.1", "p.2"} {
			for i, typ := range types {
				s.must(&client{}, http.StatusOK, webhook, fmt.Sprintf(`{"type":%q,"call_id":%q,"code":"x","direction":"inbound","our_number":"19001234","their_number":"0912345678","queue":"900","timestamp":"2026-01-02T09:0%d:0%dZ"}`, typ, call, len(types)%2, i))
			}
		}
	}
	calls("call.new", "call.standby")
	s.must(&client{}, http.StatusOK, webhook, `{"type":"call.cpf-provided","call_id":"p.1","cpf":"52998224725","timestamp":"2026-01-02T09:00:09Z"}`)
	s.send(&client{}, webhook, `{"type":"call.weird","who":"+84 912 345 678"`) // to the inbox
	s.eventually("the caller is a contact", func() bool {
		return strings.Contains(s.must(admin, http.StatusOK, "GET /api/v1/contacts?search=0912345678", ""), "_id")
	})
	calls("call.finished")
	contact = newest(s, admin, "/api/v1/contacts")
	once := &client{header: admin.header.Clone()}
	once.header.Set("Idempotency-Key", "person")
	s.must(admin, http.StatusOK, "PATCH /api/v1/contacts/"+contact, `{"firstName":"Zebedee","lastName":"Quillfeather","email":"zebedee@example.com","cpf":"529.982.247-25"}`)
	twin := idOf(read[map[string]any](s, s.must(once, http.StatusCreated, "POST /api/v1/contacts", `{"firstName":"Zebedee","phone":"0987 650 001"}`)))
	s.must(admin, http.StatusOK, "POST /api/v1/contacts/merge", `{"keep":"`+contact+`","merge":["`+twin+`"]}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/contact-groups", `{"name":"VIP","contactList":["`+contact+`"]}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/activities", `{"type":"note","text":"Moonlight, he said","idContact":"`+contact+`"}`)
	// People speak of them elsewhere, too.
	other := idOf(read[map[string]any](s, s.must(admin, http.StatusCreated, "POST /api/v1/contacts", `{"firstName":"Other"}`)))
	s.must(admin, http.StatusCreated, "POST /api/v1/activities", `{"type":"note","text":"Her neighbour has 0912 345 678","idContact":"`+other+`"}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/activities", `{"type":"sms","text":"Please call","body":{"to":"0912 345 678"},"idContact":"`+other+`"}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/contact-groups", `{"name":"As 0912345678","description":"with +84 912 345 678","kind":"filter","filter":{"search":"0912345678"}}`)
	// Now that they have a name they call again, are called, and ask to be.
	s.must(&client{}, http.StatusOK, webhook, `{"type":"call.new","call_id":"p.3","direction":"inbound","our_number":"19001234","their_number":"0912345678","timestamp":"2026-01-02T10:00:00Z"}`)
	s.must(&client{}, http.StatusOK, webhook, `{"type":"call.standby","call_id":"p.3","direction":"inbound","our_number":"19001234","their_number":"0912345678","timestamp":"2026-01-02T10:00:01Z"}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/connectors", `{"name":"dialer","dialect":"delegate","apiUrl":"http://127.0.0.1:1/actions"}`)
	s.must(once, http.StatusAccepted, "POST /api/v1/calls", `{"from":"200","to":"0912 345 678"}`)
	s.tools(func(tools *app.Tools) {
		err := tools.Log.Transact(s.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO clicktocall_requests (tenant, id, token, number, match_key, visitor, origin, page, language, consent, created_at)
				SELECT id, 'r', 't', '0912345678', '+84912345678', 'v', '', 'https://shop.example/?for=Zebedee', '', '', 1 FROM tenants WHERE slug = 'north'`)
			return err
		})
		if err != nil {
			s.Fatal(err)
		}
	})
	s.eventually("everything has heard of them", func() bool {
		dump := s.written()
		return len(mentions(dump, "thirdparty_deliveries", p.traces)) > 0 && len(mentions(dump, "routing_decisions", []string{"Quillfeather"})) > 0
	})
	s.must(&client{}, http.StatusOK, webhook, `{"type":"call.finished","call_id":"p.3","their_number":"0912345678","timestamp":"2026-01-02T10:01:00Z"}`)
	return contact, p
}

// written is the dump of the running site.
func (s *site) written() (text string) {
	s.Helper()
	s.tools(func(tools *app.Tools) { text = s.dump(tools) })
	return text
}

// mentions returns the rows of a table, of all if that is "", that have a trace.
func mentions(dump, table string, traces []string) (rows []string) {
	for line := range strings.Lines(dump) {
		if strings.HasPrefix(line, table) && slices.ContainsFunc(traces, func(trace string) bool { return strings.Contains(line, trace) }) {
			rows = append(rows, line)
		}
	}
	return rows
}

// eventually waits for what another part does in its own time.
func (s *site) eventually(what string, is func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	for !is() {
		select {
		case <-ctx.Done():
			s.Fatalf("%s: not within a minute", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Of a person who was erased nothing is left in the whole database, in any
// table of any part: not their numbers, however written, names, address or
// papers. That there were calls is left, and what others said is untouched.
func TestNothingOfAPersonIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		defer receiver.Close()
		ways := s.found("north")
		admin := ways.people["basic"]
		contact, p := s.known(admin, ways.webhook, receiver.URL)
		neighbour := idOf(read[map[string]any](s, s.must(admin, http.StatusCreated, "POST /api/v1/contacts", `{"firstName":"Neighbour","phone":"0912345679"}`)))

		before := s.written()
		for _, trace := range p.traces {
			if !strings.Contains(before, trace) && trace != "529.982" {
				t.Errorf("%s was nowhere before", trace)
			}
		}
		for _, table := range []string{
			"activity_entries", "activity_missed", "audit_entries", "clicktocall_requests", "customer_claims", "customer_contacts", "customer_words",
			"events", "httpapi_once", "ingest_inbox", "live_calls", "routing_decisions", "routing_dials", "thirdparty_deliveries",
		} {
			if len(mentions(before, table, p.traces)) == 0 {
				t.Errorf("%s has not heard of the person", table)
			}
		}
		s.eventually("the person is erased", func() bool {
			return strings.Contains(s.must(admin, http.StatusOK, "POST /api/v1/contacts/"+contact+"/erase", ""), `"erased"`)
		})
		for _, row := range mentions(s.written(), "", p.traces) {
			t.Errorf("left: %s", row)
		}
		calls := s.must(admin, http.StatusOK, "GET /api/v1/calls", "")
		if strings.Count(calls, `"callId":"p.`) != 3 || !strings.Contains(calls, `"theirNumber":"erased"`) {
			t.Errorf("calls: %s", calls)
		}
		s.must(admin, http.StatusNotFound, "GET /api/v1/contacts/"+contact, "")
		if shown := s.must(admin, http.StatusOK, "GET /api/v1/contacts/"+contact+"?deleted=true", ""); !strings.Contains(shown, `"firstName":"erased"`) {
			t.Errorf("contact: %s", shown)
		}
		s.must(admin, http.StatusConflict, "POST /api/v1/contacts/"+contact+"/restore", "")
		if shown := s.must(admin, http.StatusOK, "GET /api/v1/contacts/"+neighbour, ""); !strings.Contains(shown, "0912345679") {
			t.Errorf("another contact: %s", shown)
		}
		if export := s.must(admin, http.StatusOK, "GET /api/v1/audit/export?format=ndjson", ""); !strings.Contains(export, "erased") {
			t.Error("the audit trail does not tell")
		}
		// The calls are the folds of what is left of their events.
		s.tools(func(tools *app.Tools) {
			found, err := tools.Live.Replay(t.Context(), tools.Log, 0, false)
			if err != nil || found.Different > 0 || found.CountsWrong {
				t.Errorf("replay: %+v, %v", found, err)
			}
		})
		// Whoever has that number now is somebody new.
		s.must(&client{}, http.StatusOK, ways.webhook, `{"type":"call.new","call_id":"p.9","direction":"inbound","our_number":"19001234","their_number":"0912345678","timestamp":"2026-01-03T09:00:00Z"}`)
	})
}
