// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Phone systems and the languages they are written in mix up kinds; a text is
// read from all of them, and nothing harmful gets through.
func TestDecode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		data string
		want Event
	}{
		"documented":      {waitingJSON, Event{CallID: "1767225600.1001", Code: "A-77", Direction: "inbound", OurNumber: "08007770000", TheirNumber: "11955550123", Queue: "900"}},
		"numbers":         {`{"call_id":17.5,"queue":900,"their_number":84912345678}`, Event{CallID: "17.5", Queue: "900", TheirNumber: "84912345678"}},
		"null and bool":   {`{"code":null,"queue":true}`, Event{Queue: "true"}},
		"object as text":  {` {"data" : {"menu":[1,"}"]} , "nps":"9" } `, Event{Data: `{"menu":[1,"}"]}`, NPS: "9"}},
		"escapes":         {`{"\u0061ctor":"a\"n\u00e1\n","number":"é"}`, Event{Actor: "a\"ná\n", Number: "é"}},
		"NUL":             {`{"actor":"a\u0000na"}`, Event{Actor: "ana"}},
		"invalid UTF-8":   {"{\"actor\":\"a\xffb\"}", Event{Actor: "a\uFFFDb"}},
		"half surrogate":  {`{"actor":"\ud800x"}`, Event{Actor: "\uFFFDx"}},
		"twice":           {`{"queue":"1","queue":"2"}`, Event{Queue: "2"}},
		"ring time":       {`{"ringtime":12.5}`, Event{RingTime: 12.5}},
		"ring time text":  {`{"ringtime":" 12 "}`, Event{RingTime: 12}},
		"ring time wrong": {`{"ringtime":"soon"}`, Event{}},
		"negative ring":   {`{"ringtime":-1}`, Event{}},
		"infinite ring":   {`{"ringtime":"Inf"}`, Event{}},
		"others ignored":  {`{"sid":"x","timestamp":1,"type":"call.new","deep":[[{"call_id":"no"}]],"call_id":"yes"}`, Event{CallID: "yes"}},
		"dialer":          {`{"reason":"busy","amd_status":"human"}`, Event{Reason: "busy", AMDStatus: "human"}},
		"provided":        {`{"cpf":"123","cnpj":"456","url":"https://pbx.example/a.wav","their_number_type":"mobile"}`, Event{CPF: "123", CNPJ: "456", URL: "https://pbx.example/a.wav", TheirNumberType: "mobile"}},
		"empty":           {`{}`, Event{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Decode("call.waiting", "k", 7, []byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Type, tt.want.Key, tt.want.At = "call.waiting", "k", 7
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is no JSON object is an error, wherever it breaks off.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	broken := []string{
		"", " ", "null", "[]", `"x"`, "7", `{"a":1}}`, `{"a":01}`, `{"a":nul}`, `{"a" 1}`, `{"a":1,}`, `{,}`, `{a:1}`, `{"a":[1,]}`,
		"{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":}`, `{"a":1 2}`, "{}\x00", `{"a":[}`, `{"a":"\`,
	}
	for i := range len(waitingJSON) {
		broken = append(broken, waitingJSON[:i])
	}
	for _, data := range broken {
		if e, err := Decode("call.new", "k", 7, []byte(data)); err == nil {
			t.Errorf("%q was read as %+v", data, e)
		}
	}
}

// FuzzDecode holds the scanner to what encoding/json accepts and understands.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{waitingJSON, `{"call_id":1e3,"queue":[{"a":"\u0000"}],"code":null}`, "{\"actor\":\"\xff\"}", `{"ringtime":"7"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode("call.new", "k", 1, data)
		var members map[string]json.RawMessage
		valid := json.Unmarshal(data, &members) == nil && members != nil
		if valid != (err == nil) {
			t.Fatalf("%q: encoding/json says %v, Decode %v", data, valid, err)
		}
		if !valid {
			return
		}
		for name, raw := range members {
			field := e.field([]byte(name))
			if field == nil {
				continue
			}
			var want string
			if json.Unmarshal(raw, &want) != nil {
				want = string(raw)
			}
			if want = strings.ToValidUTF8(strings.ReplaceAll(want, "\x00", ""), "\uFFFD"); *field != want {
				t.Fatalf("%s of %q: %q, want %q", name, data, *field, want)
			}
		}
	})
}

// FuzzFold makes events of the bytes and folds them forth and back.
func FuzzFold(f *testing.F) {
	f.Add([]byte("\x00\x01\x01\x02\x02\x03\x0c\x04\x0e\x05\x03\x06\x0f\x07\x04\x08"))
	types := []string{
		TypeNew, TypeStandby, TypeWaiting, TypeOngoing, TypeFinished, TypeOverflow, TypeFollowMe, TypeAbandon, TypeRecording,
		TypeData, TypeCPF, TypeCNPJ, TypeRinging, TypeNoAnswer, TypeEntered, TypeLeft, TypeExpired, legacyOngoing, "call.x", "routing.decided",
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var events []Event
		for i := 0; i+1 < len(data); i += 2 {
			who := string(data[i+1]&3 + 'a')
			events = append(events, Event{
				Type: types[int(data[i])%len(types)], At: int64(data[i+1] >> 2), Key: string(data[i : i+2]),
				Actor: who, Number: who, Queue: who, CPF: who, URL: string(data[i : i+2]), Data: string(data[i : i+2]),
			})
		}
		forth := encode(t, Fold(events))
		slices.Reverse(events)
		if back := encode(t, Fold(events)); back != forth {
			t.Fatalf("forth\n%s\nback\n%s", forth, back)
		}
	})
}

// Whose event a type is decides which stream it goes to and whether it is
// taken at all.
func TestTypes(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]struct {
		family      string
		known, call bool
	}{
		"call.new": {"call", true, true}, "call.on-going": {"call", true, true}, "call.unheard-of": {"call", false, true},
		"actor.entered": {"actor", true, true}, "actor.logged-in": {"actor", true, false}, "actor.unheard-of": {"actor", false, false},
		"peer.ringing": {"peer", true, true}, "peer.x": {"peer", false, false}, "dialer.success": {"dialer", true, false},
		"live.expired": {"", false, true}, "routing.decided": {"", false, false}, "command.sent": {"", false, false},
		"call": {"", false, false}, "call.": {"", false, false}, "": {"", false, false}, "caller.new": {"", false, false}, "Call.new": {"", false, false},
	} {
		if Family(typ) != want.family || Known(typ) != want.known || IsCallEvent(typ) != want.call {
			t.Errorf("%q: %q %v %v, want %+v", typ, Family(typ), Known(typ), IsCallEvent(typ), want)
		}
	}
	sane := []string{
		TypeNew, TypeData, TypeStandby, "routing.decided", "command.sent", TypeOverflow, TypeWaiting, TypeRinging, TypeNoAnswer,
		TypeEntered, TypeOngoing, TypeLeft, TypeAbandon, TypeFinished, TypeRecording, TypeExpired, "call.unheard-of",
	}
	for i := range sane[1:] {
		if Rank(sane[i]) >= Rank(sane[i+1]) {
			t.Errorf("%s does not come before %s", sane[i], sane[i+1])
		}
	}
}

// A CPF or CNPJ nobody typed is no event.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for _, e := range []Event{{Type: TypeCPF}, {Type: TypeCNPJ, CNPJ: " "}, {Type: TypeCPF, CNPJ: "1"}} {
		if !Empty(e) {
			t.Errorf("%+v says something", e)
		}
		if c := Fold([]Event{e}); c.Events != 0 {
			t.Errorf("%+v was folded", e)
		}
	}
	for _, e := range []Event{{Type: TypeCPF, CPF: "1"}, {Type: TypeNew}, {Type: TypeData}} {
		if Empty(e) {
			t.Errorf("%+v says nothing", e)
		}
	}
}
