// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"tandem/internal/load"
)

// The fan-out that is measured: what every event that matters goes to.
const (
	fanEndpoints = 1000
	fanEach      = 10  // endpoints that an event is for
	fanRate      = 100 // such events per second
	fanDrain     = 30 * time.Second
)

// fanLife is the types of the events that endpoints are for, eight to a call.
var fanLife = []string{"call.fan-0", "call.fan-1", "call.fan-2", "call.fan-3", "call.fan-4", "call.fan-5", "call.fan-6", "call.fan-7"}

// audience is a thousand systems that take what they are told. They are in this
// process and cost what real ones would not: the machine is theirs, too.
type audience struct {
	url    string
	server *http.Server
	heard  atomic.Int64
}

func startAudience(ctx context.Context) (*audience, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &audience{url: "http://" + listener.Addr().String()}
	a.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			a.heard.Add(1)
		}
	})}
	go func() { _ = a.server.Serve(listener) }() // until stop
	return a, nil
}

func (a *audience) stop() { _ = a.server.Close() }

// invite makes the endpoints: ten for each type of fanLife, the others for
// types that do not come.
func (a *audience) invite(ctx context.Context, to *process) error {
	for i := range fanEndpoints {
		event := fmt.Sprint("call.quiet-", i)
		if i < fanEach*len(fanLife) {
			event = fanLife[i%len(fanLife)]
		}
		body := map[string]any{"name": fmt.Sprint("Endpoint ", i), "template": "webhook", "url": fmt.Sprintf("%s/%d", a.url, i), "events": []string{event}}
		if err := to.call(ctx, http.MethodPost, "/api/v1/integration-endpoints", body, nil); err != nil {
			return err
		}
	}
	return nil
}

// fanned is ingest with and without a fan-out beside it.
type fanned struct {
	most, p50, p99 [2]series // events per second at most; milliseconds at a fixed rate. Without, then with.
	delivered, owe series
	drain          series
}

func measureFanout(ctx context.Context, p *plan, out *page) error {
	lite, postgres := &fanned{}, &fanned{}
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		s, err := p.sqlite()
		if err != nil {
			return err
		}
		if err := lite.measure(ctx, p, s); err != nil {
			return err
		}
		s, drop, ok, err := p.postgres(ctx)
		if err != nil {
			return err
		}
		if ok {
			err := postgres.measure(ctx, p, s)
			drop()
			if err != nil {
				return err
			}
		}
	}
	out.line("## Fan-out to other systems\n")
	out.line("%d endpoints of signed webhooks; %d events per second that %d of them are each for, so %d requests per second, to a receiver on the same", fanEndpoints, fanRate, fanEach, fanRate*fanEach)
	out.line("two cores. Beside it ordinary calls that no endpoint is for: as many as possible on %d connections, and at 500 events per second.", connections)
	rows := [][]string{{"database", "events/s without", "with", "with ÷ without", "p50 ms without", "with", "p99 ms without", "with", "delivered", "not", "drained after s"}}
	for name, f := range map[string]*fanned{"SQLite": lite, "PostgreSQL": postgres} {
		if len(f.delivered) > 0 {
			rows = append(rows, []string{
				name, f.most[0].String(), f.most[1].String(), f.most[1].over(f.most[0]).String(), f.p50[0].String(), f.p50[1].String(), f.p99[0].String(), f.p99[1].String(),
				f.delivered.String(), f.owe.String(), f.drain.String(),
			})
		}
	}
	out.table(rows...)
	return nil
}

func (f *fanned) measure(ctx context.Context, p *plan, on store) error {
	a, err := startAudience(ctx)
	if err != nil {
		return err
	}
	defer a.stop()
	started, err := p.startAgain(ctx, on, "")
	if err != nil {
		return err
	}
	defer started.stop()
	target, err := started.target(ctx)
	if err != nil {
		return err
	}
	if err := a.invite(ctx, started); err != nil {
		return err
	}
	var sent int64
	for _, rate := range []float64{0, 500} {
		for with := range 2 {
			beside, end := context.WithCancel(ctx)
			told := make(chan *load.Report, 1)
			if with == 1 {
				go func() {
					report, _ := load.Lives(beside, target, load.LivesOptions{Callers: 1000, Life: fanLife, Common: load.Common{
						Bounds: load.Bounds{Duration: p.duration + 2*warmup}, Connections: 8, Rate: fanRate,
					}})
					told <- report
				}()
			}
			err := f.ordinary(ctx, p, target, rate, with)
			if with == 1 {
				if report := <-told; report != nil {
					sent += report.Acked
				}
			}
			end()
			if err != nil {
				return err
			}
		}
	}
	began := time.Now()
	for a.heard.Load() < sent*fanEach && time.Since(began) < fanDrain {
		if err := rest(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	f.drain = append(f.drain, time.Since(began).Seconds())
	f.delivered, f.owe = append(f.delivered, float64(a.heard.Load())), append(f.owe, float64(sent*fanEach-a.heard.Load()))
	p.say("  delivered %d of %d", a.heard.Load(), sent*fanEach)
	return nil
}

// ordinary posts calls that no endpoint is for: at a rate, or as many as
// possible when it is 0.
func (f *fanned) ordinary(ctx context.Context, p *plan, target load.Target, rate float64, with int) error {
	common := load.Common{Bounds: load.Bounds{Warmup: warmup, Duration: p.duration}, Connections: connections, Rate: rate}
	report, err := load.Lives(ctx, target, load.LivesOptions{Callers: 1000, Common: common})
	if err != nil {
		return err
	}
	p.say("  rate %v, with %d: %s events/s, p50 %s ms, p99 %s ms", rate, with, figure(report.PerSecond()), figure(milliseconds(report.Latency.P50)), figure(milliseconds(report.Latency.P99)))
	if rate == 0 {
		f.most[with] = append(f.most[with], report.PerSecond())
		return nil
	}
	f.p50[with], f.p99[with] = append(f.p50[with], milliseconds(report.Latency.P50)), append(f.p99[with], milliseconds(report.Latency.P99))
	return nil
}
