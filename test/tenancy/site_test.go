// SPDX-License-Identifier: Apache-2.0

// Package tenancy_test holds what must be true of call centres as wholes: what
// whoever runs an installation does to one takes effect everywhere in it, and
// nowhere else.
package tenancy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/tenant"
)

const password = "correct horse"

// site is a whole Tandem that runs, with an operator.
type site struct {
	*testing.T

	address string
	common  config.Common
}

// settings reads the settings of a process as the program does.
func settings(t *testing.T, args ...string) config.Serve {
	t.Helper()
	var s config.Serve
	parser, err := kong.New(&s, config.Options(func(string) string { return "" })...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs Tandem on a database until the test ends.
func start(t *testing.T, dsn string) *site {
	t.Helper()
	args := []string{"--data", t.TempDir(), "--listen", "127.0.0.1:0", "--integrations.allow-private"}
	if strings.HasPrefix(dsn, "postgres") {
		args = append(args, "--database", dsn)
	}
	serve := settings(t, args...)
	s := &site{T: t, common: serve.Common}
	s.tools(func(tools *app.Tools) {
		if _, err := tools.Users.CreateOperator(t.Context(), "operator", "", password); err != nil {
			t.Fatal(err)
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- app.Serve(ctx, serve, "test", slog.New(slog.DiscardHandler), write)
		_ = write.Close() // whoever reads is told
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
			s.address = address
			return s
		}
	}
	t.Fatal("Tandem did not start")
	return nil
}

// tools does work as a command does: in a process of its own, whose bells the
// running one does not hear.
func (s *site) tools(work func(*app.Tools)) {
	s.Helper()
	tools, err := app.OpenTools(s.Context(), s.common, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	defer func() {
		if err := tools.Close(); err != nil {
			s.Error(err)
		}
	}()
	if err := tools.Migrate(s.Context()); err != nil {
		s.Fatal(err)
	}
	work(tools)
}

// client is somebody who asks.
type client struct {
	http.Client
	header http.Header
}

func basic(login string) *client {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(login, password)
	return &client{header: r.Header}
}

func withKey(key string) *client { return &client{header: http.Header{"X-Api-Key": {key}}} }

// signIn returns a browser that is signed in.
func (s *site) signIn(login string) *client {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	c := &client{Client: http.Client{Jar: jar}, header: http.Header{}}
	s.must(c, http.StatusOK, "POST /api/v1/session", `{"login":"`+login+`","password":"`+password+`"}`)
	return c
}

// open sends a request and returns the answer, whose body is the caller's.
func (s *site) open(c *client, request, body string) *http.Response {
	s.Helper()
	method, path, _ := strings.Cut(request, " ")
	r, err := http.NewRequestWithContext(s.Context(), method, s.address+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := c.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	return response
}

func (s *site) send(c *client, request, body string) (status int, text string) {
	s.Helper()
	response := s.open(c, request, body)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// must sends a request that has to be answered with a status, and returns the
// answer.
func (s *site) must(c *client, want int, request, body string) string {
	s.Helper()
	status, text := s.send(c, request, body)
	if status != want {
		s.Fatalf("%s %s: %d, want %d: %s", request, body, status, want, text)
	}
	return text
}

// read decodes an answer.
func read[T any](s *site, text string) (value T) {
	s.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		s.Fatalf("%v: %s", err, text)
	}
	return value
}

func newTenant(slug string) tenant.New {
	return tenant.New{Slug: slug, Region: "VN", TimeZone: "Asia/Ho_Chi_Minh"}
}
