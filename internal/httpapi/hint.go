// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"tandem/internal/search"
)

const (
	schemasKey   = "schemas" // of an operation's metadata: what its body's schema refers to
	hintNamesMax = 15        // names that are told when none is near
)

// hint says of each member or parameter that is not known what may have been
// meant, or what there is.
func hint(operation *huma.Operation, fields []ProblemField) {
	for i := range fields {
		f := &fields[i]
		dot := strings.LastIndex(f.Location, ".")
		switch {
		case f.Message == validation.MsgUnexpectedProperty && dot >= 0:
			f.Message = unknown("member", f.Location[dot+1:], members(operation, f.Location[:dot]))
		case f.Message == "unknown query parameter":
			f.Message = unknown("parameter", f.Location[dot+1:], parameters(operation))
		}
	}
}

// unknown says that there is no such name among known.
func unknown(kind, name string, known []string) string {
	like := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	plain := make([]string, len(known))
	for i, one := range known {
		plain[i] = like(one)
	}
	message := "there is no such " + kind
	if near := search.Nearest(like(name), plain); near != "" {
		return message + "; did you mean " + known[slices.Index(plain, near)] + "?"
	}
	if len(known) == 0 || len(known) > hintNamesMax {
		return message
	}
	return message + "; there are " + strings.Join(known, ", ")
}

// parameters returns the names of an operation's query parameters.
func parameters(operation *huma.Operation) (names []string) {
	for _, p := range operation.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

// members returns the names that a client may send in the object at a place in
// the body, such as body.rules[0].when.
func members(operation *huma.Operation, place string) []string {
	schemas, ok := operation.Metadata[schemasKey].(huma.Registry)
	if !ok || operation.RequestBody == nil || operation.RequestBody.Content["application/json"] == nil {
		return nil
	}
	resolve := func(s *huma.Schema) *huma.Schema {
		if s != nil && s.Ref != "" {
			return schemas.SchemaFromRef(s.Ref)
		}
		return s
	}
	at := resolve(operation.RequestBody.Content["application/json"].Schema)
	steps := strings.FieldsFunc(place, func(c rune) bool { return strings.ContainsRune(".[]", c) })
	for _, step := range steps[min(1, len(steps)):] { // behind "body"
		if at == nil {
			return nil
		}
		if at.Items != nil {
			at = resolve(at.Items)
		} else {
			at = resolve(at.Properties[step])
		}
	}
	if at == nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(at.Properties))
	return slices.DeleteFunc(names, func(name string) bool { return at.Properties[name].ReadOnly })
}
