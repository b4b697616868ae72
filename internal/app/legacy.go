// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net"
	"net/http"
	"strings"

	"tandem/internal/gateway"
)

// serveSockets serves the port of the system that spoke over sockets at any
// path (contracts §2.3), until ctx ends. Without a listener it does nothing.
func (p *process) serveSockets(ctx context.Context, listener net.Listener) error {
	if listener == nil {
		<-ctx.Done()
		return nil
	}
	return gateway.Serve(ctx, []net.Listener{listener}, anyPath(p.handler), p.Logger.With("module", "gateway"))
}

// anyPath leads sockets to /ws, wherever they were opened, and tells everyone
// else what the original told them.
func anyPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("Nothing to see here!")) // the client may have gone
			return
		}
		r.URL.Path, r.URL.RawPath, r.RequestURI = "/ws", "", "/ws"
		next.ServeHTTP(w, r)
	})
}
