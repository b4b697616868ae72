// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"hash/maphash"
	"slices"

	"tandem/internal/recent"
)

const (
	keysBytes = 4 << 20 // that the memory of keys may take
	keysMost  = 64      // a stream with more is looked up
	keysCost  = 160     // bytes that one stream takes besides its name and keys
)

type streamOf struct {
	tenant int64
	stream string
}

// memory is the keys of the streams that began not long ago. That an event is
// not stored yet, which nearly all are, is then known without asking the
// database. A key is kept as a hash: one that is not there is certainly new,
// one that is there is looked up. Of streams that began earlier it is known
// that they are not empty, so that this is asked once.
type memory struct {
	seed    maphash.Seed
	streams *recent.Map[streamOf, keys]
}

type keys struct {
	hashes   []uint64
	complete bool // these are all keys of the stream
}

func newMemory() memory {
	return memory{seed: maphash.MakeSeed(), streams: recent.NewMap[streamOf, keys](keysBytes)}
}

// knows reports whether anything is known of a stream.
func (m *memory) knows(name streamOf) bool {
	_, ok := m.streams.Get(name)
	return ok
}

// begin notes a stream of which nothing was known: whether it is empty.
func (m *memory) begin(name streamOf, empty bool) { m.put(name, keys{complete: empty}) }

func (m *memory) put(name streamOf, k keys) {
	m.streams.Put(name, k, keysCost+len(name.stream)+8*cap(k.hashes))
}

// mayHold reports whether an event may be stored.
func (m *memory) mayHold(e *Event) bool {
	k, ok := m.streams.Get(streamOf{e.Tenant, e.Stream})
	return !ok || !k.complete || slices.Contains(k.hashes, maphash.String(m.seed, e.Key))
}

// add notes an event that is being stored.
func (m *memory) add(e *Event) {
	name := streamOf{e.Tenant, e.Stream}
	k, ok := m.streams.Get(name)
	switch {
	case !ok || !k.complete:
	case len(k.hashes) == keysMost:
		m.put(name, keys{})
	default:
		k.hashes = append(k.hashes, maphash.String(m.seed, e.Key))
		m.put(name, k)
	}
}

// forget drops the streams of records; all if records is nil.
func (m *memory) forget(records []*Record) {
	if records == nil {
		m.streams.Clear()
	}
	for _, r := range records {
		m.streams.Drop(streamOf{r.Tenant, r.Stream})
	}
}
