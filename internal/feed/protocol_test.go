// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

const (
	invalidMessage = `{"data":{"success":false,"error":"invalid body"},"event":"InvalidMessage","status":"Failed"}`
	invalidEvent   = `{"data":{"success":false,"error":"no suitable eventHandler for this event"},"event":"InvalidEvent","status":"Failed"}`
)

// The clients of the socket were written against these frames, to the byte.
func TestProtocol(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		first := f.append(1, "a/1", "call.new", `,"code":"","direction":"inbound","their_number_type":"mobile","colour":"red"`)
		f.append(1, "a/1", "call.waiting", `,"queue":900`)
		entered := f.append(1, "a/1", "actor.entered", `,"actor":"ana@demo.example","number":"200","our_number":"x"`)
		f.appendFrom(1, 0, "a/1", "routing.decided")
		second := f.append(1, "b", "call.new")
		f.append(1, "side fact", "actor.entered") // of a call that has not begun
		f.append(2, "theirs", "call.new")
		a := fmt.Sprintf(`{"id":%d,"aggregate_id":"a/1","state":"WAITING","created_at":"2026-01-01T09:00:01.000Z","updated_at":"2026-01-01T09:00:04.000Z"}`, first)
		b := fmt.Sprintf(`{"id":%d,"aggregate_id":"b","state":"NEW","created_at":"2026-01-01T09:00:05.000Z","updated_at":"2026-01-01T09:00:05.000Z"}`, second)
		uuid := func(key string) string { return eventlog.UUID(1, live.Stream(7, "a/1"), key) }
		history := fmt.Sprintf(`{"id":%d,"aggregate_id":"a/1","uuid":%q,"event":{"type":"call.new","call_id":"a/1","code":"","direction":"inbound","their_number_type":"mobile"}},`+
			`{"id":%d,"aggregate_id":"a/1","uuid":%q,"event":{"type":"call.waiting","call_id":"a/1","queue":900}},`+
			`{"id":%d,"aggregate_id":"a/1","uuid":%q,"event":{"type":"actor.entered","call_id":"a/1","actor":"ana@demo.example","number":"200"}}`,
			first, uuid("call.new/1767258001000"), first+1, uuid("call.waiting/1767258002000"), entered, uuid("actor.entered/1767258003000"))
		list := func(calls ...string) string {
			return `{"data":[` + strings.Join(calls, ",") + `],"event":"ListCalls","status":"Ok"}`
		}
		const refused = "refused"
		tests := []struct{ send, want string }{
			{`{"event":"ListCalls","data":{}}`, list(a, b)},
			{`{"event":"ListCalls","data":{"params":null}}`, list(a, b)},
			{`{"event":"ListCalls","data":{"params":{}}}`, list(a, b)},
			{`{"event":"ListCalls","data":{"params":[]}}`, list(a, b)},
			{` {"data" : {"params": { } , "more":1}, "event":"ListCalls", "id":7} `, list(a, b)},
			{`{"event":"ListCalls","data":{"params":{"state":"NEW"}}}`, list(b)},
			{`{"event":"ListCalls","data":{"params":{"state":"FINISHED"}}}`, list()},
			{`{"event":"ListCalls","data":{"params":{"state":"ASLEEP"}}}`, list()},
			{`{"event":"ListCalls","data":{"params":{"aggregate_id":"a/1"}}}`, list(a)},
			{`{"event":"ListCalls","data":{"params":{"aggregate_id":"theirs"}}}`, list()},
			{`{"event":"ListCalls","data":{"params":{"aggregate_id":"side fact"}}}`, list()},
			{fmt.Sprintf(`{"event":"ListCalls","data":{"params":{"id":%d,"state":"NEW"}}}`, second), list(b)},
			{fmt.Sprintf(`{"event":"ListCalls","data":{"params":{"id":%d,"state":"NEW"}}}`, first), list()},
			{`{"event":"ListCalls","data":{"params":{"created_at":"2026-01-01T16:00:01+07:00"}}}`, list(a)},
			{`{"event":"ListCalls","data":{"params":{"updated_at":"2026-01-01T09:00:05.000Z"}}}`, list(b)},
			{`{"event":"ListCalls","data":{"params":[{"state":"NEW"},{"aggregate_id":"a/1"},{"state":"NEW"}]}}`, list(a, b)},
			{`{"event":"ListCalls","data":{"params":[{"state":"NEW"},{}]}}`, list(a, b)},
			{`{"event":"ListCalls","data":{"params":[{"state":"NEW","aggregate_id":"a/1"}]}}`, list()},
			{`{"event":"ListCalls","data":{"params":{"colour":"red"}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"State":"NEW"}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"state":7}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"state":null}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"id":"7"}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"id":7.5}}}`, refused},
			{`{"event":"ListCalls","data":{"params":{"created_at":"yesterday"}}}`, refused},
			{`{"event":"ListCalls","data":{"params":"NEW"}}`, refused},
			{`{"event":"ListCalls","data":{"params":[7]}}`, refused},
			{`{"event":"ListCalls","data":{"params":[null]}}`, refused},
			{`{"event":"ListCalls","data":[]}`, refused},
			{`{"event":"ListCalls","data":{"params":[` + strings.Repeat(`{},`, 100) + `{}]}}`, refused},
			{`{"event":"ListCallEvents","data":{"call_id":"a/1"}}`, `{"data":[` + history + `],"event":"ListCallEvents","status":"Ok"}`},
			{`{"event":"ListCallEvents","data":{"call_id":"unknown"}}`, `{"data":[],"event":"ListCallEvents","status":"Ok"}`},
			{`{"event":"ListCallEvents","data":{"call_id":"theirs"}}`, `{"data":[],"event":"ListCallEvents","status":"Ok"}`},
			{`{"event":"ListCallEvents","data":{"call_id":7}}`, refused},
			{`{"event":"ListCallEvents","data":{}}`, refused},
			{`{"event":"resume","data":{"position":"7"}}`, refused},
			{`{"event":"resume","data":{}}`, refused},
			{`{"event":"resume","data":{"position":-1}}`, refused},
			{`{"event":"DropTables","data":{}}`, invalidEvent},
			{`{"event":"listcalls","data":{}}`, invalidEvent},
			{`{"event":"__proto__","data":{}}`, invalidEvent},
			{`{"event":7,"data":{}}`, invalidEvent},
			{`{"event":"ListCalls"}`, invalidMessage},
			{`{"data":{}}`, invalidMessage},
			{`{"event":"ListCalls","data":null}`, invalidMessage},
			{`{"event":"","data":{}}`, invalidMessage},
			{`{"EVENT":"ListCalls","DATA":{}}`, invalidMessage},
			{`{}`, invalidMessage},
			{`[]`, invalidMessage},
			{`null`, invalidMessage},
			{`"ListCalls"`, invalidMessage},
			{`hello`, invalidMessage},
			{``, invalidMessage},
			{`{"event":"ListCalls","data":{}`, invalidMessage},
			{strings.Repeat(`[`, 100_000), invalidMessage},
		}
		s := f.dial()
		for i, test := range tests {
			if i%50 == 49 {
				s = f.dial() // or there would be too many frames in a second
			}
			s.send(test.send)
			got := s.next()
			for got.Event == "DataChanged" {
				got = s.next()
			}
			if test.want != refused && got.text != test.want {
				t.Errorf("%.200s\n got %s\nwant %s", test.send, got.text, test.want)
			}
			if test.want == refused {
				var no struct {
					Success *bool
					Error   string
				}
				err := json.Unmarshal(got.Data, &no)
				if err != nil || got.Status != "Failed" || no.Success == nil || *no.Success || no.Error == "" || !strings.Contains(test.send, `"event":"`+got.Event) {
					t.Errorf("%.200s\n got %s", test.send, got.text)
				}
			}
		}
	})
}

// A list is cut at its newest 10,000 calls, ascending, and says so.
func TestListCallsIsBounded(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	const calls = 10_003
	var batch []eventlog.Event
	for i := range calls {
		id := fmt.Sprint("c", i)
		batch = append(batch, eventlog.Event{
			Tenant: 1, Connector: 7, Stream: live.Stream(7, id), Key: "k", Type: "call.new", At: now, Received: now, Data: []byte(`{"call_id":"` + id + `"}`),
		})
	}
	if _, err := f.log.Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	s := f.dial()
	s.send(`{"event":"ListCalls","data":{}}`)
	answer := s.await("ListCalls")
	var list []struct{ ID int64 }
	if err := json.Unmarshal(answer.Data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 10_000 || !answer.Truncated || list[0].ID != 4 || list[9_999].ID != calls {
		t.Errorf("%d calls from %d to %d, truncated %v", len(list), list[0].ID, list[len(list)-1].ID, answer.Truncated)
	}
}
