// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"sync"
	"unsafe"
)

const (
	tailBytes = 8 << 20 // that the tail may take, about
	tailMost  = 16_384  // records in it

	recordBytes = int(unsafe.Sizeof(Record{}))
)

// tail is the newest records of the log, as far as this process has written
// them one after the other. Those who follow the log find them here without
// asking the database. It holds nothing that is not committed, and no gap: when
// another process has appended in between, it begins anew.
type tail struct {
	mu    sync.RWMutex
	store []Record // the first ones are gone
	gone  int
	bytes int
	stale bool // what is added next may have been overwritten
}

// add takes in what one transaction has appended, in order, once that is
// committed. It keeps copies, for the callers of the append own the records.
func (t *tail) add(records []*Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	stale := t.stale
	t.stale = false
	if stale || len(records) == 0 {
		return
	}
	kept := copyOf(records)
	if live := t.store[t.gone:]; len(live) > 0 && kept[0].Position != live[len(live)-1].Position+1 {
		t.clear()
	}
	for i := range kept {
		t.bytes += kept[i].bytes()
	}
	t.store = append(t.store, kept...)
	for len(t.store)-t.gone > tailMost || t.bytes > tailBytes {
		t.bytes -= t.store[t.gone].bytes()
		t.store[t.gone] = Record{}
		t.gone++
	}
	if t.gone > len(t.store)/2 {
		live := copy(t.store, t.store[t.gone:])
		clear(t.store[live:])
		t.store, t.gone = t.store[:live], 0
	}
}

// drop forgets all: rows of the log have been overwritten. If that is a
// transaction of this process which is not committed yet, what it appends is
// not to be added either, for it may have been overwritten with the rest.
func (t *tail) drop(uncommitted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	t.stale = uncommitted
}

// clear forgets all. The caller holds the lock.
func (t *tail) clear() {
	clear(t.store)
	t.store, t.gone, t.bytes = t.store[:0], 0, 0
}

// after returns up to limit records behind position, until they hold most
// bytes. It returns none if it does not have the next one: that may be older,
// or of another process, or not there yet.
func (t *tail) after(position int64, limit, most int) []Record {
	t.mu.RLock()
	defer t.mu.RUnlock()
	live := t.store[t.gone:]
	if len(live) == 0 || position < live[0].Position-1 || position >= live[len(live)-1].Position {
		return nil
	}
	live = live[position-live[0].Position+1:]
	live = live[:min(limit, len(live))]
	n := 0
	for held := 0; n < len(live) && held < most; n++ {
		held += len(live[n].Data) + len(live[n].Raw)
	}
	return append([]Record(nil), live[:n]...)
}

// bytes returns about how much memory r takes.
func (r *Record) bytes() int {
	return recordBytes + len(r.Stream) + len(r.Key) + len(r.Type) + len(r.Data) + len(r.Raw)
}

// copyOf returns records as they will be read from the database.
func copyOf(records []*Record) []Record {
	bytes := 0
	for _, r := range records {
		bytes += len(r.Data) + len(r.Raw)
	}
	room := make([]byte, 0, bytes)
	place := func(text []byte) []byte {
		start := len(room)
		room = append(room, text...)
		return room[start:len(room):len(room)]
	}
	list := make([]Record, len(records))
	for i, r := range records {
		list[i] = *r
		list[i].Data = place(r.Data)
		if r.Raw != nil {
			list[i].Raw = place(r.Raw)
		}
	}
	return list
}
