// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	progressEvery = 250 * time.Millisecond
	barWidth      = 24
)

// show draws how the run goes until ctx ends; the channel is closed when it has
// drawn for the last time.
func (r *run) show(ctx context.Context) <-chan struct{} {
	drawn := make(chan struct{})
	if r.Progress == nil {
		close(drawn)
		return drawn
	}
	go func() {
		defer close(drawn)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		began, last, acked := time.Now(), time.Now(), int64(0)
		for {
			select {
			case <-ctx.Done():
				fmt.Fprint(r.Progress, "\r\x1b[K") // the report stands in its place
				return
			case now := <-ticker.C:
				all := r.tally.sum()
				perSecond := float64(all.acked-acked) / now.Sub(last).Seconds()
				last, acked = now, all.acked
				fmt.Fprintf(r.Progress, "\r\x1b[K%s %s acknowledged  %s/s  p99 %s  failed %s", r.bar(now.Sub(began), all.sent),
					thousands(all.acked), thousands(int64(perSecond)), short(latencyOf(all.latency).P99), thousands(all.failed()))
			}
		}
	}()
	return drawn
}

// bar shows how much of the run is over.
func (r *run) bar(elapsed time.Duration, sent int64) string {
	over := elapsed.Seconds() / (r.Warmup + r.Duration).Seconds()
	if r.Events > 0 {
		over = max(over, float64(sent)/float64(r.Events))
	}
	over = min(max(over, 0), 1)
	full := int(over * barWidth)
	return fmt.Sprintf("[%s%s] %3.0f %%", strings.Repeat("█", full), strings.Repeat("·", barWidth-full), over*100)
}
