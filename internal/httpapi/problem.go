// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/problem"
)

// Problem is an error on the wire (RFC 9457).
type Problem struct { //nolint:errname // what the API calls it
	Type   string         `json:"type" doc:"/problems/ and the code"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Code   string         `json:"code" doc:"What a program may act on; never reworded" example:"call.not_found"`
	Errors []ProblemField `json:"errors,omitempty" doc:"The parts of the input at fault"`

	retry time.Duration
}

// ProblemField names one part of the input that is not acceptable. It does not
// repeat the value: it may be a number or a token.
type ProblemField struct {
	Location string `json:"location" example:"body.name"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements [huma.StatusError].
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements [huma.HeadersError].
func (p *Problem) GetHeaders() http.Header {
	if p.retry == 0 {
		return nil
	}
	seconds := (p.retry + time.Second - 1) / time.Second
	return http.Header{"Retry-After": {strconv.FormatInt(int64(seconds), 10)}}
}

// ContentType implements [huma.ContentTypeFilter].
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var statuses = map[problem.Kind]int{
	problem.Internal:        http.StatusInternalServerError,
	problem.Malformed:       http.StatusBadRequest,
	problem.Invalid:         http.StatusUnprocessableEntity,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Denied:          http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.TooLarge:        http.StatusRequestEntityTooLarge,
	problem.TooMany:         http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
}

// Status returns the HTTP status of a kind of problem.
func Status(kind problem.Kind) int { return statuses[kind] }

// ProblemOf returns err as it goes over the wire.
func ProblemOf(err error) *Problem {
	p := problem.Of(err)
	wire := &Problem{
		Type: "/problems/" + p.Code, Title: http.StatusText(statuses[p.Kind]), Status: statuses[p.Kind],
		Detail: p.Detail, Code: p.Code, retry: p.Retry,
	}
	for _, f := range p.Fields {
		wire.Errors = append(wire.Errors, ProblemField{Location: f.Name, Message: f.Detail})
	}
	return wire
}

// WriteProblem answers a request of a plain handler with err.
func WriteProblem(w http.ResponseWriter, err error) {
	p := ProblemOf(err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}

// WriteJSON answers a request of a plain handler with value.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may have gone
}

// reply turns err into what the caller may see. Faults of ours are logged
// here and nowhere else.
func (a *API) reply(ctx context.Context, method, path string, err error) error {
	p := ProblemOf(err)
	if p.Status == http.StatusInternalServerError {
		a.logger.ErrorContext(ctx, "request failed", "method", method, "path", path, "error", err)
	}
	return p
}

// useProblems makes huma's own errors look like ours, and has it take members
// by their names only, not by the same letters large or small. These are
// settings of the whole process, because huma has it so.
var useProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := huma.NewError(status, message, errs...)
		if own, ok := p.(*Problem); ok && status == http.StatusUnprocessableEntity {
			hint(ctx.Operation(), own.Errors)
		}
		return p
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := &Problem{Title: http.StatusText(status), Status: status, Detail: sentence(message), Code: codeOf(status)}
		p.Type = "/problems/" + p.Code
		for _, err := range errs {
			if err == nil {
				continue
			}
			field := ProblemField{Message: "is not acceptable"}
			if detailer, ok := err.(huma.ErrorDetailer); ok {
				detail := detailer.ErrorDetail()
				field = ProblemField{Location: detail.Location, Message: detail.Message}
			}
			p.Errors = append(p.Errors, field)
		}
		return p
	}
})

func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "request.malformed"
	case http.StatusUnprocessableEntity:
		return "request.invalid"
	case http.StatusRequestEntityTooLarge:
		return "request.too_large"
	case http.StatusUnsupportedMediaType:
		return "request.media_type"
	case http.StatusRequestTimeout:
		return "request.timeout"
	case http.StatusNotAcceptable:
		return "request.not_acceptable"
	default:
		return "internal"
	}
}

// sentence makes "validation failed" a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
