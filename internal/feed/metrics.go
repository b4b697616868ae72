// SPDX-License-Identifier: Apache-2.0

package feed

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	clients   prometheus.GaugeFunc
	frames    prometheus.Counter
	snapshots prometheus.Counter
	lagged    prometheus.Counter
	slow      prometheus.Counter
	refused   prometheus.Counter
}

func newMetrics(clients func() float64) metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	return metrics{
		clients: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tandem_feed_clients", Help: "Clients of the live view that are connected.",
		}, clients),
		frames:    counter("tandem_feed_frames_total", "Frames of changes handed to clients."),
		snapshots: counter("tandem_feed_snapshots_total", "Snapshots made."),
		lagged:    counter("tandem_feed_lagged_total", "Times that changes were kept from a slow client, which then got a snapshot."),
		slow:      counter("tandem_feed_slow_total", "Clients closed because they did not take what they were sent."),
		refused:   counter("tandem_feed_refused_total", "Connections refused because there were too many."),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.clients, m.frames, m.snapshots, m.lagged, m.slow, m.refused}
}
