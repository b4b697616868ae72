// SPDX-License-Identifier: Apache-2.0

package settings

import "github.com/prometheus/client_golang/prometheus"

// metrics is what the service measures of itself.
type metrics struct {
	calls, events prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		calls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_retention_calls_total",
			Help: "Calls that were erased because their call centre keeps them no longer.",
		}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tandem_retention_events_total",
			Help: "Events that were overwritten because their call centre keeps them no longer.",
		}),
	}
}

// Metrics returns what the service measures of itself.
func (s *Settings) Metrics() []prometheus.Collector {
	return []prometheus.Collector{s.metrics.calls, s.metrics.events}
}
