// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

const (
	postTime      = 20 * time.Second // for one request and its answer
	answerBytes   = 4096             // read at a time
	answerBodyMax = 1 << 20
)

// conn is one keep-alive connection that posts events one after the other. It
// connects when it has to, and again after an error.
type conn struct {
	target *Target
	head   []byte // of every request, up to the content length
	net    net.Conn
	in     *bufio.Reader
	out    []byte
	answer bytes.Buffer
}

func newConn(target *Target) *conn {
	c := &conn{target: target, in: bufio.NewReaderSize(nil, answerBytes)}
	c.head = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: ", target.webhook, target.host)
	return c
}

// post sends body and returns the answer's status and body, which is good until
// the next post. The context ends waiting for a connection, not an answer.
func (c *conn) post(ctx context.Context, body []byte) (status int, answer []byte, err error) {
	if c.net == nil {
		if c.net, err = c.target.dial(ctx); err != nil {
			c.net = nil
			return 0, nil, fmt.Errorf("connect: %w", err)
		}
		c.in.Reset(c.net)
	}
	status, err = c.exchange(body)
	if err != nil {
		c.close()
		return 0, nil, err
	}
	return status, c.answer.Bytes(), nil
}

func (c *conn) exchange(body []byte) (status int, err error) {
	if err := c.net.SetDeadline(time.Now().Add(postTime)); err != nil {
		return 0, err
	}
	c.out = append(c.out[:0], c.head...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if _, err := c.net.Write(c.out); err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	status, err = c.read()
	if err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	return status, nil
}

var errNotHTTP = errors.New("not an HTTP/1.1 answer")

// read reads one answer: the status line, of the header only what says where
// the body ends, and the body.
func (c *conn) read() (status int, err error) {
	line, err := c.line()
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, errNotHTTP
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, errNotHTTP
	}
	length, chunked, last := 0, false, false
	for {
		if line, err = c.line(); err != nil {
			return 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "Content-Length"):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > answerBodyMax {
				return 0, errNotHTTP
			}
		case is(name, "Transfer-Encoding"):
			chunked = is(value, "chunked")
		case is(name, "Connection"):
			last = is(value, "close")
		}
	}
	if err := c.body(length, chunked); err != nil {
		return 0, err
	}
	if last {
		c.close()
	}
	return status, nil
}

func is(text []byte, name string) bool {
	return len(text) == len(name) && bytes.EqualFold(text, []byte(name))
}

// line returns the next line of the header, without its end.
func (c *conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (c *conn) body(length int, chunked bool) error {
	c.answer.Reset()
	if !chunked {
		_, err := io.CopyN(&c.answer, c.in, int64(length))
		return err
	}
	if _, err := io.Copy(&c.answer, io.LimitReader(httputil.NewChunkedReader(c.in), answerBodyMax)); err != nil {
		return err
	}
	_, err := c.line() // behind the last chunk
	return err
}

func (c *conn) close() {
	if c.net != nil {
		c.net.Close()
		c.net = nil
	}
}

// reason names what kind of error it was, for counting.
func reason(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "run ended"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	case errors.Is(err, errNotHTTP):
		return "not HTTP"
	}
	var operation *net.OpError
	if errors.As(err, &operation) {
		if operation.Op == "dial" {
			return "not connected"
		}
		return "connection reset"
	}
	return "other"
}
