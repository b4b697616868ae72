// SPDX-License-Identifier: Apache-2.0

package internal_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// layers is the architecture: a package imports earlier layers and nothing else
// of ours, apart from the folders below it. A folder that is missing here fails
// the test, so every new one is a decision somebody wrote down.
var layers = [][]string{
	{"problem", "web", "docs/api"},                                // how to say no; the console's files; descriptions
	{"identity", "opening", "phone", "recent", "search", "sheet"}, // words; what was used lately
	{"ask", "module"},                          // what parts are, and may ask each other
	{"config", "db", "bus", "guard", "secret"}, // machines
	{"eventlog", "httpapi", "tenant"},          // record
	{"call", "projection", "backup", "audit"},  // core
	{"live", "estate", "rekey"},                // state
	{"ingest", "routing", "softswitch", "feed", "mockpbx", "doctor", "load", "service/*"}, // parts
	{"gateway"}, // edge
	{"app"},     // whole
	{"cmd/*", "docs/*", "test/*", "internal", "deploy"}, // around it
}

// ceilings hold a unit below what its layer would allow.
var ceilings = map[string]string{
	"call":    "phone",  // the words only: a call is a pure function of its events
	"gateway": "tenant", // no part by name
	"load":    "web",    // it knows Tandem only from outside
}

// A package imports earlier layers only, so that a reader can learn the parts
// one after the other and any of them can be thrown away with what is above it.
func TestLayers(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		from := unit(file.dir)
		if layerOf(from) < 0 {
			t.Errorf("%s is in no layer: write %q into layers, at its place", file.path, from)
			continue
		}
		for _, imported := range file.imports() {
			dir, ours := strings.CutPrefix(imported, module+"/")
			if !ours || file.dir == "internal" {
				continue
			}
			if reason := forbidden(file, from, dir); reason != "" {
				t.Errorf("%s may not import %s: %s", file.path, imported, reason)
			}
		}
	}
}

// forbidden says why file, which belongs to from, may not import the folder dir.
func forbidden(file source, from, dir string) string {
	to := unit(dir)
	isTestHelper := strings.HasSuffix(path.Base(dir), "test") && dir != file.dir
	switch {
	case isTestHelper && !file.test && !strings.HasSuffix(file.dir, "test"):
		return "only tests use it"
	case to == from:
		return ""
	case layerOf(to) < 0 || layerOf(to) >= layerOf(from):
		return "it is not in an earlier layer"
	case ceilings[from] != "" && layerOf(to) > layerOf(ceilings[from]):
		return "its ceiling is " + ceilings[from]
	default:
		return ""
	}
}

// unit returns the name in layers that a folder belongs to: what lies below
// internal/x is x, and below internal/service/x it is service/x.
func unit(dir string) string {
	inside, ok := strings.CutPrefix(dir, "internal/")
	segments := strings.Split(dir, "/")
	depth := 1
	if ok {
		segments = strings.Split(inside, "/")
		if segments[0] == "service" {
			depth = 2
		}
	} else if slices.Contains([]string{"cmd", "docs", "test"}, segments[0]) {
		depth = 2
	}
	return strings.Join(segments[:min(depth, len(segments))], "/")
}

func layerOf(unit string) int {
	return slices.IndexFunc(layers, func(layer []string) bool {
		return slices.ContainsFunc(layer, func(pattern string) bool {
			ok, _ := path.Match(pattern, unit)
			return ok
		})
	})
}

// The state of a call is a function of the set of its events, so its package has
// no clock, no input or output, and no goroutine.
func TestCallIsPure(t *testing.T) {
	t.Parallel()
	impure := []string{"context", "database/sql", "io", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "sync", "sync/atomic", "syscall"}
	for _, file := range sources(t) {
		if unit(file.dir) != "call" || file.test {
			continue
		}
		for _, imported := range file.imports() {
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s", file.path, imported)
			}
		}
		ast.Inspect(file.file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", file.set.Position(node.Pos()))
			case *ast.SelectorExpr:
				if isSelector(node, "time", "Now") || isSelector(node, "time", "Since") || isSelector(node, "time", "Until") {
					t.Errorf("%s reads the clock", file.set.Position(node.Pos()))
				}
			}
			return true
		})
	}
}

func isSelector(node *ast.SelectorExpr, pkg, name string) bool {
	left, ok := node.X.(*ast.Ident)
	return ok && left.Name == pkg && node.Sel.Name == name
}
