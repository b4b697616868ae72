// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/problem"
)

// readBody reads the whole body, or as much of it as there is together with the
// reason why that is not all. It gives up when ctx ends: a sender that dribbles
// must not hold on to us.
func (i *Ingest) readBody(ctx context.Context, rw http.ResponseWriter, r *http.Request, w *work) ([]byte, *refusal, error) {
	control := http.NewResponseController(rw)
	deadline, _ := ctx.Deadline()
	_ = control.SetReadDeadline(deadline) // a recorder in a test has none
	w.buffer.Reset()
	_, err := w.buffer.ReadFrom(http.MaxBytesReader(rw, r.Body, i.BodyMax))
	// A copy of its own: the log may still hold it when this request has
	// given up.
	body := bytes.Clone(w.buffer.Bytes())
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return body, &refusal{status: http.StatusRequestEntityTooLarge, kind: refusedSize, reason: tooLarge}, nil
	case err != nil && (ctx.Err() != nil || isTimeout(err)):
		return nil, nil, problem.New(problem.Unavailable, "webhook.slow", "The request did not arrive in time.")
	case err != nil:
		return body, badBody("the request ended before its body did"), nil //nolint:nilerr // the sender is told, and what came is kept
	}
	_ = control.SetReadDeadline(time.Time{})
	return body, nil, nil
}

const tooLarge = "the body is too large; what is kept is its beginning"

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// byteOrderMark is what some programs begin UTF-8 with.
var byteOrderMark = []byte("\xEF\xBB\xBF")

// text returns the JSON text of a body. same says that it holds every byte of
// the body. Forms become an object of their fields; bytes that are no UTF-8
// become U+FFFD.
func (m message) text() (text []byte, same bool, no *refusal) {
	text = bytes.TrimPrefix(m.body, byteOrderMark)
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	if m.isForm(text) {
		text, no = formText(text)
		return text, false, no
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, false, badBody("the body is empty")
	}
	return text, len(text) == len(m.body), nil
}

// isForm reports whether the body is a form. It is not when it begins as an
// object: curl -d says form whatever it sends.
func (m message) isForm(text []byte) bool {
	if m.contentType == "" || m.contentType == "application/json" {
		return false
	}
	kind, _, err := mime.ParseMediaType(m.contentType)
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return false
	}
	return !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}

// formText returns a form as a JSON object. A field a[b] is the member b of
// the object a; a field that is there several times is a list.
func formText(text []byte) ([]byte, *refusal) {
	values, err := url.ParseQuery(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, badBody("the form cannot be read")
	}
	if len(values) == 0 {
		return nil, badBody("the body is empty")
	}
	members := map[string]any{}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var value any = values[name]
		if list := values[name]; len(list) == 1 {
			value = list[0]
		}
		outer, inner, isNested := strings.Cut(name, "[")
		if !isNested || outer == "" || !strings.HasSuffix(inner, "]") {
			members[name] = value
			continue
		}
		part, ok := members[outer].(map[string]any)
		if !ok {
			part = map[string]any{}
			members[outer] = part
		}
		part[strings.TrimSuffix(inner, "]")] = value
	}
	out, err := json.Marshal(members)
	if err != nil {
		return nil, badBody(fmt.Sprintf("the form cannot be read: %v", err))
	}
	return out, nil
}
