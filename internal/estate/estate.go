// SPDX-License-Identifier: Apache-2.0

// Package estate knows everything that belongs to one call centre, whichever
// part keeps it: it copies it out, and it erases it.
//
// It asks no part. What belongs to a call centre is what stands in a row with
// its number in the column tenant, in any table, so that a table that is added
// tomorrow is copied and erased as well.
package estate

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/module"
	"tandem/internal/tenant"
)

// Estate copies and erases what belongs to call centres.
type Estate struct {
	Log      *eventlog.Log
	Database *db.DB
	Tenants  *tenant.Directory
	Secret   func() []module.Column // the columns that hold secrets, of all parts
}

// events is the table of the log, whose rows are not deleted.
const events = "events"

// tables returns the tables that hold rows of tenants, with their columns.
func (e *Estate) tables(ctx context.Context, tx *sql.Tx) (names []string, columns map[string][]string, err error) {
	columns, err = e.Database.Columns(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	maps.DeleteFunc(columns, func(_ string, columns []string) bool { return !slices.Contains(columns, "tenant") })
	return slices.Sorted(maps.Keys(columns)), columns, nil
}
