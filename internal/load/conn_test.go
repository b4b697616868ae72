// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
)

// The client reads whatever a server may answer, and connects again when the
// server has had enough.
func TestAnswersInEveryForm(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw    string
		status int
		body   string
		err    string
	}{
		"with a length":     {raw: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX: y\r\n\r\nhello", status: 200, body: "hello"},
		"without a body":    {raw: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
		"in chunks":         {raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", status: 200, body: "hello"},
		"and ends":          {raw: "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", status: 503, body: "no"},
		"cut":               {raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", err: "connection closed"},
		"not HTTP":          {raw: "SSH-2.0-OpenSSH_9.2\r\n", err: "not HTTP"},
		"a negative length": {raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", err: "not HTTP"},
		"too much":          {raw: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", err: "not HTTP"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := rawServer(t, test.raw)
			c := newConn(&target)
			defer c.close()
			for range 2 { // on one connection or, after its end, on another
				status, body, err := c.post(t.Context(), []byte(`{}`))
				if test.err != "" {
					if err == nil || reason(err) != test.err {
						t.Errorf("error %v, want %s", err, test.err)
					}
					continue
				}
				if err != nil || status != test.status || string(body) != test.body {
					t.Errorf("answer %d %q %v, want %d %q", status, body, err, test.status, test.body)
				}
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	target := rawServer(t, "")
	target.address = "127.0.0.1:1" // the port of a service nobody runs
	if _, _, err := newConn(&target).post(t.Context(), nil); err == nil || reason(err) != "not connected" {
		t.Errorf("error %v", err)
	}
}

// rawServer answers every request with the same bytes. It ends the connection
// after bytes that say so, and after those that are no whole answer.
func rawServer(t *testing.T, answer string) Target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	keeps := strings.HasPrefix(answer, "HTTP/") && !strings.Contains(answer, "close") && !strings.HasSuffix(answer, "hel")
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					request, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = in.Discard(int(request.ContentLength))
					if _, err := conn.Write([]byte(answer)); err != nil || !keeps {
						return
					}
				}
			}()
		}
	}()
	target, err := NewTarget(t.Context(), "http://"+listener.Addr().String(), "/webhook", "")
	if err != nil {
		t.Fatal(err)
	}
	return target
}
