// SPDX-License-Identifier: Apache-2.0

// Command load measures the built program on the machine it runs on, and
// writes what it finds as Markdown: go run ./test/load -update.
//
// Figures of a shared machine drift by the minute, so what is compared is
// measured in turns within one run, several rounds of it, and reported as a
// ratio with its spread. The bare server that Tandem is compared with has the
// same settings of net/http and a handler that reads the request and answers.
// The generator is the one of tandem load, in this process, on the same cores.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// plan is what is measured, and for how long.
type plan struct {
	binary   string
	rounds   int
	duration time.Duration // of one measurement
	stored   int64         // events in the large database
	crowds   []int         // subscribers
	only     string
	update   string // file to write; "" for standard output only
	keep     string // folder for the large database, used again by the next run; "" for none

	folder string // for everything else, removed at the end
	log    io.Writer
}

// section is one part of the report.
type section struct {
	name string
	run  func(context.Context, *plan, *page) error
}

// sections are in the order of the report.
var sections = []section{
	{"throughput", measureThroughput},
	{"routing", measureRouting},
	{"growth", measureGrowth},
	{"storm", measureStorm},
	{"feed", measureFeed},
	{"identity", measureIdentity},
	{"fanout", measureFanout},
	{"contacts", measureContacts},
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "bare" {
		if err := serveBare(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	p := &plan{log: os.Stderr, crowds: []int{1000, 5000}}
	update := flag.Bool("update", false, "write the report to docs/benchmarks.md")
	flag.StringVar(&p.binary, "tandem", "", "the program to measure; built from here when absent")
	flag.IntVar(&p.rounds, "rounds", 3, "turns of everything that is compared")
	flag.DurationVar(&p.duration, "duration", 4*time.Second, "length of one measurement")
	flag.Int64Var(&p.stored, "stored", 200_000, "events in the large database; 5000000 for the real thing")
	flag.StringVar(&p.only, "only", "", "measure these sections only, with commas: throughput,routing,growth,storm,feed,identity,fanout,contacts")
	flag.StringVar(&p.keep, "keep", "", "folder that keeps the large database for the next run")
	flag.Parse()
	if *update {
		p.update = filepath.Join("docs", "benchmarks.md")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := p.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (p *plan) run(ctx context.Context) (err error) {
	if p.folder, err = os.MkdirTemp("", "tandem-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(p.folder)
	if p.binary == "" {
		if p.binary, err = build(ctx, p.folder); err != nil {
			return err
		}
	}
	report := &page{}
	if err := describe(ctx, p, report); err != nil {
		return err
	}
	for _, s := range sections {
		if p.only != "" && !strings.Contains(","+p.only+",", ","+s.name+",") {
			continue
		}
		p.say("=== %s", s.name)
		if err := s.run(ctx, p, report); err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
	}
	report.line("Load average of the machine at the end: %s.", loadAverage())
	if _, err := os.Stdout.Write(report.out.Bytes()); err != nil {
		return err
	}
	if p.update == "" {
		return nil
	}
	return os.WriteFile(p.update, report.out.Bytes(), 0o644)
}

// say tells whoever waits what is going on.
func (p *plan) say(format string, args ...any) {
	fmt.Fprintf(p.log, format+"\n", args...)
}

func build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "tandem")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/tandem").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

// page is the report while it is written.
type page struct{ out bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// table writes a table; the first row is its head, and columns beyond the
// first hold figures.
func (p *page) table(rows ...[]string) {
	p.line("")
	for i, row := range rows {
		p.line("| %s |", strings.Join(row, " | "))
		if i == 0 {
			p.line("|---%s|", strings.Repeat("|--:", len(row)-1))
		}
	}
	p.line("")
}
