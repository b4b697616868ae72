// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// pendingMax is how many bytes may wait for a client before it counts as
	// slow. One frame may be larger if nothing else waits.
	pendingMax = 1 << 20
	// slowMax is how long a frame may wait for a client, unless the live view is
	// told otherwise.
	slowMax = 10 * time.Second
	// tryTime is how long a direct write may take; its first attempt is made
	// at once.
	tryTime = 500 * time.Microsecond
	// carefulTime is how long a client that once made a writer wait is not
	// written to directly, so that a thousand of them cost nobody anything.
	carefulTime = 5 * time.Second
	// farewellTime is how long a closing client has for its last frames.
	farewellTime = time.Second
)

// line is a connection to a client, as far as it is written to.
type line interface {
	io.WriteCloser
	SetWriteDeadline(time.Time) error
}

// outbox is what one client has yet to be sent. Nobody who puts something in
// waits for the client's network: what does not go at once is left to a
// goroutine that lives until everything is written.
type outbox struct {
	line   line
	most   time.Duration   // how long a frame may wait
	direct bool            // plain TCP, where a write that was cut short can be gone on with
	work   *sync.WaitGroup // counts the goroutines
	// drained is called when everything is written after something had to wait.
	drained func()
	// slow is called once when a client did not take a frame in time.
	slow func()

	mu      sync.Mutex
	idle    sync.Cond // nothing waits, or closed
	queue   []parcel  // the first may have been written in part
	bytes   int
	busy    bool      // a goroutine writes
	careful time.Time // until when nothing is written directly
	ending  bool      // takes nothing more
	closed  bool
}

type parcel struct {
	bytes []byte
	until time.Time
}

func newOutbox(l line, most time.Duration, work *sync.WaitGroup) *outbox {
	_, plain := l.(*net.TCPConn)
	o := &outbox{line: l, most: most, direct: plain, work: work, drained: func() {}, slow: func() {}}
	o.idle.L = &o.mu
	return o
}

// send puts a frame in. It reports false, and takes nothing, if too much waits
// already. A closed outbox takes everything and forgets it. The frame must not
// change afterwards.
func (o *outbox) send(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.put(frame)
}

func (o *outbox) put(frame []byte) bool {
	if o.ending || o.closed {
		return true
	}
	if o.busy {
		if o.bytes+len(frame) > pendingMax {
			return false
		}
		o.enqueue(frame)
		return true
	}
	if now := time.Now(); o.direct && now.After(o.careful) {
		n, err := o.try(frame, now)
		if err != nil {
			o.close()
			return true
		}
		if n == len(frame) {
			return true
		}
		frame, o.careful = frame[n:], now.Add(carefulTime)
	}
	o.enqueue(frame)
	o.busy = true
	o.work.Go(o.drain)
	return true
}

func (o *outbox) enqueue(frame []byte) {
	o.queue = append(o.queue, parcel{frame, time.Now().Add(o.most)})
	o.bytes += len(frame)
}

// try writes as much of a frame as goes without waiting.
func (o *outbox) try(frame []byte, now time.Time) (int, error) {
	if err := o.line.SetWriteDeadline(now.Add(tryTime)); err != nil {
		return 0, err
	}
	n, err := o.line.Write(frame)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// sendPatiently puts a frame in as soon as nothing waits. It is for answers:
// a client that does not take them is not asked what else it wants.
func (o *outbox) sendPatiently(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.put(frame) {
		o.idle.Wait()
	}
}

// drain writes what waits until nothing does.
func (o *outbox) drain() {
	for {
		next, more := o.next()
		if !more {
			return
		}
		n, err := 0, o.line.SetWriteDeadline(next.until)
		if err == nil {
			n, err = o.line.Write(next.bytes)
		}
		o.wrote(n, err)
	}
}

// next returns what is to be written, or ends the goroutine's work.
func (o *outbox) next() (parcel, bool) {
	o.mu.Lock()
	if len(o.queue) > 0 {
		defer o.mu.Unlock()
		return o.queue[0], true
	}
	o.busy = false
	o.idle.Broadcast()
	ending, closed := o.ending, o.closed
	o.mu.Unlock()
	switch {
	case closed:
	case ending:
		o.hangUp()
	default:
		o.drained()
	}
	return parcel{}, false
}

// wrote takes note of what became of the first parcel.
func (o *outbox) wrote(n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
	case err == nil:
		o.queue[0] = parcel{}
		o.queue = o.queue[1:]
		o.bytes -= n
	case errors.Is(err, os.ErrDeadlineExceeded) && o.direct && !o.ending:
		// The rest of the frame has to go before the frame that says why.
		rest := o.queue[0].bytes[n:]
		o.queue = nil
		o.end(slices.Concat(rest, closeFrame(closeSlow, "too slow")))
		o.slow()
	default:
		if errors.Is(err, os.ErrDeadlineExceeded) && !o.ending {
			o.slow()
		}
		o.close()
	}
}

// finish writes what waits, then last, and hangs up.
func (o *outbox) finish(last []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending || o.closed {
		return
	}
	o.end(last)
	if !o.busy {
		o.busy = true
		o.work.Go(o.drain)
	}
}

func (o *outbox) end(last []byte) {
	if len(last) > 0 {
		o.queue = append(o.queue, parcel{bytes: last})
	}
	until := time.Now().Add(farewellTime)
	for i := range o.queue {
		o.queue[i].until = until
	}
	o.ending = true
	// A write that is under way may have longer than that.
	_ = o.line.SetWriteDeadline(until)
	o.idle.Broadcast()
}

// close gives up: the connection is broken.
func (o *outbox) close() {
	o.closed, o.queue, o.bytes = true, nil, 0
	_ = o.line.Close()
	o.idle.Broadcast()
}

// stop forgets what waits and returns when nothing is written any more.
func (o *outbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.line.SetWriteDeadline(time.Now())
	if !o.closed {
		o.close()
	}
	for o.busy {
		o.idle.Wait()
	}
}

// hangUp closes the connection so that the client still gets what was written:
// closing with bytes of the client unread would throw that away.
func (o *outbox) hangUp() {
	conn, ok := o.line.(interface {
		net.Conn
		CloseWrite() error
	})
	if ok && conn.CloseWrite() == nil {
		enough := time.AfterFunc(farewellTime, func() { _ = conn.Close() })
		_, _ = io.Copy(io.Discard, conn)
		enough.Stop()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.close()
	}
}
