// SPDX-License-Identifier: Apache-2.0

package call

import "slices"

// Fold returns the call that a set of events describes, whatever their order
// and however often each is given (an equal key is the same event). It leaves
// events as they are.
func Fold(events []Event) Call {
	type entry struct {
		order Order
		event *Event
	}
	entries := make([]entry, len(events))
	for i := range events {
		entries[i] = entry{events[i].Order(), &events[i]}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case Before(a.order, b.order):
			return -1
		case Before(b.order, a.order):
			return 1
		}
		return 0
	})
	var c Call
	seen := make(map[string]bool, len(entries))
	for _, entry := range entries {
		if entry.event.Key != "" {
			if seen[entry.event.Key] {
				continue
			}
			seen[entry.event.Key] = true
		}
		c.Apply(*entry.event)
	}
	return c
}
