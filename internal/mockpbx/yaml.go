// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// reader takes a scenario or faults out of YAML, of which JSON is a part. It
// goes on after a mistake, so that a person hears of all of them at once, each
// with its line and what to write instead.
type reader struct {
	path  string
	wrong []error
}

// read hands the one document in text to walk.
func (r *reader) read(text []byte, walk func(ast.Node)) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("%s:%d: this is not YAML: %s", r.path, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return fmt.Errorf("%s: this is not YAML: %w", r.path, err)
	}
	for _, document := range file.Docs {
		if document.Body != nil {
			walk(document.Body)
		}
	}
	return errors.Join(r.wrong...)
}

// keys hands each value of a mapping to the function of its key.
func (r *reader) keys(node ast.Node, known map[string]func(ast.Node)) {
	for _, pair := range r.mapping(node, listOf(known)) {
		key := pair.Key.GetToken().Value
		take, found := known[key]
		switch {
		case !found:
			r.fail(pair.Key, "there is no key %s here; write one of %s", key, listOf(known))
		case pair.Value == nil || pair.Value.Type() == ast.NullType:
			// All lines of a section may be commented out.
		default:
			take(pair.Value)
		}
	}
}

// pairs hands over each key, whatever it is, and its value.
func (r *reader) pairs(node ast.Node, take func(key string, value ast.Node)) {
	for _, pair := range r.mapping(node, "keys and values") {
		take(pair.Key.GetToken().Value, pair.Value)
	}
}

func (r *reader) mapping(node ast.Node, known string) []*ast.MappingValueNode {
	switch node := node.(type) {
	case *ast.MappingNode:
		return node.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}
	}
	r.fail(node, "here stands no list of keys; write some of %s", known)
	return nil
}

func listOf[V any](known map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// list hands each item of a list to take.
func (r *reader) list(node ast.Node, take func(ast.Node)) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		r.fail(node, "here stands no list; begin each item with a hyphen, or write [ ] for none")
		return
	}
	for _, item := range sequence.Values {
		take(item)
	}
}

// word is a plain value as it is written.
func (r *reader) word(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(node.Value.Value), true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, true
	}
	r.fail(node, "here stands no plain value; write a word, a number, a time such as 30s or a share such as 2%%")
	return "", false
}

// choice is one of the given words.
func (r *reader) choice(node ast.Node, words []string) (word string) {
	word, ok := r.word(node)
	if ok && !slices.Contains(words, word) {
		r.fail(node, "%q is none of %s", word, strings.Join(words, ", "))
	}
	return word
}

// period is a time from low to thirty days.
func (r *reader) period(node ast.Node, low time.Duration) time.Duration {
	word, ok := r.word(node)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < low || d > periodMax {
		r.fail(node, "%q is not a time from %v to 30 days; write for example 45s, 10m or 1h30m", word, low)
		return max(0, low)
	}
	return d.Truncate(time.Millisecond)
}

const periodMax = 30 * 24 * time.Hour

// share is a percentage.
func (r *reader) share(node ast.Node) share {
	word, ok := r.word(node)
	if !ok {
		return 0
	}
	digits, percent := strings.CutSuffix(word, "%")
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil || !percent || !(value >= 0 && value <= 100) {
		r.fail(node, "%q is not a share; write a percentage from 0%% to 100%%, such as 2%% or 0.1%%", word)
		return 0
	}
	return share(value*float64(onePercent) + 0.5)
}

// count is a whole number from low to high.
func (r *reader) count(node ast.Node, low, high int) int {
	word, ok := r.word(node)
	if !ok {
		return low
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < low || n > high {
		r.fail(node, "%q is not a whole number from %d to %d", word, low, high)
		return low
	}
	return n
}

// spread is from, to and skew.
func (r *reader) spread(node ast.Node) spread {
	s := spread{Skew: 1}
	r.keys(node, map[string]func(ast.Node){
		"from": func(n ast.Node) { s.From = r.period(n, 0) },
		"to":   func(n ast.Node) { s.To = r.period(n, 0) },
		"skew": func(n ast.Node) { s.Skew = r.count(n, 1, 9) },
	})
	if s.To < s.From {
		r.fail(node, "to is %v, which is less than from, %v", s.To, s.From)
		s.To = s.From
	}
	return s
}

func (r *reader) fail(node ast.Node, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s:%d: %s", r.path, node.GetToken().Position.Line, fmt.Sprintf(format, args...)))
}

// share is a part of a whole, in millionths.
type share int

const (
	onePercent share = 10_000
	whole      share = 100 * onePercent
)

func (s share) String() string {
	return strconv.FormatFloat(float64(s)/float64(onePercent), 'f', -1, 64) + "%"
}

// MarshalText writes a share as read: 0.1%.
func (s share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// spread is a time that chance picks: evenly from From to To, or with a Skew
// above 1 the nearer to From the more often.
type spread struct {
	From, To time.Duration
	Skew     int
}

func (s spread) draw(d dice) time.Duration {
	if s.Skew <= 1 {
		return d.between(s.From, s.To)
	}
	u := d.Float64()
	part := u
	for range s.Skew - 1 {
		part *= u
	}
	return s.From + time.Duration(part*float64(s.To-s.From)).Truncate(time.Millisecond)
}

// sorted orders a list by one of its times.
func sorted[T any](list []T, at func(T) time.Duration) []T {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(at(a), at(b)) })
	return list
}
