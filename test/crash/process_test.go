// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func build(path string) (string, error) {
	command := exec.Command("go", "build", "-o", path, "tandem/cmd/tandem")
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// process is a Tandem that runs.
type process struct {
	url     string
	command *exec.Cmd
	errors  *bytes.Buffer
}

// start runs tandem serve --dev until it is ready.
func start(t *testing.T, data, dsn string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{errors: &bytes.Buffer{}}
	p.command = exec.CommandContext(t.Context(), path, "serve", "--dev", "--data", data, "--database", dsn,
		"--listen", "127.0.0.1:0", "--mockpbx", "off", "--calls", "off", "--log.level", "warn")
	p.command.Stderr = p.errors
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(ready)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
				ready <- url
			}
		}
	}()
	select {
	case p.url = <-ready:
	case <-time.After(settleMax):
	}
	if p.url == "" {
		_ = p.command.Process.Kill()
		t.Fatalf("not ready: %s", p.errors)
	}
	return p
}

// kill ends the process without a chance to tidy up.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = p.command.Wait() // killed, as it should be
}

// connect points the demo's first connector at a PBX.
func (p *process) connect(t *testing.T, pbx string) {
	t.Helper()
	var list struct {
		Items []map[string]any `json:"items"`
	}
	p.call(t, http.MethodGet, "/api/v1/connectors", nil, &list)
	for _, c := range list.Items {
		if c["name"] != "vendor" {
			continue
		}
		p.call(t, http.MethodPut, fmt.Sprintf("/api/v1/connectors/%v", c["id"]), map[string]any{
			"name": "vendor", "dialect": "delegate", "apiUrl": pbx + "/actions",
		}, nil)
		return
	}
	t.Fatalf("no connector vendor in %v", list)
}

func (p *process) call(t *testing.T, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer tandem-demo-key")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatal(err)
		}
	}
}
