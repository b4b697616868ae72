// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// letter is the other end of an outbox's connection.
type letter struct {
	*outbox

	other net.Conn
	work  sync.WaitGroup
	slows int
}

func newLetter(t *testing.T, direct bool) *letter {
	t.Helper()
	near, far := net.Pipe()
	l := &letter{other: far}
	l.outbox = newOutbox(near, slowMax, &l.work)
	l.direct = direct
	l.slow = func() { l.slows++ }
	t.Cleanup(func() {
		_ = far.Close()
		l.work.Wait()
	})
	return l
}

// Everything arrives, in order, whether it was written at once or had to wait,
// and the last words too.
func TestOutboxKeepsOrder(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := newLetter(t, direct)
			var want []byte
			for i := range 300 {
				frame := bytes.Repeat([]byte{byte(i)}, 1+i*7)
				if !l.send(frame) {
					t.Fatalf("frame %d was not taken", i)
				}
				want = append(want, frame...)
			}
			l.finish([]byte("goodbye"))
			l.send([]byte("too late"))
			got, err := io.ReadAll(l.other)
			if err != nil || !bytes.Equal(got, append(want, "goodbye"...)) {
				t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want)+7)
			}
		})
	}
}

// A client that reads nothing holds no sender up; after ten seconds it is sent
// the rest of its frame and the reason, and then it is gone.
func TestOutboxGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLetter(t, true)
		frame := textFrame(bytes.Repeat([]byte("x"), 1000))
		begun := time.Now()
		taken := 0
		for l.send(frame) {
			taken++
		}
		if waited := time.Since(begun); waited > time.Millisecond {
			t.Errorf("senders waited %v", waited)
		}
		if taken < pendingMax/len(frame) || taken > pendingMax/len(frame)+1 {
			t.Errorf("%d frames were taken", taken)
		}
		head := make([]byte, 10)
		if _, err := io.ReadFull(l.other, head); err != nil {
			t.Fatal(err)
		}
		<-time.After(slowMax + time.Millisecond)
		synctest.Wait()
		rest, err := io.ReadAll(l.other)
		want := append(append([]byte{}, frame[10:]...), closeFrame(closeSlow, "too slow")...)
		if err != nil || !bytes.Equal(rest, want) || l.slows != 1 {
			t.Errorf("%d bytes, %v, slow %d; want the rest of a frame and the code", len(rest), err, l.slows)
		}
	})
}

// A client that does not even take that is cut off a second later.
func TestOutboxCutsOff(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := newLetter(t, direct)
			drained := false
			l.drained = func() { drained = true }
			l.send(make([]byte, 3*pendingMax)) // one may be larger than all together
			if l.send([]byte("more")) {
				t.Error("more was taken")
			}
			patient := make(chan struct{})
			go func() {
				l.sendPatiently([]byte("an answer"))
				close(patient)
			}()
			<-time.After(slowMax + farewellTime + time.Millisecond)
			synctest.Wait()
			<-patient
			if n, err := l.other.Read(make([]byte, 1)); err == nil {
				t.Errorf("still open, %d bytes", n)
			}
			if drained || l.slows != 1 {
				t.Errorf("drained %v, slow %d", drained, l.slows)
			}
		})
	}
}

// A client that was behind and has caught up says so, and is written to again.
func TestOutboxDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLetter(t, true)
		drained := make(chan struct{}, 9)
		l.drained = func() { drained <- struct{}{} }
		l.send(make([]byte, 5000))
		<-time.After(slowMax / 2)
		if _, err := io.ReadFull(l.other, make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		<-drained
		l.sendPatiently([]byte("again"))
		got := make([]byte, 5)
		if _, err := io.ReadFull(l.other, got); err != nil || string(got) != "again" {
			t.Errorf("%q, %v", got, err)
		}
		l.stop()
		if _, err := l.other.Read(got); err == nil {
			t.Error("open after stop")
		}
	})
}
