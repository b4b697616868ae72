// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"strings"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// eraseRows empties the rows of a person in files that wait to be imported.
// They stay rows, so that an import which has begun counts on.
func (c *Customer) eraseRows(ctx context.Context, p *module.Person) error {
	chunks, err := c.store.waitingChunks(ctx, p.Tenant)
	if err != nil {
		return err
	}
	for _, i := range chunks {
		data, _, err := c.store.findChunk(ctx, c.store.db, i, i.nextChunk)
		if err != nil {
			return err
		}
		if data == nil {
			continue // it has been imported meanwhile
		}
		rows, err := rowsOf(data)
		if err != nil {
			return err
		}
		kept, found := make([]fileRow, len(rows)), false
		for n, row := range rows {
			kept[n] = fileRow{row.Number, row.Cells, row.Fault}
			if p.Mentions(strings.Join(row.Cells, "\n")) {
				kept[n], found = fileRow{Number: row.Number, Fault: module.Erased}, true
			}
		}
		if !found {
			continue
		}
		if data, err = pack(kept); err != nil {
			return err
		}
		err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return c.store.setChunk(ctx, tx, i, data) })
		if err != nil {
			return err
		}
	}
	return nil
}
