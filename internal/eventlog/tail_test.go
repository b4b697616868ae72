// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

var letters = bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), tailBytes/26+2)

// batch returns n records behind position, each with so many bytes of data,
// which differ.
func batch(position int64, n, size int) []*Record {
	list := make([]*Record, n)
	for i := range list {
		position++
		list[i] = &Record{Position: position, Event: Event{
			Tenant: 1, Stream: fmt.Sprintf("call/1/%d", position), Key: "k", Type: "call.new",
			Data: letters[position%26:][:size:size],
		}}
	}
	return list
}

// However transactions of this process and of others follow each other, what
// the tail returns is what the log holds there.
func TestTail(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var log []*Record
		var own tail
		for range rapid.IntRange(1, 30).Draw(t, "transactions") {
			size, n := rapid.SampledFrom([]int{0, 10, 1000}).Draw(t, "size"), rapid.IntRange(0, 5).Draw(t, "events")
			switch rapid.IntRange(0, 50).Draw(t, "kind") {
			case 50:
				n = tailMost / 2
			case 49:
				size, n = tailBytes/3, 2
			case 48:
				size, n = tailBytes, 1
			}
			records := batch(int64(len(log)), n, size)
			log = append(log, records...)
			if rapid.IntRange(0, 4).Draw(t, "whose") > 0 {
				own.add(records)
			}
			position := rapid.Int64Range(0, int64(len(log))).Draw(t, "position")
			limit := rapid.IntRange(1, 300).Draw(t, "limit")
			for i, got := range own.after(position, limit, tailBytes) {
				want := log[position+int64(i)]
				if i >= limit || got.Position != want.Position || got.Stream != want.Stream || !bytes.Equal(got.Data, want.Data) {
					t.Fatalf("record %d behind %d is %d, want %d", i, position, got.Position, want.Position)
				}
			}
			if own.bytes > tailBytes || len(own.store)-own.gone > tailMost {
				t.Fatalf("the tail holds %d bytes in %d records", own.bytes, len(own.store)-own.gone)
			}
		}
	})
}

// The newest records are found, up to the bounds.
func TestTailHolds(t *testing.T) {
	t.Parallel()
	var own tail
	own.add(batch(7, 3, 10))
	own.add(batch(10, 3, 10))
	cases := map[string]struct {
		position     int64
		limit, most  int
		first, count int
	}{
		"from its first":      {7, 100, 1000, 8, 6},
		"across transactions": {9, 2, 1000, 10, 2},
		"the last":            {12, 100, 1000, 13, 1},
		"bytes":               {7, 100, 15, 8, 2},
		"older":               {6, 100, 1000, 0, 0},
		"the end":             {13, 100, 1000, 0, 0},
		"behind the end":      {20, 100, 1000, 0, 0},
	}
	for name, c := range cases {
		got := own.after(c.position, c.limit, c.most)
		if len(got) != c.count || c.count > 0 && got[0].Position != int64(c.first) {
			t.Errorf("%s: %d records, want %d from %d", name, len(got), c.count, c.first)
		}
	}
	own.add(batch(15, 1, 10)) // 14 and 15 are of another process
	if got := own.after(12, 100, 1000); len(got) != 0 {
		t.Errorf("%d records across a gap, want none", len(got))
	}
	if got := own.after(15, 100, 1000); len(got) != 1 {
		t.Errorf("%d records behind the gap, want 1", len(got))
	}
}

// What the tail holds is its own: neither who appended a record nor who read it
// can change it.
func TestTailCopies(t *testing.T) {
	t.Parallel()
	var own tail
	records := batch(0, 2, 4)
	for _, r := range records {
		r.Data = bytes.Clone(r.Data)
	}
	want, next := string(records[0].Data), string(records[1].Data)
	own.add(records)
	records[0].Data[0], records[0].Stream = '!', "changed"
	read := own.after(0, 10, 1000)
	read[0].Position = 77
	_ = append(read[0].Data, '!')
	again := own.after(0, 10, 1000)
	if string(again[0].Data) != want || again[0].Position != 1 || again[0].Stream != "call/1/1" || string(again[1].Data) != next {
		t.Errorf("got %+v", again)
	}
}
