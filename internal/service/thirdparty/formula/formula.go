// SPDX-License-Identifier: Apache-2.0

// Package formula is what an administrator writes to say which events an
// integration wants and how it wants them: conditions, values, and texts with
// placeholders.
//
// One process evaluates the formulas of every tenant, so what one may cost is
// bounded before it is saved: no variables, ranges or loops within loops,
// constant regular expressions of a bounded size, and no function that makes
// something long out of something short. What formulas see is cut, too.
package formula

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// The most that a formula may be.
const (
	BytesMax      = 8000
	nodesMax      = 400
	regexpSizeMax = 500 // instructions of all regular expressions of one formula
)

// builtins are the functions of the language that a formula may call.
var builtins = []string{
	"len", "any", "all", "none", "one", "count", "filter", "map", "find", "first", "last", "keys", "values",
	"lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "indexOf", "join",
	"int", "float", "string", "abs", "round", "floor", "ceil", "min", "max", "sum",
}

// Formula is a text made ready.
type Formula struct {
	program *vm.Program
	call    bool
}

// Condition makes a text ready that says yes or no. Its errors are for the
// person who wrote it. The empty text always holds.
func Condition(text string) (*Formula, error) {
	if strings.TrimSpace(text) == "" {
		return &Formula{}, nil
	}
	return compile(text, expr.AsBool())
}

// Value makes a text ready that is any JSON value.
func Value(text string) (*Formula, error) {
	return compile(text, expr.AsAny())
}

func compile(text string, kind expr.Option) (*Formula, error) {
	if len(text) > BytesMax {
		return nil, fmt.Errorf("must be at most %d characters long", BytesMax)
	}
	if strings.ContainsRune(text, 0) {
		return nil, errors.New("must be a text")
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", firstLine(err))
	}
	limits := &limiter{}
	ast.Walk(&tree.Node, limits)
	if limits.fault != "" {
		return nil, errors.New(limits.fault)
	}
	options := []expr.Option{expr.Env(View{}), kind, expr.MaxNodes(nodesMax), expr.DisableAllBuiltins()}
	for _, name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, fmt.Errorf("is not acceptable: %s", firstLine(err))
	}
	return &Formula{program: program, call: limits.call}, nil
}

// Always reports whether the formula holds of everything.
func (f *Formula) Always() bool { return f.program == nil }

// NeedsCall reports whether the formula looks at the call.
func (f *Formula) NeedsCall() bool { return f.call }

// Holds reports whether a condition is true of v. One that cannot be computed
// of it, since what it names is not there, is not.
func (f *Formula) Holds(v *View) bool {
	if f.program == nil {
		return true
	}
	result, err := f.run(v)
	yes, ok := result.(bool)
	return err == nil && ok && yes
}

// Of returns the value of a formula for v.
func (f *Formula) Of(v *View) (any, error) {
	if f.program == nil {
		return true, nil
	}
	value, err := f.run(v)
	if err != nil {
		return nil, fmt.Errorf("compute: %s", firstLine(err))
	}
	return value, nil
}

func (f *Formula) run(v *View) (any, error) {
	bound := *v
	bound.Fill = func(text string) string { return Fill(text, v, Plain) }
	bound.FillEscaped = func(text string) string { return Fill(text, v, Markup) }
	return expr.Run(f.program, bound)
}

// firstLine leaves out the picture of the place that expr draws below it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// limiter looks for what would make a formula expensive.
type limiter struct {
	fault   string
	regexps int
	call    bool
}

// Visit implements [ast.Visitor].
func (l *limiter) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		l.call = l.call || n.Value == "call" || strings.HasPrefix(n.Value, "fill")
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		l.fault = "must not have variables or several statements"
	case *ast.BinaryNode:
		l.binary(n)
	case *ast.BuiltinNode:
		// The library's own list of what is disabled leaves some in.
		if !slices.Contains(builtins, n.Name) {
			l.fault = "must not use " + n.Name
		}
	case *ast.PredicateNode:
		inner := &loops{}
		ast.Walk(&n.Node, inner)
		if inner.found {
			l.fault = "must not have any, map and the like within one another"
		}
	}
}

func (l *limiter) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "..", "**", "^":
		l.fault = "must not use " + n.Operator
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			l.fault = "must have its regular expressions as texts"
			return
		}
		parsed, err := syntax.Parse(pattern.Value, syntax.Perl)
		if err != nil {
			l.fault = "has a regular expression that cannot be read"
			return
		}
		compiled, err := syntax.Compile(parsed.Simplify())
		if err != nil || l.regexps+len(compiled.Inst) > regexpSizeMax {
			l.fault = "has regular expressions that are too large"
			return
		}
		l.regexps += len(compiled.Inst)
	}
}

// loops looks for a predicate.
type loops struct{ found bool }

// Visit implements [ast.Visitor].
func (l *loops) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		l.found = true
	}
}
