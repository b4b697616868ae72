// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	docs "tandem/docs/api"
	"tandem/internal/ask"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/feed"
	"tandem/internal/live"
)

// description is docs/api/asyncapi.json as these tests use it.
type description struct {
	testing.TB

	Channels map[string]struct {
		Address  string          `json:"address"`
		Messages map[string]link `json:"messages"`
	} `json:"channels"`
	Operations map[string]operation `json:"operations"`
	Components struct {
		Messages map[string]struct {
			Name     string            `json:"name"`
			Headers  json.RawMessage   `json:"headers"`
			Examples []json.RawMessage `json:"examples"`
		} `json:"messages"`
	} `json:"components"`

	payloads, headers map[string]*jsonschema.Schema // by the key of the message
	clients           map[string]bool               // keys of the messages that clients send
	seen              map[string]int                // messages that were met, by key
}

type link struct {
	Ref string `json:"$ref"`
}

type operation struct {
	Action   string     `json:"action"`
	Channel  link       `json:"channel"`
	Messages []link     `json:"messages"`
	Reply    *operation `json:"reply"`
}

// last returns what a link points at: the last segment of its path.
func (l link) last() string { return l.Ref[strings.LastIndexByte(l.Ref, '/')+1:] }

func describe(t testing.TB) *description {
	t.Helper()
	d := &description{TB: t, payloads: map[string]*jsonschema.Schema{}, headers: map[string]*jsonschema.Schema{}, clients: map[string]bool{}, seen: map[string]int{}}
	if err := json.Unmarshal(docs.AsyncAPI, d); err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Operations {
		for _, m := range o.Messages {
			d.clients[m.last()] = o.Action == "receive"
		}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(docs.AsyncAPI))
	if err != nil {
		t.Fatal(err)
	}
	const place = "asyncapi.json"
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7) // what AsyncAPI 3.0 is written in
	compiler.AssertFormat()
	if err := compiler.AddResource(place, document); err != nil {
		t.Fatal(err)
	}
	for key, m := range d.Components.Messages {
		at := place + "#/components/messages/" + key
		if d.payloads[key], err = compiler.Compile(at + "/payload"); err != nil {
			t.Fatal(err)
		}
		if m.Headers == nil {
			continue
		}
		if d.headers[key], err = compiler.Compile(at + "/headers"); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// A party is who sends a message.
type party bool

const (
	server party = false
	client party = true
)

// check holds a message on a channel against the description: exactly one of
// those that the party sends has to fit, and its key is returned.
func (d *description) check(channel string, from party, headers map[string]any, payload string) string {
	d.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(payload))
	if err != nil {
		d.Fatalf("%s: %v", payload, err)
	}
	var fits []string
	var why strings.Builder
	for key := range d.Channels[channel].Messages {
		if d.clients[key] != bool(from) {
			continue
		}
		err := d.payloads[key].Validate(value)
		if schema := d.headers[key]; err == nil && schema != nil {
			err = schema.Validate(headers)
		}
		if err == nil {
			fits = append(fits, key)
		} else {
			fmt.Fprintf(&why, "%s: %v\n", key, err)
		}
	}
	if len(fits) != 1 {
		d.Errorf("%s\nfits %q, wanted one message\n%s", payload, fits, why.String())
		return ""
	}
	d.seen[fits[0]]++
	return fits[0]
}

// said sends a command that the description knows.
func (d *description) said(s *socket, text string) {
	d.Helper()
	d.check("socket", client, nil, text)
	s.send(text)
}

// heard checks the frames of a socket up to the first that is described as key.
func (d *description) heard(s *socket, key string) {
	d.Helper()
	for {
		read := s.next()
		if read.Event == "closed" {
			d.Fatalf("closed with %d before %s", read.code, key)
		}
		if d.check("socket", server, nil, read.text) == key {
			return
		}
	}
}

// streamed looks for the first event of a stream that has the name of the
// message key, and checks it. It returns its position.
func (d *description) streamed(stream *bufio.Reader, key string) string {
	d.Helper()
	fields := map[string]any{}
	for {
		line, err := stream.ReadString('\n')
		if err != nil {
			d.Fatalf("before %s: %v", key, err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if name != "" {
			fields[name] = value
			continue
		}
		data, isMessage := fields["data"].(string)
		delete(fields, "data")
		if isMessage && fields["event"] == d.Components.Messages[key].Name {
			if got := d.check("events", server, fields, data); got != key {
				d.Errorf("%s came, wanted %s", got, key)
			}
			id, _ := fields["id"].(string)
			return id
		}
		fields = map[string]any{}
	}
}

// Every frame that the live view sends is as its description says, and the
// description names nothing that is never sent.
func TestAsyncAPI(t *testing.T) {
	t.Parallel()
	d := describe(t)
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	f.append(1, "a", "call.new", `,"direction":"inbound","our_number":"08007770000","their_number":"0912345678","timestamp":"2026-01-01T09:00:00Z"`)
	f.append(1, "a", "call.waiting", `,"queue":"900"`)
	f.append(1, "a", "actor.entered", `,"actor":"ana@demo.example","number":"200"`)
	seen := f.append(1, "b", "call.new", `,"their_number":"anonymous"`)

	s, err := connect(f)
	if err != nil {
		t.Fatal(err)
	}
	d.heard(s, "welcome")
	f.append(1, "b", "call.finished")
	d.heard(s, "dataChanged")
	for _, choice := range []string{`{}`, `{"params":null}`, `{"params":[]}`, `{"params":{"state":"NEW","updated_at":"2026-01-01T09:00:00.000Z"}}`, `{"params":[{"id":1},{"aggregate_id":"b"}]}`} {
		d.said(s, `{"event":"ListCalls","data":`+choice+`}`)
		d.heard(s, "calls")
	}
	s.send(`{"event":"ListCalls","data":{"params":{"colour":1}}}`)
	d.heard(s, "refused")
	d.said(s, `{"event":"ListCallEvents","data":{"call_id":"a"}}`)
	d.heard(s, "callEvents")
	s.send(`{"event":"ListCallEvents","data":{}}`)
	d.heard(s, "refused")
	s.send(`{"event":"Dance","data":{}}`)
	d.heard(s, "invalidEvent")
	s.send(`[]`)
	d.heard(s, "invalidMessage")
	s.send(`{"event":"resume","data":{"position":-1}}`)
	d.heard(s, "refused")
	d.said(s, `{"event":"subscribe","data":{}}`)
	d.heard(s, "subscribedSnapshot")
	head := f.append(1, "b", "call.new")
	d.heard(s, "changes")
	d.said(s, fmt.Sprintf(`{"event":"resume","data":{"position":%d}}`, seen))
	d.heard(s, "subscribedReplayed")
	d.said(s, fmt.Sprintf(`{"event":"resume","data":{"position":%d}}`, head))
	d.heard(s, "subscribedUpToDate")

	desk := answering(f)
	d.said(s, `{"event":"followAgents","data":{}}`)
	d.heard(s, "agents")
	stream := f.follow("")
	d.streamed(stream, "sseSubscribedSnapshot")
	desk.say(f, ask.AgentState{ID: "u2", State: "free", Position: 10, Deleted: true})
	d.heard(s, "agents")
	d.streamed(f.followAt("/api/v1/feed?agents=true", ""), "sseAgents")
	f.pop(1, "ana", "https://crm.example/17", time.Now())
	d.heard(s, "pop")
	d.streamed(stream, "ssePop")
	f.remind(1, "ana")
	d.heard(s, "reminder")
	d.streamed(stream, "sseReminder")
	d.streamed(f.follow(fmt.Sprint(seen)), "sseSubscribedReplayed")
	d.streamed(f.follow(fmt.Sprint(head)), "sseSubscribedUpToDate")
	last := f.append(1, "c", "call.new")
	if at := d.streamed(stream, "sseChanges"); at != fmt.Sprint(last) {
		t.Errorf("the change has id %s, wanted %d", at, last)
	}
	d.whenSlow()

	for _, key := range slices.Sorted(maps.Keys(d.Components.Messages)) {
		if d.seen[key] == 0 {
			t.Errorf("%s is described and was never met", key)
		}
	}
}

// connect returns a socket with its first frame still to be read.
func connect(f *fixture) (*socket, error) {
	s, _, err := f.tryDial(f.server.URL+"/ws", nil)
	return s, err
}

// follow opens a stream of server-sent events.
func (f *fixture) follow(lastEventID string) *bufio.Reader {
	f.Helper()
	return f.followAt("/api/v1/feed", lastEventID)
}

func (f *fixture) followAt(path, lastEventID string) *bufio.Reader {
	f.Helper()
	request, err := http.NewRequestWithContext(f.Context(), http.MethodGet, f.server.URL+path, nil)
	if err != nil {
		f.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", lastEventID)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { response.Body.Close() })
	return bufio.NewReader(response.Body)
}

// whenSlow checks what clients get that did not read for a while.
func (d *description) whenSlow() {
	d.Helper()
	f := setUpNarrow(d, dbtest.Open(d, d.TempDir()+"/slow.db"), func(o *feed.Options) { o.Coalesce = time.Millisecond })
	gate := make(chan struct{})
	slow, _, err := f.tryDial(f.server.URL+"/ws", gate)
	if err != nil {
		d.Fatal(err)
	}
	slow.send(`{"event":"subscribe","data":{}}`)
	stream := f.follow("")
	quick := f.dial()
	quick.send(`{"event":"subscribe","data":{}}`)
	quick.await("Subscribed")
	text := strings.Repeat("9", 8000)
	for round := range 2000 {
		var batch []eventlog.Event
		for i := range 20 {
			id := fmt.Sprint("c", i)
			batch = append(batch, eventlog.Event{
				Tenant: 1, Connector: 7, Stream: live.Stream(7, id), Key: fmt.Sprint(round), Type: "call.waiting", At: now + int64(round), Received: now,
				Data: []byte(`{"queue":"900","code":"` + text + `"}`),
			})
		}
		outcomes, err := f.log.Append(d.Context(), batch...)
		if err != nil {
			d.Fatal(err)
		}
		for quick.update("Changes").Position < outcomes[len(outcomes)-1].Record.Position {
		}
		if f.metric("tandem_feed_lagged_total") >= 2 { // each of the two
			break
		}
	}
	close(gate)
	// What came before are changes by the megabyte.
	d.check("socket", server, nil, slow.awaitAny("Snapshot").text)
	d.streamed(stream, "sseSnapshot")
}

// The description holds together: what an operation names is there, every
// message is somebody's, and the examples are as they say.
func TestAsyncAPIHoldsTogether(t *testing.T) {
	t.Parallel()
	d := describe(t)
	used := map[string]bool{}
	for name, o := range d.Operations {
		for _, side := range []*operation{&o, o.Reply} {
			if side == nil {
				continue
			}
			for _, m := range side.Messages {
				used[m.last()] = true
				if _, ok := d.Channels[side.Channel.last()].Messages[m.last()]; !ok {
					t.Errorf("operation %s names %s, which is no message of its channel", name, m.Ref)
				}
			}
		}
	}
	for _, channel := range d.Channels {
		for key, m := range channel.Messages {
			if _, ok := d.Components.Messages[m.last()]; !ok || m.last() != key || !used[key] {
				t.Errorf("message %s of %s is not described, or no operation has it", key, channel.Address)
			}
		}
	}
	for key, m := range d.Components.Messages {
		for _, example := range m.Examples {
			var e struct {
				Payload json.RawMessage `json:"payload"`
			}
			if err := json.Unmarshal(example, &e); err != nil {
				t.Fatal(err)
			}
			if got := d.check("socket", party(d.clients[key]), nil, string(e.Payload)); got != key {
				t.Errorf("the example of %s is a %s", key, got)
			}
		}
	}
}

// Whoever has the address of a Tandem has the description, without a credential.
func TestAsyncAPIIsServed(t *testing.T) {
	t.Parallel()
	f := setUp(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	status, body, header := f.get(http.MethodGet, f.server.URL+"/api/asyncapi.json")
	if status != http.StatusOK || body != string(docs.AsyncAPI) || header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s, %d bytes", status, header.Get("Content-Type"), len(body))
	}
}
