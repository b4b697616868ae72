// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"sort"

	"tandem/internal/live"
)

// replayMax is the most events that a client which comes back is told of; one
// that missed more gets a snapshot.
const replayMax = 1_000

// history is what changed last in one call centre: which call each event
// touched. It is what a client that comes back may have missed.
type history struct {
	since int64 // every change behind this position is here
	items []touch
}

// touch is one event that changed what clients see.
type touch struct {
	position int64
	ref      live.Ref // the zero Ref if it is about no call
}

// add appends a change; the oldest makes room.
func (h *history) add(t touch) {
	if len(h.items) == 2*replayMax {
		// Moving half of them now and then is cheaper than a ring is to read.
		h.items = append(h.items[:0], h.items[replayMax:]...)
		h.since = h.items[0].position - 1
	}
	h.items = append(h.items, t)
}

// last returns the position of the newest change.
func (h *history) last() int64 {
	if len(h.items) == 0 {
		return h.since
	}
	return h.items[len(h.items)-1].position
}

// after returns how many events came behind position and which calls they
// touched. It reports false when that is not known any more, or is too much.
func (h *history) after(position int64) (events int, refs []live.Ref, known bool) {
	if position < h.since {
		return 0, nil, false
	}
	first := sort.Search(len(h.items), func(i int) bool { return h.items[i].position > position })
	missed := h.items[first:]
	if len(missed) > replayMax {
		return 0, nil, false
	}
	seen := map[live.Ref]bool{{}: true}
	for _, t := range missed {
		if !seen[t.ref] {
			seen[t.ref] = true
			refs = append(refs, t.ref)
		}
	}
	return len(missed), refs, true
}
