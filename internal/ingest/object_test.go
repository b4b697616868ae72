// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"tandem/internal/eventlog"
)

var objects = []string{
	`{}`, ` { } `, `{"a":1}`, `{"b":"x","a":"y"}`, `{"a":1,"a":2}`, `{"a":"\u0061","b":"\/","c":"<&>"}`, `{"a":[1, 2, {"z":1,"y":"]"}],"b":null}`,
	`{"a":-0,"b":1E5,"c":1.0,"d":true,"e":false}`, "{\"a\":\"\u2028\",\"\u2029\":\"é\"}", `{"\u0000":"\u0000","":""}`, `{"a":"\ud800"}`, "{\"\x7f\":\"\x7f\"}",
	`{"a":{"b":{"c":[]}}}`, `{"a":"b"`, `{"a":}`, `{"a":01}`, `{"a":nul}`, `{"a" "b"}`, `{"a":1,}`, `{,}`, `{"a":1}x`, `[]`, ``, `{"a":"\x"}`, `{"a":"b\"}`,
	`{"a":[}`, `{"a":{"b":]}}`, "{\"a\":\"\n\"}", "\x00", "{\"a\":1}\x00", `{"a":[1,2}`, `{"a":tru e}`, `{"\":1}`, `{"a":1 2}`,
}

// An object is read exactly when encoding/json would read it, and its canonical
// form is the log's: the two make the same key.
func FuzzObject(f *testing.F) {
	for _, text := range objects {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // message.text has mended it
		}
		var o object
		err := o.read([]byte(text))
		var reference map[string]json.RawMessage
		if wrong := json.Unmarshal([]byte(text), &reference); (wrong == nil && reference != nil) != (err == nil) {
			t.Fatalf("%q: read says %v, encoding/json %v", text, err, wrong)
		}
		if err != nil {
			return
		}
		want, err := eventlog.Canonical([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.canonical(nil); string(got) != string(want) {
			t.Errorf("%q: canonical %q, want %q", text, got, want)
		}
		for name := range reference {
			if o.find(name) == nil {
				t.Errorf("%q: member %q not found", text, name)
			}
		}
	})
}
