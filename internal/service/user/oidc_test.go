// SPDX-License-Identifier: Apache-2.0

package user

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/problem"
)

// What a browser is led back to is always a page of ours.
func TestLocalPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/calls":                     "/calls",
		"/calls?state=open":          "/calls?state=open",
		"":                           "/",
		"calls":                      "/",
		"//evil.example":             "/",
		`/\evil.example`:             "/",
		`\\evil.example`:             "/",
		"https://evil.example/calls": "/",
		"javascript:alert(1)":        "/",
		"/\tx":                       "/",
		"/a\r\nSet-Cookie: x=y":      "/",
		"%2f%2fevil.example":         "/",
	} {
		if got := localPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

// A provider that does not answer is not asked again at once, however often
// people try to sign in; one that answers without end is cut; and what lies in
// a private network is not reached unless the operator allows it.
func TestProviders(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = io.Copy(w, io.LimitReader(endless{}, 64<<20)) // whoever has enough leaves
	}))
	defer server.Close()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	open := newProviders(true, func() time.Time { return now })
	for range 3 {
		if _, err := open.find(t.Context(), server.URL); problem.Of(err).Code != "oidc.no_provider" {
			t.Errorf("found %v", err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	now = now.Add(providerRest)
	if _, err := open.find(t.Context(), server.URL); err == nil || asked != 2 {
		t.Errorf("later: asked %d times, %v", asked, err)
	}
	response, err := open.client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); n != providerReply || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}

	shut := newProviders(false, time.Now)
	before := asked
	if _, err := shut.find(t.Context(), strings.Replace(server.URL, "127.0.0.1", "localhost", 1)); err == nil || asked != before {
		t.Errorf("reached this machine: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '['
	}
	return len(p), nil
}
