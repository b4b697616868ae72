// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A request is answered within requestMax, and something waited for is seen
// within waitMax unless the scenario says otherwise.
const (
	requestMax = 10 * time.Second
	waitMax    = 15 * time.Second
	pollEvery  = 50 * time.Millisecond
)

// answer is what the last request got.
type answer struct {
	status int
	body   []byte
	value  any // body as JSON; nil if it is none
}

// ask is a request as the commands write it:
// [-key] [-timeout=2s] [-H 'Name: value']… METHOD path [file].
type ask struct {
	method, address string
	header          http.Header
	body            []byte
	timeout         time.Duration
	rest            []string
}

// parseAsk reads an ask and leaves up to rest arguments behind it.
func parseAsk(ts *testscript.TestScript, args []string, rest int, timeout time.Duration) ask {
	a := ask{header: http.Header{}, timeout: timeout}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag, value, _ := strings.Cut(args[0], "=")
		switch {
		case flag == "-key":
			a.header.Set("Authorization", "Bearer "+ts.Getenv("KEY"))
		case flag == "-timeout":
			var err error
			a.timeout, err = time.ParseDuration(value)
			ts.Check(err)
		case flag == "-H" && len(args) > 1:
			name, text, _ := strings.Cut(args[1], ":")
			a.header.Add(name, strings.TrimSpace(text))
			args = args[1:]
		default:
			ts.Fatalf("unknown flag %s", args[0])
		}
		args = args[1:]
	}
	if len(args) < 2+rest || len(args) > 3+rest {
		ts.Fatalf("usage: [-key] [-timeout=2s] [-H 'Name: value'] METHOD path [file]")
	}
	a.method, a.address = args[0], args[1]
	if !strings.HasPrefix(a.address, "http") {
		a.address = ts.Getenv("URL") + a.address
	}
	a.rest = args[len(args)-rest:]
	if len(args) == 3+rest {
		a.body = []byte(expand(ts, ts.ReadFile(args[2])))
		if a.header.Get("Content-Type") == "" {
			a.header.Set("Content-Type", "application/json")
		}
	}
	return a
}

// expand puts the script's variables into a file: ${NAME}, and nothing else
// that begins with a dollar.
func expand(ts *testscript.TestScript, text string) string {
	for {
		before, after, found := strings.Cut(text, "${")
		name, behind, closed := strings.Cut(after, "}")
		if !found || !closed {
			return text
		}
		text = before + ts.Getenv(name) + behind
	}
}

func (a ask) send() (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), min(a.timeout, requestMax))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, a.method, a.address, bytes.NewReader(a.body))
	if err != nil {
		return answer{}, err
	}
	request.Header = a.header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	got := answer{status: response.StatusCode}
	if got.body, err = io.ReadAll(response.Body); err != nil {
		return answer{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(got.body))
	decoder.UseNumber()
	if decoder.Decode(&got.value) != nil {
		got.value = nil
	}
	return got, nil
}

// String is the status, then the body, JSON indented.
func (a answer) String() string {
	body := a.body
	if a.value != nil {
		body, _ = json.MarshalIndent(a.value, "", "  ")
	}
	return fmt.Sprintf("%d\n%s\n", a.status, body)
}

// request implements http [flag…] METHOD path [file].
func request(ts *testscript.TestScript, neg bool, args []string) {
	a := parseAsk(ts, args, 0, requestMax)
	got, err := a.send()
	if (err != nil) != neg {
		ts.Fatalf("%s %s: %v\n%s", a.method, a.address, err, worldOf(ts).server.said())
	}
	worldOf(ts).answer = got
	_, _ = io.WriteString(ts.Stdout(), got.String())
}

// waitRequest implements wait-http [flag…] METHOD path [file] where operator value.
func waitRequest(ts *testscript.TestScript, neg bool, args []string) {
	a := parseAsk(ts, args, 3, waitMax)
	deadline := time.After(a.timeout)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		got, err := a.send()
		var miss error
		if err == nil {
			miss = compare(got.value, a.rest[0], a.rest[1], a.rest[2])
		}
		if err == nil && (miss == nil) != neg {
			worldOf(ts).answer = got
			_, _ = io.WriteString(ts.Stdout(), got.String())
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s %s: %v, %v after %s; the last answer was\n%s\n%s", a.method, a.address, err, miss, a.timeout, got, worldOf(ts).server.said())
		}
	}
}

// checkAnswer implements json where operator value, about the last answer.
func checkAnswer(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json where operator value")
	}
	got := worldOf(ts).answer
	if err := compare(got.value, args[0], args[1], args[2]); (err != nil) != neg {
		ts.Fatalf("json %s: %v; the answer was\n%s", strings.Join(args, " "), err, got)
	}
}

// saveAnswer implements save VARIABLE where, from the last answer.
func saveAnswer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save VARIABLE where")
	}
	got := worldOf(ts).answer
	value, err := find(got.value, args[1])
	if err != nil {
		ts.Fatalf("save: %v; the answer was\n%s", err, got)
	}
	ts.Setenv(args[0], show(value))
}

// deafPBX implements deaf-pbx VARIABLE: an address that takes connections and
// never answers, until the scenario ends.
func deafPBX(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: deaf-pbx VARIABLE")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			defer connection.Close() // all of them when the listener ends
		}
	}()
	ts.Setenv(args[0], "http://"+listener.Addr().String())
}
