// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"tandem/internal/load"
)

// pbx is a phone system that takes every command and notes when it came.
type pbx struct {
	url    string
	server *http.Server

	mu      sync.Mutex
	arrived map[string]time.Time // the first command for a call
	again   int                  // commands for calls that had one
}

func startPBX(ctx context.Context) (*pbx, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &pbx{url: "http://" + listener.Addr().String(), arrived: map[string]time.Time{}}
	p.server = &http.Server{Handler: http.HandlerFunc(p.take), ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }() // until stop
	return p, nil
}

func (p *pbx) stop() { _ = p.server.Close() }

func (p *pbx) take(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	var command struct {
		CallID string `json:"call_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&command); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	if _, ok := p.arrived[command.CallID]; ok {
		p.again++
	} else {
		p.arrived[command.CallID] = now
	}
	p.mu.Unlock()
	_, _ = w.Write([]byte(`{"status":"ok"}`)) // a Tandem that has gone needs no answer
}

// asked notes when calls began to wait, and whether each was told where to go.
type asked struct {
	mu   sync.Mutex
	sent map[string]time.Time
}

func (a *asked) note(post load.Post) {
	if post.Type != "call.standby" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[post.CallID] = post.Sent
}

// answered waits until every call that waits was told where to go, or has
// waited for the ten seconds that a phone system does, and returns how long it
// took and how many were told nothing.
func (a *asked) answered(ctx context.Context, by *pbx) (took *hdrhistogram.Histogram, missed int, err error) {
	deadline := time.Now().Add(11 * time.Second)
	for {
		took, missed = hdrhistogram.New(1, int64(time.Minute/time.Microsecond), 3), 0
		by.mu.Lock()
		for id, sent := range a.sent {
			if at, ok := by.arrived[id]; ok {
				err = errors.Join(err, took.RecordValue(max(1, at.Sub(sent).Microseconds())))
			} else {
				missed++
			}
		}
		by.mu.Unlock()
		if err != nil || missed == 0 || time.Now().After(deadline) {
			return took, missed, err
		}
		if err := rest(ctx, 100*time.Millisecond); err != nil {
			return nil, 0, err
		}
	}
}

// standbys is one rate at which calls begin to wait.
type standbys struct {
	calls                  float64 // per second
	p50, p99, most, missed series
	asked, posted          series
}

func measureRouting(ctx context.Context, p *plan, out *page) error {
	rates := []*standbys{{calls: 200}, {calls: 1000}}
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		for _, rate := range rates {
			s, err := p.sqlite()
			if err != nil {
				return err
			}
			if err := rate.measure(ctx, p, s); err != nil {
				return err
			}
		}
	}
	out.line("## Routing\n")
	out.line("Calls begin (`call.new`) and wait (`call.standby`) at a fixed rate. Measured from the moment before the webhook is sent until the")
	out.line("command has arrived at the phone system, which answers at once; SQLite. A call is missed when it was told nothing within ten seconds.")
	rows := [][]string{{"standbys/s", "posted/s", "p50 ms", "p99 ms", "most ms", "calls", "missed"}}
	for _, r := range rates {
		rows = append(rows, []string{figure(r.calls), r.posted.String(), r.p50.String(), r.p99.String(), r.most.String(), r.asked.String(), r.missed.String()})
	}
	out.table(rows...)
	return nil
}

func (r *standbys) measure(ctx context.Context, p *plan, on store) error {
	by, err := startPBX(ctx)
	if err != nil {
		return err
	}
	defer by.stop()
	started, err := p.startAgain(ctx, on, by.url)
	if err != nil {
		return err
	}
	defer started.stop()
	target, err := started.target(ctx)
	if err != nil {
		return err
	}
	a := &asked{sent: map[string]time.Time{}}
	report, err := load.Lives(ctx, target, load.LivesOptions{
		Callers: 1000, Life: []string{"call.new", "call.standby"}, Posted: a.note,
		Common: load.Common{Bounds: load.Bounds{Duration: p.duration}, Connections: 32, Rate: 2 * r.calls},
	})
	if err != nil {
		return err
	}
	took, missed, err := a.answered(ctx, by)
	if err != nil {
		return err
	}
	at := func(percentile float64) float64 { return float64(took.ValueAtPercentile(percentile)) / 1000 }
	r.p50, r.p99, r.most = append(r.p50, at(50)), append(r.p99, at(99)), append(r.most, float64(took.Max())/1000)
	r.asked, r.missed = append(r.asked, float64(len(a.sent))), append(r.missed, float64(missed))
	r.posted = append(r.posted, float64(len(a.sent))/report.Took.Seconds())
	p.say("  %s standbys/s: p99 %s ms, %d missed of %d", figure(r.calls), figure(at(99)), missed, len(a.sent))
	return nil
}
