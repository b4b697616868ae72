// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	events   prometheus.Counter
	commits  prometheus.Histogram
	batches  prometheus.Histogram
	failures prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_log_events_total", Help: "Events appended to the log, duplicates not counted.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tandem_log_commit_seconds", Help: "Time to write one batch, durably.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tandem_log_batch_jobs", Help: "Callers that shared one commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_log_failures_total", Help: "Writes that the database refused.",
		}),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.events, m.commits, m.batches, m.failures}
}

func (m *metrics) wrote(batch []*job, took time.Duration) {
	fresh := 0
	for _, j := range batch {
		for _, o := range j.outcomes {
			if !o.Duplicate {
				fresh++
			}
		}
	}
	m.events.Add(float64(fresh))
	m.commits.Observe(took.Seconds())
	m.batches.Observe(float64(len(batch)))
}
