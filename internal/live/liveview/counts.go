// SPDX-License-Identifier: Apache-2.0

package liveview

import (
	"context"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/live"
)

// EventCall holds how many calls are in each of the dashboard's seven buckets:
// by the last of these types of event that took effect.
type EventCall struct {
	New      int64 `json:"new"`
	Standby  int64 `json:"standby"`
	Waiting  int64 `json:"waiting"`
	Entered  int64 `json:"entered"`
	Ongoing  int64 `json:"ongoing"`
	Left     int64 `json:"left"`
	Finished int64 `json:"finished"`
}

// Totals are the nine figures of the dashboard. The active calls are the sum
// of the seven less the finished ones.
type Totals struct {
	UserCount        int64     `json:"userCount"`
	ActiveCallsCount int64     `json:"activeCallsCount"`
	EventCall        EventCall `json:"eventCall"`
}

// Counts are the figures of the live view.
type Counts struct {
	Totals

	WaitingNow       int64      `json:"waitingNow"`
	LongestWaitSince *time.Time `json:"longestWaitSince"`
}

// TotalsOf returns a tenant's counters as the dashboard shows them.
func TotalsOf(c live.Counts) Totals {
	return Totals{
		UserCount: c.Contacts, ActiveCallsCount: c.Active(),
		EventCall: EventCall{c.New, c.Standby, c.Waiting, c.Entered, c.Ongoing, c.Left, c.Finished},
	}
}

// CountsOf returns a tenant's figures of this moment.
func CountsOf(ctx context.Context, l *live.Live, tenant int64) (Counts, error) {
	totals, err := l.Counts(ctx, tenant)
	if err != nil {
		return Counts{}, err
	}
	now, since, err := l.Waiting(ctx, tenant)
	if err != nil {
		return Counts{}, err
	}
	return Counts{Totals: TotalsOf(totals), WaitingNow: now, LongestWaitSince: httpapi.Time(since)}, nil
}
