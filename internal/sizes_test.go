// SPDX-License-Identifier: Apache-2.0

package internal_test

import (
	"cmp"
	"go/ast"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// The hard limits. A file should hold one idea and a function fit a screen; most
// stay far below. A test function may be longer, because its table belongs to it.
const (
	fileLines         = 400
	testFileLines     = 900
	functionLines     = 70
	testFunctionLines = 120
)

// exceptions are what may be larger, each with its own limit and the reason.
// The keys are "path" or "path function".
var exceptions = map[string]struct {
	lines  int
	reason string
}{}

// sized is a file, function or package with its number of lines.
type sized struct {
	name  string
	lines int
	limit int
}

// What is too large holds more than one idea: split it by noun.
func TestSizes(t *testing.T) {
	t.Parallel()
	var files, functions []sized
	packages := map[string]int{}
	for _, file := range sources(t) {
		if ast.IsGenerated(file.file) {
			continue
		}
		limit := fileLines
		if file.test {
			limit = testFileLines
		} else {
			packages[file.dir] += file.lines
		}
		files = append(files, sized{file.path, file.lines, limit})
		functions = append(functions, functionsOf(file)...)
	}

	used := map[string]bool{}
	for _, thing := range slices.Concat(files, functions) {
		limit := thing.limit
		if exception, ok := exceptions[thing.name]; ok && thing.lines > limit {
			limit, used[thing.name] = exception.lines, true
		}
		if thing.lines > limit {
			t.Errorf("%s has %d lines, the limit is %d", thing.name, thing.lines, limit)
		}
	}
	for name := range exceptions {
		if !used[name] {
			t.Errorf("the exception for %s is no longer needed", name)
		}
	}
	if os.Getenv("TANDEM_SIZES") != "" {
		var sums []sized
		for _, dir := range slices.Sorted(maps.Keys(packages)) {
			sums = append(sums, sized{name: dir, lines: packages[dir]})
		}
		show(t, "files", files)
		show(t, "functions", functions)
		show(t, "packages, without tests", sums)
	}
}

func functionsOf(file source) []sized {
	var list []sized
	for _, declaration := range file.file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		limit := functionLines
		if file.test {
			limit = testFunctionLines
		}
		lines := file.set.Position(function.End()).Line - file.set.Position(function.Pos()).Line + 1
		list = append(list, sized{file.path + " " + function.Name.Name, lines, limit})
	}
	return list
}

// show prints the largest of a kind for make size.
func show(t *testing.T, kind string, list []sized) {
	t.Helper()
	slices.SortFunc(list, func(a, b sized) int { return cmp.Compare(b.lines, a.lines) })
	var out strings.Builder
	for _, thing := range list[:min(12, len(list))] {
		out.WriteString("\n" + pad(thing.lines) + "  " + thing.name)
	}
	t.Logf("largest %s:%s", kind, out.String())
}
