// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"tandem/internal/guard"
)

const (
	reachTime    = 3 * time.Second
	reachRead    = 64 << 10 // bytes of an answer, so that the connection ends cleanly
	actionsPath  = "/actions"
	vendorStatus = "/peers" // the vendor's only request that reads and plays nothing
)

// Tested is what came of asking a phone system's API whether it is there.
type Tested struct {
	OK       bool   `json:"ok"`
	Tried    string `json:"tried" doc:"What was asked; empty if the connector has no API"`
	Status   int    `json:"status" doc:"HTTP status of the answer; 0 if none came"`
	TookMS   int64  `json:"tookMs"`
	Detail   string `json:"detail" doc:"One sentence for people"`
	TestedAt string `json:"testedAt" format:"date-time"`
}

// newClient returns a client that follows no redirect: a credential goes to
// the address it was given for. Phone systems stand in private networks, but
// none where clouds hand out credentials.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       reachTime,
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: reachTime, Control: guard.Control(true)}).DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// TestConnector asks a connector's API something that changes nothing; no call
// is made or moved. That the API cannot be reached is a result, not an error.
func (i *Ingest) TestConnector(ctx context.Context, tenant, id int64) (Tested, error) {
	r, err := i.store.find(ctx, tenant, id)
	if err != nil {
		return Tested{}, err
	}
	password, err := i.Box.Open(purpose(&r, "password"), r.passwordSealed)
	if err != nil {
		return Tested{}, fmt.Errorf("open password of connector %s: %w", r.Name, err)
	}
	now := i.Now().UTC().Format(time.RFC3339)
	if r.APIURL == "" {
		return Tested{Detail: "The connector has no API address, so no commands can be sent to it.", TestedAt: now}, nil
	}
	address, err := reachable(r.APIURL, r.Dialect)
	if err != nil {
		return Tested{}, fmt.Errorf("read API address of connector %s: %w", r.Name, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return Tested{}, fmt.Errorf("ask connector %s: %w", r.Name, err)
	}
	request.Header.Set("User-Agent", "tandem")
	if r.APIUser != "" || password != "" {
		request.SetBasicAuth(r.APIUser, password)
	}
	began := time.Now()
	status, failure := i.reach(request)
	tested := Tested{Tried: "GET " + address, Status: status, TookMS: time.Since(began).Milliseconds(), TestedAt: now}
	tested.OK, tested.Detail = judge(status, r.Dialect, failure)
	return tested, nil
}

// reachable returns what can be asked of an API without any effect: the
// vendor's list of peers, or else the address itself, which for GET does
// nothing.
func reachable(api, dialect string) (string, error) {
	u, err := url.Parse(api)
	if err != nil {
		return "", err
	}
	if dialect != Delegate {
		return u.String(), nil
	}
	u.RawQuery = ""
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), actionsPath) + vendorStatus
	u.RawPath = ""
	return u.String(), nil
}

func (i *Ingest) reach(request *http.Request) (status int, err error) {
	response, err := i.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, reachRead)) // the status is all that counts
	return response.StatusCode, nil
}

func judge(status int, dialect string, err error) (ok bool, detail string) {
	switch {
	case isTimeout(err):
		return false, "It did not answer in time."
	case errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork):
		return false, "Its address is in a network that phone systems are not reached in."
	case err != nil:
		return false, "It cannot be reached: " + cause(err) + "."
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return false, "It answers, but refuses the credential."
	case status >= http.StatusInternalServerError:
		return false, "It answers, but with a fault of its own."
	case status/100 == 2:
		return true, "It answers."
	case dialect != Delegate:
		return true, "It answers. Whether it takes commands shows only with a call."
	default:
		return false, "Something answers, but it does not know the request; check the address."
	}
}

// cause is the innermost error, which names neither address nor credential.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
