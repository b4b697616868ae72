// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"encoding/base64"
	"strconv"
	"time"

	"tandem/internal/problem"
)

// Page is the part of a list's input that says which page.
type Page struct {
	After string `query:"after" maxLength:"200" doc:"The next value of the previous page"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// List is one page of items. Next is absent on the last page.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Cut returns the first limit of items, of which the caller has asked for one
// more than that, and the cursor of the next page if there is one.
func Cut[T any](items []T, limit int, cursor func(T) string) List[T] {
	if len(items) <= limit {
		if items == nil {
			items = []T{} // [] on the wire, not null
		}
		return List[T]{Items: items}
	}
	items = items[:limit]
	return List[T]{Items: items, Next: cursor(items[limit-1])}
}

// IntCursor returns the opaque cursor of a page that ends at n.
func IntCursor(n int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(n, 10)))
}

// ParseIntCursor reads an [IntCursor]; "" is start.
func ParseIntCursor(cursor string, start int64) (int64, error) {
	if cursor == "" {
		return start, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, problem.NewFields("request.invalid", "The page does not exist.",
		problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
}

// The first and the last instant that RFC 3339 can write.
var (
	earliest = time.Date(0, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	latest   = time.Date(9999, time.December, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

// Instant returns Unix milliseconds as they go over the wire: RFC 3339 in UTC
// with milliseconds. A time that this cannot write becomes the nearest that it
// can: encoding/json would fail, and with it the whole answer.
func Instant(ms int64) time.Time {
	return time.UnixMilli(min(max(ms, earliest), latest)).UTC()
}

// Time is [Instant], and nil for 0, which means not reported.
func Time(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := Instant(ms)
	return &t
}
