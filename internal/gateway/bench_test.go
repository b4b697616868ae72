// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What the gateway adds to a webhook, with and without the access log, and to a
// request whose credential is remembered.
func BenchmarkGateway(b *testing.B) {
	requests := map[string][3]string{
		"webhook": {http.MethodPost, "/webhook/key", ""},
		"quiet":   {http.MethodPost, "/webhook/key", ""},
		"basic":   {http.MethodGet, "/api/v1/calls", "Basic YWRtaW46cmlnaHQ="},
	}
	for name, q := range requests {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			w.answer(b.Context(), b)
			w.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
			if name == "quiet" {
				w.Logger = slog.New(slog.DiscardHandler)
			}
			handler := w.handler(b)
			r := httptest.NewRequestWithContext(b.Context(), q[0], q[1], http.NoBody)
			if q[2] != "" {
				r.Header.Set("Authorization", q[2])
			}
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(discard{header: http.Header{}}, r)
			}
		})
	}
}

// discard is an answer that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
