// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// rawSocket connects and speaks no more than the handshake.
func (f *fixture) rawSocket() (net.Conn, *bufio.Reader) {
	f.Helper()
	address := strings.TrimPrefix(f.server.URL, "http://")
	var dialer net.Dialer
	conn, err := dialer.DialContext(f.Context(), "tcp", address)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		f.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", address)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		f.Fatalf("handshake: %v, %v", response, err)
	}
	response.Body.Close()
	return conn, reader
}

// rawFrame returns a client's frame with these first two bytes, masked with
// zeros.
func rawFrame(first byte, payload []byte) []byte {
	out := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		out = append(out, 0x80|byte(n))
	case n <= 0xffff:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
	}
	return append(append(out, 0, 0, 0, 0), payload...)
}

// closeCode reads frames until the server's close; 0 if it just hangs up.
func closeCode(reader *bufio.Reader) (code uint16, frames int) {
	for ; ; frames++ {
		var head [2]byte
		if _, err := io.ReadFull(reader, head[:]); err != nil {
			return 0, frames
		}
		n := int64(head[1])
		if n == 126 {
			var length [2]byte
			if _, err := io.ReadFull(reader, length[:]); err != nil {
				return 0, frames
			}
			n = int64(binary.BigEndian.Uint16(length[:]))
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(reader, payload); err != nil {
			return 0, frames
		}
		if head[0] == 0x88 {
			return binary.BigEndian.Uint16(payload), frames
		}
	}
}

// What no honest client sends ends its own socket, with the code that says why,
// and nobody else's.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	honest := f.dial()
	half := bytes.Repeat([]byte(" "), 600_000)
	tests := map[string]struct {
		send []byte
		code uint16
	}{
		"too large":               {rawFrame(0x81, bytes.Repeat([]byte(" "), 1<<20+1)), 1009},
		"too large in pieces":     {append(rawFrame(0x01, half), rawFrame(0x80, half)...), 1009},
		"claims to be enormous":   {[]byte{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 1009},
		"claims a negative size":  {[]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 1002},
		"not UTF-8":               {rawFrame(0x81, []byte("\xff\xfe")), 1007},
		"not masked":              {[]byte{0x81, 0x02, '{', '}'}, 1002},
		"reserved bits":           {rawFrame(0xf1, []byte("{}")), 1002},
		"unknown opcode":          {rawFrame(0x83, []byte("{}")), 0},
		"control frame in pieces": {rawFrame(0x09, nil), 1002},
		"long control frame":      {rawFrame(0x89, make([]byte, 126)), 1002},
		"goes on without begin":   {rawFrame(0x80, []byte("{}")), 1002},
		"too many frames":         {bytes.Repeat(rawFrame(0x81, []byte("{}")), 500), 4008},
		"too many pings":          {bytes.Repeat(rawFrame(0x89, nil), 500), 4008},
		"says goodbye":            {rawFrame(0x88, []byte{0x03, 0xe8}), 1000},
		"goodbye of one byte":     {rawFrame(0x88, []byte{0x03}), 1002},
		"hangs up within a frame": {nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			conn, reader := f.rawSocket()
			if test.send == nil {
				_, _ = conn.Write([]byte{0x81, 0xff})
				conn.Close()
				return
			}
			go func() { _, _ = conn.Write(test.send) }() // the server may hang up before the end
			code, frames := closeCode(reader)
			if test.code != 0 && code != test.code {
				t.Errorf("closed with %d, want %d", code, test.code)
			}
			if frames > 150 {
				t.Errorf("%d frames were answered", frames)
			}
		})
	}
	honest.send(`{"event":"ListCalls","data":{}}`)
	honest.await("ListCalls")
	f.eventually("the others are gone", func() bool { return f.metric("tandem_feed_clients") == 1 })
}

// A frame of bytes is read like one of text, and a ping comes back.
func TestUnusualFrames(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	conn, reader := f.rawSocket()
	welcome := `{"data":"Welcome","event":"Welcome","status":"Ok"}`
	list := `{"data":[],"event":"ListCalls","status":"Ok"}`
	_, _ = conn.Write(rawFrame(0x82, []byte(`{"event":"ListCalls","data":{}}`)))
	_, _ = conn.Write(rawFrame(0x89, []byte("here?")))
	_, _ = conn.Write(append(rawFrame(0x01, []byte(`{"event":"ListCalls",`)), rawFrame(0x80, []byte(`"data":{}}`))...))
	text := func(s string) string { return "\x81" + string(rune(len(s))) + s }
	want := text(welcome) + text(list) + "\x8a\x05here?" + text(list)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(reader, got); err != nil || string(got) != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
}

// A foreign page cannot use the session of the browser that shows it.
func TestOrigin(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	own := f.server.URL
	tests := map[string]struct {
		headers []string
		allowed bool
	}{
		"a program":                        {nil, true},
		"a program with a cookie":          {[]string{"Cookie", "tandem_session=x"}, true},
		"our page":                         {[]string{"Cookie", "tandem_session=x", "Origin", own}, true},
		"our page behind a proxy":          {[]string{"Cookie", "tandem_session=x", "Origin", "https://tandem.example", "Sec-Fetch-Site", "same-origin"}, true},
		"a foreign page":                   {[]string{"Cookie", "tandem_session=x", "Origin", "https://evil.example"}, false},
		"a foreign page, newer browser":    {[]string{"Cookie", "tandem_session=x", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, false},
		"a page of this machine, a cookie": {[]string{"Cookie", "tandem_session=x", "Origin", "http://localhost:3000"}, false},
		"a page of this machine, demo":     {[]string{"Origin", "http://localhost:3000"}, true},
		"a page in a file, demo":           {[]string{"Origin", "null"}, false},
		"a foreign page, demo":             {[]string{"Origin", "https://evil.example"}, false},
		"a name like this machine's":       {[]string{"Origin", "http://localhost.evil.example"}, false},
		"a foreign page with a key":        {[]string{"X-API-Key", "k", "Origin", "https://crm.example"}, true},
		"a foreign page with a login":      {[]string{"Authorization", "Basic eDp5", "Origin", "https://crm.example"}, true},
	}
	for name, test := range tests {
		_, status, err := f.tryDial(f.server.URL+"/ws", nil, test.headers...)
		if (err == nil) != test.allowed || !test.allowed && status != http.StatusForbidden {
			t.Errorf("%s: status %d, %v", name, status, err)
		}
	}
	if status, body, _ := f.get(http.MethodGet, f.server.URL+"/ws"); status != http.StatusBadRequest || !strings.Contains(body, "feed.no_websocket") {
		t.Errorf("plain request: %d %s", status, body)
	}
}

// The dashboard's nine figures, by GET and POST; the active calls are the sum
// of the seven less the finished ones.
func TestDashboardCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(1, "a", "call.new")
		f.append(1, "b", "call.new")
		f.append(1, "b", "call.standby")
		f.append(1, "b", "call.data-provided", `,"data":"1"`) // moves nothing between the seven
		f.append(1, "c", "call.new")
		f.append(1, "c", "actor.entered")
		f.append(1, "d", "call.new")
		f.append(1, "d", "call.finished")
		f.append(2, "theirs", "call.new")
		_, err := f.log.Append(t.Context(), eventlog.Event{Tenant: 1, Stream: "contact/1", Key: "k", Type: "contact.created", At: now, Received: now, Data: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"data":{"userCount":1,"activeCallsCount":3,"eventCall":{"new":1,"standby":1,"waiting":0,"entered":1,"ongoing":0,"left":0,"finished":1}}}`
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			status, body, header := f.get(method, f.server.URL+"/api/dashboard/count")
			if status != http.StatusOK || strings.TrimSpace(body) != want || header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %d %s", method, status, body)
			}
		}
		for _, path := range []string{"/api/dashboard/count123", "/api/dashboard/", "/api/dashboard/count/x"} {
			if status, body, _ := f.get(http.MethodGet, f.server.URL+path); status != http.StatusNotFound || body != "Not Found" {
				t.Errorf("%s: %d %q", path, status, body)
			}
		}
	})
}

// Server-sent events carry what the socket carries, and go on where the
// browser says it was.
func TestServerSentEvents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		f.append(2, "theirs", "call.new")
		first := f.append(1, "a", "call.new")
		open := func(path string, header ...string) io.Reader {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(header); i += 2 {
				request.Header.Set(header[i], header[i+1])
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { response.Body.Close() })
			if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
				t.Errorf("content type %s", kind)
			}
			return response.Body
		}
		read := func(event, name string) (u update) {
			t.Helper()
			lines := strings.Split(event, "\n")
			if len(lines) != 3 || lines[0] != "event: "+name || json.Unmarshal([]byte(strings.TrimPrefix(lines[2], "data: ")), &u) != nil || lines[1] != fmt.Sprint("id: ", u.Position) {
				t.Fatalf("%s: %q", name, event)
			}
			return u
		}
		stream := open("/api/v1/feed")
		begun := read(events(t, stream, 1)[0], "Subscribed")
		if begun.Result != "snapshot" || begun.ids() != "a" || begun.Position != first {
			t.Errorf("%+v", begun)
		}
		last := f.append(1, "a", "call.finished")
		if change := read(events(t, stream, 1)[0], "Changes"); change.Position != last || change.Calls[0].State != "FINISHED" {
			t.Errorf("%+v", change)
		}
		for _, again := range []io.Reader{
			open("/api/v1/feed", "Last-Event-ID", fmt.Sprint(first)), open(fmt.Sprint("/api/v1/feed?after=", first)),
		} {
			if back := read(events(t, again, 1)[0], "Subscribed"); back.Result != "replayed" || back.Replayed != 1 || back.ids() != "a" {
				t.Errorf("%+v", back)
			}
		}
		defer func() {
			f.end()
			if _, err := io.ReadAll(stream); err != nil {
				t.Errorf("the stream did not end in order: %v", err)
			}
		}()
		for _, after := range []string{"x", "-1", "1.5"} {
			if status, body, _ := f.get(http.MethodGet, f.server.URL+"/api/v1/feed?after="+after); status != http.StatusUnprocessableEntity {
				t.Errorf("after=%s: %d %s", after, status, body)
			}
		}
	})
}
