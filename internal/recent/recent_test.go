// SPDX-License-Identifier: Apache-2.0

package recent_test

import (
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/recent"
)

// Whatever is done, what is found is what was put last, what was dropped is
// gone, and no more is kept than the bound allows.
func TestMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const limit, largest = 100, 20
		m := recent.NewMap[int, int](limit)
		want, size := map[int]int{}, map[int]int{}
		for i := range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := rapid.IntRange(0, 20).Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				m.Drop(key)
				delete(want, key)
			case 1:
				m.Clear()
				clear(want)
			case 2, 3, 4:
				if got, ok := m.Get(key); ok {
					if value, put := want[key]; !put || value != got {
						t.Fatalf("%d holds %d, want %d (%v)", key, got, value, put)
					}
				}
			default:
				want[key], size[key] = i, rapid.IntRange(1, largest).Draw(t, "bytes")
				m.Put(key, i, size[key])
				if got, ok := m.Get(key); !ok || got != i {
					t.Fatalf("%d holds %d (%v) just after %d was put", key, got, ok, i)
				}
			}
		}
		kept := 0
		for key := range want {
			if _, ok := m.Get(key); ok {
				kept += size[key]
			}
		}
		if kept > limit+2*largest {
			t.Fatalf("%d bytes are kept, of %d", kept, limit)
		}
	})
}

// What is used is kept, however much else comes.
func TestUsedIsKept(t *testing.T) {
	t.Parallel()
	m := recent.NewMap[int, string](100)
	m.Put(-1, "used", 10)
	m.Put(-2, "unused", 10)
	for i := range 1_000 {
		m.Put(i, "other", 10)
		if _, ok := m.Get(-1); !ok {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if _, ok := m.Get(-2); ok {
		t.Error("what was not used is still there")
	}
}
