// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// Storm posts events of all kinds for one call for ever, in no order, as the
// vendor's own load test does.
func Storm(ctx context.Context, target Target, options Common) (*Report, error) {
	r := newRun(target, options)
	s := &storm{run: r, book: &stormBook{}}
	s.callID = appendCallID(nil, r.name, 0)
	took := r.play(ctx, max(options.Connections, 1), s.work)
	s.book.callID, s.book.unsure = string(s.callID), r.tally.sum().failed()
	return r.report("storm", took, s.book), nil
}

type storm struct {
	*run

	callID []byte
	book   *stormBook
}

func (s *storm) work(ctx context.Context) {
	c := newConn(&s.target)
	defer c.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	own := s.tally.shard()
	body := make([]byte, 0, 320)
	for {
		due, ok := s.pace.next(ctx, timer)
		if !ok {
			return
		}
		// Any moment of the last hour: nothing comes in order.
		at := time.Now().Add(-time.Duration(rand.Int64N(int64(time.Hour))))
		e := event{typ: life[rand.IntN(len(life))], callID: s.callID, caller: 0, sid: s.book.ticket(), at: at}
		body = e.appendTo(body[:0])
		status, answer, err := c.post(context.WithoutCancel(ctx), body)
		if !s.tally.answered(own, due, status, answer, err) {
			s.rest(ctx, err, timer)
			continue
		}
		s.book.note(e.sid, positionOf(answer))
	}
}

// stormBook remembers which events of the one call were acknowledged.
type stormBook struct {
	callID string
	unsure int64 // sent and not acknowledged: they may be there or not

	mu      sync.Mutex
	tickets int64
	acked   []uint64 // one bit for an event
	count   int64
	lowest  int64
}

// ticket returns a number for the next event.
func (b *stormBook) ticket() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tickets++
	return b.tickets - 1
}

func (b *stormBook) note(sid, position int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for int64(len(b.acked)) <= sid/64 {
		b.acked = append(b.acked, 0)
	}
	b.acked[sid/64] |= 1 << (sid % 64)
	b.count++
	if position > 0 && (b.lowest == 0 || position < b.lowest) {
		b.lowest = position
	}
}

const (
	// A page of a long call costs its server the whole call, so that reading
	// all pages costs the square of its length.
	stormReadMax = 5000
	foldTime     = 30 * time.Second // for the server to fold a long call anew
	foldEvery    = 250 * time.Millisecond
)

// check looks for every acknowledged event: event by event in a short storm, by
// their number in a long one.
func (b *stormBook) check(ctx context.Context, r *reader, _ string) (Verdict, error) {
	v := Verdict{Acknowledged: b.count}
	if b.count == 0 {
		return v, nil
	}
	if b.count <= stormReadMax {
		v.Method = "event by event"
		return v, b.read(ctx, r, &v)
	}
	v.Method = "the call's number of events"
	if b.unsure > 0 {
		v.Method += fmt.Sprintf(", which may hide up to %d", b.unsure)
	}
	deadline, cancel := context.WithTimeout(ctx, foldTime)
	defer cancel()
	ticker := time.NewTicker(foldEvery)
	defer ticker.Stop()
	for {
		found, err := b.find(ctx, r)
		if err != nil {
			return v, err
		}
		if v.Missing = max(0, b.count-int64(found.Events)); v.Missing == 0 {
			return v, nil
		}
		select {
		case <-deadline.Done():
			v.Examples = []string{fmt.Sprintf("%s has %d events", b.callID, found.Events)}
			return v, ctx.Err()
		case <-ticker.C:
		}
	}
}

// find returns the call.
func (b *stormBook) find(ctx context.Context, r *reader) (found callItem, err error) {
	err = r.calls(ctx, func(c callItem) (bool, error) {
		if c.CallID == b.callID {
			found = c
		}
		return found.ID == 0 && c.ID >= b.lowest, nil
	})
	return found, err
}

func (b *stormBook) read(ctx context.Context, r *reader, v *Verdict) error {
	found, err := b.find(ctx, r)
	if err != nil {
		return err
	}
	stored := make([]uint64, len(b.acked))
	if found.ID != 0 {
		err = r.events(ctx, found.ID, func(e eventItem) bool {
			sid, err := strconv.ParseInt(e.Data.SID, 10, 64)
			if err == nil && sid >= 0 && sid/64 < int64(len(stored)) {
				stored[sid/64] |= 1 << (sid % 64)
			}
			return true
		})
	}
	for sid := range b.tickets {
		if word := sid / 64; word < int64(len(stored)) && b.acked[word]&^stored[word]&(1<<(sid%64)) != 0 {
			v.miss(fmt.Sprintf("%s sid %d", b.callID, sid))
		}
	}
	return err
}
