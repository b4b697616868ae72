// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// Erase overwrites what lies in the inbox and mentions a person.
func (i *Ingest) Erase(ctx context.Context, p *module.Person) error {
	return i.Log.Sweep(ctx, p, eventlog.Sweep{
		Read:  `SELECT id, body, reason FROM ingest_inbox WHERE tenant = $1`,
		Write: `UPDATE ingest_inbox SET body = $3, reason = $4 WHERE tenant = $1 AND id = $2`,
		Whole: true, // nobody could make sense of it
	})
}
