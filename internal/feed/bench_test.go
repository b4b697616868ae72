// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
	"tandem/internal/feed"
)

// From an event's append until the last of 1,000 subscribers could have read
// it. The CPU includes the subscribers' side, which runs here as well.
func BenchmarkDeliver(b *testing.B) {
	const subscribers = 1_000
	f := setUp(b, dbtest.Open(b, b.TempDir()+"/test.db"), func(o *feed.Options) { o.Coalesce = time.Millisecond })
	for range subscribers - 1 {
		conn, reader := f.rawSocket()
		if err := conn.SetDeadline(time.Time{}); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Write(rawFrame(0x81, []byte(`{"event":"subscribe","data":{}}`))); err != nil {
			b.Fatal(err)
		}
		go func() { _, _ = io.Copy(io.Discard, reader) }()
	}
	probe := f.dial()
	probe.send(`{"event":"subscribe","data":{}}`)
	probe.await("Subscribed")
	delivered := func() float64 { return f.metric("tandem_feed_frames_total") }
	began, cpu := delivered(), cpuTime(b)
	i := 0
	for b.Loop() {
		i++
		position := f.append(1, fmt.Sprint("c", i%100), "call.waiting", `,"queue":"900","direction":"inbound","their_number":"0912345678"`)
		for probe.update("Changes").Position < position {
		}
	}
	n := delivered() - began
	b.ReportMetric(float64(cpuTime(b)-cpu)/n, "cpu-ns/delivery")
	b.ReportMetric(n/b.Elapsed().Seconds(), "deliveries/s")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
