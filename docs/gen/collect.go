// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// problem is one call that makes one.
type problem struct{ code, status, detail string }

// statuses of the kinds; a kind that is decided at run time has none.
var statuses = map[string]string{
	"Internal":        "500",
	"Malformed":       "400",
	"Invalid":         "422",
	"Unauthenticated": "401",
	"Denied":          "403",
	"NotFound":        "404",
	"Conflict":        "409",
	"TooLarge":        "413",
	"TooMany":         "429",
	"Unavailable":     "503",
}

var (
	codeShape = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z0-9_.]+$`)
	verb      = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z%]`)
)

// collect finds the problems of the Go files beneath internal and cmd, tests apart.
func collect(tree fs.FS) ([]problem, error) {
	var list []problem
	for _, top := range []string{"internal", "cmd"} {
		if _, err := fs.Stat(tree, top); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		err := fs.WalkDir(tree, top, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			found, err := inFile(tree, name)
			list = append(list, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func inFile(tree fs.FS, name string) ([]problem, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, 0)
	if err != nil {
		return nil, err
	}
	var list []problem
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || err != nil {
			return err == nil
		}
		found, made := inCall(call)
		if !made {
			return true
		}
		if !codeShape.MatchString(found.code) {
			err = fmt.Errorf("%s: the code of a problem has to stand there as \"package.reason\", because it is collected for docs/errors.md", set.Position(call.Pos()))
		}
		list = append(list, found)
		return true
	})
	return list, err
}

// inCall reads problem.New(kind, code, detail …) and problem.NewFields(code, detail …).
func inCall(call *ast.CallExpr) (problem, bool) {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return problem{}, false
	}
	pkg, ok := function.X.(*ast.Ident)
	switch {
	case !ok || pkg.Name != "problem":
		return problem{}, false
	case function.Sel.Name == "New" && len(call.Args) >= 3:
		return problem{code: constant(call.Args[1]), status: status(call.Args[0]), detail: sentence(call.Args[2])}, true
	case function.Sel.Name == "NewFields" && len(call.Args) >= 2:
		return problem{code: constant(call.Args[0]), status: statuses["Invalid"], detail: sentence(call.Args[1])}, true
	default:
		return problem{}, false
	}
}

func status(kind ast.Expr) string {
	if selector, ok := kind.(*ast.SelectorExpr); ok && statuses[selector.Sel.Name] != "" {
		return statuses[selector.Sel.Name]
	}
	return "varies"
}

// sentence returns a text with what is filled in at run time shown as dots.
func sentence(e ast.Expr) string {
	return verb.ReplaceAllStringFunc(constant(e), func(found string) string {
		if found == "%%" {
			return "%"
		}
		return "…"
	})
}

// constant returns the text of a literal, or of literals joined by +; a part
// that is neither is shown as dots.
func constant(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return constant(e.X) + constant(e.Y)
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "…"
}
