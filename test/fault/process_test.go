// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startMax = 2 * time.Minute
	stopMax  = 10 * time.Second // of SIGTERM
)

// program is what is tested. A process of ours that runs a test again
// is told of the one that was built.
var program = os.Getenv(builtProgram)

const builtProgram = "TANDEM_FAULT_BINARY"

func TestMain(m *testing.M) {
	if program != "" {
		os.Exit(m.Run())
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tandem-fault")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "tandem")
		if out, err := exec.Command("go", "build", "-o", program, "tandem/cmd/tandem").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// place is where a process keeps its data, and how it is reached.
type place struct {
	data, dsn string
}

// command returns a run of the program with these arguments. It ends with the test.
func (p place) command(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program, arguments...)
	bindToParent(c)
	return c
}

// process is a Tandem that runs.
type process struct {
	place

	url   string
	cmd   *exec.Cmd
	said  *transcript
	ended chan struct{} // closed when it has ended
}

// start runs tandem serve --dev until it is ready.
func (p place) start(t *testing.T, flags ...string) *process {
	t.Helper()
	arguments := append([]string{
		"serve", "--dev", "--data", p.data, "--database", p.dsn, "--listen", "127.0.0.1:0",
		"--mockpbx", "off", "--calls", "off", "--log.level", "warn",
	}, flags...)
	s := &process{place: p, cmd: p.command(t, arguments...), said: &transcript{}, ended: make(chan struct{})}
	s.cmd.Stderr = s.said
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(s.ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
				ready <- url
			}
		}
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("tandem said, at last:\n%s", s.said.last(4000))
		}
	})
	select {
	case s.url = <-ready:
	case <-s.ended:
		t.Fatalf("it ended: %s", s.cmd.ProcessState)
	case <-time.After(startMax):
		t.Fatal("not ready")
	}
	return s
}

// kill ends the process without a chance to tidy up.
func (s *process) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

// stop sends SIGTERM and returns how long the end took, which must be in time
// and in order.
func (s *process) stop(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(2 * stopMax):
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // shows where it hangs
		<-s.ended
		t.Fatalf("it did not end within %s of SIGTERM:\n%s", 2*stopMax, s.said.last(20_000))
	}
	took := time.Since(began)
	if took > stopMax {
		t.Errorf("it ended %s after SIGTERM, want within %s", took, stopMax)
	}
	if !s.cmd.ProcessState.Success() {
		t.Errorf("it ended with %s", s.cmd.ProcessState)
	}
	return took
}

// call asks the API, which has to answer 2xx.
func (s *process) call(t *testing.T, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	status, text, err := s.ask(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatal(err)
		}
	}
}

// ask is one request with the demo's key.
func (s *process) ask(ctx context.Context, method, path string, body []byte) (status int, text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer tandem-demo-key")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// isReady reports what /readyz says.
func (s *process) isReady(t *testing.T) bool {
	t.Helper()
	status, _, err := s.ask(t.Context(), http.MethodGet, "/readyz", nil)
	return err == nil && status == http.StatusOK
}

// metric returns a value of /metrics, which has no labels.
func (s *process) metric(t *testing.T, name string) float64 {
	t.Helper()
	status, text, err := s.ask(t.Context(), http.MethodGet, "/metrics", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("/metrics: %d, %v", status, err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return number
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// connector makes a connector that tells pbx where calls go, and returns where
// that phone system posts to.
func (s *process) connector(t *testing.T, name, pbx string) (webhook string) {
	t.Helper()
	var made struct {
		WebhookURL string `json:"webhookUrl"`
	}
	s.call(t, http.MethodPost, "/api/v1/connectors", map[string]any{"name": name, "dialect": "delegate", "apiUrl": pbx + "/actions"}, &made)
	return made.WebhookURL
}

// examine asks the doctor. He may find fault with the disk, which in some tests
// is small on purpose, and with nothing else.
func (p place) examine(t *testing.T) {
	t.Helper()
	out, err := p.command(t, "doctor", "--data", p.data, "--database", p.dsn).CombinedOutput()
	findings := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "WRONG  disk ") {
			findings++
			continue
		}
		if strings.HasPrefix(line, "WRONG") {
			t.Errorf("doctor: %s", line)
		}
	}
	if findings < 5 {
		t.Errorf("the doctor could not look: %v\n%s", err, out)
	}
}

// transcript keeps what a process says.
type transcript struct {
	mu   sync.Mutex
	text []byte
}

// Write implements [io.Writer].
func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	return len(b), nil
}

func (l *transcript) last(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text[max(0, len(l.text)-n):])
}

// await returns when condition holds, and how long that took.
func await(t *testing.T, most time.Duration, what string, condition func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		if time.Since(began) > most {
			t.Fatalf("not within %s: %s", most, what)
		}
		<-tick.C
	}
	return time.Since(began)
}
