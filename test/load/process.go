// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tandem/internal/gateway"
	"tandem/internal/load"
)

// How long the program may take to answer after its start, and to end.
const (
	startMax = 5 * time.Minute
	stopMax  = 30 * time.Second
)

const demoKey = "tandem-demo-key"

// process is a server that runs.
type process struct {
	url   string
	pid   int
	ready time.Duration // from its start until it answered
	cmd   *exec.Cmd
	errs  bytes.Buffer
	ended chan struct{}
}

// startTandem starts the program as people try it, apart from the mock PBX,
// which would make calls of its own. Its commands go to pbx.
func (p *plan) startTandem(ctx context.Context, data, dsn, pbx string) (*process, error) {
	arguments := []string{"serve", "--dev", "--data", data, "--listen", "127.0.0.1:0", "--mockpbx", "off", "--calls", "off", "--log.level", "warn"}
	if dsn != "" {
		arguments = append(arguments, "--database", dsn)
	}
	started, err := start(exec.CommandContext(ctx, p.binary, arguments...))
	if err != nil {
		return nil, err
	}
	if pbx != "" {
		if err := started.connect(ctx, pbx); err != nil {
			started.stop()
			return nil, err
		}
	}
	return started, nil
}

// startAgain is startTandem for the second time on the same data: the first
// start hashes the demo's passwords, and the memory that this takes stays for
// minutes.
func (p *plan) startAgain(ctx context.Context, on store, pbx string) (*process, error) {
	first, err := p.startTandem(ctx, on.data, on.dsn, pbx)
	if err != nil {
		return nil, err
	}
	first.stop()
	return p.startTandem(ctx, on.data, on.dsn, pbx)
}

// startBare starts this program as the bare server.
func startBare(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(exec.CommandContext(ctx, self, "bare"))
}

// serveBare is the server that does nothing: what HTTP alone costs.
func serveBare() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhook", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status":"ok"}`) // a sender that has gone needs no answer
		}
	})
	fmt.Fprintf(os.Stdout, "ready url=http://%s\n", listener.Addr())
	return gateway.Serve(ctx, []net.Listener{listener}, mux, slog.New(slog.DiscardHandler))
}

func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stderr = &p.errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	ready := make(chan string, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if address, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
				p.ready = time.Since(began)
				ready <- address
			}
		}
		_ = cmd.Wait() // how it ended does not matter here
	}()
	select {
	case p.url = <-ready:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("%s ended: %s", cmd, &p.errs)
	case <-time.After(startMax):
		p.stop()
		return nil, fmt.Errorf("%s was not ready within %s", cmd, startMax)
	}
}

// stop ends the process, and kills it when it does not end in time.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // or it has ended
	select {
	case <-p.ended:
	case <-time.After(stopMax):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

func (p *process) target(ctx context.Context) (load.Target, error) {
	return load.NewTarget(ctx, p.url, "/webhook", demoKey)
}

// cpu returns the processor time that the process has used; 0 where /proc does
// not tell.
func (p *process) cpu() time.Duration {
	const ticksPerSecond = 100 // of every Linux that is met
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// memory returns the megabytes that the process has in memory, and the most it
// ever had.
func (p *process) memory() (now, most float64) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "status"))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kB, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, _ := strconv.ParseFloat(kB, 64) // other lines hold no number
		switch name {
		case "VmRSS":
			now = n / 1024
		case "VmHWM":
			most = n / 1024
		}
	}
	return now, most
}

// connect points the demo's first connector at a PBX.
func (p *process) connect(ctx context.Context, pbx string) error {
	vendor, err := p.vendor(ctx)
	if err != nil {
		return err
	}
	body := map[string]any{"name": "vendor", "dialect": "delegate", "apiUrl": pbx + "/actions"}
	return p.call(ctx, http.MethodPut, fmt.Sprintf("/api/v1/connectors/%d", vendor), body, nil)
}

func (p *process) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+demoKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s %w", method, path, response.StatusCode, text, err)
	}
	if out == nil {
		return nil
	}
	if into, ok := out.(*string); ok {
		*into = string(text)
		return nil
	}
	return json.Unmarshal(text, out)
}

// metric returns the sum of a metric over all its labels.
func (p *process) metric(ctx context.Context, name string) (sum float64, err error) {
	var text string
	if err := p.call(ctx, http.MethodGet, "/metrics", nil, &text); err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, name+" ") && !strings.HasPrefix(line, name+"{") {
			continue
		}
		fields := strings.Fields(line)
		n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return 0, fmt.Errorf("read metric %s: %w", name, err)
		}
		sum += n
	}
	return sum, nil
}
