// SPDX-License-Identifier: Apache-2.0

// Package reach speaks HTTP to addresses that a tenant's administrator chose,
// and keeps what was said. It goes nowhere near the operator's own network
// unless the operator allows it, follows no redirects, waits no longer than it
// is told, and reads no more than a little of an answer.
package reach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"tandem/internal/guard"
	"tandem/internal/problem"
)

// The most that is kept of an exchange, and read of an answer.
const (
	requestShown  = 4 << 10
	answerShown   = 4 << 10
	answerRead    = 256 << 10
	headersShown  = 30
	headerShown   = 300
	retryAfterMax = 24 * time.Hour
	urlBytesMax   = 2048
)

// Client reaches the addresses that it may.
type Client struct {
	client  *http.Client
	timeout time.Duration
}

// New returns a client whose requests take at most timeout each.
// allowPrivate also lets it reach this machine and private networks.
func New(allowPrivate bool, timeout time.Duration) *Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Control: guard.Control(allowPrivate)}
	return &Client{timeout: timeout, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial for us, unguarded
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConns:           2000,
			MaxIdleConnsPerHost:    32,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}}
}

// Request is what to ask.
type Request struct {
	Method string
	URL    string
	Header http.Header // none of it is secret
	Secret http.Header // credentials; kept as dots
	Body   []byte
}

// Exchange is a request and its answer, as people see them later.
type Exchange struct {
	Method         string            `json:"method"`
	URL            string            `json:"url"`
	RequestHeaders map[string]string `json:"requestHeaders"`
	RequestBody    string            `json:"requestBody" doc:"Its beginning"`
	Status         int               `json:"status" doc:"0 when there was no answer"`
	Headers        map[string]string `json:"headers" doc:"Of the answer"`
	Body           string            `json:"body" doc:"The beginning of the answer"`
	TookMS         int64             `json:"tookMs"`
	Error          string            `json:"error,omitempty" doc:"Why there was no answer"`
}

// Answer is what came back.
type Answer struct {
	Exchange   Exchange
	Status     int // 0 when there was no answer
	Body       []byte
	RetryAfter time.Duration // what the answer asked for; 0 when nothing
	Refused    bool          // the address is one that may not be reached
}

// OK reports whether the answer is a yes.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Do asks. A request that got no answer has the reason in its exchange.
func (c *Client) Do(ctx context.Context, r Request) Answer {
	a := Answer{Exchange: Exchange{
		Method: r.Method, URL: r.URL, RequestHeaders: shownHeaders(r.Header), RequestBody: Excerpt(r.Body, requestShown), Headers: map[string]string{},
	}}
	for name := range r.Secret {
		a.Exchange.RequestHeaders[strings.ToLower(name)] = "••••••"
	}
	started := time.Now()
	c.do(ctx, r, &a)
	a.Exchange.TookMS = time.Since(started).Milliseconds()
	return a
}

func (c *Client) do(ctx context.Context, r Request, a *Answer) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		a.Exchange.Error = "the address is no URL"
		return
	}
	for _, headers := range []http.Header{r.Header, r.Secret} {
		for name, values := range headers {
			request.Header[name] = values
		}
	}
	response, err := c.client.Do(request)
	if err != nil {
		a.Exchange.Error, a.Refused = reasonOf(err)
		return
	}
	defer response.Body.Close()
	// An answer that breaks off after its status was an answer.
	a.Body, _ = io.ReadAll(io.LimitReader(response.Body, answerRead))
	a.Status, a.RetryAfter = response.StatusCode, retryAfter(response.Header, time.Now())
	a.Exchange.Status, a.Exchange.Headers, a.Exchange.Body = a.Status, shownHeaders(response.Header), Excerpt(a.Body, answerShown)
}

// reasonOf says why there was no answer, without the address, and whether it
// was because it may not be reached.
//
// Nor does it say whom Tandem asked for the host's address: that is a machine
// of the operator's network.
func reasonOf(err error) (reason string, refused bool) {
	var wrapped *url.Error
	var unresolved *net.DNSError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "the address is in a network that integrations may not reach", true
	case errors.As(err, &unresolved) && unresolved.IsNotFound:
		return "there is no host of this name", false
	case errors.As(err, &unresolved):
		return "the host's address could not be looked up", false
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "no answer in time", false
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the host refused the connection", false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the host closed the connection without an answer", false
	case errors.As(err, &wrapped):
		return wrapped.Err.Error(), false
	default:
		return err.Error(), false
	}
}

// isTimeout reports whether something took longer than it may: to connect, or
// to agree on keys.
func isTimeout(err error) bool {
	var timed net.Error
	return errors.As(err, &timed) && timed.Timeout()
}

// retryAfter reads the header (RFC 9110 §10.2.3): seconds, or a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	var d time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds < int64(retryAfterMax/time.Second) {
		d = time.Duration(seconds) * time.Second
	} else if err == nil {
		d = retryAfterMax
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), retryAfterMax)
}

// private are headers of answers whose values are not for a log.
var private = map[string]bool{"set-cookie": true, "authorization": true, "www-authenticate": true, "proxy-authenticate": true}

func shownHeaders(header http.Header) map[string]string {
	shown := map[string]string{}
	for name, values := range header {
		name = strings.ToLower(name)
		if len(shown) >= headersShown {
			break
		}
		if private[name] {
			shown[name] = "••••••"
			continue
		}
		shown[name] = Excerpt([]byte(strings.Join(values, ", ")), headerShown)
	}
	return shown
}

// Excerpt returns the beginning of a body as a text that every database and
// JSON can hold.
func Excerpt(body []byte, most int) string {
	cut := body[:min(len(body), most)]
	text := strings.ReplaceAll(strings.ToValidUTF8(string(cut), "\ufffd"), "\x00", "\ufffd")
	if len(body) > most {
		text += "…"
	}
	return text
}

// CheckURL says what is wrong with an address that requests shall go to; nil if
// nothing is. Credentials in it are refused: addresses are shown to people.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > urlBytesMax:
		return errors.New("must be a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("must begin with http:// or https://")
	case u.User != nil:
		return errors.New("must not hold a user or password; give them to an integrator")
	case u.Fragment != "":
		return errors.New("must not have a fragment")
	default:
		return nil
	}
}

// Join returns the address of a path below a base. The result stays on the
// base's host, whatever the path holds.
func Join(base, path string) (string, error) {
	if path == "" {
		return base, nil
	}
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		return "", problem.New(problem.Invalid, "integration_endpoint.path", "A path must not be a whole address.")
	}
	joined := strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(path, "/")
	from, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("read base address: %w", err)
	}
	to, err := url.Parse(joined)
	if err != nil || to.Host != from.Host || to.Scheme != from.Scheme {
		return "", problem.New(problem.Invalid, "integration_endpoint.path", "A path must stay on the host of the address.")
	}
	return joined, nil
}
