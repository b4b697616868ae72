// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"slices"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// Erase overwrites what was said to other systems about a person, and what they
// said.
func (t *ThirdParty) Erase(ctx context.Context, p *module.Person) error {
	return t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return t.store.redact(ctx, tx, p.Tenant, slices.Concat(p.Streams, p.Calls))
	})
}
