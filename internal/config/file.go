// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tandem/internal/search"
)

// entry is one setting as it stands in the file.
type entry struct{ text, place string }

// readFile returns the settings in the file at path; "" means the default file,
// which may be missing. The errors name the file and the line.
func readFile(path string) (map[string]entry, []error) {
	optional := path == ""
	if optional {
		path = defaultFile
	}
	text, err := os.ReadFile(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read the settings file: %w", err)}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %s", path, syntax(err))}
	}
	r := reader{path: path, known: names(), found: map[string]entry{}}
	for _, document := range file.Docs {
		r.walk("", document.Body)
	}
	return r.found, r.wrong
}

// syntax returns what the parser says, without the lines around it: they may
// hold a secret.
func syntax(err error) string {
	return strings.TrimSpace(yaml.FormatError(err, false, false))
}

// reader flattens a tree of keys into settings.
type reader struct {
	path  string
	known []string
	found map[string]entry
	wrong []error
}

func (r *reader) walk(name string, node ast.Node) {
	switch node := node.(type) {
	case nil, *ast.NullNode:
		// A key without a value, such as a section whose lines are all commented out.
	case *ast.MappingNode:
		for _, value := range node.Values {
			r.walk(join(name, value.Key.GetToken().Value), value.Value)
		}
	case *ast.MappingValueNode:
		r.walk(join(name, node.Key.GetToken().Value), node.Value)
	case *ast.SequenceNode:
		items := make([]string, 0, len(node.Values))
		for _, value := range node.Values {
			text, ok := scalar(value)
			if !ok {
				r.fail(value, "%s holds a list of plain values only", name)
				return
			}
			items = append(items, text)
		}
		r.add(name, node, strings.Join(items, ","))
	default:
		text, ok := scalar(node)
		if !ok {
			r.fail(node, "%s is written in a form that settings do not have; write a plain value", name)
			return
		}
		r.add(name, node, text)
	}
}

func (r *reader) add(name string, node ast.Node, text string) {
	for _, known := range r.known {
		if name == known {
			r.found[name] = entry{text: text, place: r.place(node)}
			return
		}
	}
	if near := nearest(name, r.known); near != "" {
		r.fail(node, "there is no setting %s; did you mean %s?", name, near)
		return
	}
	r.fail(node, "there is no setting %s; tandem serve --help lists them", name)
}

func (r *reader) fail(node ast.Node, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s: %s", r.place(node), fmt.Sprintf(format, args...)))
}

func (r *reader) place(node ast.Node) string {
	return fmt.Sprintf("%s:%d", r.path, node.GetToken().Position.Line)
}

func scalar(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(node.Value.Value), true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}

func join(parent, key string) string {
	if parent == "" {
		return key
	}
	return parent + "." + key
}

// nearest returns the known name that a typing mistake may have missed.
func nearest(name string, known []string) string {
	if near := search.Nearest(name, known); near != "" {
		return near
	}
	// The right last word in the wrong place, such as level for log.level.
	for _, candidate := range known {
		if strings.HasSuffix(candidate, "."+name) {
			return candidate
		}
	}
	return ""
}
