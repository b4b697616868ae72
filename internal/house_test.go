// SPDX-License-Identifier: Apache-2.0

package internal_test

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func pad(n int) string { return fmt.Sprintf("%6d", n) }

// Every package says what it is in the words of the trade, where a newcomer looks first.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, file := range sources(t) {
		name := file.file.Name.Name
		if file.test && file.dir != "internal" && !strings.HasPrefix(file.dir, "test/") {
			continue // a package's tests are part of it
		}
		documented[file.dir] = documented[file.dir] || describes(file.file.Doc.Text(), name)
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment, or it does not begin with Package (or Command) and the name", dir)
		}
	}
}

func describes(comment, name string) bool {
	folder := strings.TrimSuffix(name, "_test")
	return strings.HasPrefix(comment, "Package "+folder+" ") || strings.HasPrefix(comment, "Package "+name+" ") || name == "main" && strings.HasPrefix(comment, "Command ")
}

var (
	looseEnd = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	numbered = regexp.MustCompile(`\bTODO\(#\d+\)`)
)

// A loose end that has no number is never picked up.
func TestLooseEndsHaveANumber(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		for _, group := range file.file.Comments {
			for _, comment := range group.List {
				if looseEnd.MatchString(comment.Text) && !numbered.MatchString(comment.Text) {
					t.Errorf("%s: write the number of its issue: TODO(#12)", file.set.Position(comment.Pos()))
				}
			}
		}
	}
}

// A test that sleeps is slow where the machine is fast and fails where it is
// slow: wait on a condition, a signal, or in a testing/synctest bubble.
func TestTestsDoNotSleep(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if !file.test || slices.Contains(file.imports(), "testing/synctest") {
			continue
		}
		ast.Inspect(file.file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && isSelector(selector, "time", "Sleep") {
				t.Errorf("%s: time.Sleep in a test", file.set.Position(selector.Pos()))
			}
			return true
		})
	}
}

// Every library we import is listed with the reason why we did not write it,
// and nothing is listed that go.mod does not know.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	page := text(t, "../docs/dependencies.md")
	required := regexp.MustCompile(`(?m)^(?:require )?\t?([\w.-]+\.[\w.-]+/\S+|[\w.-]+\.[a-z]+/\S+) v`).FindAllStringSubmatch(text(t, "../go.mod"), -1)
	modules := map[string]bool{}
	for _, match := range required {
		modules[match[1]] = true
	}
	listed := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(page, -1) {
		listed[match[1]] = true
		if first, _, _ := strings.Cut(match[1], "/"); strings.Contains(first, ".") && !modules[match[1]] {
			t.Errorf("docs/dependencies.md lists %s, which go.mod does not have", match[1])
		}
	}
	missing, used := map[string]string{}, map[string]bool{}
	for _, file := range sources(t) {
		for _, imported := range file.imports() {
			needed := owner(imported, modules)
			used[needed] = true
			if needed != "" && !listed[needed] {
				missing[needed] = file.path
			}
		}
	}
	for name := range listed {
		if modules[name] && !used[name] {
			t.Errorf("docs/dependencies.md lists %s, which nothing imports", name)
		}
	}
	for name, path := range missing {
		t.Errorf("docs/dependencies.md does not say why we use %s (%s does)", name, path)
	}
}

// owner returns the required module that an imported package is part of.
func owner(imported string, modules map[string]bool) string {
	best := ""
	for name := range modules {
		if (imported == name || strings.HasPrefix(imported, name+"/")) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
