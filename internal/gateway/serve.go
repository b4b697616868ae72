// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTime     = 5 * time.Second   // to send the header in
	idleTime       = 120 * time.Second // between two requests of a connection
	stopTime       = 6 * time.Second   // for what is in flight when the server stops; the loops that stop after it need up to 3
	headerBytesMax = 64 << 10
	// Past the deadline of the request itself, so that it is told why.
	bodyTime   = requestTime
	answerTime = requestTime + 10*time.Second
)

type stopping struct{}

// Serve answers on all listeners until ctx ends. Then it takes no more, lets
// what is in flight finish, and cuts what has not within six seconds. A
// listener that fails ends all.
func Serve(ctx context.Context, listeners []net.Listener, handler http.Handler, logger *slog.Logger) error {
	// Requests outlive ctx, so that they can finish; streams learn of its end.
	base := context.WithValue(context.WithoutCancel(ctx), stopping{}, ctx)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       bodyTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytesMax,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() {
			err := server.Serve(listener)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			failed <- err
		}()
	}
	var err error
	ended := 0
	select {
	case <-ctx.Done():
	case err = <-failed:
		ended++
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if server.Shutdown(grace) != nil {
		logger.WarnContext(ctx, "requests cut by shutdown")
		_ = server.Close() // what is left of the listeners and connections
	}
	for ; ended < len(listeners); ended++ {
		err = errors.Join(err, <-failed)
	}
	if err != nil {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// untilStopped returns ctx, ended when the server stops.
func untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	server, ok := ctx.Value(stopping{}).(context.Context)
	if !ok {
		return context.WithCancel(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(server, cancel)
	return ctx, func() {
		forget()
		cancel()
	}
}
