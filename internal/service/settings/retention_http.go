// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"context"
	"time"

	"tandem/internal/httpapi"
)

type retentionInput struct {
	Calls int `query:"calls" minimum:"0" maximum:"36500" doc:"Days to try out; those that are set when left out or 0"`
}

// retentionOutput is what keeping calls for so many days comes to.
type retentionOutput struct {
	Days      int        `json:"days" doc:"For which calls are kept; 0 is for ever"`
	Before    *time.Time `json:"before" doc:"Calls that were last heard of before this go; null when none do"`
	Calls     int64      `json:"calls" doc:"How many calls there are now that would go"`
	AppliedAt *time.Time `json:"appliedAt" doc:"When old calls were last looked for and erased, as it was set then; null for never"`
}

type retentionAnswer struct{ Body retentionOutput }

func (s *Settings) getRetention(ctx context.Context, in *retentionInput) (*retentionAnswer, error) {
	a, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	turns, err := s.turns(ctx)
	if err != nil {
		return nil, err
	}
	days := in.Calls
	if days == 0 {
		days = a.Retention.Calls
	}
	out := retentionOutput{Days: days, AppliedAt: httpapi.Time(turns[a.ID].finishedAt)}
	if days > 0 {
		span, err := s.spanOf(ctx, a.ID, days)
		if err != nil {
			return nil, err
		}
		out.Before = httpapi.Time(span.Before)
		if out.Calls, err = s.Live.CountSpan(ctx, span); err != nil {
			return nil, err
		}
	}
	return &retentionAnswer{out}, nil
}
