// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync"
)

// Verdict is what became of what was acknowledged.
type Verdict struct {
	Acknowledged int64
	Missing      int64
	Examples     []string // of what is missing, a few
	Method       string   // how it was found out
}

// examplesMax is how many missing events are named.
const examplesMax = 5

// ledger remembers which events of which calls were acknowledged: one byte for
// a call, so that ten million events need a megabyte and a half.
type ledger struct {
	life []string

	mu     sync.Mutex
	acked  []byte // by number of the call; one bit for an event of its life
	lowest int64  // position that was given
}

// note writes down what of call number n was acknowledged.
func (l *ledger) note(n int64, acked byte, lowest int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for int64(len(l.acked)) <= n {
		l.acked = append(l.acked, make([]byte, max(1024, len(l.acked)))...)
	}
	l.acked[n] = acked
	if lowest > 0 && (l.lowest == 0 || lowest < l.lowest) {
		l.lowest = lowest
	}
}

// readInFull is how often a call whose count of events is right is read event
// by event all the same.
const readInFull = 500

// check looks for every acknowledged event. The events of a life are distinct,
// so a call of which all were acknowledged has to have as many as a life; calls
// of which some were not are read event by event.
func (l *ledger) check(ctx context.Context, r *reader, run string) (Verdict, error) {
	v := Verdict{Method: fmt.Sprintf("every call's number of events, and event by event 1 call in %d and those that met errors", readInFull)}
	l.mu.Lock()
	defer l.mu.Unlock()
	left := 0
	for _, acked := range l.acked {
		v.Acknowledged += int64(bits.OnesCount8(acked))
		if acked != 0 {
			left++
		}
	}
	whole := byte(1<<len(l.life) - 1)
	err := r.calls(ctx, func(c callItem) (bool, error) {
		n, ok := serialOf(run, c.CallID)
		if !ok || n <= 0 || n >= int64(len(l.acked)) || l.acked[n] == 0 {
			return left > 0 && c.ID >= l.lowest, nil
		}
		left--
		if l.acked[n] == whole && c.Events >= len(l.life) && n%readInFull != 0 {
			l.acked[n] = 0
			return left > 0, nil
		}
		missing, err := l.missing(ctx, r, c.ID, l.acked[n])
		for _, typ := range missing {
			v.miss(c.CallID + " " + typ)
		}
		l.acked[n] = 0
		return left > 0, err
	})
	if err != nil {
		return v, err
	}
	for n, acked := range l.acked { // what is not in the list at all
		for _, typ := range typesOf(l.life, acked) {
			v.miss(string(appendCallID(nil, run, int64(n))) + " " + typ)
		}
	}
	return v, nil
}

// missing returns the types of a call's acknowledged events that it does not have.
func (l *ledger) missing(ctx context.Context, r *reader, id int64, acked byte) ([]string, error) {
	var stored []string
	err := r.events(ctx, id, func(e eventItem) bool {
		stored = append(stored, e.Type)
		return true
	})
	return slices.DeleteFunc(typesOf(l.life, acked), func(typ string) bool { return slices.Contains(stored, typ) }), err
}

func (v *Verdict) miss(what string) {
	v.Missing++
	if len(v.Examples) < examplesMax {
		v.Examples = append(v.Examples, what)
	}
}
