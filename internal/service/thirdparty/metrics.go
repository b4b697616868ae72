// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what the service measures of itself.
type metrics struct {
	attempts *prometheus.CounterVec
	took     prometheus.Histogram
	lookups  *prometheus.CounterVec
}

func newMetrics() metrics {
	return metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_integration_attempts_total",
			Help: "Attempts to deliver an event to another system, by what they came to.",
		}, []string{"result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "tandem_integration_attempt_seconds",
			Help:    "How long an attempt took.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 15},
		}),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_integration_lookups_total",
			Help: "Questions whose a number is, by where the answer came from.",
		}, []string{"result"}),
	}
}

func (m metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.attempts, m.took, m.lookups}
}

var verdictNames = map[verdict]string{
	verdictSent: "sent", verdictAgain: "again", verdictSlow: "slow", verdictGone: "gone", verdictSkipped: "skipped", verdictFailed: "failed",
}

func (m metrics) attempted(v verdict, took time.Duration) {
	m.attempts.WithLabelValues(verdictNames[v]).Inc()
	m.took.Observe(took.Seconds())
}
