// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"tandem/internal/opening"
)

// An expression is written by one tenant's administrator and evaluated while
// every tenant's calls wait, so what it may cost is bounded before it is saved:
// no variables, ranges or loops within loops, constant regular expressions of
// a bounded size, and facts of a bounded length. What is left takes well under
// a millisecond.
const (
	expressionBytesMax = 1000
	expressionNodesMax = 200
	regexpSizeMax      = 500  // instructions of all regular expressions of one expression
	setCostMax         = 2000 // the same of all expressions of a tenant
	factBytesMax       = 128  // of a text that an expression sees
	groupsMax          = 50   // of the groups that it sees
)

// functions are what an expression may call.
var functions = []string{"len", "any", "all", "none", "one", "count", "lower", "upper", "trim", "hasPrefix", "hasSuffix", "indexOf", "int", "abs"}

// view is what an expression sees of a call.
type view struct {
	Caller    viewCaller `expr:"caller"`
	Called    string     `expr:"called"`    // our number, as sent
	Connector string     `expr:"connector"` // name
	Code      string     `expr:"code"`
	Time      viewTime   `expr:"time"`
}

type viewCaller struct {
	Known    bool     `expr:"known"`
	Withheld bool     `expr:"withheld"`
	Number   string   `expr:"number"` // as sent; "" when withheld
	Name     string   `expr:"name"`
	Groups   []string `expr:"groups"`
}

// viewTime is when the call came, by the clock of the tenant's time zone.
type viewTime struct {
	Hour    int    `expr:"hour"`
	Minute  int    `expr:"minute"`
	Weekday string `expr:"weekday"` // mon … sun
}

// expression is a condition made ready.
type expression struct {
	program   *vm.Program
	cost      int
	connector bool // it looks at the connector's name
	code      bool // it looks at the call's code
}

// compileExpression checks an expression for its type and cost. Its errors are
// for the person who wrote it.
func compileExpression(text string) (e *expression, err error) {
	if len(text) > expressionBytesMax {
		return nil, fmt.Errorf("must be at most %d characters long", expressionBytesMax)
	}
	if strings.ContainsRune(text, 0) {
		return nil, errors.New("must be a text")
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", firstLine(err))
	}
	limits := &limiter{}
	limits.walk(tree.Node, false)
	if limits.fault != "" {
		return nil, errors.New(limits.fault)
	}
	options := []expr.Option{expr.Env(view{}), expr.AsBool(), expr.MaxNodes(expressionNodesMax), expr.DisableAllBuiltins()}
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, fmt.Errorf("is not a condition: %s", firstLine(err))
	}
	return &expression{program: program, cost: limits.regexps, connector: limits.connector, code: limits.code}, nil
}

// firstLine leaves out the picture of the place that expr draws below it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// limiter looks for what would make an expression expensive.
type limiter struct {
	fault     string
	regexps   int
	connector bool
	code      bool
}

// walk looks at node and what is below it; inside says that it is within the
// predicate of any, all and the like.
func (l *limiter) walk(node ast.Node, inside bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		l.connector = l.connector || n.Value == "connector"
		l.code = l.code || n.Value == "code"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		l.fault = "must not have variables or several statements"
	case *ast.BinaryNode:
		l.binary(n)
		l.walk(n.Left, inside)
		l.walk(n.Right, inside)
	case *ast.BuiltinNode:
		// The library's own list of what is disabled leaves these in.
		if !slices.Contains(functions, n.Name) {
			l.fault = "must not use " + n.Name
		}
		for _, argument := range n.Arguments {
			l.walk(argument, inside)
		}
	case *ast.PredicateNode:
		if inside {
			l.fault = "must not have any, all and the like within one another"
		}
		l.walk(n.Node, true)
	default:
		for _, child := range children(node) {
			l.walk(child, inside)
		}
	}
}

func (l *limiter) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "..":
		l.fault = "must not have ranges"
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			l.fault = "must have a constant text to the right of matches"
			return
		}
		size, err := regexpSize(pattern.Value)
		if err != nil {
			l.fault = "has a regular expression that cannot be read"
			return
		}
		if l.regexps += size; l.regexps > regexpSizeMax {
			l.fault = "has regular expressions that take too long"
		}
	}
}

// regexpSize returns the number of instructions of a regular expression; its
// time is at most that many steps for each character.
func regexpSize(pattern string) (int, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return len(program.Inst), nil
}

func children(node ast.Node) []ast.Node {
	switch n := node.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.ChainNode:
		return []ast.Node{n.Node}
	case *ast.MemberNode:
		return []ast.Node{n.Node, n.Property}
	case *ast.SliceNode:
		return present(n.Node, n.From, n.To)
	case *ast.CallNode:
		return append([]ast.Node{n.Callee}, n.Arguments...)
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.MapNode:
		return n.Pairs
	case *ast.PairNode:
		return []ast.Node{n.Key, n.Value}
	}
	return nil
}

func present(nodes ...ast.Node) []ast.Node {
	return slices.DeleteFunc(nodes, func(n ast.Node) bool { return n == nil })
}

// matches evaluates the expression. An error says that it cannot be evaluated
// for these facts.
func (e *expression) matches(v view) (bool, error) {
	result, err := expr.Run(e.program, v)
	if err != nil {
		return false, errors.New(firstLine(err))
	}
	yes, _ := result.(bool) // the type was checked when it was compiled
	return yes, nil
}

// viewOf returns what expressions see of f.
func viewOf(f Facts) view {
	at := time.UnixMilli(f.At).In(f.zone())
	v := view{
		Caller: viewCaller{
			Known: f.Known, Withheld: f.Withheld, Number: short(f.Number), Name: short(f.Name),
			Groups: make([]string, 0, min(len(f.Groups), groupsMax)),
		},
		Called: short(f.Called), Connector: short(f.Connector), Code: short(f.Code),
		Time: viewTime{Hour: at.Hour(), Minute: at.Minute(), Weekday: opening.Weekdays[at.Weekday()]},
	}
	for _, group := range f.Groups[:min(len(f.Groups), groupsMax)] {
		v.Caller.Groups = append(v.Caller.Groups, short(group))
	}
	if f.Withheld {
		v.Caller.Number = ""
	}
	return v
}

func short(s string) string {
	if len(s) <= factBytesMax {
		return s
	}
	return strings.ToValidUTF8(s[:factBytesMax], "")
}
