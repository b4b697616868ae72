// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// How long the program may take: to answer after its start, and to end after SIGTERM.
const (
	startMax = 2 * time.Minute
	stopMax  = 10 * time.Second
)

func randomName() string { return rand.Text()[:12] }

// freeAddresses returns two loopback addresses nobody listens on.
func freeAddresses() (first, second string, err error) {
	var listeners [2]net.Listener
	for i := range listeners {
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", "", err
		}
		defer listeners[i].Close()
	}
	return listeners[0].Addr().String(), listeners[1].Addr().String(), nil
}

// process is the program while it runs.
type process struct {
	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
	shown bool          // at the end, the scenario's log shows what it said
	log   bytes.Buffer  // what it said, standard output included
}

// Write keeps what the program says. Both of its outputs write at once.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(text)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// startTandem implements start-tandem [flag…].
func startTandem(ts *testscript.TestScript, neg bool, flags []string) {
	w := worldOf(ts)
	if w.server.running() {
		ts.Fatalf("tandem runs already")
	}
	arguments := append([]string{"serve", "--dev"}, flags...)
	for _, standard := range []string{"--listen=" + ts.Getenv("LISTEN"), "--mockpbx=" + ts.Getenv("MOCKLISTEN"), "--calls=off"} {
		name, _, _ := strings.Cut(standard, "=")
		given := func(flag string) bool { return flag == name || strings.HasPrefix(flag, name+"=") }
		if !slices.ContainsFunc(flags, given) {
			arguments = append(arguments, standard)
		}
	}
	cmd := exec.Command(binary, arguments...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TANDEM_DATA", "TANDEM_DATABASE"} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	address, err := w.server.start(cmd)
	if (err != nil) != neg {
		ts.Fatalf("start tandem: %v\n%s", err, w.server.said())
	}
	if err != nil {
		_, _ = io.WriteString(ts.Stderr(), w.server.said())
		return
	}
	ts.Setenv("URL", address)
	if !w.server.shown {
		w.server.shown = true
		ts.Defer(func() { ts.Logf("[tandem]\n%s", w.server.said()) })
	}
}

// start starts cmd and returns the address of its ready line.
func (p *process) start(cmd *exec.Cmd) (string, error) {
	output, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = p
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ready, ended := make(chan string, 1), make(chan struct{})
	p.cmd, p.ended = cmd, ended
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			fmt.Fprintln(p, lines.Text())
			if address, ok := strings.CutPrefix(lines.Text(), "ready url="); ok {
				ready <- strings.TrimSpace(address)
			}
		}
		_ = cmd.Wait()
	}()
	select {
	case address := <-ready:
		return address, nil
	case <-ended:
		return "", fmt.Errorf("it ended: %s", cmd.ProcessState)
	case <-time.After(startMax):
		p.kill()
		return "", fmt.Errorf("no line ready url= within %s", startMax)
	}
}

func (p *process) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stopTandem implements stop-tandem: SIGTERM, an end in time, exit code 0.
func stopTandem(ts *testscript.TestScript, neg bool, _ []string) {
	p := &worldOf(ts).server
	if neg || !p.running() {
		ts.Fatalf("tandem does not run\n%s", p.said())
	}
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(stopMax):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // shows where it hangs
		<-p.ended
		ts.Fatalf("tandem did not end within %s of SIGTERM\n%s", stopMax, p.said())
	}
	if !p.cmd.ProcessState.Success() {
		ts.Fatalf("tandem ended with %s\n%s", p.cmd.ProcessState, p.said())
	}
}

// killTandem implements kill-tandem: what a power cut leaves of a process.
func killTandem(ts *testscript.TestScript, neg bool, _ []string) {
	p := &worldOf(ts).server
	if neg || !p.running() {
		ts.Fatalf("tandem does not run\n%s", p.said())
	}
	p.kill()
}

func (p *process) kill() {
	if p.running() {
		_ = p.cmd.Process.Signal(os.Kill)
		<-p.ended
	}
}
