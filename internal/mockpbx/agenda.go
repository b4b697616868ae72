// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"container/heap"
	"time"
)

// agenda is what is going to happen, soonest first; what is due at the same
// instant happens in the order in which it was planned.
type agenda struct {
	items  entries
	serial uint64
}

type entry struct {
	at     time.Time
	serial uint64
	do     func(at time.Time)
}

// plan has do called when the agenda catches up with at.
func (a *agenda) plan(at time.Time, do func(at time.Time)) {
	a.serial++
	heap.Push(&a.items, entry{at, a.serial, do})
}

// next is when something is due; false if nothing is planned.
func (a *agenda) next() (time.Time, bool) {
	if len(a.items) == 0 {
		return time.Time{}, false
	}
	return a.items[0].at, true
}

// catchUp does everything that is due by now, each at its own time.
func (a *agenda) catchUp(now time.Time) {
	for len(a.items) > 0 && !a.items[0].at.After(now) {
		due := heap.Pop(&a.items).(entry)
		due.do(due.at)
	}
}

// entries implements heap.Interface.
type entries []entry

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)   { *e = append(*e, x.(entry)) }

func (e entries) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].serial < e[j].serial
}

func (e *entries) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return x
}
