// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

const (
	pollEvents = 512
	pollWaitMS = 100     // until the end of the run is looked for
	pollBytes  = 1 << 18 // read at a time
)

// follow reads all sockets until ctx ends, in one loop with one buffer: a
// goroutine and a buffer for each would cost as much as the server that is
// measured.
func follow(ctx context.Context, sockets []*socket, changed func(s *socket, from, to int64)) error {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("make epoll: %w", err)
	}
	defer syscall.Close(poll) //nolint:errcheck // nothing was written
	byFD := make(map[int32]*socket, len(sockets))
	var files []*os.File // they keep their descriptors open
	defer func() {
		for _, file := range files {
			file.Close()
		}
	}()
	for _, s := range sockets {
		file, err := detach(s)
		if err != nil {
			return err
		}
		files = append(files, file)
		fd := int(file.Fd())
		if err := syscall.SetNonblock(fd, true); err != nil {
			return fmt.Errorf("poll socket: %w", err)
		}
		s.send = func(frame []byte) { _, _ = syscall.Write(fd, frame) } // a pong that does not fit is not missed
		byFD[int32(fd)] = s
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
			return fmt.Errorf("poll socket: %w", err)
		}
	}
	events, buffer := make([]syscall.EpollEvent, pollEvents), make([]byte, pollBytes)
	for ctx.Err() == nil {
		n, err := syscall.EpollWait(poll, events, pollWaitMS)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("poll sockets: %w", err)
		}
		for _, event := range events[:max(n, 0)] {
			s := byFD[event.Fd]
			got, err := syscall.Read(int(event.Fd), buffer)
			switch {
			case got > 0:
				s.take(buffer[:got], changed)
			case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
			default:
				if s.closed == "" {
					s.closed = "connection closed"
				}
				_ = syscall.EpollCtl(poll, syscall.EPOLL_CTL_DEL, int(event.Fd), nil) // it has gone already
			}
		}
	}
	return nil
}

// detach takes a socket's connection out of Go's own poller, which would be
// woken as well.
func detach(s *socket) (*os.File, error) {
	tcp, ok := s.conn.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("poll socket: it is a %T", s.conn)
	}
	file, err := tcp.File()
	if err != nil {
		return nil, fmt.Errorf("poll socket: %w", err)
	}
	s.conn.Close() // file is a second handle of the same connection
	return file, nil
}
