// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tandem/internal/ask"
	"tandem/internal/call"
	"tandem/internal/guard"
	"tandem/internal/problem"
)

// Why a command was missed, besides ReasonTooLate.
const (
	reasonDeadline    = "deadline"     // the phone system did not take it in time
	reasonRefused     = "refused"      // the phone system said no
	reasonMovedOn     = "moved_on"     // the call no longer waited
	reasonNoConnector = "no_connector" // the connector has been removed
	reasonNoURL       = "no_url"       // the connector names no address for commands
	reasonUnanswered  = "unanswered"   // it may have been taken; to tell again could call somebody twice
)

const (
	answerBytesMax = 64 << 10 // read of an answer, so that its connection can be used again
	answerShown    = 200      // kept of an answer that says no
)

// result is what came of one attempt.
type result struct {
	retry   bool
	reached bool   // the request may have reached the phone system, though no answer came
	reason  string // why it is missed; "" when it was sent or may be tried again
	url     string
	status  int
	problem string // what went wrong, for people
}

// newClient returns the client that speaks to phone systems. It follows no
// redirects: a credential must not go to another address than the one that an
// administrator entered. Phone systems stand in private networks, but none where
// clouds hand out credentials.
func newClient(slots int) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second, Control: guard.Control(true)}).DialContext,
			TLSHandshakeTimeout:    2 * time.Second,
			MaxIdleConnsPerHost:    slots,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: answerBytesMax,
		},
	}
}

// attempt sends a command once, if its reason still holds. waits says that the
// call was just seen to wait.
func (s *sender) attempt(ctx context.Context, c *command, waits bool) result {
	left := time.UnixMilli(c.deadline).Sub(s.r.now())
	if left <= 0 {
		return result{reason: reasonDeadline, problem: c.lastError}
	}
	if !waits && c.kind != kindDialer { // who wants a call made waits for it, whatever other calls do
		states, err := s.r.live.States(ctx, s.r.db, []callRef{c.call})
		if err != nil {
			return result{retry: true, problem: "the call's state cannot be read now"}
		}
		if states[c.call] != call.StateStandby {
			return result{reason: reasonMovedOn}
		}
	}
	connector, err := s.r.connectors.find(ctx, c.call.Tenant, c.call.Connector)
	switch {
	case problem.Of(err).Kind == problem.NotFound:
		return result{reason: reasonNoConnector}
	case err != nil:
		return result{retry: true, problem: "the connector's address cannot be found out now"}
	case connector.APIURL == "":
		return result{reason: reasonNoURL}
	}
	body, err := s.bodyOf(ctx, connector.Dialect, c)
	if err != nil && c.kind == kindDialer {
		return result{retry: true, problem: "the order cannot be read now"}
	}
	if err != nil {
		return result{reason: reasonRefused, problem: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, min(left, s.timeout))
	defer cancel()
	c.attempts++
	if c.attempts == 1 && c.kind != kindDialer {
		s.r.metrics.departure.Observe(s.r.now().Sub(time.UnixMilli(c.received)).Seconds())
	}
	out := s.post(ctx, connector, body)
	if c.kind == kindDialer && out.reached {
		out.retry, out.reason = false, reasonUnanswered
	}
	return out
}

// bodyOf writes a command as the phone system wants it.
func (s *sender) bodyOf(ctx context.Context, dialect string, c *command) ([]byte, error) {
	if c.kind != kindDialer {
		return commandBody(dialect, *c)
	}
	d, err := s.r.store.findDial(ctx, c.call.Tenant, c.call.CallID)
	if err != nil {
		return nil, err
	}
	return d.body()
}

// post sends body and judges the answer.
func (s *sender) post(ctx context.Context, connector ask.Connector, body []byte) result {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, connector.APIURL, bytes.NewReader(body))
	if err != nil {
		return result{reason: reasonRefused, problem: "the connector's address is no URL"}
	}
	out := result{url: shown(request.URL)}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Tandem")
	if connector.APIUser != "" || connector.APIPassword != "" {
		request.SetBasicAuth(connector.APIUser, connector.APIPassword)
	}
	response, err := s.client.Do(request)
	if err != nil {
		out.retry, out.reached, out.problem = true, !isDialing(err), reasonOf(err)
		return out
	}
	defer response.Body.Close()
	// An answer that breaks off after its status was an answer.
	answer, _ := io.ReadAll(io.LimitReader(response.Body, answerBytesMax))
	out.status = response.StatusCode
	if out.status >= 200 && out.status < 300 && !isPage(answer) {
		return out
	}
	out.problem = fmt.Sprintf("answered %d: %s", out.status, excerpt(answer))
	if refused(response) {
		out.reason = reasonRefused
		return out
	}
	out.retry = true
	return out
}

// isDialing reports whether a request failed before it was sent.
func isDialing(err error) bool {
	var connecting *net.OpError
	return errors.As(err, &connecting) && connecting.Op == "dial"
}

// isPage reports whether an answer is a web page: some proxy's, with whatever
// status, and not a phone system's. Their Content-Type cannot tell, since one
// sends its plain texts as text/html.
func isPage(answer []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(answer, "\ufeff \t\r\n"), []byte("<"))
}

// refused reports whether an answer is the phone system's own no. A page in
// HTML is that of a proxy before it, or of a start-up, and may be gone in a
// second; so may a timeout or a limit.
func refused(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return response.StatusCode >= 400 && response.StatusCode < 500 && kind != "text/html"
}

// commandBody writes a command as the dialect wants it.
func commandBody(dialect string, c command) ([]byte, error) {
	type body struct {
		Type        string          `json:"type"`
		CallID      string          `json:"call_id"`
		Destination json.RawMessage `json:"destination"`
	}
	text, err := json.Marshal(c.destination)
	if err != nil {
		return nil, fmt.Errorf("encode destination: %w", err)
	}
	switch dialect {
	case "delegate":
		return json.Marshal(body{Type: "delegate", CallID: c.call.CallID, Destination: text})
	case "call.waiting":
		if isNumber(c.destination) {
			text = []byte(c.destination)
		}
		return json.Marshal(body{Type: "call.waiting", CallID: c.call.CallID, Destination: text})
	default:
		return nil, fmt.Errorf("the connector's dialect %q is unknown", dialect)
	}
}

// isNumber reports whether a destination keeps its digits as a JSON number.
func isNumber(s string) bool {
	return s != "" && len(s) <= 15 && (s == "0" || s[0] != '0') && strings.Trim(s, "0123456789") == ""
}

// shown returns an address without what may be secret in it.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// reasonOf says why a request failed, without the address that net/http puts
// in front of it.
func reasonOf(err error) string {
	var wrapped *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &wrapped):
		return wrapped.Err.Error()
	default:
		return err.Error()
	}
}

// excerpt returns the beginning of an answer as one line.
func excerpt(answer []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(answer), "")), " ")
	text = strings.ReplaceAll(text, "\x00", "")
	if len(text) > answerShown {
		text = strings.ToValidUTF8(text[:answerShown], "") + "…"
	}
	return text
}
