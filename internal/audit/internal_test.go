// SPDX-License-Identifier: Apache-2.0

package audit

import "context"

// Prune does at once what is otherwise done every hour.
func (t *Trail) Prune(ctx context.Context) error { return t.prune(ctx) }
