// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/live"
	"tandem/internal/tenant"
)

func testSource() *source {
	secret := []byte("secret")
	return &source{
		tenant: tenant.Tenant{Tenant: identity.Tenant{ID: 1, Slug: "demo"}, KeySecret: secret}, id: 7, name: "vendor",
		keyers: newKeyers(secret),
	}
}

func FuzzFlat(f *testing.F) {
	for _, text := range objects {
		f.Add([]byte(text), "application/json")
	}
	f.Add([]byte(`{"type":"call.new","call_id":"c","timestamp":"2026-01-01T00:00:00Z"}`), "")
	f.Add([]byte("type=actor.paused&actor=a%40b"), "application/x-www-form-urlencoded")
	f.Add([]byte("\xef\xbb\xbf{\"type\":\"dialer.x\",\"code\":12,\"x\":\"\xff\"}"), "text/plain")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) { checkParse(t, flat{}, body, contentType) })
}

func FuzzEnvelope(f *testing.F) {
	for _, text := range objects {
		f.Add([]byte(text), "application/json")
		f.Add([]byte(`{"chamada":`+text+`,"dados":`+text+`}`), "application/json")
	}
	f.Add([]byte(`{"chamada":{"type":"actor.entered","call_id":1},"dados":{"cpf":"1","cnpj":"2"},"atendente":{"actor":"a","number":2},"dialer":{}}`), "")
	f.Add([]byte("chamada[type]=call.new&chamada[call_id]=c&dados[cpf]=1"), "application/x-www-form-urlencoded")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) { checkParse(t, envelope{}, body, contentType) })
}

// checkParse holds what is true of every request whatever: it is refused with
// a reason and an answer, or gives events that the log and the call take.
func checkParse(t *testing.T, d dialect, body []byte, contentType string) {
	t.Helper()
	s := testSource()
	w := new(work)
	const received = 1_767_225_600_000
	events, no := d.parse(w, s, message{contentType: contentType, body: body, received: received})
	if no != nil {
		if no.reason == "" || no.status < 400 || no.status > 499 || events != nil {
			t.Errorf("refusal %+v with %d events", no, len(events))
		}
		recorder := httptest.NewRecorder()
		d.refuse(recorder, no)
		if !json.Valid(recorder.Body.Bytes()) || recorder.Code != no.status {
			t.Errorf("answer %d %q", recorder.Code, recorder.Body)
		}
		return
	}
	outcomes := make([]eventlog.Outcome, len(events))
	for at, e := range events {
		outcomes[at].Record = eventlog.Record{Position: 1, Event: e}
		checkEvent(t, s, &e)
	}
	for _, duplicate := range []bool{false, true} {
		for at := range outcomes {
			outcomes[at].Duplicate = duplicate
		}
		recorder := httptest.NewRecorder()
		d.accept(recorder, w, outcomes)
		if text := recorder.Body.Bytes(); recorder.Code != 204 && !json.Valid(text) {
			t.Errorf("answer %q", text)
		}
	}
}

func checkEvent(t *testing.T, s *source, e *eventlog.Event) {
	t.Helper()
	want, err := eventlog.Key(s.tenant.KeySecret, e.Type, e.Data)
	switch {
	case err != nil || e.Key != want:
		t.Errorf("key %q, want %q (%v)", e.Key, want, err)
	case call.Family(e.Type) == "" || e.At <= 0 || e.Tenant != 1 || e.Connector != 7:
		t.Errorf("event %+v", e)
	case !utf8.Valid(e.Data) || !json.Valid(e.Data):
		t.Errorf("data %q", e.Data)
	case len(e.Stream) > 512 || strings.ContainsRune(e.Stream, 0) || subjectOf(e.Stream) == "":
		t.Errorf("stream %q", e.Stream)
	}
	if _, err := call.Decode(e.Type, e.Key, e.At, e.Data); err != nil {
		t.Errorf("the call cannot read %q: %v", e.Data, err)
	}
	if connector, callID, ok := live.ParseStream(e.Stream); ok && (connector != 7 || callID != subjectOf(e.Stream)) {
		t.Errorf("stream %q is about %d %q", e.Stream, connector, callID)
	}
}

// The times that phone systems write are read; what is no time, or none that a
// call could have, is not.
func TestTimeOf(t *testing.T) {
	t.Parallel()
	const midnight = 1_767_225_600_000
	for text, want := range map[string]int64{
		"2026-01-01T00:00:00Z": midnight, "2026-01-01T00:00:00.250Z": midnight + 250, "2026-01-01T07:00:00+07:00": midnight,
		"2025-12-31T21:00:00-0300": midnight, "2026-01-01T00:00:00": midnight, "2026-01-01T00:00:00.123456": midnight + 123,
		"": 0, "1767225600": 0, "2026-01-01": 0, "2026-13-01T00:00:00Z": 0, "1969-12-31T23:59:59Z": 0, "0001-01-01T00:00:00Z": 0,
		"2026-01-01T00:00:60Z": 0, "2026-01-01T00:00:00Z and more": 0,
		"9998-12-31T23:59:59Z": timeMax - 1000, "9999-01-01T00:00:00Z": 0, "9998-12-31T23:59:59-12:00": 0, "9999-12-31T23:59:59-12:00": 0,
	} {
		if got, ok := timeOf(text); ok != (want != 0) || ok && got != want {
			t.Errorf("%q: %d %v, want %d", text, got, ok, want)
		}
	}
}
