// SPDX-License-Identifier: Apache-2.0

// Package problem is how a package says no: an error with a code that a
// program can act on, a sentence that a person can read, and nothing of ours
// that neither should see.
package problem

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what sort of no it is. It decides the HTTP status at the edge.
type Kind int

// The kinds, with the HTTP status each becomes.
const (
	Internal        Kind = iota // 500; hides its cause
	Malformed                   // 400; could not be read at all
	Invalid                     // 422; was read and is not acceptable
	Unauthenticated             // 401
	Denied                      // 403
	NotFound                    // 404
	Conflict                    // 409
	TooLarge                    // 413
	TooMany                     // 429
	Unavailable                 // 503; try again
)

// Field names one part of the input that is not acceptable.
type Field struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// Error is a problem worth telling the caller about.
type Error struct {
	Kind   Kind
	Code   string // "connector.not_found"; part of the API, never reworded
	Detail string // one sentence, safe to show
	Fields []Field
	Retry  time.Duration // after which it may go better; 0 if nobody can say
}

func (e *Error) Error() string { return e.Code + ": " + e.Detail }

// New returns a problem.
func New(kind Kind, code, format string, args ...any) error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// NewFields returns an Invalid problem that names the fields at fault.
func NewFields(code, detail string, fields ...Field) error {
	return &Error{Kind: Invalid, Code: code, Detail: detail, Fields: fields}
}

// Retry returns the problem err with the time after which it may go better.
// What is no problem stays as it is.
func Retry(after time.Duration, err error) error {
	var p *Error
	if !errors.As(err, &p) {
		return err
	}
	later := *p
	later.Retry = after
	return &later
}

// Within returns the problem err with its fields as they are called from
// outside: as members of place. What is no problem stays as it is.
func Within(place string, err error) error {
	var p *Error
	if !errors.As(err, &p) || len(p.Fields) == 0 {
		return err
	}
	placed := *p
	placed.Fields = make([]Field, len(p.Fields))
	for i, f := range p.Fields {
		placed.Fields[i] = Field{Name: place + "." + f.Name, Detail: f.Detail}
	}
	return &placed
}

// Of returns the first problem in err's chain, or an Internal one that hides
// err. Of(nil) is the zero Error.
func Of(err error) Error {
	var p *Error
	switch {
	case err == nil:
		return Error{}
	case errors.As(err, &p):
		return *p
	default:
		return Error{Kind: Internal, Code: "internal", Detail: "Something went wrong on our side."}
	}
}
