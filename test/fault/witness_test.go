// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// witness stands between a phone system and Tandem, wherever that is just now,
// and remembers which events were acknowledged, and as what.
type witness struct {
	url    string
	to     atomic.Pointer[string]
	client *http.Client

	mu      sync.Mutex
	acked   map[int64]uint64 // digests of requests by position
	told    int              // acknowledgements; an event that is sent twice has two
	cut     int              // requests that got no answer, or no whole one
	refused map[int]int      // other answers than 2xx by status
}

func newWitness(t *testing.T, to string) *witness {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{
		url: "http://" + listener.Addr().String(), acked: map[int64]uint64{}, refused: map[int]int{},
		client: &http.Client{Timeout: requestMax, Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	w.turn(to)
	server := &http.Server{Handler: w, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with the test
	t.Cleanup(func() { _ = server.Close() })
	return w
}

// turn changes where requests go.
func (w *witness) turn(to string) { w.to.Store(&to) }

// ServeHTTP implements [http.Handler]. What has begun is seen to its end, even
// when the phone system has gone: Tandem may have stored it.
func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the phone system has gone
	}
	status, answer, err := w.pass(context.WithoutCancel(r.Context()), r.URL.Path, body)
	w.mu.Lock()
	switch {
	case err != nil:
		w.cut++
		status = http.StatusBadGateway
	case status/100 == 2:
		w.note(body, answer)
	default:
		w.refused[status]++
	}
	w.mu.Unlock()
	rw.WriteHeader(status)
	_, _ = rw.Write(answer) // it may have gone
}

func (w *witness) pass(ctx context.Context, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, *w.to.Load()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := w.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// note takes down an acknowledgement. The caller holds the lock.
func (w *witness) note(body, answer []byte) {
	var said struct {
		Data struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	_ = json.Unmarshal(answer, &said) // what cannot be read is position 0, which no log has
	w.told++
	w.acked[said.Data.ID] = digest(body)
}

// digest stands for a request in less room.
func digest(body []byte) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write(body) // never fails
	return hash.Sum64()
}
