// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

const commentSeconds = 15

// stream is the connection of a client of server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	gone    chan struct{} // closed when the answer is over
	once    sync.Once
}

// Write implements [line].
func (s *stream) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err == nil {
		err = s.control.Flush()
	}
	return n, err
}

// SetWriteDeadline implements [line].
func (s *stream) SetWriteDeadline(t time.Time) error { return s.control.SetWriteDeadline(t) }

// Close implements [line].
func (s *stream) Close() error {
	s.once.Do(func() { close(s.gone) })
	return nil
}

// serveEvents sends the live view as server-sent events until the client goes.
func (f *Feed) serveEvents(w http.ResponseWriter, r *http.Request) {
	tenant, err := identity.TenantOf(r.Context())
	begin := order{}
	if err == nil {
		begin.position, begin.resume, err = lastSeen(r)
	}
	if err == nil {
		err = f.admit()
	}
	if err != nil {
		httpapi.WriteProblem(w, err)
		return
	}
	defer f.dismiss()
	s := &stream{w: w, control: http.NewResponseController(w), gone: make(chan struct{})}
	c := f.newClient(r, tenant, s)
	c.ping, c.seconds = sseComment, commentSeconds
	c.render = func(fr *frame) []byte { return fr.sse() }
	c.goodbye = func(uint16, string) { c.out.finish(nil) }

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	if s.control.Flush() != nil {
		return
	}
	f.enter(c)
	defer f.leave(c)
	begin.client = c
	c.room.subscribe(begin)
	if r.URL.Query().Get("agents") == "true" {
		c.room.followAgents(c)
	}
	select {
	case <-r.Context().Done():
	case <-s.gone:
	}
	c.out.stop() // the answer must not be written to once the handler has returned
	_ = s.SetWriteDeadline(time.Now().Add(farewellTime))
}

// lastSeen returns where a client was, and whether it says so: browsers in a
// header when they come back by themselves, others in the address.
func lastSeen(r *http.Request) (position int64, resume bool, err error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return 0, false, nil
	}
	position, err = strconv.ParseInt(text, 10, 64)
	if err != nil || position < 0 {
		return 0, false, problem.NewFields("request.invalid", "There is no such position.",
			problem.Field{Name: "query.after", Detail: "must be a position of the log"})
	}
	return position, true, nil
}
