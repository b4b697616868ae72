// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// door is a listener that can be shut for a while, so that connecting to it is
// refused as it is when a PBX is dead, and opened again at the same address.
type door struct {
	address string // with the port that the first opening found

	mu       sync.Mutex
	listener net.Listener // nil while shut
	changed  chan struct{}
	closed   bool
}

func openDoor(ctx context.Context, address string) (*door, error) {
	d := &door{address: address, changed: make(chan struct{})}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	d.address = d.listener.Addr().String()
	return d, nil
}

// open begins to listen. It does nothing while the door is open.
func (d *door) open(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener != nil || d.closed {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.address)
	if err != nil {
		return fmt.Errorf("listen for the mock pbx: %w", err)
	}
	d.set(listener)
	return nil
}

// shut stops listening.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener != nil {
		_ = d.listener.Close()
		d.set(nil)
	}
}

// set tells a waiting Accept. The caller holds the lock.
func (d *door) set(listener net.Listener) {
	d.listener = listener
	close(d.changed)
	d.changed = make(chan struct{})
}

// Accept implements net.Listener. While the door is shut it waits.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		listener, changed, closed := d.listener, d.changed, d.closed
		d.mu.Unlock()
		switch {
		case closed:
			return nil, net.ErrClosed
		case listener == nil:
			<-changed
			continue
		}
		conn, err := listener.Accept()
		if err == nil {
			return conn, nil
		}
		d.mu.Lock()
		same := d.listener == listener
		d.mu.Unlock()
		if same {
			return nil, err
		}
	}
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var err error
	if d.listener != nil {
		err = d.listener.Close()
	}
	d.set(nil)
	return err
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return doorAddr(d.address) }

type doorAddr string

func (a doorAddr) Network() string { return "tcp" }
func (a doorAddr) String() string  { return string(a) }
