// SPDX-License-Identifier: Apache-2.0

// Package internal_test holds the rules of the house that a program can check:
// who may import whom, how large things get, and what every package says of
// itself.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the module's name, with which our own import paths begin.
const module = "tandem"

// source is one Go file of the repository.
type source struct {
	path  string // from the repository's root, with slashes
	dir   string // of path; "" at the root
	test  bool
	lines int
	file  *ast.File
	set   *token.FileSet
}

// imports returns the paths that the file imports.
func (s source) imports() []string {
	var list []string
	for _, spec := range s.file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// sources returns every Go file of the repository, parsed once for all tests.
func sources(t *testing.T) []source {
	t.Helper()
	list, err := readSources()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("found %d files only; is this the repository?", len(list))
	}
	return list
}

var readSources = sync.OnceValues(func() ([]source, error) {
	var list []source
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(entry.Name())
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		found, err := read(root, name)
		list = append(list, found)
		return err
	})
	return list, err
})

func skip(folder string) error {
	hidden := strings.HasPrefix(folder, ".") && folder != "."
	if hidden || folder == "node_modules" || folder == "testdata" || folder == "bin" || folder == "data" {
		return filepath.SkipDir
	}
	return nil
}

func read(root fs.FS, name string) (source, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return source{}, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	return source{
		path:  name,
		dir:   strings.TrimPrefix(path.Dir(name), "."),
		test:  strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(string(text), "\n"),
		file:  file,
		set:   set,
	}, err
}
