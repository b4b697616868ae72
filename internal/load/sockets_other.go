// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package load

import (
	"context"
	"sync"
)

// socketBytes is how much a subscriber reads at a time.
const socketBytes = 4096

// follow reads all sockets until ctx ends, each in a goroutine of its own.
func follow(ctx context.Context, sockets []*socket, changed func(s *socket, from, to int64)) error {
	changed = serial(changed)
	var group sync.WaitGroup
	for _, s := range sockets {
		group.Go(func() {
			defer context.AfterFunc(ctx, func() { s.conn.Close() })()
			buffer := make([]byte, socketBytes)
			for {
				n, err := s.conn.Read(buffer)
				s.take(buffer[:n], changed)
				if err != nil {
					if ctx.Err() == nil && s.closed == "" {
						s.closed = "connection closed"
					}
					return
				}
			}
		})
	}
	group.Wait()
	return nil
}

// serial lets goroutines call changed one at a time.
func serial(changed func(s *socket, from, to int64)) func(s *socket, from, to int64) {
	var mu sync.Mutex
	return func(s *socket, from, to int64) {
		mu.Lock()
		defer mu.Unlock()
		changed(s, from, to)
	}
}
