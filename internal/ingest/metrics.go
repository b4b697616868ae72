// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec
	took     prometheus.Histogram
	kept     prometheus.Counter
	dropped  *prometheus.CounterVec
	expired  prometheus.Counter

	// The two answers that come by the thousand, looked up once.
	stored, duplicate prometheus.Counter
}

func newMetrics() metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_webhook_requests_total", Help: "Webhook requests by what became of them: stored, duplicate, empty, or the status of the refusal.",
		}, []string{"outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tandem_webhook_seconds", Help: "Time to answer a webhook request.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 13),
		}),
		kept: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_inbox_kept_total", Help: "Refused requests that were put into the inbox.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_inbox_dropped_total", Help: "Requests that the inbox's bounds dropped before anybody had them read again.",
		}, []string{"bound"}),
		expired: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_calls_expired_total", Help: "Calls closed because no end of them ever came.",
		}),
	}
	m.stored, m.duplicate = m.requests.WithLabelValues("stored"), m.requests.WithLabelValues("duplicate")
	for _, bound := range []string{"size", "age"} {
		m.dropped.WithLabelValues(bound) // so that an alarm sees the 0 before the 1
	}
	return m
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.took, m.kept, m.dropped, m.expired}
}

// answered counts one request by its outcome.
func (m *metrics) answered(outcome string, took time.Duration) {
	switch outcome {
	case "stored":
		m.stored.Inc()
	case "duplicate":
		m.duplicate.Inc()
	default:
		m.requests.WithLabelValues(outcome).Inc()
	}
	m.took.Observe(took.Seconds())
}

func statusOutcome(status int) string { return strconv.Itoa(status) }
