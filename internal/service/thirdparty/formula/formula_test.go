// SPDX-License-Identifier: Apache-2.0

package formula_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tandem/internal/service/thirdparty/formula"
)

func view() *formula.View {
	return &formula.View{
		Type: "call.finished", Position: 1234567,
		Call: formula.Object([]byte(`{"theirNumber":"+84 91","direction":"inbound","caller":{"name":"A & <B>"},"times":{"answered":null},
			"participants":[{"name":"Ana"},{"name":"Chi"}],"id":1463669263}`)),
		Settings: formula.Object([]byte(`{"text":"{call.caller.name} called at {call.id}{call.nothing.there}"}`)),
		Event:    map[string]any{},
	}
}

// A condition holds when it can be computed and says yes; what an event lacks
// makes it a no, not a failure.
func TestCondition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":   true,
		"  ": true,
		`type == "call.finished" and call.direction == "inbound"`: true,
		`call.direction == "outbound"`:                            false,
		`call.queue.number == "900"`:                              false,
		`event.queue == "900"`:                                    false,
		`any(call.participants, .name == "Chi")`:                  true,
		`type matches "^call\\."`:                                 true,
		`len(call.participants) > 1`:                              true,
	} {
		f, err := formula.Condition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.Holds(view()); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// What would cost much, reach out, or make no sense is refused when it is
// saved, with words for whoever wrote it.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"call.", "nothing == 1", `"text"`, "let a = 1; a == 1", "1..1000000 == []", `repeat("x", 100000) == ""`, `replace(type, "", type) == ""`,
		"any(call.participants, any(call.participants, true))", `type matches event.pattern`, `type matches "(a{1,500}){1,2}"`,
		`toJSON(call) == ""`, "now() == 1", strings.Repeat("true and ", 300) + "true", "2 ** 1000 == 1", "a\x00", `len(split(type, "")) > 1`,
	} {
		if _, err := formula.Condition(text); err == nil {
			t.Errorf("%.60s is acceptable", text)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// What formulas see is cut, so that no loop over it costs without bound.
func TestClipped(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 9000)
	object := formula.Object([]byte(`{"text":"` + long + `","list":[` + strings.Repeat("1,", 999) + `1],"deep":{"text":"` + long + `"}}`))
	if n := len(object["text"].(string)); n != 4096 {
		t.Errorf("text of %d bytes", n)
	}
	if n := len(object["list"].([]any)); n != 100 {
		t.Errorf("list of %d", n)
	}
	if n := len(object["deep"].(map[string]any)["text"].(string)); n != 4096 {
		t.Errorf("text within of %d bytes", n)
	}
	if whole := formula.Object([]byte(`{"text":"` + strings.Repeat("x", 33<<10) + `"}`)); len(whole) != 0 {
		t.Error("a huge event is seen")
	}
}

// A value is any JSON; texts are filled from the view.
func TestValue(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"text": fill(settings.text)}`:                       `{"text":"A & <B> called at 1463669263"}`,
		`{"text": fillEscaped(settings.text), "n": position}`: `{"n":1234567,"text":"A &amp; &lt;B&gt; called at 1463669263"}`,
		`map(call.participants, .name)`:                       `["Ana","Chi"]`,
		`call.queue?.number ?? "none"`:                        `"none"`,
	} {
		f, err := formula.Value(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := f.Of(view())
		encoder := &strings.Builder{}
		e := json.NewEncoder(encoder)
		e.SetEscapeHTML(false)
		_ = e.Encode(got)
		if strings.TrimSpace(encoder.String()) != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", text, encoder, err, want)
		}
	}
}

// What comes from a caller stays one value within an address.
func TestFillInURL(t *testing.T) {
	t.Parallel()
	v := view()
	for value, want := range map[string]string{
		"+84 91": "/c/%2B84%2091/x", "../../admin": "/c/..%2F..%2Fadmin/x", "..": "/c//x", "a?b=c&d#e": "/c/a%3Fb%3Dc%26d%23e/x",
	} {
		v.Call["theirNumber"] = value
		if got := formula.Fill("/c/{call.theirNumber}/x", v, formula.InURL); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	if err := formula.CheckFill("{cal.theirNumber}"); err == nil || !strings.Contains(err.Error(), "{cal.theirNumber}") {
		t.Errorf("unknown placeholder: %v", err)
	}
	filled, _ := json.Marshal(formula.FillJSON(map[string]any{"a": []any{"{call.id}", "n {call.id}", 7.0}, "b": "{call.times.answered}"}, v))
	if string(filled) != `{"a":[1463669263,"n 1463669263",7],"b":null}` {
		t.Errorf("filled %s", filled)
	}
}
