// SPDX-License-Identifier: Apache-2.0

package ingest

import "testing"

// BenchmarkParse measures what a request costs before it is written.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"type":"call.waiting","call_id":"1767225600.1001","code":"A-77","direction":"inbound","our_number":"08007770000",` +
		`"their_number":"11955550123","queue":"900","timestamp":"2026-01-01T00:00:04Z"}`)
	s, w := testSource(), new(work)
	b.ReportAllocs()
	for b.Loop() {
		if _, no := (flat{}).parse(w, s, message{contentType: "application/json", body: body, received: 1}); no != nil {
			b.Fatal(no.reason)
		}
	}
}
