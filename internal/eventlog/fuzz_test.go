// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What is canonical stays as it is and says the same; white space and the order
// of members make no other event, and whoever knows no secret no key.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"b":[1,{"d":null,"c":1e400}],"a":"\ud800\u2028<"}`, ` 7 `, `"é"`, `{"a":1,"a":2}`, `{"long":12345678901234567890.10}`, `{"a":1}x`, `[`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Canonical(text)
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: canonical says %v, valid %v", text, err, json.Valid(text))
		}
		if err != nil {
			return
		}
		if twice, err := Canonical(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q became %q and then %q, %v", text, once, twice, err)
		}
		var spread bytes.Buffer
		if err := json.Indent(&spread, text, "\t", "  "); err != nil {
			t.Fatal(err)
		}
		key := func(secret string, text []byte) string {
			key, err := Key([]byte(secret), "call.new", text)
			if err != nil {
				t.Fatal(err)
			}
			return key
		}
		if key("a", text) != key("a", spread.Bytes()) {
			t.Errorf("%q is another event than %q", text, spread.Bytes())
		}
		if key("a", text) == key("b", text) {
			t.Errorf("the key of %q does not depend on the secret", text)
		}
	})
}
