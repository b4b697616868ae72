// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
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

// How long things may take before the page counts as wrong.
const (
	startMax  = 2 * time.Minute  // the program's start
	scriptMax = 30 * time.Second // a block
	againMax  = 15 * time.Second // until an answer is as shown
	againRest = 100 * time.Millisecond
)

// The addresses that pages show.
const (
	shownAddress = "127.0.0.1:8080"
	shownMock    = "127.0.0.1:3030"
)

// world is what one page has to itself: a folder, a Tandem with the demo, and
// what earlier blocks kept.
type world struct {
	*testing.T

	dir     string
	here    *strings.Replacer // from the addresses that are shown to those of this run
	shown   *strings.Replacer // and back
	kept    []string          // NAME=value
	streams []*stream
}

// stream is a block that goes on while the next ones run.
type stream struct {
	block *block
	out   *output
}

// output is what a script says, while it says it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // of size 1
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

// Write implements [io.Writer].
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.text.Write(text)
}

func (o *output) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts a Tandem for a page.
func start(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir()}
	listen, mock := freeAddress(t), freeAddress(t)
	w.here = strings.NewReplacer(shownAddress, listen, shownMock, mock)
	w.shown = strings.NewReplacer(listen, shownAddress, mock, shownMock)
	if err := os.Symlink(filepath.Dir(binary), filepath.Join(w.dir, "bin")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", "--dev", "--calls=off", "--listen="+listen, "--mockpbx="+mock)
	cmd.Dir, cmd.Env = w.dir, environment()
	logs := newOutput()
	cmd.Stderr = logs
	lines, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		scanner := bufio.NewScanner(lines)
		for scanner.Scan() {
			if strings.HasPrefix(scanner.Text(), "ready url=") {
				close(ready)
			}
		}
		_ = cmd.Wait() // killed at the end
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("[tandem]\n%s", logs.said())
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("tandem ended\n%s", logs.said())
	case <-time.After(startMax):
		t.Fatalf("tandem is not ready\n%s", logs.said())
	}
	return w
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// environment is that of the test without settings of Tandem.
func environment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "TANDEM_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// do does what a block of the page asks for.
func (w *world) do(b *block) {
	w.Helper()
	if b.file != "" {
		if err := os.WriteFile(filepath.Join(w.dir, filepath.Base(b.file)), []byte(w.here.Replace(b.text)), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	if !b.runs() || b.has("skip") {
		return
	}
	if program, needed := b.mark("needs"); needed {
		if _, err := exec.LookPath(program); err != nil {
			w.Logf("SKIPPED line %d: %s is not installed", b.line, program)
			return
		}
	}
	if b.has("stream") {
		w.stream(b)
		return
	}
	deadline := time.Now().Add(againMax)
	why, out := w.try(b)
	for why != "" && b.has("again") && time.Now().Before(deadline) {
		<-time.After(againRest)
		why, out = w.try(b)
	}
	if why != "" {
		w.Fatalf("line %d: %s\n%s\nanswered\n%s", b.line, why, b.text, out)
	}
	w.keep(b, out)
}

// try runs a block and says what is wrong with what became of it, or "".
func (w *world) try(b *block) (why, said string) {
	ctx, cancel := context.WithTimeout(w.Context(), scriptMax)
	defer cancel()
	cmd := w.script(ctx, b)
	out, faults := newOutput(), newOutput()
	cmd.Stdout, cmd.Stderr = out, faults
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return fmt.Sprint(err), ""
	}
	said = w.shown.Replace(out.said())
	code := 0
	if text, given := b.mark("exit"); given {
		if code, err = strconv.Atoi(text); err != nil {
			return fmt.Sprint(err), said
		}
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		return fmt.Sprintf("it ended with %d\n%s", got, faults.said()), said
	}
	if b.answer != nil {
		why = mismatch(b.answer, said)
	}
	return why, said
}

// script returns a block as a command, with everything it starts in a group of
// processes that ends with it.
func (w *world) script(ctx context.Context, b *block) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", w.here.Replace(b.text))
	cmd.Dir = w.dir
	cmd.Env = append(environment(), "PATH="+curlFolder+":"+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	if b.answer == nil && !b.has("refused") {
		cmd.Env = append(cmd.Env, "TANDEM_DOCS_FAIL=1") // see curl
	}
	cmd.Env = append(cmd.Env, w.kept...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// stream starts a block that goes on, and returns when it has said something.
func (w *world) stream(b *block) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	cmd := w.script(ctx, b)
	s := &stream{b, newOutput()}
	faults := newOutput()
	cmd.Stdout, cmd.Stderr = s.out, faults
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	if b.answer != nil {
		w.streams = append(w.streams, s)
	}
	select {
	case <-s.out.more:
	case <-time.After(scriptMax):
		w.Fatalf("line %d: it says nothing\n%s", b.line, faults.said())
	}
}

// finish holds what the streams said by now, or soon say, against what is
// shown.
func (w *world) finish() {
	w.Helper()
	for _, s := range w.streams {
		late := time.After(againMax)
		why := mismatch(s.block.answer, w.shown.Replace(s.out.said()))
		for why != "" {
			select {
			case <-s.out.more:
				why = mismatch(s.block.answer, w.shown.Replace(s.out.said()))
			case <-late:
				w.Fatalf("line %d: %s\n%s\nanswered\n%s", s.block.line, why, s.block.text, s.out.said())
			}
		}
	}
}

// keep keeps a part of an answer for the blocks that follow.
func (w *world) keep(b *block, out string) {
	w.Helper()
	for _, m := range b.marks {
		if m.word != "keep" {
			continue
		}
		name, path, _ := strings.Cut(m.rest, " = ")
		value, err := decode(out)
		if err != nil {
			w.Fatalf("line %d: keep: %v\n%s", b.line, err, out)
		}
		for step := range strings.SplitSeq(path, "/") {
			switch inside := value.(type) {
			case map[string]any:
				value = inside[step]
			case []any:
				i, err := strconv.Atoi(step)
				if err != nil || i >= len(inside) {
					w.Fatalf("line %d: keep: no %s in\n%s", b.line, path, out)
				}
				value = inside[i]
			}
		}
		if value == nil {
			w.Fatalf("line %d: keep: no %s in\n%s", b.line, path, out)
		}
		w.kept = append(w.kept, fmt.Sprintf("%s=%v", name, value))
	}
}
