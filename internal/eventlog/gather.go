// SPDX-License-Identifier: Apache-2.0

package eventlog

import "time"

// gatherer chooses what is written together.
type gatherer struct {
	queue <-chan *job
	batch []*job
	usual int // sixteenths of callers that shared a commit lately
}

// gather returns first and what else is waiting. If many usually share a
// commit it waits for as many, though not for long: not for more, so that half
// of those who come again at once are answered while the others are written.
func (g *gatherer) gather(first *job) []*job {
	g.batch = append(g.batch[:0], first)
	events := len(first.events)
	want := g.usual / 16
	var timer *time.Timer
	for len(g.batch) < batchMax && events < eventsMax {
		var j *job
		select {
		case j = <-g.queue:
		default:
		}
		if j == nil && want >= lingerFrom && len(g.batch) < want {
			if timer == nil {
				timer = time.NewTimer(lingerTime)
				defer timer.Stop()
			}
			select {
			case j = <-g.queue:
			case <-timer.C:
			}
		}
		if j == nil {
			break
		}
		events += len(j.events)
		g.batch = append(g.batch, j)
	}
	g.usual += 2*len(g.batch) - g.usual/8
	return g.batch
}
