// SPDX-License-Identifier: Apache-2.0

package routing

import "github.com/prometheus/client_golang/prometheus"

// metrics is what routing measures of itself.
type metrics struct {
	departure prometheus.Histogram
	sent      prometheus.Counter
	missed    *prometheus.CounterVec
	decide    prometheus.Histogram
}

func newMetrics() metrics {
	return metrics{
		departure: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "tandem_routing_departure_seconds",
			Help:    "From the receipt of a waiting call to the departure of the first request that tells its phone system where it goes.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_routing_commands_sent_total",
			Help: "Commands that a phone system has taken.",
		}),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tandem_routing_commands_missed_total",
			Help: "Commands that no phone system has taken, by reason.",
		}, []string{"reason"}),
		decide: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "tandem_routing_decide_seconds",
			Help:    "How long the rules of a tenant take for one call.",
			Buckets: []float64{.000002, .000005, .00001, .00002, .00005, .0001, .0002, .0005, .001, .005},
		}),
	}
}

func (m metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.departure, m.sent, m.missed, m.decide}
}

// finished counts an outcome; reason is "" for a command that was sent.
func (m metrics) finished(reason string) {
	if reason == "" {
		m.sent.Inc()
		return
	}
	m.missed.WithLabelValues(reason).Inc()
}
