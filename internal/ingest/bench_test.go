// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"tandem/internal/db/dbtest"
	"tandem/internal/httpapi"
	"tandem/internal/ingest"
	"tandem/internal/live/livetest"
	"tandem/internal/tenant/tenanttest"
)

// BenchmarkWebhook measures one event from its request to its answer: parsed,
// keyed, written durably with the state of its call. No network is between.
func BenchmarkWebhook(b *testing.B) {
	database := dbtest.Open(b, b.TempDir()+"/bench.db")
	log, l, tenants, events := livetest.Start(b, database)
	part := ingest.New(ingest.Options{
		Log: log, Database: database, Bus: events, Live: l, Tenants: tenants, Box: tenanttest.Box(b), Logger: slog.New(slog.DiscardHandler),
	})
	m := part.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
	if err := database.Migrate(b.Context(), m.Name, m.Tables); err != nil {
		b.Fatal(err)
	}
	c, err := part.CreateConnector(b.Context(), 1, ingest.NewConnector{Name: "bench", Dialect: ingest.Delegate})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range m.Routes {
		mux.Handle(strings.TrimSpace(route.Method+" "+route.Pattern), route.Handler)
	}
	types := []string{"call.new", "call.standby", "call.waiting", "call.ongoing", "call.finished"}
	var calls atomic.Int64
	b.SetParallelism(32) // 64 connections on two cores
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		body := new(bytes.Buffer)
		id, stage := calls.Add(1), 0
		for pb.Next() {
			body.Reset()
			fmt.Fprintf(body, `{"type":%q,"call_id":"1767225600.%d","code":"A-77","direction":"inbound","our_number":"08007770000",`+
				`"their_number":"119%08d","timestamp":"2026-01-01T00:00:%02dZ"}`, types[stage], id, id, stage)
			if stage++; stage == len(types) {
				id, stage = calls.Add(1), 0
			}
			r := httptest.NewRequest(http.MethodPost, "/webhook/"+c.Key, body)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Errorf("status %d %s", w.Code, w.Body)
				return
			}
		}
	})
}
