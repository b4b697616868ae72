// SPDX-License-Identifier: Apache-2.0

package eventlog_test

import (
	"testing"

	"tandem/internal/eventlog"
)

// The same object is the same event however it is written; another value,
// another type or another tenant's secret is another event.
func TestKey(t *testing.T) {
	t.Parallel()
	secret := []byte("tenant one")
	key := func(secret []byte, typ, object string) string {
		k, err := eventlog.Key(secret, typ, []byte(object))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	base := key(secret, "call.new", `{"call_id":"c1","n":1767225600123456789,"x":{"b":1,"a":[1,2]}}`)
	same := key(secret, "call.new", "{ \"x\": {\"a\":[1, 2],\"b\":1},\n \"n\":1767225600123456789, \"call_id\":\"c\\u0031\" }")
	if base != same {
		t.Errorf("%s and %s differ", base, same)
	}
	others := map[string]string{
		"type":       key(secret, "call.standby", `{"call_id":"c1","n":1767225600123456789,"x":{"b":1,"a":[1,2]}}`),
		"secret":     key([]byte("tenant two"), "call.new", `{"call_id":"c1","n":1767225600123456789,"x":{"b":1,"a":[1,2]}}`),
		"long id":    key(secret, "call.new", `{"call_id":"c1","n":1767225600123456788,"x":{"b":1,"a":[1,2]}}`),
		"array":      key(secret, "call.new", `{"call_id":"c1","n":1767225600123456789,"x":{"b":1,"a":[2,1]}}`),
		"kind":       key(secret, "call.new", `{"call_id":"c1","n":"1767225600123456789","x":{"b":1,"a":[1,2]}}`),
		"one member": key(secret, "call.new", `{"call_id":"c1"}`),
	}
	for name, other := range others {
		if other == base {
			t.Errorf("another %s gives the same key", name)
		}
	}
	if _, err := eventlog.Key(secret, "call.new", []byte(`{"a":1} {"b":2}`)); err == nil {
		t.Error("two values were taken for one")
	}
}
