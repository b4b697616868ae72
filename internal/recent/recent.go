// SPDX-License-Identifier: Apache-2.0

// Package recent remembers what was used lately, within a bound of bytes.
package recent

// Map is a map that forgets what was not used for long. It keeps two
// generations: what is used moves to the young one, and when that is full the
// old one is dropped. So it costs a map's look-up, and nothing is kept in
// order. It is not safe for concurrent use.
type Map[K comparable, V any] struct {
	limit      int // bytes of each generation
	young, old map[K]entry[V]
	bytes      int // of the young
}

type entry[V any] struct {
	value V
	bytes int
}

// NewMap returns a map that holds at most about so many bytes, and at least
// half of them before it forgets.
func NewMap[K comparable, V any](bytes int) *Map[K, V] {
	return &Map[K, V]{limit: bytes / 2, young: map[K]entry[V]{}}
}

// Get returns the value of key.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	if e, ok := m.young[key]; ok {
		return e.value, true
	}
	e, ok := m.old[key]
	if ok {
		delete(m.old, key)
		m.Put(key, e.value, e.bytes)
	}
	return e.value, ok
}

// Put sets the value of key, which takes so many bytes.
func (m *Map[K, V]) Put(key K, value V, bytes int) {
	before, ok := m.young[key]
	switch {
	case ok:
		m.bytes -= before.bytes
	case m.bytes+bytes > m.limit:
		m.old, m.young, m.bytes = m.young, make(map[K]entry[V], len(m.young)), 0
	default:
		delete(m.old, key)
	}
	m.young[key] = entry[V]{value, bytes}
	m.bytes += bytes
}

// Drop forgets key.
func (m *Map[K, V]) Drop(key K) {
	m.bytes -= m.young[key].bytes
	delete(m.young, key)
	delete(m.old, key)
}

// Clear forgets everything.
func (m *Map[K, V]) Clear() {
	m.young, m.old, m.bytes = map[K]entry[V]{}, nil, 0
}
