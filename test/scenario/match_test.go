// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// find returns the part of value at where: keys and indexes with slashes
// between them, length(), and [key=text] for the first element that has
// this. "." is the whole.
//
//	items/0/state    items/length()    items/[type=call.new]/data/queue
func find(value any, where string) (any, error) {
	if where == "." {
		return value, nil
	}
	for step := range strings.SplitSeq(where, "/") {
		next, ok := enter(value, step)
		if !ok {
			return nil, fmt.Errorf("there is no %s at %s", step, where)
		}
		value = next
	}
	return value, nil
}

func enter(value any, step string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		if step == "length()" {
			return json.Number(strconv.Itoa(len(value))), true
		}
		next, ok := value[step]
		return next, ok
	case []any:
		if step == "length()" {
			return json.Number(strconv.Itoa(len(value))), true
		}
		if condition, ok := strings.CutPrefix(step, "["); ok {
			key, text, _ := strings.Cut(strings.TrimSuffix(condition, "]"), "=")
			for _, element := range value {
				if found, ok := enter(element, key); ok && show(found) == text {
					return element, true
				}
			}
			return nil, false
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(value) {
			return nil, false
		}
		return value[i], true
	default:
		return nil, false
	}
}

// show returns a text as it is and anything else as JSON.
func show(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// compare says why the part of value at where is not as operator and want ask.
func compare(value any, where, operator, want string) error {
	found, err := find(value, where)
	if err != nil {
		return err
	}
	got := show(found)
	var ok bool
	switch operator {
	case "==":
		ok = got == want
	case "!=":
		ok = got != want
	case "contains":
		ok = strings.Contains(got, want)
	case "<=", ">=":
		a, errA := strconv.ParseFloat(got, 64)
		b, errB := strconv.ParseFloat(want, 64)
		ok = errA == nil && errB == nil && (a == b || (a < b) == (operator == "<="))
	default:
		return fmt.Errorf("there is no operator %s", operator)
	}
	if !ok {
		return fmt.Errorf("%s is %s, wanted %s %s", where, got, operator, want)
	}
	return nil
}

// The scenarios are worth what their comparisons are worth.
func TestCompare(t *testing.T) {
	t.Parallel()
	decoder := json.NewDecoder(strings.NewReader(`{"next":null,"items":[{"type":"call.new","n":9007199254740993},{"type":"routing.decided","data":{"known":true}}]}`))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	for ask, want := range map[string]bool{
		"items/length() == 2":                             true,
		"items/length() >= 3":                             false,
		"items/length() <= 2":                             true,
		"items/length() >= x":                             false,
		"items/0/type == call.new":                        true,
		"items/0/type != call.new":                        false,
		"items/0/n == 9007199254740993":                   true,
		"items/2/type == call.new":                        false,
		"items/-1/type == call.new":                       false,
		"items/[type=routing.decided]/data/known == true": true,
		"items/[type=command.sent]/data/known != true":    false,
		"next == null":                                    true,
		"absent == null":                                  false,
		"absent != 1":                                     false,
		"items/1/data contains known":                     true,
		". contains routing":                              true,
		"next ~ null":                                     false,
	} {
		part := strings.Fields(ask)
		if err := compare(value, part[0], part[1], part[2]); (err == nil) != want {
			t.Errorf("%s: %v", ask, err)
		}
	}
}
