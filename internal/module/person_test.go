// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"testing"

	"tandem/internal/module"
)

func zebedee() *module.Person {
	return &module.Person{
		Region: "VN", Contacts: []string{"0198c0de-0000-7000-8000-000000000001"}, Keys: []string{"+84912345678", "raw:200"},
		Texts: []string{"zeb@example.com", "52998224725", "an"}, Names: []string{"Zebedee Quill", "Zebedee"},
	}
}

// A text mentions a person by a number however it is grouped, by an address and
// by papers; not by what is too short to name anybody, nor by a name, which
// others may have.
func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"call 0912 345 678 back": true, "+84-912-345-678": true, "(84) 912.345.678": true, `{"to":"84912345678"}`: true, "Zeb@Example.com": true,
		"529.982.247-25": true, "0912345679": false, "91234567": false, "Zebedee": false, "an": false, "200": false, "1 9123 4567 8": true, "": false,
		"0912 345, 678": false, "ngày 09 12": false,
	} {
		if got := zebedee().Mentions(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Of a JSON text only what is the person's goes: in one about them also what
// callers say and their name, but never what makes an event the event it is.
func TestRedact(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		about bool
		want  string
	}{
		{
			`{"their_number":"0912345678","our_number":"19001234","queue":"900","at":1767225600000,"call_id":"912345678"}`, false,
			`{"at":1767225600000,"call_id":"912345678","our_number":"19001234","queue":"900","their_number":"erased"}`,
		},
		{
			`{"their_number":"1","cpf":"1","url":"https://x","contact_name":"Z","name":"zebedee","rule":{"name":"VIP"},"nps":"9"}`, true,
			`{"contact_name":"erased","cpf":"erased","name":"erased","nps":"9","rule":{"name":"VIP"},"their_number":"erased","url":"erased"}`,
		},
		{`{"matched":[{"value":912345678},{"value":200},{"value":"200"},{"value":""},null,true]}`, false, `{"matched":[{"value":"erased"},{"value":200},{"value":"200"},{"value":""},null,true]}`},
		{`{"name":"Zebedee","text":"ask 0912.345.678"}`, false, `{"name":"Zebedee","text":"erased"}`},
	} {
		got, err := zebedee().Redact([]byte(test.text), test.about)
		if err != nil || string(got) != test.want {
			t.Errorf("%s\n got %s, %v\nwant %s", test.text, got, err, test.want)
		}
	}
	if _, err := zebedee().Redact([]byte(`{`), true); err == nil {
		t.Error("half an object was redacted")
	}
	for text, want := range map[string]string{"ask 0912345678": "erased", `{"a":"0912345678","b":1}`: `{"a":"erased","b":1}`, `{"0912345678":1}`: "erased", "nobody": "nobody"} {
		if got, changed := zebedee().Overwrite(text, false); got != want || changed != (got != text) {
			t.Errorf("%s became %s, %v", text, got, changed)
		}
	}
}
