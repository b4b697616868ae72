// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// fortyDaysPass makes all that is there of calls forty days older.
func (s *site) fortyDaysPass() {
	s.Helper()
	s.tools(func(tools *app.Tools) {
		err := tools.Log.Transact(s.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			for _, statement := range []string{
				`UPDATE events SET received = received - 3456000000`,
				`UPDATE live_calls SET updated_at = updated_at - 3456000000`,
				`UPDATE routing_dials SET created_at = created_at - 3456000000`,
				`UPDATE thirdparty_deliveries SET created_at = created_at - 3456000000`,
				`UPDATE ingest_inbox SET id = '00000000' || SUBSTR(id, 9)`,
			} {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return tx.Forget(ctx)
		})
		if err != nil {
			s.Fatal(err)
		}
	})
}

// dial has a call made; it comes to nothing.
func (s *site) dial(admin *client, key, to string) {
	s.Helper()
	once := &client{header: admin.header.Clone()}
	once.header.Set("Idempotency-Key", key)
	s.must(once, http.StatusAccepted, "POST /api/v1/calls", `{"from":"200","to":"`+to+`"}`)
}

// speak has a call come, wait, reach agent 200 and end, or not be answered.
func (s *site) speak(webhook, call, number string, answered bool) {
	s.Helper()
	of := len(mentions(s.written(), "routing_decisions", []string{call}))
	say := func(typ, more string) {
		s.must(&client{}, http.StatusOK, webhook, fmt.Sprintf(`{"type":%q,"call_id":%q,"direction":"inbound","our_number":"19001234","their_number":%q,"queue":"900"%s}`, typ, call, number, more))
	}
	say("call.new", "")
	say("call.standby", "")
	s.eventually("where the call goes is decided", func() bool { return len(mentions(s.written(), "routing_decisions", []string{call})) > of })
	if answered {
		say("actor.ringing", `,"number":"200"`)
		say("actor.entered", `,"number":"200"`)
	}
	say("call.finished", "")
	say("call.recording-available", `,"url":"https://pbx.example/`+call+`.wav"`)
}

// Once calls are older than their call centre keeps them, nothing of them is
// left in any part: not what they said, what was decided, done, delivered or
// written down about them. Contacts and notes stay, the call centre's newer
// calls too, every number is right, and another call centre is as it was.
func TestCallsAreKeptForSoLong(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		defer receiver.Close()
		north, south := s.found("north"), s.found("south")
		admin, other := north.people["basic"], south.people["basic"]
		for _, of := range []struct {
			admin   *client
			webhook string
		}{{admin, north.webhook}, {other, south.webhook}} {
			s.must(of.admin, http.StatusCreated, "POST /api/v1/agents", `{"login":"ana-`+of.webhook[len(of.webhook)-8:]+`","role":"agent","extension":"200"}`)
			s.must(of.admin, http.StatusCreated, "POST /api/v1/integration-endpoints", `{"name":"All","template":"webhook","url":"`+receiver.URL+`","events":["*"]}`)
			s.must(of.admin, http.StatusCreated, "POST /api/v1/connectors", `{"name":"dialer","dialect":"delegate","apiUrl":"http://127.0.0.1:1/actions"}`)
			contact := idOf(read[map[string]any](s, s.must(of.admin, http.StatusCreated, "POST /api/v1/contacts", `{"firstName":"Zebedee","phone":"0912345678"}`)))
			s.must(of.admin, http.StatusCreated, "POST /api/v1/activities", `{"type":"note","text":"Moonlight","idContact":"`+contact+`"}`)
			s.speak(of.webhook, "old.1", "0912345678", true)
			s.speak(of.webhook, "old.2", "0912345678", false)
			s.speak(of.webhook, "old.3", "0987000222", false)
			s.dial(of.admin, "old", "0987000111")
			s.send(&client{}, of.webhook, `{"type":"call.weird","who":"old.4"`) // to the inbox
		}
		traces := []string{"old.1", "old.2", "old.3", "old.4", "987000111"}
		tables := []string{"activity_entries", "events", "ingest_inbox", "live_calls", "routing_decisions", "routing_dials", "thirdparty_deliveries", "presence_agents"}
		s.eventually("everything has heard of the calls", func() bool {
			dump := s.written()
			for _, table := range tables {
				if len(mentions(dump, table, traces)) == 0 {
					return false
				}
			}
			return len(mentions(dump, "routing_commands", []string{"\tpending\t"}))+len(mentions(dump, "thirdparty_deliveries", []string{"\tpending\t"})) == 0
		})
		s.fortyDaysPass()
		s.speak(north.webhook, "new.1", "0912345678", false)
		s.eventually("the new call is missed", func() bool {
			return strings.Contains(s.must(admin, http.StatusOK, "GET /api/v1/missed-calls", ""), `"count":2`)
		})
		foreign := s.must(other, http.StatusOK, "GET /api/v1/calls", "") + s.must(other, http.StatusOK, "GET /api/v1/activities", "") + s.must(other, http.StatusOK, "GET /api/v1/missed-calls", "")

		if shown := s.must(admin, http.StatusOK, "GET /api/v1/settings/retention?calls=30", ""); !strings.Contains(shown, `"calls":3,"appliedAt":null`) {
			t.Errorf("before: %s", shown)
		}
		s.must(admin, http.StatusUnprocessableEntity, "GET /api/v1/settings/retention?calls=-1", "")
		s.must(admin, http.StatusOK, "PUT /api/v1/settings", `{"name":"North","region":"VN","timeZone":"Asia/Ho_Chi_Minh","retentionDays":{"calls":30,"recordings":0,"audit":0,"deliveries":0}}`)
		s.tools(func(tools *app.Tools) {
			if err := tools.Settings.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		s.eventually("the old calls are gone", func() bool {
			return !strings.Contains(s.must(admin, http.StatusOK, "GET /api/v1/settings/retention", ""), `"appliedAt":null`)
		})
		s.expectForgotten(admin, other, traces, foreign)
	})
}

// expectForgotten says what of the old calls is left, and what else is not.
func (s *site) expectForgotten(admin, other *client, traces []string, foreign string) {
	s.Helper()
	id := int64(0)
	var dump string
	s.tools(func(tools *app.Tools) {
		north, err := tools.Tenants.FindBySlug(s.Context(), "north")
		if err != nil {
			s.Fatal(err)
		}
		id, dump = north.ID, s.dump(tools)
		for what, replay := range map[string]func() (int64, error){
			"calls": func() (int64, error) {
				found, err := tools.Live.Replay(s.Context(), tools.Log, 0, false)
				if found.CountsWrong {
					found.Different++
				}
				return found.Different, err
			},
			"activities": func() (int64, error) {
				found, err := tools.Activity.Replay(s.Context(), false)
				return found.Different, err
			},
			"agents": func() (int64, error) {
				found, err := tools.Presence.Replay(s.Context(), false)
				return int64(found.Different), err
			},
		} {
			if different, err := replay(); err != nil || different != 0 {
				s.Errorf("replay of %s: %d differ, %v", what, different, err)
			}
		}
	})
	for _, row := range mentions(dump, "", traces) {
		columns := strings.Split(row, "\t")
		first := columns[0] == "customer_claims" || columns[0] == "httpapi_once" // who called first; what is forgotten within a day
		if !first && (columns[1] == fmt.Sprint(id) || len(columns) > 2 && columns[2] == fmt.Sprint(id) && (columns[0] == "events" || columns[0] == "live_calls")) {
			s.Errorf("left: %s", row)
		}
	}
	if calls := s.must(admin, http.StatusOK, "GET /api/v1/calls", ""); strings.Count(calls, `"callId"`) != 1 || !strings.Contains(calls, "new.1.wav") {
		s.Errorf("calls: %s", calls)
	}
	if missed := s.must(admin, http.StatusOK, "GET /api/v1/missed-calls", ""); strings.Count(missed, `"count":1`) != 1 || !strings.Contains(missed, `"reachedAt":null`) || strings.Contains(missed, "0987000222") {
		s.Errorf("missed calls: %s", missed)
	}
	if done := s.must(admin, http.StatusOK, "GET /api/v1/activities", ""); !strings.Contains(done, "Moonlight") || strings.Count(done, `"calllog"`) != 1 {
		s.Errorf("activities: %s", done)
	}
	if trail := s.must(admin, http.StatusOK, "GET /api/v1/audit?action=calls.erased", ""); !strings.Contains(trail, `"calls":3`) {
		s.Errorf("audit trail: %s", trail)
	}
	if now := s.must(other, http.StatusOK, "GET /api/v1/calls", "") + s.must(other, http.StatusOK, "GET /api/v1/activities", "") + s.must(other, http.StatusOK, "GET /api/v1/missed-calls", ""); now != foreign {
		s.Errorf("another call centre was\n%s\nand is\n%s", foreign, now)
	}
}
