// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	readTime  = 60 * time.Second // for one page
	pageItems = 200
)

// reader reads back what Tandem has, over its API.
type reader struct {
	target Target
	client *http.Client
}

func newReader(target Target) *reader { return &reader{target: target, client: target.client()} }

func (r *reader) close() { r.client.CloseIdleConnections() }

// callItem is what counts here of a call.
type callItem struct {
	ID     int64  `json:"id"`
	CallID string `json:"callId"`
	Events int    `json:"events"`
}

// eventItem is what counts here of an event.
type eventItem struct {
	Type string `json:"type"`
	Data struct {
		SID string `json:"sid"`
	} `json:"data"`
}

// calls hands over the calls, the newest first, until it is told to stop.
func (r *reader) calls(ctx context.Context, each func(callItem) (bool, error)) error {
	return pages(ctx, r, "/api/v1/calls", each)
}

// events hands over the events of a call until it is told to stop.
func (r *reader) events(ctx context.Context, id int64, each func(eventItem) bool) error {
	return pages(ctx, r, fmt.Sprintf("/api/v1/calls/%d/events", id), func(e eventItem) (bool, error) { return each(e), nil })
}

func pages[T any](ctx context.Context, r *reader, path string, each func(T) (bool, error)) error {
	after := ""
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		query := url.Values{"limit": {strconv.Itoa(pageItems)}}
		if after != "" {
			query.Set("after", after)
		}
		if err := r.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if more, err := each(item); err != nil || !more {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		after = page.Next
	}
}

func (r *reader) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.target.host+path, nil)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.target.key)
	response, err := r.client.Do(request)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 300)) // whatever of it can be shown
		return fmt.Errorf("read %s: status %d: %s", path, response.StatusCode, text)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
