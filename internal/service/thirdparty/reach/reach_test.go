// SPDX-License-Identifier: Apache-2.0

package reach_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tandem/internal/service/thirdparty/reach"
)

// This machine and private networks are not reached unless the operator allows
// it, however their addresses are written; where clouds hand out credentials is
// not reached at all.
func TestGuard(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(server.Close)
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	closed, open := reach.New(false, 5*time.Second), reach.New(true, 5*time.Second)
	for _, host := range []string{
		"127.0.0.1", "localhost", "0.0.0.0", "127.1.2.3", "10.0.0.1", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.100.0.1",
		"224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.8",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001::7f00:1]",
		"[fe80::1]", "[fec0::1]", "[fd00:ec2::254]", "[ff02::1]",
	} {
		a := closed.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: "http://" + host + ":" + port})
		if !a.Refused || a.Status != 0 {
			t.Errorf("%s: %+v", host, a.Exchange)
		}
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		a := open.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: "http://" + host + ":" + port})
		if a.Status != http.StatusNoContent {
			t.Errorf("allowed %s: %+v", host, a.Exchange)
		}
	}
	for _, host := range []string{"169.254.169.254", "0.0.0.0", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[fe80::1]"} {
		if a := open.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: "http://" + host}); !a.Refused {
			t.Errorf("allowed %s: %+v", host, a.Exchange)
		}
	}
}

// A redirect is an answer, not a way: it might lead where the guard would not.
// Secrets do not show, long bodies are cut, and a slow answer is none.
func TestExchange(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/slow":
			<-released
		default:
			w.Header().Set("Set-Cookie", "a=hunter2")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(r.Header.Get("Authorization")[:6] + "\x00" + strings.Repeat("x", 10_000)))
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(released) })
	client := reach.New(true, 200*time.Millisecond)
	if a := client.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: server.URL + "/moved"}); a.Status != http.StatusFound || a.OK() {
		t.Errorf("redirect: %+v", a.Exchange)
	}
	if a := client.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: server.URL + "/slow"}); a.Exchange.Error != "no answer in time" {
		t.Errorf("slow: %+v", a.Exchange)
	}
	a := client.Do(t.Context(), reach.Request{
		Method: http.MethodPost, URL: server.URL, Body: []byte(strings.Repeat("y", 10_000)),
		Header: http.Header{"X-Plain": {"seen"}}, Secret: http.Header{"Authorization": {"Bearer hunter2"}},
	})
	shown := a.Exchange
	if a.RetryAfter != 7*time.Second || shown.Status != 503 || len(shown.Body) > 5000 || len(shown.RequestBody) > 5000 || strings.ContainsRune(shown.Body, 0) {
		t.Errorf("%+v", a)
	}
	if shown.RequestHeaders["x-plain"] != "seen" || strings.Contains(shown.RequestHeaders["authorization"]+shown.Headers["set-cookie"], "hunter2") {
		t.Errorf("headers %v %v", shown.RequestHeaders, shown.Headers)
	}
}

// Why there was no answer is said in words that name nothing of the network
// that Tandem is in: not even the server that knows no such host.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(server.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	client := reach.New(true, 20*time.Second)
	for address, want := range map[string]string{
		server.URL:              "the host closed the connection without an answer",
		gone.URL:                "the host refused the connection",
		"http://2130706433":     "host",
		"http://nobody.invalid": "host",
	} {
		a := client.Do(t.Context(), reach.Request{Method: http.MethodGet, URL: address})
		if !strings.Contains(a.Exchange.Error, want) || strings.ContainsAny(a.Exchange.Error, "0123456789:") {
			t.Errorf("%s: %q", address, a.Exchange.Error)
		}
	}
}

// A path cannot lead away from the host that was entered.
func TestJoin(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"": "https://crm.example/v1", "/contacts?phone=1": "https://crm.example/v1/contacts?phone=1", "contacts": "https://crm.example/v1/contacts",
		"//evil.example/x": "https://crm.example/v1//evil.example/x", "https://evil.example": "", "@evil.example": "https://crm.example/v1/@evil.example",
	} {
		if got, err := reach.Join("https://crm.example/v1", path); got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	for _, bad := range []string{"", "ftp://a", "https://u:p@a", "https://", "//a", "https://a#b", "javascript:alert(1)"} {
		if reach.CheckURL(bad) == nil {
			t.Errorf("%q is acceptable", bad)
		}
	}
}
