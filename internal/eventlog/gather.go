// SPDX-License-Identifier: Apache-2.0

package eventlog

import "time"

// gatherer chooses what is written together.
type gatherer struct {
	queue <-chan *job
	batch []*job
	usual int // sixteenths of callers that shared a commit lately

	held []*job           // callers for whose stream there was no room, in their order
	of   map[streamOf]int // callers in batch, by stream
}

// gather returns first and what else is waiting. If many usually share a
// commit it waits for as many, though not for long: not for more, so that half
// of those who come again at once are answered while the others are written.
// Without first it returns those who were held back, of whom there have to be
// some.
//
// Of one stream it takes a few only and holds the others back for the next
// times: a storm of events of a single call waits for itself, not others for
// the storm.
func (g *gatherer) gather(first *job) []*job {
	g.start()
	if first != nil {
		g.take(first)
	}
	events := 0
	for _, j := range g.batch {
		events += len(j.events)
	}
	want := g.usual / 16
	var timer *time.Timer
	for len(g.batch) < batchMax && events < eventsMax && len(g.held) < heldMax {
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
		if g.take(j) {
			events += len(j.events)
		}
	}
	g.usual += 2*len(g.batch) - g.usual/8
	return g.batch
}

// start begins a batch with those who were held back.
func (g *gatherer) start() {
	if g.of == nil {
		g.of = map[streamOf]int{}
	}
	clear(g.of)
	g.batch = g.batch[:0]
	waited := g.held
	g.held = g.held[:0] // take writes behind what is read
	for _, j := range waited {
		g.take(j)
	}
	clear(waited[len(g.held):])
}

// take puts j into the batch and reports whether there was room for it; if not
// it is held back.
func (g *gatherer) take(j *job) bool {
	if len(j.events) > 0 {
		name := streamOf{j.events[0].Tenant, j.events[0].Stream}
		if g.of[name] == streamMax {
			g.held = append(g.held, j)
			return false
		}
		g.of[name]++
	}
	g.batch = append(g.batch, j)
	return true
}
