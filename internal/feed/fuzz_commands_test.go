// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/json"
	"testing"

	"tandem/internal/problem"
)

// A client's text is a command with a name and data, or there is an answer to
// it; what its data ask for is understood, or the client's mistake.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{
		`{"event":"ListCalls","data":{}}`, `{"event":"ListCalls","data":[{"type":"call.new","call_id":"1"}]}`, `{"event":"resume","data":{"position":7}}`,
		`{"event":"ListCallEvents","data":{"call_id":"1","type":null}}`, `{"event":1,"data":1}`, `{"event":"x","data":""}`, `[]`, `{"event":"resume","data":{"position":1e99}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, no := parseCommand(text)
		if no != nil {
			if frame, err := no.bytes(); err != nil || len(frame) == 0 {
				t.Errorf("%q: no answer, %v", text, err)
			}
			return
		}
		if !json.Valid(c.data) {
			t.Errorf("%q was read as %q %q", text, c.event, c.data)
		}
		position, err := parseResume(c.data)
		if err == nil && position < 0 {
			t.Errorf("%q resumes at %d", text, position)
		}
		_, wrong := parseParams(c.data)
		for _, err := range []error{err, wrong} {
			if err != nil && problem.Of(err).Kind != problem.Malformed && problem.Of(err).Kind != problem.Invalid {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
