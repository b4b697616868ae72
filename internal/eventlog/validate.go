// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"tandem/internal/problem"
)

const (
	streamBytesMax = 512
	keyBytesMax    = 256
	typeBytesMax   = 128
)

// validate refuses what one of the engines could not store, before it is
// queued: one bad row must not fail the rows it would be committed with.
func (e *Event) validate() error {
	switch {
	case e.Tenant == 0:
		return problem.New(problem.Invalid, "eventlog.no_tenant", "The event has no tenant.")
	case !text(e.Stream, streamBytesMax), !text(e.Key, keyBytesMax), !text(e.Type, typeBytesMax):
		return problem.New(problem.Invalid, "eventlog.bad_text", "The event's stream, key or type is empty, too long or not text.")
	case !utf8.Valid(e.Data), bytes.IndexByte(e.Data, 0) >= 0:
		return problem.New(problem.Invalid, "eventlog.bad_data", "The event's data is not text.")
	}
	return nil
}

func text(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}
