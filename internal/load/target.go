// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tandem/internal/problem"
)

// Target is the Tandem that is driven.
type Target struct {
	address string // host and port, on this machine
	host    string // as the URL says it
	webhook string // path that events are posted to
	key     string // API key for reading back and for the live view
}

// NewTarget returns the Tandem at address, such as http://127.0.0.1:8080, which
// must be this machine's own: a generator of load that can be pointed at others
// is a weapon. Events go to the path webhook.
func NewTarget(ctx context.Context, address, webhook, key string) (Target, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" || parsed.Host == "" || parsed.User != nil || strings.Trim(parsed.Path, "/") != "" {
		return Target{}, problem.New(problem.Invalid, "load.bad_url", "The address of a Tandem looks like http://127.0.0.1:8080.")
	}
	if !strings.HasPrefix(webhook, "/") || strings.ContainsAny(webhook, " \r\n") || strings.ContainsAny(key, "\r\n") {
		return Target{}, problem.New(problem.Invalid, "load.bad_path", "The path for events begins with / and has no spaces, such as /webhook.")
	}
	port := parsed.Port()
	if port == "" {
		port = "80"
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, parsed.Hostname())
	if err != nil {
		return Target{}, problem.New(problem.Invalid, "load.bad_url", "The host %q is not known.", parsed.Hostname())
	}
	best := found[0].IP
	for _, address := range found {
		if address.IP.To4() != nil {
			best = address.IP // where Tandem listens by itself
		}
		if !address.IP.IsLoopback() {
			return Target{}, problem.New(problem.Invalid, "load.not_loopback",
				"%s is not this machine's own address. Load is only made on the machine that bears it: run this there, against 127.0.0.1.", parsed.Host)
		}
	}
	return Target{address: net.JoinHostPort(best.String(), port), host: parsed.Host, webhook: webhook, key: key}, nil
}

// dialTime is how long a connection may take to be made.
const dialTime = 5 * time.Second

// dial connects to the address that was checked, whatever its name means now.
func (t *Target) dial(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTime}
	return dialer.DialContext(ctx, "tcp", t.address)
}

// client returns an ordinary client, for all that is not measured.
func (t *Target) client() *http.Client {
	return &http.Client{
		Timeout: readTime,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return t.dial(ctx) },
		},
	}
}
