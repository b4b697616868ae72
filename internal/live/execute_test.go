// SPDX-License-Identifier: Apache-2.0

package live_test

import (
	"context"

	"tandem/internal/eventlog"
)

// execute returns work that runs one statement.
func execute(statement string) func(context.Context, *eventlog.Tx) error {
	return func(ctx context.Context, tx *eventlog.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}
}
