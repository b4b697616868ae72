// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is how long answers, or frames, took.
type Latency struct {
	Count                     int64
	P50, P90, P99, P999, Most time.Duration
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	at := func(percentile float64) time.Duration {
		return time.Duration(h.ValueAtPercentile(percentile)) * time.Microsecond
	}
	return Latency{h.TotalCount(), at(50), at(90), at(99), at(99.9), time.Duration(h.Max()) * time.Microsecond}
}

// Report is what a run saw.
type Report struct {
	Mode    string
	Took    time.Duration // of the measured part
	Sent    int64         // altogether, the warm-up included
	Acked   int64         // altogether
	Latency Latency       // of what was acknowledged in the measured part
	Errors  map[string]int64
	Example string // the first error

	Bursts   []Burst // of Bursts
	LastGood int     // the last burst that the server bore

	Delivery    *Delivery // of Subscribers
	Subscribers int

	run  *run
	book checker
}

// checker looks for what was acknowledged.
type checker interface {
	check(ctx context.Context, r *reader, run string) (Verdict, error)
}

func (r *run) report(mode string, took time.Duration, book checker) *Report {
	all := r.tally.sum()
	return &Report{
		Mode: mode, Took: took, Sent: all.sent, Acked: all.acked, Latency: latencyOf(all.latency),
		Errors: all.errors, Example: all.firstError, run: r, book: book,
	}
}

// PerSecond returns how many events were acknowledged in a second of the
// measured part.
func (r *Report) PerSecond() float64 {
	if r.Took <= 0 {
		return 0
	}
	return float64(r.Latency.Count) / r.Took.Seconds()
}

// Check reads back from Tandem whether everything that was acknowledged is
// there. It may be called once.
func (r *Report) Check(ctx context.Context) (Verdict, error) {
	reader := newReader(r.run.target)
	defer reader.close()
	return r.book.check(ctx, reader, r.run.name)
}

// Write writes the report for people.
func (r *Report) Write(to io.Writer) error {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Bursts) > 0 {
		r.writeBursts(table)
	}
	fmt.Fprintf(table, "\tcount\tp50\tp90\tp99\tp99.9\tmax\t\n")
	row(table, "answer", r.Latency)
	if r.Delivery != nil {
		row(table, "frame", r.Delivery.Latency)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	fmt.Fprintf(&out, "\n%s events/s in %s; %s sent, %s acknowledged\n", thousands(int64(r.PerSecond())), r.Took.Round(time.Millisecond), thousands(r.Sent), thousands(r.Acked))
	if d := r.Delivery; d != nil {
		fmt.Fprintf(&out, "%s subscribers, %s of them saw everything; %s frames, %s MB; a change before its answer %s times\n",
			thousands(int64(r.Subscribers)), thousands(int64(d.Complete)), thousands(d.Frames), thousands(d.Bytes>>20), thousands(d.Early))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(&out, "%s × %s\n", thousands(r.Errors[kind]), kind)
	}
	if r.Example != "" {
		fmt.Fprintf(&out, "first error: %s\n", strings.TrimSpace(r.Example))
	}
	_, err := io.WriteString(to, out.String())
	return err
}

func (r *Report) writeBursts(table io.Writer) {
	fmt.Fprintf(table, "burst\tevents\tfailed\ttook\tp50\tp99\tmax\t\n")
	for i, b := range r.Bursts {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i+1, thousands(b.Events), thousands(b.Failed),
			short(b.Took), short(b.Latency.P50), short(b.Latency.P99), short(b.Latency.Most), b.Bent)
	}
	fmt.Fprintf(table, "\nThe last burst it bore: %d\n\n", r.LastGood)
}

func row(table io.Writer, name string, l Latency) {
	fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, thousands(l.Count),
		short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Most))
}

// short writes a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Microsecond).String()
	}
}

// thousands writes a number with commas.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
