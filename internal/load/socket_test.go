// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Frames come in any pieces. However they are cut, each is seen once, its
// position is read, and a ping is answered with what it says.
func TestFramesInAnyPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []int64
		var wantPongs [][]byte
		position := int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "frames") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				stream = append(stream, serverFrame(`{"data":"Welcome","event":"Welcome","status":"Ok"}`)...)
			case 1:
				text := rapid.StringN(0, 20, 38).Draw(t, "ping")
				stream = append(stream, append([]byte{0x80 | opPing, byte(len(text))}, text...)...)
				wantPongs = append(wantPongs, clientFrame(opPong, []byte(text)))
			default:
				position += rapid.Int64Range(1, 1e12).Draw(t, "step")
				calls := strings.Repeat("x", rapid.SampledFrom([]int{0, 50, 125, 126, 3000, 65_536, 100_000}).Draw(t, "calls"))
				stream = append(stream, serverFrame(fmt.Sprintf(`{"data":{"position":%d,"calls":[%s]}}`, position, calls))...)
				want = append(want, position)
			}
		}
		var got []int64
		var pongs [][]byte
		s := &socket{send: func(frame []byte) { pongs = append(pongs, frame) }}
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), rapid.SampledFrom([]int{1, 2, 3, 7, 60, 4096, 1 << 20}).Draw(t, "piece"))
			s.take(bytes.Clone(rest[:n]), func(_ *socket, from, to int64) {
				if from >= to {
					t.Fatalf("from %d to %d", from, to)
				}
				got = append(got, to)
			})
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("positions (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantPongs, pongs); diff != "" {
			t.Fatalf("pongs (-want +got):\n%s", diff)
		}
		if s.bytes != int64(len(stream)) || s.kept != 0 {
			t.Fatalf("%d of %d bytes taken, %d kept", s.bytes, len(stream), s.kept)
		}
	})
}

// Every subscriber has to be told of every event, and one that is not is seen.
func TestSubscribersAreCounted(t *testing.T) {
	t.Parallel()
	for _, deaf := range []int{0, 2} {
		s := startServer(t)
		s.deaf = deaf
		report, err := subscribersFor(t, s, 5, deaf)
		if err != nil {
			t.Fatal(err)
		}
		d := report.Delivery
		if d.Complete != 5-deaf || d.Frames != 40*int64(5-deaf) {
			t.Errorf("%d deaf: %d complete with %d frames", deaf, d.Complete, d.Frames)
		}
		if deaf == 0 && d.Latency.Count != 5*40 {
			t.Errorf("%d deliveries, want %d", d.Latency.Count, 5*40)
		}
		check(t, report, 40, 0)
	}
}

func subscribersFor(t *testing.T, s *server, n, deaf int) (*Report, error) {
	t.Helper()
	common := bounded(40)
	common.Rate = 1000
	options := SubscribersOptions{Common: common, Subscribers: n, Drain: enough}
	if deaf > 0 {
		options.Drain = 50 * time.Millisecond
	}
	return Subscribers(t.Context(), s.target(), options)
}

// A delivery is measured from the answer to the post, for each event that a
// frame brings; what others did in between is not ours to measure.
func TestDeliveriesAreMeasured(t *testing.T) {
	t.Parallel()
	s := &socket{}
	s.position.Store(100)
	w := newWatch([]*socket{s}, SubscribersOptions{Common: Common{Rate: 10, Bounds: Bounds{Duration: time.Second}}})
	answered := time.Now().Add(-time.Second)
	for _, position := range []int64{101, 102, 104, 900} {
		w.post(Post{Position: position, Answered: answered})
	}
	w.post(Post{Position: 105, Answered: time.Now().Add(time.Hour)}) // told before it is answered
	w.changed(s, 100, 101)
	w.changed(s, 101, 900)
	s.position.Store(900)
	d := w.delivery([]*socket{s})
	if d.Complete != 1 || w.seen != 4 || d.Early != 1 || d.Latency.Count != 5 {
		t.Errorf("%+v, %d seen, want 4 measured and 1 early", d, w.seen)
	}
	if d.Latency.P50 < 900*time.Millisecond || d.Latency.P50 > 2*time.Second {
		t.Errorf("the median is %s, want a second", d.Latency.P50)
	}
}
