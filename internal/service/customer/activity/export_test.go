// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"

	"tandem/internal/projection"
)

// CatchUp takes in what the log holds now.
func (s *Activities) CatchUp(ctx context.Context) error {
	return projection.CatchUp(ctx, s.log, s.store.db, s.reader())
}

// Fire tells of the reminders that are due now.
func (s *Activities) Fire(ctx context.Context) error {
	_, err := s.fire(ctx)
	return err
}
