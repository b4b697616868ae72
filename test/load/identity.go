// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// askers is how many connections ask who they are.
const askers = 32

// measureIdentity measures what it costs to know who is asking, once their
// password has been checked.
func measureIdentity(ctx context.Context, p *plan, out *page) error {
	on, err := p.sqlite()
	if err != nil {
		return err
	}
	started, err := p.startAgain(ctx, on, "")
	if err != nil {
		return err
	}
	defer started.stop()
	asked := []struct {
		name, path, header string
		perSecond          series
	}{
		{name: "`GET /healthz`", path: "/healthz"},
		{name: "`GET /api/v1/me`, Basic", path: "/api/v1/me", header: "Authorization: Basic YW5hOnRhbmRlbQ==\r\n"}, // ana of the demo
		{name: "`GET /api/v1/me`, API key", path: "/api/v1/me", header: "X-API-Key: " + demoKey + "\r\n"},
	}
	address := strings.TrimPrefix(started.url, "http://")
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		for i := range asked {
			a := &asked[i]
			request := "GET " + a.path + " HTTP/1.1\r\nHost: " + address + "\r\n" + a.header + "\r\n"
			if _, err := ask200(ctx, address, request, warmup); err != nil {
				return err
			}
			perSecond, err := ask200(ctx, address, request, p.duration)
			if err != nil {
				return err
			}
			a.perSecond = append(a.perSecond, perSecond)
		}
	}
	out.line("## Who is asking\n")
	out.line("%d keep-alive connections, closed loop. A password is hashed (argon2id) when it has not been shown for a minute;", askers)
	out.line("after that it is remembered, and every request is checked against what is remembered.")
	rows := [][]string{{"request", "requests/s", "÷ health"}}
	for _, a := range asked {
		rows = append(rows, []string{a.name, a.perSecond.String(), a.perSecond.over(asked[0].perSecond).String()})
	}
	out.table(rows...)
	return nil
}

// ask200 sends one request over and over on connections of its own, and returns
// how often a second it was answered with 200.
func ask200(ctx context.Context, address, request string, duration time.Duration) (perSecond float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	var answered atomic.Int64
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range askers {
		group.Go(func() error {
			var dialer net.Dialer
			conn, err := dialer.DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for ctx.Err() == nil {
				if err := exchange(conn, in, request); err != nil {
					return err
				}
				answered.Add(1)
			}
			return nil
		})
	}
	err = group.Wait()
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // the time is over
	}
	return float64(answered.Load()) / time.Since(began).Seconds(), err
}

func exchange(out io.Writer, in *bufio.Reader, request string) error {
	if _, err := io.WriteString(out, request); err != nil {
		return err
	}
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}
