// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

const newCall = `{"type":"call.new","call_id":"1767225600.1001","code":"A-77","direction":"inbound","our_number":"08007770000",` +
	`"their_number":"11955550123","their_number_type":"mobile","timestamp":"2026-01-01T00:00:00Z","sid":"s1","extra":{"a":[1,2]}}`

// An accepted event is answered in the original's envelope, with the stored
// event and only the members the original kept; the log has all of it.
func TestFlatStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		got := o.ask(http.MethodPost, "/webhook/"+vendorKey, newCall)
		s := got.stored(t)
		if got.status != 200 || !s.Success || s.Code != 200 || s.Message == nil || *s.Message != "" || s.Errors != nil {
			t.Fatalf("answer %d %s", got.status, got.body)
		}
		if got.header.Get("Content-Type") != "application/json; charset=utf-8" || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("headers %v", got.header)
		}
		records := o.events()
		if len(records) != 1 {
			t.Fatalf("%d records, want 1", len(records))
		}
		r := records[0]
		if s.Data.ID != r.Position || s.Data.AggregateID != "1767225600.1001" {
			t.Errorf("id %d aggregate %q, want %d", s.Data.ID, s.Data.AggregateID, r.Position)
		}
		if s.Data.UUID != eventlog.UUID(1, r.Stream, r.Key) {
			t.Errorf("uuid %q", s.Data.UUID)
		}
		want := map[string]any{
			"type": "call.new", "call_id": "1767225600.1001", "code": "A-77", "direction": "inbound", "our_number": "08007770000",
			"their_number": "11955550123", "their_number_type": "mobile", "timestamp": "2026-01-01T00:00:00Z",
		}
		if diff := cmp.Diff(want, s.Data.Event); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
		if string(r.Data) != newCall || r.Raw != nil || r.At != 1767225600000 || !r.Timed || r.Stream != fmt.Sprintf("call/%d/1767225600.1001", o.vendor.ID) {
			t.Errorf("record %+v", r)
		}
		owner, err := o.tenants.Find(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if key, err := eventlog.Key(owner.KeySecret, "call.new", []byte(newCall)); err != nil || r.Key != key {
			t.Errorf("key %q, want %q (%v)", r.Key, key, err)
		}
		if c, err := o.live.FindByCallID(t.Context(), 1, o.vendor.ID, "1767225600.1001"); err != nil || c.State.State != "NEW" {
			t.Errorf("call %+v, %v; want NEW at once", c, err)
		}
	})
}

// The same event again, however it is spelt, is answered with the one that is
// stored, and nothing is stored.
func TestFlatDuplicate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		first := o.ask(http.MethodPost, "/webhook/"+vendorKey, `{"type":"call.new","call_id":"c/1","their_number":"Zo\u00e9","timestamp":"2026-01-01T00:00:00Z"}`)
		again := o.ask(http.MethodPost, "/webhook/"+vendorKey, ` { "timestamp":"2026-01-01T00:00:00Z", "their_number":"Zoé","call_id":"c\/1", "type":"call.new" } `)
		if again.status != 200 || again.body != first.body {
			t.Errorf("%d %s, want %s", again.status, again.body, first.body)
		}
		if n := len(o.events()); n != 1 {
			t.Errorf("%d events, want 1", n)
		}
		other := o.ask(http.MethodPost, "/webhook/"+foreignKey, `{"type":"call.new","call_id":"c/1","their_number":"Zo\u00e9","timestamp":"2026-01-01T00:00:00Z"}`)
		if s := other.stored(t); s.Data.UUID == first.stored(t).Data.UUID || s.Data.ID == first.stored(t).Data.ID {
			t.Error("another tenant's event is the same event")
		}
	})
}

// What a phone system may send, in every odd form, is stored under the right
// stream; what a person could not use is refused with a reason and kept.
func TestFlatRequests(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	long := strings.Repeat("x", 255)
	type test struct {
		body, contentType string
		status            int
		stream            string // %d is the connector; "" for none
		errors            string // joined
	}
	tests := map[string]test{
		"slash and emoji":         {body: `{"type":"call.new","call_id":"a/b☎️/\uD83D\uDE00"}`, status: 200, stream: "call/%d/a/b☎️/😀"},
		"number as call_id":       {body: `{"type":"call.new","call_id":1463669263.30033}`, status: 200, stream: "call/%d/1463669263.30033"},
		"longest call_id":         {body: `{"type":"call.new","call_id":"` + long + `"}`, status: 200, stream: "call/%d/" + long},
		"no timestamp":            {body: `{"type":"call.ongoing","call_id":"c"}`, status: 200, stream: "call/%d/c"},
		"unreadable timestamp":    {body: `{"type":"call.ongoing","call_id":"c","timestamp":"yesterday"}`, status: 200, stream: "call/%d/c"},
		"timestamp is a list":     {body: `{"type":"call.ongoing","call_id":"c","timestamp":[1]}`, status: 200, stream: "call/%d/c"},
		"unknown of a family":     {body: `{"type":"call.teleported","call_id":"c"}`, status: 200, stream: "call/%d/c"},
		"legacy ongoing":          {body: `{"type":"call.on-going","call_id":"c"}`, status: 200, stream: "call/%d/c"},
		"legacy ringing, call":    {body: `{"type":"peer.ringing","call_id":"c","number":"200"}`, status: 200, stream: "call/%d/c"},
		"legacy ringing, no call": {body: `{"type":"peer.ringing","number":200}`, status: 200, stream: "agent/%d/200"},
		"actor in a call":         {body: `{"type":"actor.entered","call_id":"c","actor":"ana@demo.example"}`, status: 200, stream: "call/%d/c"},
		"actor alone":             {body: `{"type":"actor.paused","actor":"ana@demo.example","number":"200"}`, status: 200, stream: "agent/%d/ana@demo.example"},
		"dialer":                  {body: `{"type":"dialer.failure","code":"camp-9","number":"119","reason":"busy"}`, status: 200, stream: "dialer/%d/camp-9"},
		"dialer without code":     {body: `{"type":"dialer.attempt","code":"","number":"119"}`, status: 200, stream: "dialer/%d/119"},
		"dialer of a call":        {body: `{"type":"dialer.success","code":"camp-9","call_id":"c"}`, status: 200, stream: "dialer/%d/camp-9"},
		"twice the same member":   {body: `{"type":"call.new","call_id":"a","call_id":"b"}`, status: 200, stream: "call/%d/b"},
		"NUL in a field":          {body: `{"type":"call.new","call_id":"c","code":"\u0000"}`, status: 200, stream: "call/%d/c"},
		"broken UTF-8 in a field": {body: "{\"type\":\"call.new\",\"call_id\":\"c\",\"code\":\"Jos\xe9\"}", status: 200, stream: "call/%d/c"},
		"byte order mark":         {body: "\xef\xbb\xbf" + `{"type":"call.new","call_id":"bom"}`, status: 200, stream: "call/%d/bom"},
		"form":                    {body: "type=call.new&call_id=c%2F1&their_number=%2B55", contentType: "application/x-www-form-urlencoded", status: 200, stream: "call/%d/c/1"},
		"object called a form":    {body: `{"type":"call.new","call_id":"curl"}`, contentType: "application/x-www-form-urlencoded", status: 200, stream: "call/%d/curl"},
		"object called XML":       {body: `{"type":"call.new","call_id":"xml"}`, contentType: "text/xml", status: 200, stream: "call/%d/xml"},
		"no content type":         {body: `{"type":"call.new","call_id":"none"}`, contentType: " ", status: 200, stream: "call/%d/none"},
		"empty cpf":               {body: `{"type":"call.cpf-provided","call_id":"c","cpf":" "}`, status: 200},
		"null cnpj":               {body: `{"type":"call.cnpj-provided","call_id":"c","cnpj":null}`, status: 200},
		"cpf":                     {body: `{"type":"call.cpf-provided","call_id":"c","cpf":12345678909}`, status: 200, stream: "call/%d/c"},

		"empty":                {body: " ", status: 400, errors: "the body is empty"},
		"not JSON":             {body: `{"type":"call.new",`, status: 400, errors: "the body is not one JSON object"},
		"two objects":          {body: `{"type":"call.new","call_id":"c"}{}`, status: 400, errors: "the body is not one JSON object"},
		"list":                 {body: `[{"type":"call.new","call_id":"c"}]`, status: 400, errors: "the body is not one JSON object"},
		"number":               {body: `42`, status: 400, errors: "the body is not one JSON object"},
		"null":                 {body: `null`, status: 400, errors: "the body is not one JSON object"},
		"deep list":            {body: deep, status: 400, errors: "the body is not one JSON object"},
		"deep member":          {body: `{"type":"call.new","call_id":"c","x":` + deep + strings.Repeat("]", 100_000) + `}`, status: 400, errors: "the body is not one JSON object"},
		"NUL byte":             {body: "{\"type\":\"call.new\",\"call_id\":\"\x00\"}", status: 400, errors: "the body is not one JSON object"},
		"broken form":          {body: "type=%zz", contentType: "application/x-www-form-urlencoded", status: 400, errors: "the form cannot be read"},
		"XML":                  {body: "<event/>", contentType: "text/xml", status: 400, errors: "the body is not one JSON object"},
		"no call_id":           {body: `{"type":"call.new"}`, status: 400, errors: "Invalid Call Event|call_id is required"},
		"null call_id":         {body: `{"type":"call.new","call_id":null}`, status: 400, errors: "Invalid Call Event|call_id is required"},
		"blank call_id":        {body: `{"type":"call.new","call_id":" "}`, status: 400, errors: "Invalid Call Event|call_id is required"},
		"list as call_id":      {body: `{"type":"call.new","call_id":["c"]}`, status: 400, errors: "Invalid Call Event|call_id is neither text nor a number"},
		"NUL in call_id":       {body: `{"type":"call.new","call_id":"a\u0000"}`, status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"newline in call_id":   {body: `{"type":"call.new","call_id":"a\nb"}`, status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"C1 in call_id":        {body: `{"type":"call.new","call_id":"a\u0085b"}`, status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"broken call_id":       {body: "{\"type\":\"call.new\",\"call_id\":\"\xff\"}", status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"half a surrogate":     {body: `{"type":"call.new","call_id":"\uD800"}`, status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"call_id too long":     {body: `{"type":"call.new","call_id":"` + long + `y"}`, status: 400, errors: "Invalid Call Event|call_id has control characters or broken text, or more than 255 bytes"},
		"ringing without call": {body: `{"type":"actor.ringing","actor":"a"}`, status: 400, errors: "Invalid Actor Event|call_id is required"},
		"actor without name":   {body: `{"type":"actor.paused","number":"200"}`, status: 400, errors: "Invalid Actor Event|actor is required"},
		"dialer of nothing":    {body: `{"type":"dialer.expired"}`, status: 400, errors: "Invalid Event|code is required"},
		"peer without number":  {body: `{"type":"peer.busy"}`, status: 400, errors: "Invalid Event|number is required"},
		"too large":            {body: `{"type":"call.new","call_id":"c","x":"` + strings.Repeat("y", 1<<20) + `"}`, status: 413, errors: "the body is too large; what is kept is its beginning"},
		"no type":              {body: `{}`, status: 422, errors: "no suitable eventHandler for this event"},
		"type is a number":     {body: `{"type":7}`, status: 422, errors: "no suitable eventHandler for this event"},
		"foreign family":       {body: `{"type":"user.created","call_id":"c"}`, status: 422, errors: "no suitable eventHandler for this event"},
		"our own type":         {body: `{"type":"live.expired","call_id":"c"}`, status: 422, errors: "no suitable eventHandler for this event"},
		"family alone":         {body: `{"type":"call.","call_id":"c"}`, status: 422, errors: "no suitable eventHandler for this event"},
		"type with newline":    {body: `{"type":"call.a\nb","call_id":"c"}`, status: 422, errors: "no suitable eventHandler for this event"},
		"hyphen spelling":      {body: `{"type":"call-new","call_id":"c"}`, status: 422, errors: "no suitable eventHandler for this event"},
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		for name, tt := range tests {
			contentType := tt.contentType
			if contentType == "" {
				contentType = "application/json"
			}
			before, kept := len(o.events()), len(o.inbox())
			got := o.ask(http.MethodPost, "/webhook/"+vendorKey, tt.body, "Content-Type: "+strings.TrimSpace(contentType))
			s := got.stored(t)
			if got.status != tt.status || s.Code != tt.status || s.Success != (tt.status == 200) || strings.Join(s.Errors, "|") != tt.errors {
				t.Errorf("%s: answer %d %.200s, want %d %s", name, got.status, got.body, tt.status, tt.errors)
				continue
			}
			records, items := o.events()[before:], o.inbox()
			switch {
			case tt.stream == "" && len(records) != 0, tt.stream != "" && len(records) != 1:
				t.Errorf("%s: %d new events", name, len(records))
			case tt.stream != "" && records[0].Stream != fmt.Sprintf(tt.stream, o.vendor.ID):
				t.Errorf("%s: stream %s", name, records[0].Stream)
			case tt.status == 200 && tt.stream == "" && s.Data != nil:
				t.Errorf("%s: data %v, want null", name, s.Data)
			case tt.status == 200 && len(items) != kept, tt.status != 200 && len(items) != kept+1:
				t.Errorf("%s: inbox went from %d to %d", name, kept, len(items))
			case tt.status != 200 && (items[0].Status != tt.status || items[0].Reason == "" || !strings.HasPrefix(tt.body, string(items[0].Body))):
				t.Errorf("%s: kept %+v", name, items[0])
			}
		}
	})
}
